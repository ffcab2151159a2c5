import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { planSvg } from "../../../picture/views";
import { readLabConfig } from "../../../plan/config/readLabConfig";
import { planLab } from "../../../plan/lab/planLab";
import { filesIn } from "../../../process/filesIn";
import { change, labs } from "../../support/pictures";

const project = join(__dirname, "..", "..", "..");

async function tripleo(): Promise<string> {
  const file = join(project, "examples", "tripleo-ha", "Pulumi.tripleo-ha.yaml");
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const raw = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/^ovb:/, ""), value]),
  );
  return planSvg(planLab(readLabConfig(raw, "tripleo-ha", filesIn(project))));
}

it.each([
  ["two", () => planSvg(labs.two)],
  ["tripleo-ha", tripleo],
  ["change", () => planSvg(change.after, {}, change.comparison)],
])("docs/pictures/%s.svg is drawn by the program as it is, and shown", async (name, draw) => {
  const renew = "renew it: npx vitest run --project unit test/unit/docs/picture.test.ts -u";
  const text = await draw();
  expect(text.length).toBeLessThan(40_000);
  await expect(text, renew).toMatchFileSnapshot(join(project, "docs", "pictures", `${name}.svg`));
  expect(readFileSync(join(project, "docs", "picture.md"), "utf8")).toContain(`(pictures/${name}.svg)`);
});
