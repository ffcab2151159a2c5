import type { Draft } from "./draft";
import type { LabPlan } from "./labPlan";

export function planPackages({ config: { packages } }: Draft): Pick<LabPlan, "packages"> {
  const named = Object.entries(packages ?? {}).flatMap(([name, url]) =>
    url === undefined ? [] : [[name, url.replace(/\/+$/, "")]],
  );
  return named.length > 0 ? { packages: Object.fromEntries(named) } : {};
}
