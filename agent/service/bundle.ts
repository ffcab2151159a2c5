import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

export interface AgentBundle {
  /** JavaScript for Node 18 and later; `node FILE CONFIG` runs it. The same sources give the same text. */
  readonly code: string;
  /** What `code` unpacks and runs. */
  readonly source: string;
}

/** What a bundle has no room for, and what takes its place. */
const replaced = {
  "bmc/main.ts": [{ filter: /^\.\/(ownFetch|proxy)$/, by: "nodeFetch.ts" }],
  "sync/main.ts": [{ filter: /^\.\/clouds$/, by: "noCloudsFile.ts" }],
};

/**
 * An agent as one file with nothing beside it. Takes a tenth of a second.
 * @param entry of this folder: the BMC's, or the undercloud's sync
 */
export async function bundleAgent(entry: keyof typeof replaced = "bmc/main.ts"): Promise<AgentBundle> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, "..", entry)],
    bundle: true,
    write: false,
    minify: true,
    platform: "node",
    // Debian 12's; CentOS Stream 9 and Ubuntu 24.04 have 18 as well.
    target: "node18",
    legalComments: "none",
    // Fields that only have a type cost nothing then.
    tsconfigRaw: { compilerOptions: { target: "es2022", useDefineForClassFields: false } },
    plugins: [
      {
        name: "smaller",
        setup({ onResolve }) {
          for (const { filter, by } of replaced[entry])
            onResolve({ filter }, () => ({ path: join(__dirname, by) }));
        },
      },
    ],
  });
  const source = outputFiles[0]!.text;
  return { code: packed(source), source };
}

/**
 * A program that unpacks itself: brotli leaves a tenth less than gzip, which is what user data is compressed with, and base64
 * costs next to nothing under gzip.
 */
function packed(source: string): string {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  const text = brotliCompressSync(source, { params }).toString("base64");
  return `module._compile(require("node:zlib").brotliDecompressSync(Buffer.from("${text}","base64")).toString(),__filename)\n`;
}
