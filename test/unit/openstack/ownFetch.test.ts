import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer as createHttp,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authFromEnvironment } from "../../../openstack/auth";
import { proxyFor, proxySettings } from "../../../openstack/proxy";
import { Session } from "../../../openstack/session";
import { FakeCloud } from "../../support/fakeOpenstack";

describe("which proxy leads to a URL", () => {
  const through = (url: string, env: NodeJS.ProcessEnv) =>
    proxyFor(proxySettings(env), new URL(url))?.variable;
  const both = { HTTPS_PROXY: "http://p:1", http_proxy: "http://p:2" };

  it.each<[url: string, no: string | undefined, variable: string | undefined]>([
    ["https://cloud.example:5000/v3", undefined, "HTTPS_PROXY"],
    ["http://cloud.example:5000/v3", undefined, "http_proxy"],
    ["https://localhost:5000", undefined, undefined],
    ["https://127.0.0.9:5000", undefined, undefined],
    ["https://[::1]:5000", undefined, undefined],
    ["https://cloud.example", "*", undefined],
    ["https://cloud.example", "other, cloud.example", undefined],
    ["https://api.cloud.example", "cloud.example", undefined],
    ["https://mycloud.example", "cloud.example", "HTTPS_PROXY"],
    ["https://cloud.example", ".cloud.example", "HTTPS_PROXY"],
    ["https://api.cloud.example", ".cloud.example", undefined],
    ["https://cloud.example", "cloud.example:5000", "HTTPS_PROXY"],
    ["https://cloud.example:5000", "cloud.example:5000", undefined],
    ["https://10.1.2.3", "10.0.0.0/8", undefined],
    ["https://192.0.2.1", "10.0.0.0/8", "HTTPS_PROXY"],
    ["https://192.0.2.1", "192.0.2.1", undefined],
    ["https://[2001:db8::1]", "2001:db8::/32", undefined],
  ])("%s with NO_PROXY %s: %s", (url, no, variable) => {
    expect(through(url, { ...both, NO_PROXY: no })).toBe(variable);
  });

  it("is none where none is set, and its password shows nowhere", () => {
    expect(through("https://cloud.example", { NO_PROXY: "x" })).toBeUndefined();
    const settings = proxySettings({ HTTPS_PROXY: "http://me:hunter22@p:1" });
    expect(inspect(settings, { depth: null, showHidden: true }) + JSON.stringify(settings)).not.toContain(
      "hunter22",
    );
  });
});

/** A name that only the proxy knows: nobody has it (RFC 6761). */
const name = "cloud.invalid";

describe("a cloud that Node's own fetch does not reach", () => {
  let folder: string;
  let ca: string;
  let cloud: FakeCloud;
  let secure: Server;
  let proxy: Server;
  let asked: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ovb-tls-"));
    ca = join(folder, "ca.pem");
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    writeFileSync(join(folder, "key"), privateKey.export({ type: "pkcs8", format: "pem" }));
    const names = `subjectAltName=DNS:${name},DNS:localhost,IP:127.0.0.1,IP:198.51.100.7,IP:2001:db8::5`;
    const args = ["req", "-x509", "-new", "-key", "key", "-subj", "/CN=lab", "-addext", names, "-out", ca];
    expect(spawnSync("openssl", args, { cwd: folder, encoding: "utf8" }).stderr).toBe("");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const listen = (server: Server) =>
    new Promise<Server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
  const portOf = (server: Server) => (server.address() as AddressInfo).port;

  beforeEach(async () => {
    asked = [];
    cloud = await new FakeCloud().start();
    cloud.on("PUT /image/v2/images/1/file", { status: 204 });
    const behind = Number(new URL(cloud.origin).port);
    // TLS in front of the fake cloud.
    const forward = (incoming: IncomingMessage, answer: ServerResponse) => {
      const { method, url, headers } = incoming;
      const onward = request({ host: "127.0.0.1", port: behind, method, path: url, headers }, (response) => {
        answer.writeHead(response.statusCode!, response.headers);
        response.pipe(answer);
      });
      incoming.pipe(onward);
    };
    const tls = { key: readFileSync(join(folder, "key")), cert: readFileSync(ca) };
    secure = await listen(createHttps(tls, forward));
    proxy = await listen(
      createHttp((incoming, answer) => {
        asked.push(
          `${incoming.method} ${new URL(incoming.url!).pathname} ${incoming.headers["proxy-authorization"]}`,
        );
        incoming.url = new URL(incoming.url!).pathname;
        forward(incoming, answer);
      }),
    );
    proxy.on("connect", ({ url, headers }, client) => {
      asked.push(`CONNECT ${url} ${headers["proxy-authorization"]}`);
      const server = connect(portOf(secure), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        server.pipe(client).pipe(server);
      });
    });
    cloud.catalog = () => [
      { type: "image", endpoints: [{ interface: "public", region_id: "R", url: `${place()}/image` }] },
    ];
  });
  afterEach(async () => {
    for (const server of [secure, proxy]) {
      server.closeAllConnections();
      server.close();
    }
    await cloud.stop();
  });

  let place = () => `https://localhost:${portOf(secure)}`;
  const session = (env: NodeJS.ProcessEnv) =>
    new Session(
      authFromEnvironment({
        OS_AUTH_URL: `${place()}/identity`,
        ...{ OS_USERNAME: "demo", OS_PASSWORD: "p", OS_PROJECT_NAME: "demo", OS_USER_DOMAIN_NAME: "Default" },
        ...env,
      }),
      { sleep: async () => {} },
    );

  it("is trusted by OS_CACERT, a file or the text itself, and a streamed body arrives", async () => {
    for (const osCacert of [ca, readFileSync(ca, "utf8")])
      expect(await session({ OS_CACERT: osCacert }).projectId()).toBe("project-1");
    const body = () => new Blob(["the image"]).stream();
    await session({ OS_CACERT: ca }).request("image", "PUT", "/images/1/file", { body });
    expect(cloud.to("PUT /image/v2/images/1/file")[0]!.body).toBe("the image");
  });

  it("is asked unchecked with OS_INSECURE, and refused without either, with the way out", async () => {
    expect(await session({ OS_INSECURE: "1" }).projectId()).toBe("project-1");
    await expect(session({}).projectId()).rejects.toThrow("set OS_CACERT");
    await expect(session({ OS_CACERT: join(folder, "no") }).projectId()).rejects.toThrow("OS_CACERT");
  });

  it("is reached through HTTPS_PROXY by a name that only the proxy knows", async () => {
    place = () => `https://${name}:443`;
    const httpsProxy = `http://me:pass%20word@127.0.0.1:${portOf(proxy)}`;
    expect(await session({ HTTPS_PROXY: httpsProxy, OS_CACERT: ca }).projectId()).toBe("project-1");
    expect(asked).toEqual([`CONNECT ${name}:443 Basic ${Buffer.from("me:pass word").toString("base64")}`]);
  });

  it.each([
    ["198.51.100.7", "198.51.100.7:443"],
    ["[2001:db8::5]", "[2001:db8::5]:443"],
  ])(
    "is reached through HTTPS_PROXY by its address %s, for which its certificate is",
    async (host, target) => {
      place = () => `https://${host}:443`;
      const httpsProxy = `http://127.0.0.1:${portOf(proxy)}`;
      expect(await session({ HTTPS_PROXY: httpsProxy, OS_CACERT: ca }).projectId()).toBe("project-1");
      expect(asked).toEqual([`CONNECT ${target} undefined`]);
    },
  );

  it("is reached through HTTP_PROXY, which is asked for the whole URL", async () => {
    place = () => `http://${name}`;
    expect(await session({ HTTP_PROXY: `127.0.0.1:${portOf(proxy)}` }).projectId()).toBe("project-1");
    expect(asked).toEqual(["POST /identity/v3/auth/tokens undefined"]);
  });

  it("is not reached through a proxy that is not there, and the message names the variable", async () => {
    place = () => `https://${name}`;
    const gone = portOf(proxy);
    await new Promise((resolve) => proxy.close(resolve));
    const failed = session({ HTTPS_PROXY: `http://me:hunter22@127.0.0.1:${gone}` }).projectId();
    await expect(failed).rejects.toThrow(/ECONNREFUSED.*through the proxy of HTTPS_PROXY/);
    await expect(failed).rejects.not.toThrow("hunter22");
    await expect(session({ HTTPS_PROXY: "socks5://p:1" }).projectId()).rejects.toThrow(
      /HTTPS_PROXY is no http/,
    );
    await expect(session({}).projectId()).rejects.toThrow(/does not resolve.*set HTTPS_PROXY/);
  });
});
