import { linkSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureUndercloud, type Guest } from "../../devcloud/guest";
import { ensureRoot, runInRoot } from "../../devcloud/root";
import { packedIpxe } from "../../plan/guest/dnsmasq/dnsmasq";
import { pinned } from "../../plan/guest/ironic/pins";
import { cacheFolder } from "../../process/folders";

/*
 * What is in the image ovb-undercloud, looked at from outside: what boots from it and works is the lab's own test
 * (test/cloud). The file system is read with debugfs, nothing is mounted.
 */
describe.skipIf(process.getuid?.() !== 0)(
  "the image ovb-undercloud (needs root, builds it when missing)",
  () => {
    const signal = new AbortController().signal;
    let folder: string;
    let image: Guest;
    let look: (command: string) => Promise<string>;
    beforeAll(async () => {
      const progress = { report: (): void => {}, signal };
      const root = await ensureRoot(progress);
      image = await ensureUndercloud({ root, ...progress });
      folder = mkdtempSync(join(cacheFolder(), "test-undercloud-"));
      linkSync(image.disk, join(folder, basename(image.disk)));
      await runInRoot(root, "qemu-img convert -O raw disk.qcow2 raw", folder, { signal });
      look = async (command) => {
        await runInRoot(root, `/usr/sbin/debugfs -R '${command}' raw >out 2>/dev/null`, folder, { signal });
        return readFileSync(join(folder, "out"), "utf8");
      };
    }, 4_800_000); // it may have to be built
    afterAll(() => folder && rmSync(folder, { recursive: true }));

    /** Names in a folder of the image. */
    const list = async (path: string): Promise<string[]> =>
      (await look(`ls -p ${path}`)).split("\n").flatMap((line) => line.split("/")[5] ?? []);

    it("has Ironic and its client at the pinned versions, complete", async () => {
      const bin = await list("/opt/ovb/ironic/venv/bin");
      expect(bin).toEqual(expect.arrayContaining(["ironic", "ironic-dbsync", "baremetal", "python"]));
      expect(await list("/opt/ovb/ironic/venv")).toContain("complete");
      const packages = await list("/opt/ovb/ironic/venv/lib/python3.13/site-packages");
      for (const name of ["ironic", "python-ironicclient"])
        expect(packages).toContain(`${name.replaceAll("-", "_")}-${pinned(name)}.dist-info`);
      // Compiled here, not at each start under emulation.
      expect(
        await list("/opt/ovb/ironic/venv/lib/python3.13/site-packages/ironic/conductor/__pycache__"),
      ).toContain("manager.cpython-313.pyc");
    });

    it("has the programs that Ironic calls", async () => {
      const bin = await list("/usr/bin");
      expect(bin).toEqual(expect.arrayContaining(["ipmitool", "qemu-img", "genisoimage"]));
    });

    it("has what serves DHCP and plain PXE where the undercloud does", async () => {
      expect(await list("/usr/sbin")).toContain("dnsmasq");
      expect(await list(packedIpxe)).toEqual(expect.arrayContaining(["undionly.kpxe", "ipxe.efi"]));
    });

    it("has IPA's kernel and a RAM disk of at most 70 MB, and an image to deploy that its checksum fits", async () => {
      expect((await list("/opt/ovb/ironic/ipa")).filter((name) => !name.startsWith("."))).toEqual([
        "kernel",
        "ramdisk",
      ]);
      const size = Number(/Size: (\d+)/.exec(await look("stat /opt/ovb/ironic/ipa/ramdisk"))?.[1]);
      expect(size).toBeGreaterThan(40e6);
      expect(size).toBeLessThanOrEqual(70e6);
      const sum = await look("cat /opt/ovb/ironic/deploy/debian-13.raw.sha256");
      const root = await ensureRoot({ report: () => {}, signal });
      const script = `/usr/sbin/debugfs -R 'dump /opt/ovb/ironic/deploy/debian-13.raw debian-13.raw' raw 2>/dev/null
sha256sum debian-13.raw >sum
sfdisk -J debian-13.raw >table
rm debian-13.raw`;
      await runInRoot(root, script, folder, { signal });
      expect(readFileSync(join(folder, "sum"), "utf8")).toBe(sum);
      const { partitiontable } = JSON.parse(readFileSync(join(folder, "table"), "utf8"));
      expect(partitiontable.label).toBe("gpt");
      expect(partitiontable.partitions.map(({ name }: { name: string }) => name)).toEqual(["esp", "root"]);
    });

    it("keeps nothing of the machine that built it: certificates, name servers", async () => {
      expect(await list("/tmp")).not.toContain("ca.crt");
      expect(await look("stat /etc/resolv.conf")).toContain("stub-resolv.conf");
      expect(dirname(image.kernel)).toBe(dirname(image.disk));
    });
  },
);
