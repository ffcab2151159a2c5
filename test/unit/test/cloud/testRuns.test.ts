import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { leftOut, machineLeftOut, takeRun, testRuns } from "../../../cloud/testRuns";

const folder = join(__dirname, "..", "..", "..", "cloud");
const files = readdirSync(folder).flatMap((file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? []);
const words = (runs: ReturnType<typeof testRuns>) => runs.map(({ file, network }) => `${file} ${network}`);

describe("which files run on which kind of network", () => {
  it("without a name: on OVN, the longest first, those that run by name only not at all", () => {
    expect(words(testRuns(["faults", "ironic", "lab", "owners"], []))).toEqual([
      "lab ovn",
      "faults ovn",
      "owners ovn",
    ]);
  });

  it("by name: whatever has it, as declared, or on the network that is asked for", () => {
    expect(words(testRuns(["ironic", "bmc", "bmcLab"], ["bmc", "iron"]))).toEqual([
      "bmc ovn",
      "bmcLab ovn",
      "bmcLab ovs",
      "ironic ovn",
      "ironic ovs",
    ]);
    expect(words(testRuns(["operate", "lab"], ["operate"], "ovs"))).toEqual(["operate ovs"]);
    expect(words(testRuns(["images", "lab"], [], "ovs"))).toEqual(["lab ovs"]);
  });

  it("names files that are there", () => {
    for (const file of leftOut.split(", "))
      expect(existsSync(join(folder, `${file}.test.ts`)), file).toBe(true);
    for (const file of machineLeftOut)
      expect(existsSync(join(folder, "..", "devcloud", `${file}.test.ts`)), file).toBe(true);
    const both = testRuns(files, files).filter(({ network }) => network === "ovs");
    expect(both.map(({ file }) => file).sort()).toEqual([
      "bmcLab",
      "bmcModes",
      "configDrive",
      "dhcp",
      "ironic",
      "lab",
      "network",
      "ownDhcp",
      "sync",
    ]);
  });

  it("a cloud takes what its own network can run, and only then the other's", () => {
    const queue = testRuns(["lab", "images"], ["lab", "images"]);
    expect(words([takeRun(queue, "ovs")!, takeRun(queue, "ovs")!, takeRun(queue, "ovn")!])).toEqual([
      "lab ovs",
      "lab ovn",
      "images ovn",
    ]);
    expect(takeRun(queue, "ovn")).toBeUndefined();
  });
});
