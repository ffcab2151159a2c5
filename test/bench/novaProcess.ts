import { FakeNova } from "../support/fakeNova";

/*
 * A fake Nova with NODES nodes in a process of its own, so that its work is not in the measured client's times. Says
 * its URL and the nodes' ids when it listens; answers each message with the number of requests since the last.
 */
const [nodes, firstPort] = process.argv.slice(2).map(Number) as [number, number];

async function main(): Promise<void> {
  const nova = await new FakeNova().start();
  const ids = Array.from({ length: nodes }, (_, i) => {
    const server = nova.node(`node-${i}`);
    server.tags = ["ovb", "ovb:lab=lab", "ovb:role=node", `ovb:ipmi=${firstPort + i}`];
    return server.id;
  });
  process.on("message", () => process.send!({ requests: nova.requests.splice(0).length }));
  process.on("disconnect", () => process.exit());
  process.send!({ origin: nova.origin, ids });
}

void main();
