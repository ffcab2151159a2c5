import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ConfigError, parseConfig } from "../../../../../plan/config/parseConfig";
import { undercloudUserData } from "../../../../../plan/guest/undercloudUserData";
import { planLab } from "../../../../../plan/lab/planLab";

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ovb");
const python = join(cache, "python-inventory-readers", "bin", "python");
const cloudInit = join(cache, "cloud-init");
const isHere = (existsSync(python) && existsSync(cloudInit)) || process.env.CI === "true";

const own = (userData: string) => planLab(parseConfig({ undercloud: { kind: "custom", userData } }, "qa"));

/** As cloud-init opens them, by its own code. */
function opened(userData: string): { type: string; content: string }[] {
  const program = join(__dirname, "..", "..", "..", "..", "support", "openUserData.py");
  const ran = spawnSync(python, [program], {
    input: userData,
    encoding: "utf8",
    env: { ...process.env, PYTHONPATH: cloudInit },
  });
  expect(ran.status, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout);
}

const message = (subtype: string, content: string) =>
  `Content-Type: multipart/mixed; boundary="==b=="\nMIME-Version: 1.0\n\n--==b==\nContent-Type: text/${subtype}\n\n${content}\n--==b==--\n`;

const formats: readonly [name: string, userData: string][] = [
  ["a cloud-config", "#cloud-config\nruncmd: [[true]]\n"],
  ["a script", "#!/bin/sh\necho grüße\n"],
  ["a template", "## template: jinja\n#cloud-config\nhostname: {{ v1.local_hostname }}\n"],
  ["a boothook", "#cloud-boothook\n#!/bin/sh\ntrue\n"],
  ["a part handler", "#part-handler\ndef list_types(): return []\n"],
  ["a jsonp", '#cloud-config-jsonp\n[{"op": "add", "path": "/runcmd", "value": []}]\n'],
  ["blank lines before", "\n\n#cloud-config\nruncmd: [[true]]\n"],
  ["lines of another system", "#cloud-config\r\nruncmd: [[true]]\r\n"],
  [
    "an archive",
    "#cloud-config-archive\n- '#!/bin/sh\\necho one'\n- {type: text/cloud-config, content: 'a: ü'}\n",
  ],
  ["an include", "#include\nhttps://cloud.invalid/one\nhttps://cloud.invalid/two\n"],
  ["an include once", "#include-once https://cloud.invalid/one\n"],
  ["a MIME message", message("x-shellscript", "#!/bin/sh\necho one")],
  ["a MIME message of a mailbox", `From nobody Fri Jan  1 00:00:00 2027\n${message("cloud-config", "a: 1")}`],
  ["a MIME message with an include in it", message("x-include-url", "https://cloud.invalid/one")],
];

describe.skipIf(!isHere)(
  isHere
    ? "what of a custom undercloud's user data cloud-init finds"
    : `SKIPPED: cloud-init's code is not in ${cloudInit} (.ci/run puts it there)`,
  () => {
    it.each(formats)("%s: as it would alone, and ours after it", (_, userData) => {
      const parts = opened(undercloudUserData(own(userData))!);
      const ours = parts.at(-1)!;
      expect(ours.type).toBe("text/cloud-config");
      expect(ours.content).toContain("/etc/ovb/lab.json");
      const bare = (all: typeof parts) =>
        all.map(({ type, content }) => ({ type, content: content.trimEnd() }));
      expect(bare(parts.slice(0, -1))).toEqual(bare(opened(userData)));
    });
  },
);

describe("what cloud-init would not take", () => {
  const problems = (userData: string) => {
    try {
      own(userData);
      return [];
    } catch (error) {
      return (error as ConfigError).problems;
    }
  };

  it.each([
    ["gzip, read as text", Buffer.from([0x1f, 0x8b, 8, 0, 0xff]).toString("utf8"), /is no text/],
    ["anything else", '{"ignition": {"version": "3.0.0"}}', /nothing that cloud-init knows/],
  ])("%s is refused", (_, userData, why) => {
    expect(problems(userData)).toEqual([expect.stringMatching(why)]);
  });
});
