import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, it } from "vitest";

const project = join(__dirname, "..", "..");
/** What a test may be named for, beside a folder. */
const endings = ["", ".ts", ".sh", ".py", ".md", ".yaml"];

/** "agent/bmc/ipmi/rakp.test.ts", … */
const tests = readdirSync(__dirname, { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".test.ts"),
);

it.each(tests)(
  "%s stands where its source does: FOLDER/SOURCE.test.ts or FOLDER/SOURCE.ASPECT.test.ts",
  (test) => {
    const name = basename(test, ".test.ts");
    const aspect = name.lastIndexOf(".");
    const sources = [name, ...(aspect > 0 ? [name.slice(0, aspect)] : [])].flatMap((source) =>
      ["", ".github"].flatMap((above) =>
        endings.map((ending) => join(project, above, dirname(test), `${source}${ending}`)),
      ),
    );
    expect(sources.some(existsSync), `none of ${sources.join(", ")}`).toBe(true);
  },
);
