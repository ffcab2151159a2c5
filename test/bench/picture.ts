import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { planHtml, planSvg } from "../../picture/views";
import { startChromium } from "../support/chromium";
import { labs } from "../support/pictures";

/*
 * `npm run bench:picture`: how big the pictures of labs of 2, 20 and 100 nodes are, how long they take to make (the library
 * is loaded already) and how long Chromium takes from opening the page's file until it is loaded and drawn: the median
 * of five.
 */
const rounds = 5;
const median = (values: readonly number[]) => Math.round([...values].sort((a, b) => a - b)[rounds >> 1]!);
const kilobytes = (text: string | Buffer) => `${(text.length / 1000).toFixed(0)} kB`;

async function times(act: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const began = performance.now();
    await act();
    all.push(performance.now() - began);
  }
  return median(all);
}

async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ovb-picture-"));
  const browser = await startChromium();
  console.log("| nodes | svg | html | html, gzip | made in | opened in |\n|---|---|---|---|---|---|");
  for (const [name, lab] of Object.entries(labs)) {
    const html = await planHtml(lab);
    const file = join(folder, `${name}.html`);
    writeFileSync(file, html);
    const made = await times(() => planHtml(lab));
    const opened = await times(async () => {
      const page = await browser.newPage();
      await page.goto(`file://${file}`);
      await page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))",
      );
      await page.close();
    });
    const sizes = [kilobytes(await planSvg(lab)), kilobytes(html), kilobytes(gzipSync(html))];
    console.log(`| ${lab.nodes.length} | ${sizes.join(" | ")} | ${made} ms | ${opened} ms |`);
  }
  await browser.close();
  rmSync(folder, { recursive: true });
}

bench().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
