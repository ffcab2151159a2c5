import { expect, it } from "vitest";
import { applySettings } from "../../../../cli/doctor/applySettings";

it("changes a key and nothing else", () => {
  const text =
    "# head\nencryptionsalt: v1:x\nconfig:\n  # why\n  ovb:nodes:\n    - flavor: a # small\n      count: 2\n" +
    "  ovb:bmc:\n    credential:\n      id: abc\n      secret:\n        secure: v1:y\n";
  const settings = [
    { path: ["nodes", 0, "flavor"], value: "b" },
    { path: ["ctlplane", "mtu"], value: 1300 },
  ];
  expect(applySettings(text, settings, {})).toBe(
    `${text.replace("flavor: a #", "flavor: b #")}  ovb:ctlplane:\n    mtu: 1300\n`,
  );
});

it("takes a key out, with the map that it leaves empty", () => {
  const text = "config:\n  ovb:lab: x\n  ovb:access:\n    network: office\n";
  expect(applySettings(text, [{ path: ["access", "network"], value: undefined }], {})).toBe(
    "config:\n  ovb:lab: x\n",
  );
  expect(applySettings(text, [{ path: ["access", "router"], value: undefined }], {})).toBe(text);
});

it("reads JSON as `config set` writes it, and keys without a namespace", () => {
  const nodes = [{ flavor: "a", count: 3 }];
  const text = `config:\n  nodes: '${JSON.stringify(nodes)}'\n`;
  expect(applySettings(text, [{ path: ["nodes", 0, "flavor"], value: "b" }], { nodes })).toBe(
    "config:\n  nodes:\n    - flavor: b\n      count: 3\n",
  );
});

it("copies what stands in Pulumi.yaml alone", () => {
  const whole = { nodes: [{ flavor: "a", count: 3 }] };
  expect(applySettings("config:\n  ovb:lab: x\n", [{ path: ["nodes", 0, "count"], value: 1 }], whole)).toBe(
    "config:\n  ovb:lab: x\n  ovb:nodes:\n    - flavor: a\n      count: 1\n",
  );
});

it("makes a first group where the default is meant", () => {
  expect(applySettings("config: {}\n", [{ path: ["nodes", 0, "flavor"], value: "b" }], {})).toContain(
    "flavor: b",
  );
});

it("indents as the user does", () => {
  const text = "config:\n  # why\n  ovb:nodes:\n  - flavor: a\n    count: 2\n  ovb:lab: x\n";
  expect(applySettings(text, [{ path: ["nodes", 0, "flavor"], value: "b" }], {})).toBe(
    text.replace("flavor: a", "flavor: b"),
  );
});
