import { endpointSet, notReadyEvent, readyEvent } from "../plan/bmc/readiness";
import type { Agent } from "./agent";
import type { Log } from "./machine";

/** Milliseconds: how soon a change is said, and how often what has not changed. */
const LOOK = 500;
const REPEAT = 120_000;

/**
 * Says in the log, which is on the VM's console, for which nodes the agent answers: as soon as that changes, and again
 * every two minutes, because a console's log forgets its beginning. Whoever made the lab waits for it there.
 * @returns what ends it
 */
export function announceReadiness(agent: Pick<Agent, "health" | "ipmi">, lab: string, log: Log): () => void {
  let said = "";
  let saidAt = 0;
  const look = () => {
    const { ok, cloud, notListening } = agent.health();
    const endpoints = agent.ipmi.endpoints().map(({ node, ...at }) => ({ key: node, ...at }));
    const fields = { lab, nodes: endpoints.length, set: endpointSet(endpoints) };
    const event = ok ? readyEvent : notReadyEvent;
    const text = `${event} ${fields.set}`;
    if (text === said && performance.now() - saidAt < REPEAT) return;
    said = text;
    saidAt = performance.now();
    log(event, ok ? fields : { ...fields, cloud, notListening: notListening.slice(0, 10) });
  };
  const timer = setInterval(look, LOOK);
  timer.unref();
  return () => clearInterval(timer);
}
