import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LabPlan } from "../../plan/lab/labPlan";
import type { Comparison } from "../../plan/review/planDiff";
import type { Limits } from "../../plan/review/planTables";
import type { Layout } from "../layout";
import type { Picture } from "../picture";
import { svg } from "../svg";
import { escapeXml } from "../xml";
import { pageTables } from "./tables";

/*
 * What runs in the page, and its style, are files of their languages, so that the languages' tools read them. Each is read
 * once, when the module is loaded.
 */
const style = readFileSync(join(__dirname, "style.css"), "utf8");
const script = readFileSync(join(__dirname, "browser.js"), "utf8");

/** The smallest share of its size that a picture is drawn at before it scrolls. */
const leastScale = 0.7;

/**
 * A page that is whole by itself: the picture, and beside it the tables of `ovb plan`. Its policy lets it load nothing, from
 * nowhere, and run no script but its own.
 */
export function page(
  plan: LabPlan,
  limits: Limits,
  picture: Picture,
  layout: Layout,
  comparison?: Comparison,
): string {
  const { html, targetOf } = pageTables(plan, limits, picture, comparison);
  const sized = `.picture{width:100%;min-width:${Math.round(layout.width * leastScale)}px;max-width:${layout.width}px}`;
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '${digest(script)}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(picture.title)}</title>
<link rel="icon" href="data:,">
<style>${style}${sized}</style>
</head>
<body>
<a class="skip" href="#tables">To the tables</a>
<header>
<h1>${escapeXml(picture.title)}${picture.subtitle ? ` <small>${escapeXml(picture.subtitle)}</small>` : ""}</h1>
<form id="controls" role="search">
<label for="search">Search names, addresses, MACs (/)</label>
<input id="search" type="search" autocomplete="off" spellcheck="false">
</form>
<label for="theme">Theme
<select id="theme"><option value="">the system's</option><option value="light">light</option><option value="dark">dark</option></select></label>
<button id="actual" type="button" aria-pressed="false">Actual size</button>
<p id="found" role="status"></p>
</header>
<main>
<figure id="picture">
<p id="picture-hint" hidden>Arrow keys go from box to box, Enter to a box's row in the tables, Escape back.</p>
${svg(picture, layout, { target: targetOf })}</figure>
<div id="tables" tabindex="-1" role="region" aria-label="Tables">
${html}</div>
</main>
<script>${script}</script>
</body>
</html>
`;
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
