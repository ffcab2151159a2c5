import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readLabConfig } from "../../plan/config/readLabConfig";
import { planLab } from "../../plan/lab/planLab";
import { planMermaid } from "../../plan/review/planMermaid";
import { filesIn } from "../../process/filesIn";

const project = join(__dirname, "..", "..");
const folders = readdirSync(join(project, "examples"));

/** Stack names of an example. */
const stacksOf = (folder: string): string[] =>
  readdirSync(join(project, "examples", folder)).flatMap(
    (file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [],
  );

function planOf(folder: string, stack: string) {
  const text = readFileSync(join(project, "examples", folder, `Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  const raw = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/^ovb:/, ""), value]),
  );
  return planLab(readLabConfig(raw, stack, filesIn(project)));
}

describe.each(folders)("examples/%s", (folder) => {
  const page = join(project, "examples", folder, "README.md");
  const stacks = stacksOf(folder);

  it("has a stack file, is called as its stack, and plans", () => {
    expect(stacks).not.toEqual([]);
    if (stacks.length === 1) expect(stacks).toEqual([folder]);
    for (const stack of stacks) expect(planOf(folder, stack).nodes.length).toBeGreaterThan(0);
  });

  it("has a page of few lines that copies and runs each stack, with its plan as a picture", async () => {
    let text = readFileSync(page, "utf8");
    for (const stack of stacks) {
      expect(text).toContain(`cp examples/${folder}/Pulumi.${stack}.yaml .`);
      const picture = `<!-- plan ${stack} -->\n\`\`\`mermaid\n${planMermaid(planOf(folder, stack)).trim()}\n\`\`\`\n<!-- /plan -->`;
      text = text.replace(new RegExp(`<!-- plan ${stack} -->[\\s\\S]*?<!-- /plan -->`), () => picture);
    }
    expect(text.replace(/<!-- plan [\s\S]*/, "").split("\n").length).toBeLessThan(24);
    const renew = "renew the picture: npx vitest run --project unit test/unit/examples.test.ts -u";
    await expect(text, renew).toMatchFileSnapshot(page);
  });
});

it("is linked from README.md, each of them", () => {
  const readme = readFileSync(join(project, "README.md"), "utf8");
  for (const folder of folders) expect(readme).toContain(`examples/${folder}/README.md`);
});
