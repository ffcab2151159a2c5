import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

// With stand-ins for ovs-vsctl and ip: what the switch does with the calls is seen on a cloud, by a node that was rescued.
const hook = join(__dirname, "..", "..", "..", "..", "devcloud", "box", "libvirtHook.sh");
const domain = `<domain><devices>
  <interface type='ethernet'><target dev='tap11111111-11'/></interface>
  <interface type='ethernet'><target dev='tap22222222-22'/></interface>
  <disk><target dev='vda' bus='virtio'/></disk>
</devices></domain>`;
const ids = "{attached-mac=aa, iface-id=port, ovn-installed=true, ovn-installed-ts=17, vm-id=server}";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-hook-"));
  const vsctl = `#!/bin/sh
echo "$*" >>"${folder}/calls"
case "$*" in *"get Interface tap22222222-22"*) ;; *get*) echo '${ids}' ;; esac
`;
  const ip = `#!/bin/sh\necho "ip $*" >>"${folder}/calls"\n`;
  writeFileSync(join(folder, "ovs-vsctl"), vsctl, { mode: 0o755 });
  writeFileSync(join(folder, "ip"), ip, { mode: 0o755 });
  writeFileSync(join(folder, "calls"), "");
});
afterEach(() => rmSync(folder, { recursive: true }));

function calls(operation: string): string[] {
  const env = { PATH: `${folder}:${process.env.PATH}` };
  execFileSync("sh", [hook, "instance-00000001", operation, "begin", "-"], { input: domain, env });
  return readFileSync(join(folder, "calls"), "utf8").trim().split("\n").filter(Boolean);
}

test("each tap of a domain that started is plugged again, set up in between, without OVN's notes on the last", () => {
  expect(calls("started").filter((call) => !call.includes(" get "))).toEqual([
    "--timeout=60 --if-exists del-port br-int tap11111111-11",
    "ip link set tap11111111-11 up",
    "--timeout=60 add-port br-int tap11111111-11 -- set Interface tap11111111-11 " +
      "external_ids={attached-mac=aa, iface-id=port, vm-id=server}",
  ]);
});

test.each(["prepare", "stopped", "release"])("nothing happens at %s", (operation) => {
  expect(calls(operation)).toEqual([]);
});
