import type { IncomingMessage } from "node:http";
import { serverAction } from "../../../openstack/nova";
import type { Page } from "../../service/metricsServer";
import type { LabCloud } from "../cloud/labCloud";
import type { NovaMachine } from "../cloud/novaMachine";
import { basicCredentials } from "../redfish/credentials";
import { type Fault, readWish } from "./fault";

const json = (status: number, body: unknown): Page => ({
  status,
  type: "application/json",
  text: `${JSON.stringify(body)}\n`,
});
const refused = (status: number, ...problems: string[]): Page => json(status, { problems });

const shown = ({ key }: NovaMachine, { ports: _, ...fault }: Fault) => ({
  node: key,
  ...fault,
  until: new Date(fault.until).toISOString(),
});

/**
 * /faults: GET lists them, POST adds one (`FaultWish`), DELETE /faults[/NODE[/KIND]] ends those. With the BMC's user and password,
 * and beside the metrics on this machine's loopback only: no node and nobody on the provisioning network gets there.
 */
export function faultPages(cloud: LabCloud, isKnown: (name: string, secret: string) => boolean) {
  const listed = () =>
    [...cloud.machines().values()].flatMap((machine) =>
      machine.faults.list().map((fault) => shown(machine, fault)),
    );

  async function add(body: string): Promise<Page> {
    const wish = readWish(parsed(body));
    if (Array.isArray(wish)) return refused(400, ...wish);
    const { node, kind, seconds, ...more } = wish;
    const machine = cloud.machines().get(node);
    if (machine === undefined) return refused(404, `node: there is no ${node}`);
    if (kind === "crash") await machine.change("diag");
    else if (kind === "power-loss") {
      const { session, signal } = cloud.context;
      await serverAction(session, machine.uuid, { do: "stop" }, signal);
    } else {
      const fault = await machine.faults.add({ kind, until: Date.now() + seconds * 1000, ...more });
      return json(201, shown(machine, fault));
    }
    cloud.context.log("fault-began", { node, kind });
    return json(201, { node, kind });
  }

  async function end(node?: string, kind?: string): Promise<Page> {
    const machines = [...cloud.machines().values()].filter(({ key }) => node === undefined || key === node);
    for (const { faults } of machines)
      for (const fault of faults.list())
        if (kind === undefined || fault.kind === kind) await faults.end(fault.kind);
    return json(200, { faults: listed() });
  }

  return async (request: IncomingMessage, path: string): Promise<Page | undefined> => {
    const [, top, node, kind] = path.split("/");
    if (top !== "faults") return undefined;
    const given = basicCredentials(request.headers.authorization);
    if (given === undefined || !isKnown(given.name, given.secret))
      return refused(401, "the BMC's user and password");
    try {
      if (request.method === "GET") return json(200, { faults: listed() });
      if (request.method === "DELETE") return await end(node, kind);
      if (request.method === "POST") return await add(await textOf(request));
    } catch (error) {
      return refused(502, (error as Error).message);
    }
    return refused(405, "GET, POST or DELETE");
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 10_000) return "";
  }
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
