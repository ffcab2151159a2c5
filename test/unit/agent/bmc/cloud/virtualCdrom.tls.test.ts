import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { Unreachable } from "../../../../../agent/nova/machine";
import { selfSigned } from "../../../../support/certificate";
import { CloudFixture, machineOf } from "../../../../support/labCloud";

const iso = Buffer.alloc(40_000, 7);
iso.write("CD001", 16 * 2048 + 1, "latin1");

let web: Server;
let cert: string;
let other: string;
let lab: CloudFixture;

beforeAll(async () => {
  const ours = selfSigned("media");
  cert = ours.cert;
  other = selfSigned("other").cert;
  web = createServer(ours, (_, response) => response.end(iso));
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  web.closeAllConnections();
  web.close();
});
beforeEach(async () => {
  lab = await new CloudFixture().start();
});
afterEach(() => lab.stop());

const url = () => `https://127.0.0.1:${(web.address() as AddressInfo).port}/x.iso`;

async function drive() {
  lab.nova.node("node-0");
  const cloud = await lab.agent();
  return { cloud, media: (await machineOf(cloud, "node-0")).virtualMedia };
}

it("a certificate that nobody known has signed is refused, with both ways out", async () => {
  const { media } = await drive();
  const inserted = media.insert(url());
  await expect(inserted).rejects.toThrow(Unreachable);
  await expect(inserted).rejects.toThrow(/self-signed certificate.*VerifyCertificate to false.*Certificates/);
});

it("is taken when the drive is told not to verify, also after a restart of the agent", async () => {
  const { cloud, media } = await drive();
  await media.setTrust({ verify: false, certificates: {} });
  await cloud.stop();
  const next = (await machineOf(await lab.agent(), "node-0")).virtualMedia;
  expect(next.trust().verify).toBe(false);
  await next.insert(url());
  expect(next.image()).toBe(url());
});

it("is taken when the drive has the certificate, and another's does not help", async () => {
  const { media } = await drive();
  await media.setTrust({ verify: true, certificates: { "1": cert } });
  await media.insert(url());
  expect(media.image()).toBe(url());
  await media.eject();
  await media.setTrust({ verify: true, certificates: { "1": other } });
  await expect(media.insert(url())).rejects.toThrow(Unreachable);
});
