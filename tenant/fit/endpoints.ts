import { type CatalogEntry, endpointOf, NoEndpoint, type Service } from "../../openstack/endpoints";
import { type Check, fail, ok } from "./check";
import type { Tenant } from "./tenant";

/** What a lab is made of. Keystone has answered by then. */
const needed: readonly Service[] = ["compute", "network", "image"];

/** What the BMC's agent asks, from a VM: whatever interface is chosen here, it takes the public one. */
export const agentServices: readonly Service[] = ["identity", "compute", "image"];

/** What can be done about an endpoint that the agent does not find. */
export const agentAdvice =
  "The BMC's VM takes the public one: ask the operator for it, or set ovb:bmc.enabled to false and run `npx ovb bmc`.";

/** Whether the catalogue leads to the services, from here and from the BMC's VM. */
export async function checkEndpoints({ session, signal, plan }: Tenant): Promise<Check[]> {
  const { auth } = session;
  const { catalog = [], project } = await session.identity(signal);
  const choice = { region: auth.region, projectId: project?.id };
  const here = needed.map((service) =>
    look(catalog, service, `endpoint of ${service}`, { ...choice, interface: auth.interface }),
  );
  if (!plan.bmc) return here;
  const agents = agentServices
    .filter((service) => auth.interface !== "public" || !needed.includes(service))
    .map((service) =>
      look(
        catalog,
        service,
        `endpoint of ${service} for the BMC`,
        { ...choice, interface: "public" },
        agentAdvice,
      ),
    );
  return [...here, ...agents];
}

function look(
  catalog: CatalogEntry[],
  service: Service,
  name: string,
  choice: Parameters<typeof endpointOf>[2],
  advice?: string,
): Check {
  try {
    return ok(name, endpointOf(catalog, service, choice));
  } catch (error) {
    if (!(error instanceof NoEndpoint)) throw error;
    return fail(name, error.problem, advice ?? `${error.advice[0]!.toUpperCase()}${error.advice.slice(1)}.`);
  }
}
