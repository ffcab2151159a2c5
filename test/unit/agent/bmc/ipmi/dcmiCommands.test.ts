import { afterEach, expect, test } from "vitest";
import { startServer, TestClient, UdpTransport } from "../../../../support/ipmiClient";

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of clean.splice(0)) await each();
});

async function session() {
  const started = await startServer();
  const transport = new UdpTransport(started.server.port);
  clean.push(
    () => transport.close(),
    () => started.server.close(),
  );
  const client = new TestClient(transport.send);
  await client.open();
  return { ...started, client };
}

test("DCMI: capabilities, and the node's name as asset tag and controller", async () => {
  const { client, lines } = await session();
  const dcmi = (command: number, ...data: number[]) => client.command(0x2c, command, [0xdc, ...data]);
  expect(await dcmi(1, 1)).toEqual([0, 0xdc, 1, 5, 2, 0, 0, 7]);
  expect(await dcmi(1, 9)).toEqual([0x80]);
  for (const command of [6, 9]) {
    const first = (await dcmi(command, 0, 16))!;
    expect(first.slice(0, 3)).toEqual([0, 0xdc, 6]);
    expect(Buffer.from(first.slice(3)).toString()).toBe("node-0");
    expect(await dcmi(command, 4, 16)).toEqual([0, 0xdc, 6, ...Buffer.from("-0")]);
    expect(await dcmi(command, 7, 16)).toEqual([0xc9]);
  }
  expect(await dcmi(2, 1, 0, 0)).toEqual([0xc1]);
  expect(await client.command(0x2c, 1, [0x00, 1])).toEqual([0xc1]);
  expect(lines.filter((line) => line.includes("failed"))).toEqual([]);
});

test("identify: the light goes on for a while or for ever, is in the chassis status, and goes off", async () => {
  const { client, machine } = await session();
  const status = async () => (await client.command(0x00, 0x01))![3];
  expect(await status()).toBe(0x40);
  for (const data of [[], [60], [0, 1]]) {
    expect(await client.command(0x00, 0x04, data)).toEqual([0]);
    expect([machine.indicator.isLit, await status()]).toEqual([true, 0x60]);
    expect(await client.command(0x00, 0x04, [0])).toEqual([0]);
    expect([machine.indicator.isLit, await status()]).toEqual([false, 0x40]);
  }
});
