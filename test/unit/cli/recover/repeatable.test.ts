import { expect, it } from "vitest";
import { repeatable } from "../../../../cli/recover/repeatable";
import type { LabStack } from "../../../../cli/stack/labStack";
import { CommandFailed } from "../../../../process/run";

const above = "urn:pulumi:dev::ovb::ovb:index:VirtualBaremetalLab";
const made = (type: string, name: string) => ({
  urn: `${above}$${type}::${name}`,
  type,
  id: `id-of-${name}`,
});
const lab = { urn: `${above}::ovb-dev`, type: "ovb:index:VirtualBaremetalLab" };
const server = "openstack:compute/instance:Instance";

/** A stack whose state is this once Pulumi has ended. */
const stackWith = (resources: readonly object[]) =>
  ({ name: "dev", pulumi: async () => JSON.stringify({ deployment: { resources } }) }) as unknown as LabStack;
const failing = (signal?: "SIGINT" | "SIGTERM") => async () => {
  if (signal) process.emit(signal, signal);
  throw new CommandFailed("pulumi up failed (exit status 255): its message is above", 255, "");
};

it("after Ctrl-C says what stands, how to go on, and how to be rid of it", async () => {
  const network = made("openstack:networking/network:Network", "ovb-dev-ctlplane");
  const read = { ...made("openstack:networking/network:Network", "public"), external: true };
  const stack = stackWith([
    lab,
    network,
    made(server, "ovb-dev-undercloud"),
    made(server, "ovb-dev-bmc"),
    read,
  ]);
  await expect(repeatable(stack, "up", failing("SIGINT"))).rejects.toThrow(
    "Interrupted. Of the lab ovb-dev, 3 resources stand, the servers ovb-dev-bmc, ovb-dev-undercloud among them. What " +
      "stands counts against the quota.\n`npx ovb up --stack dev` goes on from there, and clears up what was cut off. " +
      "`npx ovb destroy --stack dev` removes everything.",
  );
  await expect(repeatable(stack, "take-over", failing("SIGTERM"))).rejects.toThrow(
    /`npx ovb take-over --stack dev` goes on from there, and clears up what was cut off\.$/,
  );
});

it("says so where nothing or no server stands", async () => {
  await expect(repeatable(stackWith([]), "up", failing("SIGINT"))).rejects.toThrow(
    "Interrupted. The stack has nothing of the lab dev; next: `npx ovb up --stack dev`",
  );
  const network = made("openstack:networking/network:Network", "ovb-dev-ctlplane");
  await expect(repeatable(stackWith([lab, network]), "up", failing("SIGINT"))).rejects.toThrow(
    "Of the lab ovb-dev, 1 resource stands, no server yet.",
  );
});

it("without Ctrl-C passes Pulumi's failure on with the way out, and leaves no listener", async () => {
  const before = process.listenerCount("SIGINT");
  await expect(repeatable(stackWith([]), "up", failing())).rejects.toThrow(
    /its message is above\. What was done by then is kept: once the reason is gone, the same command/,
  );
  expect(process.listenerCount("SIGINT")).toBe(before);
});
