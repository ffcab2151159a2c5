import { setMaxListeners } from "node:events";
import { type Check, checking } from "./check";
import { checkEndpoints } from "./endpoints";
import { checkExistingNetworks, checkExistingRouter } from "./existing";
import { checkExtensions } from "./extensions";
import { checkImageFormats, checkImagesFit, checkZeroDisks } from "./images";
import { checkMicroversions } from "./microversions";
import { checkQuotas } from "./quotas";
import { checkReferences } from "./references";
import type { Tenant } from "./tenant";
import { checkZones } from "./zones";

/**
 * What an `up` takes of a tenant and can be seen without making anything, by subject, in the order of a report. The
 * doctor shows all of it; `up` refuses what fails, before it makes anything.
 */
const requirements: Readonly<Record<string, (tenant: Tenant) => Promise<Check[]>>> = {
  names: checkReferences,
  "networks of the cloud": checkExistingNetworks,
  "router of the cloud": checkExistingRouter,
  quotas: checkQuotas,
  microversions: checkMicroversions,
  "image formats": checkImageFormats,
  images: checkImagesFit,
  "disks of flavors": checkZeroDisks,
  extensions: checkExtensions,
  "availability zones": checkZones,
};

/** The catalogue first: without an endpoint each of the others would say so again. */
export async function checkRequirements(tenant: Tenant): Promise<Check[]> {
  setMaxListeners(0, tenant.signal); // each request listens to it
  const check = (name: string, look: (tenant: Tenant) => Promise<Check[]>) =>
    checking(name, tenant.signal, () => look(tenant));
  const checks = Object.entries(requirements).map(([name, look]) => check(name, look));
  return (await Promise.all([check("endpoints", checkEndpoints), ...checks])).flat();
}
