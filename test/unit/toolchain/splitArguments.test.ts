import { expect, test } from "vitest";
import { splitArguments } from "../../../toolchain/splitArguments";

test.each([
  ["", []],
  ["  --a   b\t", ["--a", "b"]],
  ["-r 'a file.js' \"b c\"", ["-r", "a file.js", "b c"]],
  ["--title='it is' x", ["--title=it is", "x"]],
  ["a\\ b '' \"\"", ["a b", "", ""]],
  ['"a \\" \\\\ \\n" \'a\\b\'', ['a " \\ \\n', "a\\b"]],
])("%s", (line, expected) => {
  expect(splitArguments(line)).toEqual(expected);
});

test("a quote without its end is refused with the line", () => {
  expect(() => splitArguments("--x 'y")).toThrow(
    "nodeargs in Pulumi.yaml has an opening ' without its end: --x 'y",
  );
});
