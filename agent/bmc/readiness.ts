import { endpointDigests, notReadyEvent, readyEvent } from "../../plan/lab/bmcReadiness";
import type { Log } from "../service/log";
import type { Agent } from "./agent";

/** Milliseconds: how soon a change is said, and how often what has not changed. */
const lookMs = 500;
const repeatMs = 120_000;

/**
 * Says in the log, which is on the VM's console, for which nodes the agent answers: as soon as that changes, and again
 * every two minutes, because a console's log forgets its beginning. Whoever made the lab waits for it there.
 * @returns what ends it
 */
export function announceReadiness(
  agent: Pick<Agent, "health" | "ipmi" | "cloud">,
  lab: string,
  log: Log,
): () => void {
  let said = "";
  let saidAt = 0;
  const look = () => {
    const { cloud, notListening } = agent.health();
    const all = agent.ipmi.endpoints();
    const endpoints = all
      .filter(({ listening }) => listening)
      .map(({ node, address, port }) => ({ key: node, address, port }));
    const fields = { lab, nodes: endpoints.length, answers: endpointDigests(endpoints) };
    // A node whose port is not bound is missing from the answers; what is not bound for all of them is everyone's.
    const ok = cloud && notListening.length === all.length - endpoints.length;
    const event = ok ? readyEvent : notReadyEvent;
    const faults = [...agent.cloud.machines().values()].flatMap(({ key, faults: its }) =>
      its.list().map(({ kind, until }) => `${key} ${kind} ${new Date(until).toISOString()}`),
    );
    const text = `${event} ${fields.answers} ${faults}`;
    if (text === said && performance.now() - saidAt < repeatMs) return;
    said = text;
    saidAt = performance.now();
    log(event, {
      ...fields,
      ...(faults.length > 0 && { faults: faults.slice(0, 20) }),
      ...(!ok && { cloud }),
      notListening: notListening.slice(0, 10),
    });
  };
  const timer = setInterval(look, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}
