import { Command } from "commander";
import { sha256Of } from "../../images/buildImage";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import { buildIpa } from "./buildIpa";

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
        "The devcloud's undercloud image has them; to another `npx ovb up` brings what it builds itself, or files or\n" +
        "URLs that the configuration names.",
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
  const { report } = new Phases();
  const { kernel, ramdisk } = await interruptible(
    "Nothing is left of what was begun.",
    (signal) => buildIpa(output, { report, signal }),
    { hangup: true },
  );
  for (const path of [kernel, ramdisk]) process.stdout.write(`${await sha256Of(path)}  ${path}\n`);
}
