// The end of CI's output: what failed, with the end of each message, then the sums. Reads the JSON reports that vitest has
// written into a folder; every name given must have one, as a run that broke before it had tests writes none.
// usage: node .ci/summary.mjs FOLDER STATUS NAME...   STATUS: 0 when all commands succeeded that wrote them
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

const linesEach = 60;
const [folder, status, ...expected] = process.argv.slice(2);
const names = readdirSync(folder).flatMap((file) => /^(.*)\.json$/.exec(file)?.[1] ?? []);
const sums = { passed: 0, failed: 0, skipped: 0 };

/** @param message its end is shown: a command's last words are what it failed of */
function failed(what, message) {
  sums.failed++;
  const lines = stripVTControlCharacters(message).trimEnd().split("\n");
  const left = Math.max(0, lines.length - linesEach);
  console.log(`\nFAILED ${what}`);
  if (left > 0) console.log(`  (${left} lines before)`);
  for (const line of lines.slice(left)) console.log(`  ${line.slice(0, 400)}`);
}

for (const name of expected)
  if (!names.includes(name)) failed(name, "no report: it ended before its tests did");
for (const name of names.sort()) {
  const { testResults } = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  for (const { name: file, status: outcome, message, assertionResults } of testResults) {
    const of = (status) => assertionResults.filter((test) => test.status === status);
    sums.passed += of("passed").length;
    sums.skipped += assertionResults.length - of("passed").length - of("failed").length;
    for (const { fullName, failureMessages } of of("failed"))
      failed(`${name}: ${fullName}`, failureMessages.map(messageFirst).join("\n"));
    if (outcome === "failed" && of("failed").length === 0)
      failed(`${name}: ${file}`, message || "a hook: its message is above");
  }
}
if (status !== "0" && sums.failed === 0) failed("a command", "not in a test: its message is above");
if (sums.skipped > 0) console.log(`\n${sums.skipped} tests were skipped, and CI skips nothing.`);
process.exitCode = sums.failed > 0 || sums.skipped > 0 || sums.passed === 0 ? 1 : 0;
console.log(`${sums.passed} passed, ${sums.failed} failed`);

/** The stack, of which nobody needs more than the place, goes to the front: the end is what is shown. */
function messageFirst(text) {
  const stack = /(\n +at [^\n]*)+$/.exec(text.trimEnd())?.[0] ?? "";
  const place = stack.split("\n").find((line) => line.includes("/test/")) ?? "";
  return `${place.trim()}\n${text.trimEnd().slice(0, text.trimEnd().length - stack.length)}`;
}
