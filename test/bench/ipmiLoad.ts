import { setTimeout as sleep } from "node:timers/promises";
import { password, TestClient, UdpTransport } from "../support/ipmiClient";

/** Milliseconds of each that was answered. */
export interface LoadResult {
  /** A power status within a session. */
  readonly status: number[];
  /** A whole session: four messages to open it, privilege, power status, close. */
  readonly session: number[];
  readonly failed: number;
  readonly seconds: number;
}

/**
 * Opens an IPMI 2.0 session (cipher suite 3, which pyghmi's server has as well), asks for the power status, and closes
 * it, over and over, on one port after another.
 * @param perSecond how many sessions are begun each second; absent: as many as `clients` at a time can do
 */
export async function ipmiLoad(
  ports: readonly number[],
  { seconds, clients, perSecond }: { seconds: number; clients: number; perSecond?: number },
): Promise<LoadResult> {
  const result = { status: [] as number[], session: [] as number[], failed: 0 };
  const began = performance.now();
  const until = began + seconds * 1000;
  let next = 0;
  const client = async () => {
    while (performance.now() < until) {
      const turn = next++;
      if (perSecond !== undefined) {
        const due = began + (turn * 1000) / perSecond;
        if (due >= until) return;
        await sleep(Math.max(0, due - performance.now()));
      }
      await oneSession(ports[turn % ports.length]!, result);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { ...result, seconds: (performance.now() - began) / 1000 };
}

async function oneSession(
  port: number,
  result: { status: number[]; session: number[]; failed: number },
): Promise<void> {
  const transport = new UdpTransport(port);
  try {
    const began = performance.now();
    const client = new TestClient(transport.send);
    const opened = await client.open({ secret: password });
    if (opened !== true) throw new Error(`not opened: ${opened}`);
    const asked = performance.now();
    const answer = await client.command(0x00, 0x01); // Get Chassis Status
    const answered = performance.now();
    if (answer?.[0] !== 0) throw new Error(`completion code ${answer?.[0]}`);
    await client.command(0x06, 0x3c, [...client.keys!.bmcSession]); // Close Session
    result.status.push(answered - asked);
    result.session.push(performance.now() - began);
  } catch {
    result.failed++;
  } finally {
    transport.close();
  }
}

/** The value that the share of them is below or equal to; 0.5 is the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
