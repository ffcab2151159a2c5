/** Lines of a unit's section, in order; a key with a list is said once for each entry, one that is undefined not at all. */
export type UnitLines = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface UnitInput {
  readonly description: string;
  /** More of [Unit]. */
  readonly unit: UnitLines;
  readonly service: UnitLines;
  /** Started at each boot. @default false: by another unit that requires it */
  readonly atBoot?: boolean;
}

/** A systemd service's unit. The same text for the same input: it is part of user data. */
export function unit({ description, unit: more, service, atBoot = false }: UnitInput): string {
  return [
    section("Unit", { Description: description, ...more }),
    section("Service", service),
    ...(atBoot ? [section("Install", { WantedBy: "multi-user.target" })] : []),
  ].join("\n");
}

/** A systemd path unit, started at each boot: the service of the same name is started while the path is there. */
export function pathUnit(description: string, path: string): string {
  return [
    section("Unit", { Description: description }),
    section("Path", { PathExists: path }),
    section("Install", { WantedBy: "multi-user.target" }),
  ].join("\n");
}

function section(name: string, lines: UnitLines): string {
  const text = Object.entries(lines).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const values = Array.isArray(value) ? value : [value];
    return values.map((one) => `${key}=${one}\n`);
  });
  return `[${name}]\n${text.join("")}`;
}

/** What it prints is on the console as well, which Nova shows from outside. */
export const onConsole: UnitLines = {
  StandardOutput: "journal+console",
  StandardError: "journal+console",
};

/** A step of a boot: done once, and then it counts as running. */
export function once(command: string): UnitLines {
  return { Type: "oneshot", RemainAfterExit: "yes", ExecStart: command };
}

/** It takes as long as it takes: packages are installed, files fetched. */
export function setup(script: string): UnitLines {
  return { ...once(`/bin/sh ${script}`), TimeoutStartSec: "infinity", ...onConsole };
}

/** @param seconds until it is started again, whatever ended it */
export function restarting(seconds: number): UnitLines {
  return { Restart: "always", RestartSec: seconds };
}
