import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { IronicClient, type IronicEndpoint, type IronicError } from "../../../../../cli/ironic/client";
import { ironicSecrets, pinOf } from "../../../../../plan/guest/ironic/secrets";
import { type IronicSettings, ironicSettings } from "../../../../../plan/guest/ironic/settings";
import { settingsScript } from "../../../../../plan/guest/ironic/settingsScript";
import { tlsProxy } from "../../../../../plan/guest/ironic/tlsProxy";

// The undercloud's own scripts, by the Python of this machine.
const python = spawnSync("python3", ["--version"]).status === 0;
const password = "a-password-of-the-tests";
const key = (name: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${name} ${name}`;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const first: IronicSettings = {
  authorizedKeys: [key("first")],
  kernel: null,
  ramdisk: null,
  automatedClean: false,
};

let folder: string;
const path = (...names: string[]) => join(folder, ...names);
const text = (...names: string[]) => readFileSync(path(...names), "utf8");

/** The script as the VM has it, but for its folders, which are of the test. */
function writeScripts(api = "http://127.0.0.1:1"): void {
  const script = settingsScript({ address: "127.0.0.1", username: 'a"min' })
    .replaceAll("/etc/ovb/ironic", path("etc"))
    .replaceAll("/var/lib/private/ovb-ironic-tls", path("proxy"))
    .replaceAll("/run/ovb-ironic-settings", path("run"))
    .replaceAll("/opt/ovb/ironic/ipa", path("ipa"))
    .replaceAll("/opt/ovb/ironic/deploy", path("deploy"))
    .replaceAll("/etc/cloud/cloud.cfg", path("cloud.cfg"))
    .replace(/^api = .*$/m, `api = "${api}"`)
    .replace("pause in (5, 20, 60, None)", "pause in (0.01, None)")
    .replace("time.sleep(5)", "time.sleep(0.05)");
  writeFileSync(path("ovb_ironic_settings.py"), script);
  writeFileSync(path("proxy.py"), tlsProxy.replaceAll("/run/ovb-ironic-settings", path("run")));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-settings-"));
  for (const name of ["etc", "proxy", "run", "ipa", "home", "bin"]) mkdirSync(path(name));
  writeFileSync(path("etc", "settings.json"), `${JSON.stringify(first)}\n`);
  writeFileSync(path("etc", "password"), `${password}\n`);
  writeScripts();
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.skipIf(!python)("what is put", () => {
  /** What is said of each. */
  const check = (contents: string[]): string[] => {
    const { stdout } = spawnSync(
      "python3",
      [
        "-c",
        `import sys, ovb_ironic_settings as s
for line in sys.stdin:
    try:
        s.check(bytes.fromhex(line))
        print("good")
    except ValueError as error:
        print(error)`,
      ],
      {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
        input: contents.map((content) => `${Buffer.from(content, "latin1").toString("hex")}\n`).join(""),
      },
    );
    return stdout.trim().split("\n");
  };
  const but = (more: Record<string, unknown>) => JSON.stringify({ ...first, ...more });

  it("is good as the plan makes it", () => {
    const source = { url: "https://images.example/ipa kernel", sha256: "ab".repeat(32) };
    const settings = ironicSettings({
      name: "undercloud",
      ironic: {
        username: "admin",
        passwordFrom: "lab",
        tlsPort: 1,
        bootPort: 2,
        enroll: true,
        automatedClean: true,
        kernel: source,
        files: {},
      },
      authorizedKeys: [`${key("one")}\n`, `${key("two")}\t me \n${key("three")}`],
    });
    expect(settings.authorizedKeys).toEqual([key("one"), `${key("two")} me`, key("three")]);
    expect(check([JSON.stringify(settings)])).toEqual(["good"]);
  });

  const refused: [string, string, RegExp][] = [
    ["no JSON", "{", /Expecting|no JSON/],
    ["bytes that are no text", "\xff", /utf-8/],
    ["deeper than Python goes", "[".repeat(60_000), /no JSON/],
    ["too much", JSON.stringify("x".repeat(70_000)), /more than 65536/],
    ["a list", "[]", /not an object/],
    ["a name more", but({ password: "x" }), /not an object of just/],
    ["a name twice", but({}).replace("{", '{"kernel":null,'), /twice/],
    ["keys that are a text", but({ authorizedKeys: key("one") }), /no list/],
    ["two keys in a line", but({ authorizedKeys: [`${key("one")}\n${key("two")}`] }), /authorizedKeys\[0\]/],
    [
      "a line separator",
      but({ authorizedKeys: [key("one"), "ssh-rsa AAAA \\u2028ssh-rsa BBBB"] }).replaceAll("\\\\u", "\\u"),
      /authorizedKeys\[1\]/,
    ],
    ["a NUL in a key", but({ authorizedKeys: ["ssh-rsa AAAA \u0000"] }), /authorizedKeys\[0\]/],
    ["a key with options", but({ authorizedKeys: [`command="x" ${key("one")}`] }), /authorizedKeys\[0\]/],
    ["a comment for a key", but({ authorizedKeys: ["# END ovb:authorizedKeys"] }), /authorizedKeys\[0\]/],
    ["a file's URL", but({ kernel: { url: "file:///etc/shadow", sha256: "ab".repeat(32) } }), /kernel\.url/],
    [
      "a URL with a line break",
      but({ kernel: { url: "http://a\nb", sha256: "ab".repeat(32) } }),
      /kernel\.url/,
    ],
    ["a short SHA-256", but({ ramdisk: { url: "http://a", sha256: "ab" } }), /ramdisk\.sha256/],
    ["a source without a sum", but({ ramdisk: { url: "http://a" } }), /ramdisk is neither/],
    ["a number for a boolean", but({ automatedClean: 1 }), /neither true nor false/],
  ];
  it("is refused in words where anything is wrong", () => {
    const said = check(refused.map(([, content]) => content));
    expect(said).toHaveLength(refused.length);
    for (const [i, [what, , why]] of refused.entries()) expect(`${what}: ${said[i]}`).toMatch(why);
  });
});

describe.skipIf(!python)("authorized_keys", () => {
  const write = (keys: string[], old = [key("first")]) => {
    const { status, stderr } = spawnSync("python3", [path("ovb_ironic_settings.py"), "keys", path("home")], {
      input: JSON.stringify([keys, old]),
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
  };
  const lines = () => text("home", ".ssh", "authorized_keys").split("\n").slice(0, -1);

  it("has our block, and what others wrote stays", () => {
    mkdirSync(path("home", ".ssh"));
    const theirs = `no-pty ${key("theirs")}`;
    // What cloud-init wrote of the first settings is ours as well.
    writeFileSync(path("home", ".ssh", "authorized_keys"), `# note\n${key("first")}\n${theirs}\n`);
    write([key("first"), key("second")]);
    expect(lines()).toEqual([
      ...["# note", theirs, expect.stringMatching(/^# BEGIN ovb/)],
      ...[key("first"), key("second"), "# END ovb:authorizedKeys"],
    ]);
    expect(statSync(path("home", ".ssh", "authorized_keys")).mode & 0o777).toBe(0o600);
    write([key("second")]);
    expect(lines()).toEqual([
      "# note",
      theirs,
      expect.stringMatching(/^# BEGIN/),
      key("second"),
      expect.stringMatching(/^# END/),
    ]);
    write([]);
    expect(lines()).toEqual(["# note", theirs]);
  });

  it("keeps all lines where one of our markers is gone, and is made where it is not there", () => {
    write([key("second")]);
    const file = path("home", ".ssh", "authorized_keys");
    writeFileSync(
      file,
      `${text("home", ".ssh", "authorized_keys").replace(/# END.*\n/, "")}${key("theirs")}\n`,
    );
    write([key("third")]);
    expect(lines()).toContain(key("theirs"));
    expect(lines()).toContain(key("third"));
  });
});

describe.skipIf(!python)("root", () => {
  let mirror: Server;
  const served: Record<string, string> = { "/kernel": "another kernel", "/ramdisk": "another RAM disk" };
  /** What Ironic shows, one answer after the other; the last stays. */
  let answers: object[][] = [];
  let asked = 0;
  beforeAll(async () => {
    mirror = createServer((request, response) => {
      if (request.url!.startsWith("/v1/nodes")) {
        asked++;
        const basic = Buffer.from(`a"min:${password}`).toString("base64");
        if (request.headers.authorization !== `Basic ${basic}`) return response.writeHead(401).end();
        const nodes = answers.length > 1 ? answers.shift() : answers[0];
        return response.end(JSON.stringify({ nodes }));
      }
      const content = served[request.url!];
      return response.writeHead(content === undefined ? 404 : 200).end(content);
    });
    await new Promise<void>((resolve) => mirror.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => mirror.close());
  const origin = () => `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;

  /** The image's default user is this one, and its home the test's: neither is asked of the machine. systemctl says what it was told. */
  function prepare({ active = false } = {}): void {
    writeScripts(origin());
    const script = text("ovb_ironic_settings.py")
      .replace(
        '[sys.executable, os.path.abspath(__file__), "keys", user.pw_dir]',
        `[sys.executable, os.path.abspath(__file__), "keys", "${path("home")}"]`,
      )
      .replace("user=user.pw_uid, group=user.pw_gid, extra_groups=[],", "");
    writeFileSync(path("ovb_ironic_settings.py"), script.replace("    user = default_user()\n", ""));
    writeFileSync(
      path("bin", "systemctl"),
      `#!/bin/sh\necho "$@" >>${path("systemctl")}\n[ "$1" != is-active ] || ${active}\n`,
      { mode: 0o755 },
    );
    for (const name of ["kernel", "ramdisk"]) writeFileSync(path("ipa", name), `the image's ${name}`);
  }
  /** Not spawnSync: the mirror answers from this process. */
  const apply = () =>
    new Promise<number | null>((resolve) => {
      const env = { ...process.env, PATH: `${path("bin")}:${process.env.PATH}` };
      spawn("python3", [path("ovb_ironic_settings.py"), "apply"], { env, stdio: "ignore" }).on(
        "close",
        resolve,
      );
    });
  const put = (settings: unknown) => {
    writeFileSync(path("proxy", "settings.json"), JSON.stringify(settings));
    writeFileSync(path("proxy", "pending"), "");
  };
  const said = () => JSON.parse(text("run", "status.json")) as { state: string; why: string; of: string };
  const restarts = () =>
    text("systemctl")
      .split("\n")
      .filter((line) => line.startsWith("try-restart")).length;

  it("applies what the VM was made with, and after that what was put last, each boot again", async () => {
    prepare();
    expect(await apply()).toBe(0);
    expect(text("home", ".ssh", "authorized_keys")).toContain(key("first"));
    expect(text("etc", "settings.conf")).toBe("[conductor]\nautomated_clean = false\n");
    expect(said()).toEqual({ state: "applied", why: "", of: sha256(text("etc", "settings.json")) });
    put({ ...first, authorizedKeys: [key("second")], automatedClean: true });
    for (const _ of ["put", "boot"]) {
      expect(await apply()).toBe(0);
      expect(existsSync(path("proxy", "pending"))).toBe(false);
      expect(text("home", ".ssh", "authorized_keys")).toContain(key("second"));
      expect(text("home", ".ssh", "authorized_keys")).not.toContain(key("first"));
      expect(text("etc", "settings.conf")).toBe("[conductor]\nautomated_clean = true\n");
    }
  });

  it("swaps the agent in once it is checked, and puts the image's own back", async () => {
    prepare();
    const kernel = { url: `${origin()}/kernel`, sha256: sha256("another kernel") };
    const ramdisk = { url: `${origin()}/ramdisk`, sha256: sha256("another RAM disk") };
    put({ ...first, kernel, ramdisk: { ...ramdisk, sha256: "0".repeat(64) } });
    expect(await apply()).not.toBe(0);
    expect(said()).toMatchObject({
      state: "failed",
      why: expect.stringMatching(/ramdisk has another SHA-256 than ovb:undercloud/),
    });
    expect([text("ipa", "kernel"), text("ipa", "ramdisk")]).toEqual([
      "the image's kernel",
      "the image's ramdisk",
    ]);
    put({ ...first, kernel, ramdisk });
    expect(await apply()).toBe(0);
    expect([text("ipa", "kernel"), text("ipa", "ramdisk")]).toEqual(["another kernel", "another RAM disk"]);
    put(first);
    expect(await apply()).toBe(0);
    expect([text("ipa", "kernel"), text("ipa", "ramdisk")]).toEqual([
      "the image's kernel",
      "the image's ramdisk",
    ]);
    // Ironic copies again what is newer than its copy.
    expect(Date.now() - statSync(path("ipa", "kernel")).mtimeMs).toBeLessThan(60_000);
    // Python takes a password before an address without a port for the port, and says it (http.client.InvalidURL).
    for (const url of [
      `${origin().replace("://", "://me:secret@")}/none`,
      "http://me:secret@localhost/none",
    ]) {
      put({ ...first, kernel: { ...kernel, url } });
      expect(await apply()).not.toBe(0);
      expect(said().why).toMatch(
        /^IPA's kernel cannot be fetched \(\w+\): see ovb:undercloud.ironic.kernel.url$/,
      );
      expect(said().why).not.toContain("secret");
    }
    // SSH keys and Ironic's configuration are applied all the same.
    expect(text("etc", "settings.conf")).toContain("automated_clean = false");
  });

  /** As the proxy leaves what npx ovb up brings. */
  const leave = (name: string, content: string, sum = sha256(content)) => {
    writeFileSync(path("proxy", `brought-${name}`), content);
    writeFileSync(path("proxy", `brought-${name}.sha256`), sum);
  };

  it("takes over what was brought to an image without IPA, and says until then what is missing", async () => {
    prepare();
    for (const name of ["kernel", "ramdisk"]) rmSync(path("ipa", name));
    expect(await apply()).not.toBe(0);
    expect(said().why).toBe(
      "IPA's kernel is not here: npx ovb up brings it, or set ovb:undercloud.ironic.kernel",
    );
    leave("kernel", "a kernel");
    leave("ramdisk", "a RAM disk", "0".repeat(64));
    expect(await apply()).not.toBe(0);
    expect(said().why).toBe("the ramdisk that was brought is damaged: npx ovb up brings it again");
    leave("ramdisk", "a RAM disk");
    leave("image", "a disk");
    expect(await apply()).toBe(0);
    expect(said().state).toBe("applied");
    expect([text("ipa", "kernel"), text("ipa", "ramdisk"), text("deploy", "image")]).toEqual([
      ...["a kernel", "a RAM disk", "a disk"],
    ]);
    expect(text("ipa", "kernel.brought")).toBe(sha256("a kernel"));
    expect(existsSync(path("proxy", "brought-image"))).toBe(false);
    // The next boot has nothing to do; what is fetched goes before it, and back to it.
    const kernel = { url: `${origin()}/kernel`, sha256: sha256("another kernel") };
    put({ ...first, kernel });
    expect(await apply()).toBe(0);
    leave("kernel", "a newer kernel");
    expect(await apply()).toBe(0);
    expect(text("ipa", "kernel")).toBe("another kernel");
    put(first);
    expect(await apply()).toBe(0);
    expect(text("ipa", "kernel")).toBe("a newer kernel");
  });

  it("follows no link to what was brought", async () => {
    prepare();
    writeFileSync(path("secret"), "secret");
    symlinkSync(path("secret"), path("proxy", "brought-kernel"));
    writeFileSync(path("proxy", "brought-kernel.sha256"), sha256("secret"));
    expect(await apply()).not.toBe(0);
    expect(text("ipa", "kernel")).toBe("the image's kernel");
  });

  it("restarts Ironic when its settings are others, and only once no node is in between", async () => {
    prepare({ active: true });
    writeFileSync(path("etc", "settings.conf"), "[conductor]\nautomated_clean = false\n");
    const node = (provision_state: string, reservation: string | null = null) => ({
      ...{ uuid: "u", name: "node-0", provision_state, reservation },
    });
    answers = [[node("active")]];
    put({ ...first, authorizedKeys: [] });
    expect(await apply()).toBe(0);
    expect([asked, restarts()]).toEqual([0, 0]);
    answers = [
      [node("deploying")],
      [node("wait call-back")],
      [node("available", "host")],
      [node("deploy failed"), node("clean hold")],
    ];
    put({ ...first, automatedClean: true });
    expect(await apply()).toBe(0);
    expect([asked, restarts()]).toEqual([4, 1]);
    expect(await apply()).toBe(0);
    expect(restarts()).toBe(1);
    // One that was cut off after it wrote the file restarts it the next time.
    writeFileSync(path("run", "restart"), "");
    expect(await apply()).toBe(0);
    expect(restarts()).toBe(2);
  });

  it("follows no link of the proxy's, and takes nothing that is not checked", async () => {
    prepare();
    writeFileSync(path("other.json"), JSON.stringify({ ...first, authorizedKeys: [key("other")] }));
    symlinkSync(path("other.json"), path("proxy", "settings.json"));
    expect(await apply()).not.toBe(0);
    rmSync(path("proxy", "settings.json"));
    put({ ...first, authorizedKeys: ["x\nssh-ed25519 AAAA me"] });
    expect(await apply()).not.toBe(0);
    expect(said().why).toContain("authorizedKeys[0]");
    expect(existsSync(path("home", ".ssh"))).toBe(false);
  });
});

describe.skipIf(!python)("the proxy", () => {
  let proxy: ChildProcess;
  let endpoint: IronicEndpoint;
  let ironic: Server;
  let seen: string[] = [];

  beforeEach(async () => {
    const { tlsKey } = ironicSecrets(password);
    mkdirSync(path("credentials"));
    writeFileSync(path("credentials", "tls.key"), tlsKey);
    const args = ["req", "-x509", "-new", "-key", "tls.key", "-subj", "/CN=lab", "-out", "tls.crt"];
    spawnSync("openssl", args, { cwd: path("credentials") });
    writeFileSync(path("credentials", "password"), `${password}\n`);
    writeFileSync(path("credentials", "settings.json"), JSON.stringify(first));
    seen = [];
    ironic = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        seen.push(`${request.method} ${request.url} ${body}`);
        response.end(JSON.stringify({ nodes: [] }));
      });
    });
    await new Promise<void>((resolve) => ironic.listen(0, "127.0.0.1", resolve));
    const port = await freePort();
    proxy = spawn(
      "python3",
      ["-u", path("proxy.py"), String(port), "127.0.0.1", String((ironic.address() as AddressInfo).port)],
      {
        env: { ...process.env, CREDENTIALS_DIRECTORY: path("credentials"), STATE_DIRECTORY: path("proxy") },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    await new Promise((resolve) => proxy.stdout!.once("data", resolve));
    endpoint = { url: `https://127.0.0.1:${port}`, username: 'a"min', password, pin: pinOf(tlsKey) };
  });
  afterEach(async () => {
    const ended = new Promise((resolve) => proxy.once("close", resolve));
    proxy.kill();
    await ended;
    ironic.close();
  });
  const client = (more: Partial<IronicEndpoint> = {}) =>
    new IronicClient({ ...endpoint, ...more }, { patienceMs: 0 });
  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (error: IronicError) => [error.status, error.message],
    );

  it("passes on what is Ironic's, bodies as well", async () => {
    expect(await client().call("POST", "/v1/nodes", { name: "x".repeat(200_000) })).toEqual({ nodes: [] });
    expect(seen).toEqual([`POST /v1/nodes {"name":"${"x".repeat(200_000)}"}`]);
    expect(await client().call("GET", "/ovb/settings/other")).toEqual({ nodes: [] });
  });

  it("shows the settings, takes others, and says what root has made of them", async () => {
    expect(await client().call("GET", "/ovb/settings")).toMatchObject({ settings: first, state: "applying" });
    const other = { ...first, authorizedKeys: [key("other")] };
    expect(await client().call("PUT", "/ovb/settings", other)).toMatchObject({
      settings: other,
      state: "applying",
    });
    expect(existsSync(path("proxy", "pending"))).toBe(true);
    expect(statSync(path("proxy", "settings.json")).mode & 0o777).toBe(0o600);
    const of = sha256(text("proxy", "settings.json"));
    writeFileSync(path("run", "status.json"), JSON.stringify({ of, state: "failed", why: "because" }));
    expect(await client().call("GET", "/ovb/settings")).toEqual({
      settings: other,
      state: "failed",
      why: "because",
      files: { kernel: null, ramdisk: null, image: null },
    });
    expect(seen).toEqual([]);
  });

  it("takes files for root, whole and checked, and says what is there", async () => {
    const file = path("a-file");
    writeFileSync(file, Buffer.alloc(3_000_000, "ironic"));
    const sum = sha256(text("a-file"));
    const sent: number[] = [];
    await client().upload(`/ovb/files/ramdisk/${sum}`, file, (bytes) => sent.push(bytes));
    expect(sent.at(-1)).toBe(3_000_000);
    expect(text("proxy", "brought-ramdisk")).toBe(text("a-file"));
    expect(text("proxy", "brought-ramdisk.sha256")).toBe(sum);
    expect(existsSync(path("proxy", "pending"))).toBe(true);
    const upload = (to: string, more = {}) => client(more).upload(to, file);
    expect(await refusal(upload(`/ovb/files/kernel/${"0".repeat(64)}`))).toEqual([
      ...[400, `it has another SHA-256 than ${"0".repeat(64)}`],
    ]);
    expect(existsSync(path("proxy", "brought-kernel"))).toBe(false);
    expect(existsSync(path("proxy", "brought-kernel.new"))).toBe(false);
    await expect(upload(`/ovb/files/kernel/${sum}`, { password: "another" })).rejects.toThrow();
    // What is no file of ours is Ironic's affair.
    await client().upload(`/ovb/files/passwd/${sum}`, file);
    expect(seen).toHaveLength(1);
    expect(existsSync(path("proxy", "brought-passwd"))).toBe(false);
    mkdirSync(path("deploy"));
    writeFileSync(path("deploy", "debian-13.raw"), "x");
    writeFileSync(path("ipa", "kernel"), "x");
    writeFileSync(path("ipa", "kernel.brought"), sum);
    expect(await client().call("GET", "/ovb/settings")).toMatchObject({
      files: { kernel: sum, ramdisk: null, image: "" },
    });
  });

  it("refuses another password, what is too large and what is not right, and changes nothing", async () => {
    for (const wrong of [{ password: "another" }, { username: "root" }, { password: `${password}\n` }]) {
      expect(await refusal(client(wrong).call("GET", "/ovb/settings"))).toEqual([401, expect.any(String)]);
      expect(await refusal(client(wrong).call("PUT", "/ovb/settings", first))).toEqual([
        401,
        expect.any(String),
      ]);
    }
    const large = { ...first, authorizedKeys: Array(2000).fill(key("x")) };
    expect(await refusal(client().call("PUT", "/ovb/settings", large))).toEqual([
      413,
      "more than 65536 bytes",
    ]);
    const wrong = { ...first, authorizedKeys: ["x"] };
    expect(await refusal(client().call("PUT", "/ovb/settings", wrong))).toEqual([
      400,
      "authorizedKeys[0] is no line with a public key",
    ]);
    expect(existsSync(path("proxy", "settings.json"))).toBe(false);
    expect(seen).toEqual([]);
  });
});

async function freePort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
