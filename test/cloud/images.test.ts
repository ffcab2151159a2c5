import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureRoot, runInRoot } from "../../devcloud/root";
import type { BuiltImage } from "../../images/buildImage";
import { checkDeclaredFormat } from "../../images/detectFormat";
import { buildIpxeDisk } from "../../images/ipxeDisk";
import { buildIpxeIso } from "../../images/ipxeIso";

/*
 * The iPXE images in plain QEMU, no cloud: QEMU's own user network is the DHCP server that names the boot file, and
 * hands connections to 192.0.2.240 to the loopback of a network namespace with a web server.
 */
describe.skipIf(process.getuid?.() !== 0)(
  "iPXE images boot (needs root, for the Debian root with QEMU)",
  () => {
    const signal = new AbortController().signal;
    const report = (): void => {};
    const folder = mkdtempSync(join(tmpdir(), "ovb-boot-"));
    let root: string;
    let runner: (script: string, outDir: string) => Promise<void>;
    beforeAll(async () => {
      root = await ensureRoot({ report, signal });
      runner = (script, outDir) => runInRoot(root, script, outDir, { signal });
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each([buildIpxeDisk, buildIpxeIso])(
      "%o is built to the same bytes twice, and small",
      async (build) => {
        const one = await build({ runner, outDir: join(folder, "one"), report });
        const two = await build({ runner, outDir: join(folder, "two"), report });
        expect(two.sha256).toBe(one.sha256);
        expect(await checkDeclaredFormat(one.path, one.format)).toBeUndefined();
        expect(statSync(one.path).size).toBeLessThan(8 << 20); // an upload of seconds
      },
    );

    it("the disk: passes over a NIC without a boot file, and waits for a web server that comes late", async () => {
      const image = await buildIpxeDisk({ runner, outDir: join(folder, "disk"), report });
      const { requests, console } = await boot(image, {
        drives: "-drive file=overlay.qcow2,if=virtio",
        before: `qemu-img create -q -f qcow2 -F qcow2 -b ${basename(image.path)} overlay.qcow2 4G`,
        serverDelaySeconds: 15,
        until: "grep -q proof requests",
      });
      // All of it on the serial port, which is what Nova's console log shows.
      expect(console).toContain("Loading boot.ipxe");
      expect(console).toContain("OVB: net0 198.51.100.15 was given no boot file");
      expect(console).toContain("net1 20:57:f8:00:00:02 192.0.2.15 boots http://192.0.2.240:8088/boot.ipxe");
      expect(console).toMatch(/boot file failed/);
      expect(requests).toMatch(/GET \/boot\.ipxe .* 200/);
      // Fetched by the script that it was served, from the NIC that was given a boot file.
      expect(requests).toContain("GET /proof/20-57-f8-00-00-02/192.0.2.15 ");
    });

    it("the ISO: boots from the network, and the node's own disk when the boot file returns", async () => {
      const image = await buildIpxeIso({ runner, outDir: join(folder, "iso"), report });
      const { requests, console } = await boot(image, {
        drives: `${cdRom(image)} -drive file=os,format=raw,if=virtio`,
        before: bootSector("THE DISK OF THE NODE"),
        serverDelaySeconds: 0,
        until: "grep -q NODE console",
      });
      expect(requests).toContain("GET /proof/20-57-f8-00-00-02/192.0.2.15 ");
      expect(console).toContain("Loading boot.ipxe");
      expect(console).toContain("OVB: net0 198.51.100.15 was given no boot file");
      expect(console).toContain("THE DISK OF THE NODE");
    });

    it("the ISO on a node whose disk is the iPXE disk: both write to the console, each letter once", async () => {
      const outDir = join(folder, "both");
      const disk = await buildIpxeDisk({ runner, outDir, report });
      const iso = await buildIpxeIso({ runner, outDir, report });
      const { console } = await boot(iso, {
        drives: `${cdRom(iso)} -drive file=overlay.qcow2,if=virtio`,
        before: `qemu-img create -q -f qcow2 -F qcow2 -b ${basename(disk.path)} overlay.qcow2 4G`,
        serverDelaySeconds: 0,
        until: '[ "$(grep -c "OVB: net1 .* boots" console)" -ge 2 ]',
      });
      expect(console).toMatch(/OVB: booting the disk.*OVB: iPXE .*OVB: net1 [^\n]* boots http/s);
      expect(console).not.toMatch(/OOVVBB/);
    });

    /** As Nova's rescue attaches it: hw_rescue_bus=sata, on the machine that has no SATA by itself. */
    const cdRom = ({ path }: BuiltImage) =>
      `-device ahci,id=sata -drive file=${basename(path)},if=none,media=cdrom,readonly=on,id=cd
      -device ide-cd,bus=sata.0,drive=cd,bootindex=1`;

    /** Runs a node until the shell condition holds, 90 s at most; returns what it fetched and wrote to its console. */
    async function boot(
      image: BuiltImage,
      node: { drives: string; before: string; serverDelaySeconds: number; until: string },
    ): Promise<{ requests: string; console: string }> {
      const outDir = dirname(image.path);
      const script = `
${node.before}
mkdir -p web
cat > web/boot.ipxe <<'END'
#!ipxe
imgfetch http://192.0.2.240:8088/proof/\${netX/mac:hexhyp}/\${netX/ip} ||
exit
END
cat > run <<'END'
ip link set lo up
qemu-system-x86_64 -M pc -accel tcg -m 256 -display none -serial file:console ${node.drives.replace(/\s+/g, " ")} \\
  -netdev user,id=a,net=198.51.100.0/24 -device virtio-net-pci,netdev=a,mac=20:57:f8:00:00:01 \\
  -netdev user,id=b,net=192.0.2.0/24,host=192.0.2.240,bootfile=http://192.0.2.240:8088/boot.ipxe \\
  -device virtio-net-pci,netdev=b,mac=20:57:f8:00:00:02 &
qemu=$!
sleep ${node.serverDelaySeconds}
python3 -u -m http.server 8088 --bind 127.0.0.1 --directory web > requests 2>&1 &
server=$!
tries=0
until ${node.until} || [ $tries -gt 90 ]; do sleep 1; tries=$((tries + 1)); done
kill $qemu $server
wait
END
unshare --net sh run
`;
      await runInRoot(root, script, outDir, { signal });
      const read = (name: string): string => readFileSync(join(outDir, name), "latin1");
      return { requests: read("requests"), console: read("console") };
    }
  },
);

/** Shell that makes the disk `os`, whose boot sector writes the text to the first serial port and halts. */
function bootSector(text: string): string {
  const code = [
    [0xbe, 0x11, 0x7c], // mov si, text
    [0xba, 0xf8, 0x03], // mov dx, 0x3f8
    [0xac], //         next: lodsb
    [0x84, 0xc0], //         test al, al
    [0x74, 0x03], //         jz done
    [0xee], //               out dx, al
    [0xeb, 0xf8], //         jmp next
    [0xf4], //         done: hlt
    [0xeb, 0xfd], //         jmp done
  ].flat();
  const sector = Buffer.alloc(512);
  Buffer.from([...code, ...Buffer.from(`${text}\r\n\0`)]).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return `echo ${sector.toString("base64")} | base64 -d > os\ntruncate -s 4M os`;
}
