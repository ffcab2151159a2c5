import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, constants, copyFile, mkdir } from "node:fs/promises";
import { basename, isAbsolute, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { log, RunError } from "@pulumi/pulumi";
import type { ImageContent } from "../components/ipxeImage";
import { checkDeclaredFormat, detectImageFormat } from "../images/detectFormat";
import { ipxeDiskProperties, ipxeIsoProperties } from "../images/imageProperties";
import { buildIpxeDisk } from "../images/ipxeDisk";
import { buildIpxeIso } from "../images/ipxeIso";
import { missingIpxeTools } from "../images/ipxeTools";
import { hostRunner } from "../images/scriptRunner";
import type { ImagePlan, ImagesPlan } from "../plan/lab/labPlan";

type Kind = keyof ImagesPlan;

/** What differs between the two kinds of image. */
const kinds = {
  disk: { properties: ipxeDiskProperties, build: buildIpxeDisk, ready: "OVB_IPXE_DISK" },
  iso: { properties: ipxeIsoProperties, build: buildIpxeIso, ready: "OVB_IPXE_ISO" },
};

const outDir = "build";

/**
 * Finds, checks or builds what is uploaded, before anything is created. What is to be built is taken from the
 * file that OVB_IPXE_DISK or OVB_IPXE_ISO names, when one does: `npm start` builds it where the tools are.
 * @throws RunError when a file is missing, is not what it is declared to be, or cannot be built here.
 */
export async function resolveImages(plan: ImagesPlan): Promise<Partial<Record<Kind, ImageContent>>> {
  const [disk, iso] = await Promise.all([resolve("disk", plan.disk), resolve("iso", plan.iso)]);
  return { disk, iso };
}

async function resolve(kind: Kind, plan: ImagePlan | undefined): Promise<ImageContent | undefined> {
  if (!plan || plan.kind === "existing") return undefined;
  const properties = kinds[kind].properties({ firmware: plan.firmware });
  if (plan.kind === "url") return { url: plan.source!, format: plan.format!, properties };
  try {
    if (plan.kind === "build") return { ...(await obtain(kind)), properties };
    await checkReadable(plan.source!, `ovb:images.${kind}.path`);
    const problem = await checkDeclaredFormat(plan.source!, plan.format!);
    if (problem) throw new Error(problem);
    return { path: plan.source!, format: plan.format!, sha256: await sha256(plan.source!), properties };
  } catch (error) {
    throw new RunError(`ovb:images.${kind}: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * The path is always build/NAME-RECIPE.FORMAT, whoever runs this and wherever the file was made: to the provider
 * another path is another image, and the recipe's hash in the name changes with the project alone.
 */
async function obtain(kind: Kind): Promise<{ path: string; format: string }> {
  const { build, ready } = kinds[kind];
  const made = process.env[ready];
  if (made) {
    await checkReadable(made, ready);
    const format = await detectImageFormat(made);
    const path = join(outDir, basename(made));
    await mkdir(outDir, { recursive: true });
    if (relative(made, path) !== "") await copyFile(made, path);
    return { path, format };
  }
  const missing = await missingIpxeTools();
  if (missing.length > 0) {
    throw new Error(
      `cannot be built on this machine without\n${missing.map((tool) => `    ${tool}`).join("\n")}\n` +
        `    Install these; or name a file built elsewhere in ${ready}; or set ovb:images.${kind}.source to ` +
        "existing, file or url (docs/configuration.md).",
    );
  }
  const { path, format } = await build({ runner: hostRunner, outDir, report });
  return { path: relative(process.cwd(), path), format };
}

async function checkReadable(path: string, named: string): Promise<void> {
  await access(path, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    const where = isAbsolute(path) ? "" : ` from ${process.cwd()}`;
    throw new Error(`the file '${path}' that ${named} names cannot be read${where} (${error.code})`);
  });
}

function report(line: string): void {
  void log.info(line, undefined, undefined, true); // ephemeral: progress, not a diagnostic
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
