import { join } from "node:path";
import { Command } from "commander";
import { buildFolder } from "../../images/buildFolder";
import { sha256Of } from "../../images/buildImage";
import { isHere } from "../../images/ipxeTools";
import { ipaFiles, ipaScript } from "../../images/ironic/ipa";
import { pipEnvironment } from "../../images/ironic/pipEnvironment";
import { mmdebstrapPhase } from "../../images/mmdebstrapPhase";
import { isolatedRunner } from "../../images/scriptRunner";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";

/** What the script needs of this machine, and the Debian package that brings it. */
const needed: Readonly<Record<string, string>> = {
  mmdebstrap: "mmdebstrap",
  cpio: "cpio",
  zstd: "zstd",
  unshare: "util-linux",
  setpriv: "util-linux",
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
  "/etc/ssl/certs/ca-certificates.crt": "ca-certificates",
};

/** `ovb ipa`: the kernel and RAM disk that nodes boot to be inspected and deployed. */
export function ipaCommand(): Command {
  const ipa = new Command("ipa")
    .description(
      "The kernel and RAM disk of IPA (Ironic Python Agent), which nodes boot to be inspected and deployed.",
    )
    .exitOverride();
  ipa
    .command("build")
    .exitOverride()
    .description(
      "Build them from Debian's packages and PyPI, or find them built. Debian or Ubuntu, root, 3 GB of disk, minutes.\n" +
        "The devcloud's undercloud image has them; for another, put them on a web server and name them in the configuration.",
    )
    .requiredOption(
      "-o, --output <folder>",
      "where to put them, in a folder named after what they are made of",
    )
    .action(({ output }: { output: string }) => build(output));
  return ipa;
}

/** Prints a line a file as sha256sum does: checksum and path. */
async function build(output: string): Promise<void> {
  const lacking = await missing();
  if (lacking.length > 0) throw new Error(`IPA cannot be built here:\n  ${lacking.join("\n  ")}`);
  const { report } = new Phases();
  const folder = await interruptible(
    "Nothing is left of what was begun.",
    (signal) => {
      const onLine = (line: string) => {
        const phase = mmdebstrapPhase(line);
        if (phase !== undefined) report(`  ${phase}`);
      };
      const runner = isolatedRunner({ signal, env: pipEnvironment(), onLine });
      return buildFolder({ name: "ipa", script: ipaScript }, { runner, outDir: output, report, signal });
    },
    { hangup: true },
  );
  for (const file of ipaFiles) {
    const path = join(folder, file);
    process.stdout.write(`${await sha256Of(path)}  ${path}\n`);
  }
}

/** What to do before it can be built here, a line each. */
async function missing(): Promise<string[]> {
  if (process.platform !== "linux") return ["it takes Debian or Ubuntu; this is not Linux"];
  const lines: string[] = [];
  if (process.getuid?.() !== 0) lines.push("it makes a Debian root, which takes root: run it with sudo");
  for (const [name, debian] of Object.entries(needed))
    if (!(await isHere([name]))) lines.push(`${name} is missing: apt-get install ${debian}`);
  return lines;
}
