import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planHtml } from "../../../../picture/views";
import { hasChromium, orSkipped, startChromium } from "../../../support/chromium";
import { change, changeOfRacks, labOf, labs } from "../../../support/pictures";

// What is handed to evaluate() runs in the page. Its types are for this file alone: no product code may use them.
// biome-ignore lint/suspicious/noExplicitAny: the library "dom" would be everybody's
type Dom = any;
declare const document: Dom, getComputedStyle: Dom, KeyboardEvent: Dom;

const folder = mkdtempSync(join(tmpdir(), "ovb-page-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Names that would be markup. */
const hostile = labOf({
  publicNetwork: `<img src=x onerror="document.title='owned'">`,
  nodes: [{ flavor: "</script><script>document.title='owned'</script>" }],
});

describe.skipIf(!hasChromium)(`the page in Chromium${orSkipped}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    const files = {
      two: await planHtml(labs.two, { instances: 20 }),
      hundred: await planHtml(labs.hundred),
      change: await planHtml(change.after, {}, change.comparison),
      racks: await planHtml(changeOfRacks.after, {}, changeOfRacks.comparison),
      hostile: await planHtml(hostile),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.html`), text);
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  /** Opens it, and hands over what it asked for beside itself and complained of. */
  async function open(name: string, options: { colorScheme?: "light" | "dark"; width?: number } = {}) {
    const page = await browser.newPage({
      colorScheme: options.colorScheme ?? "light",
      viewport: { width: options.width ?? 1400, height: 900 },
    });
    const noise: string[] = [];
    const url = `file://${join(folder, `${name}.html`)}`;
    page.on("request", (request) => {
      if (request.url() !== url && request.url() !== "data:,") noise.push(`asks for ${request.url()}`);
    });
    page.on("console", (message) => noise.push(message.text()));
    page.on("pageerror", (error) => noise.push(error.message));
    await page.goto(url);
    return { page, noise };
  }

  const focused = (page: Page) =>
    page.evaluate(
      () => document.activeElement?.getAttribute("aria-label")?.split(",")[0] ?? document.activeElement?.id,
    );

  it.each(["two", "hundred", "change", "racks"])(
    "%s: asks for nothing, complains of nothing, and axe finds nothing",
    async (name) => {
      const { page, noise } = await open(name);
      // The page's own policy lets no script in: axe is run from outside of it.
      const client = await page.context().newCDPSession(page);
      await client.send("Runtime.evaluate", { expression: axe.source });
      const { result } = await client.send("Runtime.evaluate", {
        expression:
          "axe.run().then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))])))",
        awaitPromise: true,
      });
      expect(JSON.parse(result.value)).toEqual([]);
      expect(noise).toEqual([]);
      expect(await page.title()).toMatch(/^Lab ovb-dev: /);
      await page.close();
    },
  );

  it("takes names for text, whatever they hold", async () => {
    const { page, noise } = await open("hostile");
    expect(await page.title()).toMatch(/^Lab ovb-dev: /);
    expect(await page.textContent(".picture")).toContain("document.title='owned'");
    expect(await page.locator("img, script").count()).toBe(1);
    expect(noise).toEqual([]);
    await page.close();
  });

  it("its policy forbids what a name might smuggle in", async () => {
    const { page } = await open("two");
    const reached = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
      return fetch("http://127.0.0.1:9/").then(
        () => "fetched",
        (error) => String(error),
      );
    });
    expect(reached).toMatch(/Failed to fetch/);
    expect(await page.title()).not.toBe("owned");
    await page.close();
  });

  it.each(["two", "hundred", "racks", "change"])(
    "%s: no text of the picture leaves its box or lies on another",
    async (name) => {
      const { page } = await open(name, { width: 2600 });
      const faults = await page.evaluate(() => {
        const box = (element: Dom) => {
          const { left, top, right, bottom } = element.getBoundingClientRect();
          return { left, top, right, bottom };
        };
        const texts = [...document.querySelectorAll(".picture text")].map((element) => {
          const { left, top, right, bottom } = box(element);
          // A line's box has room above and below its letters.
          return {
            text: element.textContent,
            left,
            right,
            top: top + 3,
            bottom: bottom - 3,
            within: element.closest(".card, .cell")?.querySelector(".box"),
          };
        });
        const out = texts.flatMap(({ text, left, right, top, bottom, within }) => {
          if (!within) return [];
          const outer = box(within);
          return left >= outer.left && right <= outer.right && top >= outer.top && bottom <= outer.bottom
            ? []
            : [`${text} leaves its box`];
        });
        const over = texts.flatMap((a, i) =>
          texts
            .slice(i + 1)
            .flatMap((b) =>
              a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top
                ? []
                : [`${a.text} / ${b.text}`],
            ),
        );
        return [...out, ...over];
      });
      expect(faults).toEqual([]);
      await page.close();
    },
  );

  it("is walked by the keyboard: a stop in the picture, arrows within it, Enter to the row, Escape back", async () => {
    const { page } = await open("two");
    const press = (key: string) => page.keyboard.press(key);
    await press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("To the tables");
    for (const _ of ["search", "theme", "size", "picture"]) await press("Tab");
    expect(await focused(page)).toBe("Network public");
    await press("ArrowDown");
    expect(await focused(page)).toBe("Network access");
    await press("End");
    expect(await focused(page)).toBe("node-1");
    await press("ArrowLeft");
    expect(await focused(page)).toBe("node-0");
    await press("Enter");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^node-0192\.0\.2\.10/);
    await press("Escape");
    expect(await focused(page)).toBe("node-0");
    await press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest("#tables") !== null)).toBe(true);
    await page.click("#tables a.back:text-is('bmc')");
    expect(await focused(page)).toBe("bmc");
    await page.close();
  });

  it("every box of a hundred nodes can be reached by arrows", async () => {
    const { page } = await open("hundred");
    const reached = await page.evaluate(() => {
      const things = [...document.querySelectorAll(".picture a.thing")];
      const seen = new Set([things[0]!]);
      for (const thing of seen)
        for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
          thing.focus();
          thing.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
          seen.add(document.activeElement);
        }
      return [things.length, seen.size];
    });
    expect(reached[0]).toBe(4 + 4 + 100);
    expect(reached[1]).toBe(reached[0]);
    await page.close();
  });

  it("has a name for each thing that tells what is in it", async () => {
    const { page } = await open("change");
    await expect(
      page
        .getByRole("link", { name: /^undercloud, replaced, undercloud with Ironic, .*VIP 192\.0\.2\.250/ })
        .count(),
    ).resolves.toBe(1);
    await expect(
      page.getByRole("link", { name: /^Network ctlplane, 192\.0\.2\.0\/24/ }).count(),
    ).resolves.toBe(1);
    await expect(page.getByRole("searchbox", { name: /^Search names/ }).count()).resolves.toBe(1);
    await expect(page.getByRole("table", { name: "Servers", exact: true }).count()).resolves.toBe(1);
    await expect(page.getByRole("group", { name: /^Lab ovb-dev/ }).count()).resolves.toBe(1);
    await page.close();
  });

  it("finds by name, address and MAC, in the picture and in the tables, and says how many", async () => {
    const { page } = await open("hundred");
    const bright = () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".picture a.thing:not(.dim)")].map(
          (thing) => thing.getAttribute("aria-label")!.split(",")[0],
        ),
      );
    const rows = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("#tables tbody tr")]
          .filter((row) => row.checkVisibility())
          .map((row) => row.querySelector("th")!.textContent),
      );
    await page.keyboard.press("/");
    await page.keyboard.type("192.0.2.73");
    expect(await bright()).toEqual(["node-0 to node-99", "node-53"]);
    expect(await rows()).toEqual(["node-53"]);
    expect(await page.textContent("#found")).toBe("Found 1 in the picture and 1 rows of the tables.");
    await page.keyboard.press("Enter");
    expect(await focused(page)).toBe("node-53");
    // What all have in common is told of each.
    await page.fill("#search", "node-7 bootfile-name");
    expect(await bright()).toEqual([
      "node-0 to node-99",
      "node-7",
      ...Array.from({ length: 10 }, (_, i) => `node-7${i}`),
    ]);
    await page.fill("#search", "no such thing");
    expect(await bright()).toEqual([]);
    await page.focus("#search");
    await page.keyboard.press("Escape");
    expect((await bright()).length).toBe(108);
    expect(await page.textContent("#found")).toBe("");
    await page.close();
  });

  it("is light or dark as the system is, or as its reader says", async () => {
    const grounds = (page: Page) =>
      page.evaluate(() => [
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector(".picture rect.f-ground")!).fill,
      ]);
    const light = ["rgb(255, 255, 255)", "rgb(255, 255, 255)"];
    const dark = ["rgb(13, 17, 23)", "rgb(13, 17, 23)"];
    for (const [colorScheme, own, other, choice] of [
      ["light", light, dark, "dark"],
      ["dark", dark, light, "light"],
    ] as const) {
      const { page } = await open("two", { colorScheme });
      expect(await grounds(page)).toEqual(own);
      await page.selectOption("#theme", choice);
      expect(await grounds(page)).toEqual(other);
      await page.selectOption("#theme", "");
      expect(await grounds(page)).toEqual(own);
      await page.close();
    }
  });

  it("has the tables beside the picture on a screen, and below it where that is narrow", async () => {
    const places = async (width: number) => {
      const { page } = await open("two", { width });
      const [picture, tables] = await Promise.all(
        ["#picture", "#tables"].map((id) => page.locator(id).boundingBox()),
      );
      const scrolls = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      await page.close();
      return { beside: tables!.x >= picture!.x + picture!.width - 1, scrolls };
    };
    expect(await places(1400)).toEqual({ beside: true, scrolls: false });
    expect(await places(700)).toEqual({ beside: false, scrolls: false });
    expect(await places(360)).toEqual({ beside: false, scrolls: false });
  });

  it("shows the picture in its own size on demand", async () => {
    const { page } = await open("racks");
    const width = () =>
      page
        .locator(".picture")
        .boundingBox()
        .then((box) => Math.round(box!.width));
    const natural = await page.evaluate(() =>
      Number(document.querySelector(".picture")!.getAttribute("width")),
    );
    expect(await width()).toBeLessThan(natural);
    await page.click("#actual");
    expect(await width()).toBe(natural);
    expect(await page.getAttribute("#actual", "aria-pressed")).toBe("true");
    await page.close();
  });
});
