import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const project = join(__dirname, "..", "..");
const pages = execFileSync("git", ["ls-files", "*.md"], { cwd: project, encoding: "utf8" })
  .trim()
  .split("\n");

/** GitHub's anchor of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const read = (page: string): string => readFileSync(join(project, page), "utf8");

/** Lines outside of code blocks. */
function prose(page: string): string[] {
  let code = false;
  return read(page)
    .split("\n")
    .filter((line) => {
      if (line.startsWith("```")) code = !code;
      return !code;
    });
}

it.each(pages)("%s: what it links to is there", (page) => {
  const links = [
    ...prose(page)
      .join("\n")
      .matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g),
  ];
  for (const [link, path = "", heading] of links) {
    const target = path === "" ? page : join(dirname(page), path);
    expect(existsSync(join(project, target)), link).toBe(true);
    if (heading === undefined) continue;
    const headings = prose(target).flatMap((line) => /^#+ (.+)$/.exec(line)?.[1] ?? []);
    expect(headings.map(anchor), link).toContain(heading);
  }
});

/** Files of this project as prose names them: in backquotes, with a folder of ours in front. */
it.each(pages)("%s: the files that it names are there", (page) => {
  const rooms = execFileSync("git", ["ls-tree", "-d", "--name-only", "HEAD"], {
    cwd: project,
    encoding: "utf8",
  })
    .trim()
    .split("\n");
  const named = [
    ...prose(page)
      .join("\n")
      .matchAll(/`((?:\.?[\w-]+\/)+[\w.-]*\.(?:ts|mjs|sh|py|md|yaml|json))`/g),
  ].flatMap(([, path]) => (rooms.includes(path!.split("/")[0]!) ? [path!] : []));
  for (const path of named) {
    if (/[A-Z]{4,}/.test(path)) continue; // FOLDER/FILE.ts
    expect(existsSync(join(project, path)), path).toBe(true);
  }
});
