import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { byDesign } from "./byDesign";
import { type Clients, type Ran, run } from "./clients";
import { password, user, type World } from "./world";

export interface Check {
  readonly name: string;
  /** Why it cannot be run here. */
  readonly missing?: string;
  /** What is wrong; empty: nothing. */
  readonly run: () => Promise<readonly string[]>;
}

/** Sequences without a pause, by clients that ask once. */
export function checks(world: World, clients: Clients): Check[] {
  const python = (program: string) => join(clients.python, program);
  const login = ["-u", user, "-p", password, "-r", world.redfish];
  const reports = (name: string) => {
    const folder = join(world.folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  const [bios, uefi] = world.nodes as [World["nodes"][0], World["nodes"][0]];
  const ipmitool = (port: number, ...args: string[]) =>
    run(
      "ipmitool",
      ["-I", "lanplus", "-C", "17", "-H", "127.0.0.1", "-p", `${port}`, "-U", user, "-E", ...args],
      {
        env: { IPMI_PASSWORD: password },
      },
    );
  return [
    {
      name: "DMTF's protocol validator",
      run: async () => {
        const folder = reports("protocol");
        const { out } = await run(
          python("rf_protocol_validator"),
          [
            ...login,
            "--report-dir",
            folder,
            "--report-type",
            "tsv",
            "--avoid-http-redirect",
            "--no-cert-check",
          ],
          { cwd: folder, seconds: 600 },
        );
        return failedLines("protocol", reportIn(folder, ".tsv") ?? out, /\tFAIL\t/);
      },
    },
    {
      name: "DMTF's service validator",
      ...(clients.schemas === undefined && { missing: "DMTF's schemas are not in the cache" }),
      run: async () => {
        const folder = reports("service");
        const { status, out } = await run(
          python("rf_service_validator"),
          [...login, "--logdir", folder, "--schema_directory", clients.schemas!, "--skipschema"],
          { cwd: folder, seconds: 600 },
        );
        const { fail, text } = sum(out);
        console.log(`      ${text}`);
        if (fail === 0) return [];
        return [`exit status ${status}, ${text}`, ...failedLines("service", out, /ERROR|Fail: [1-9]/)];
      },
    },
    {
      name: "DMTF's use case checkers",
      run: async () => {
        await world.reset("on");
        const folder = reports("useCases");
        const { out } = await run(python("rf_use_case_checkers"), [...login, "--report-dir", folder], {
          cwd: folder,
          seconds: 900,
        });
        const { fail, text } = sum(out);
        console.log(`      ${text}`);
        // What failed is in its report only, in rows of a table.
        const rows = (reportIn(folder, ".html") ?? "").split(/<\/tr>/i);
        const log = rows
          .map((row) => row.replace(/<[^>]+>/g, " ").replace(/\s+/g, " "))
          .filter((row) => !/PASS/.test(row))
          .join("\n");
        const lines = log.split("\n").filter((line) => /\bFAIL\b/.test(line));
        const faults = failedLines("use cases", log, /\bFAIL\b/);
        if (lines.length < fail) faults.push(`${fail} failed, and the log names ${lines.length}`);
        return faults;
      },
    },
    {
      name: "ipmitool: off while it starts; off and on at once",
      run: async () => {
        await world.reset("off");
        const wrong = [
          ...expected(await ipmitool(bios.port, "power", "on"), /Up\/On/),
          ...expected(await ipmitool(bios.port, "power", "status"), /is on/),
          ...expected(await ipmitool(bios.port, "power", "off"), /Down\/Off/),
        ];
        wrong.push(...(await ends(world, bios.key, "off")));
        await world.reset("on");
        for (const action of ["off", "on"])
          wrong.push(...expected(await ipmitool(bios.port, "power", action), /Control/));
        wrong.push(...expected(await ipmitool(bios.port, "power", "status"), /is on/));
        return [...wrong, ...(await ends(world, bios.key, "on"))];
      },
    },
    ...debianChecks(world, clients, bios, uefi),
  ];
}

function debianChecks(
  world: World,
  { debian, python }: Clients,
  bios: World["nodes"][0],
  uefi: World["nodes"][0],
): Check[] {
  const missing = debian === undefined ? { missing: "no apt-get and dpkg-deb here" } : {};
  const sbin = (program: string) => join(debian ?? "", "usr", "sbin", program);
  const fence = (name: string, ...args: string[]) =>
    run(join(python, "python"), [sbin(name), ...args, "-l", user, "-S", passwordScript(world)], {
      env: { PYTHONPATH: join(debian ?? "", "usr", "share", "fence") },
    });
  const byIpmi = (action: string) =>
    fence("fence_ipmilan", "-a", "127.0.0.1", "-u", `${bios.port}`, "-P", "-C", "17", `--action=${action}`);
  // By the node's own view, without naming a system.
  const byRedfish = (action: string) =>
    fence("fence_redfish", "--ssl-insecure", "-a", "127.0.0.1", "-u", `${uefi.port}`, `--action=${action}`);
  const freeipmi = (program: string, port: number, ...args: string[]) => {
    const libraries = join(debian ?? "", "usr", "lib", "x86_64-linux-gnu");
    const target = ["-D", "LAN_2_0", "-I", "17", "-h", `127.0.0.1:${port}`, "-u", user, "-p", password];
    return run(sbin(program), [...target, ...args], { env: { LD_LIBRARY_PATH: libraries } });
  };
  const sequence = async (act: (action: string) => Promise<Ran>, key: string) => {
    const wrong: string[] = [];
    await world.reset("off");
    for (const [action, want, power] of [
      ["on", 0, "on"],
      ["status", 0, "on"],
      ["off", 0, "off"],
      ["reboot", 0, "on"],
      ["status", 0, "on"],
    ] as const) {
      const { status, out } = await act(action);
      if (status !== want) wrong.push(`${action}: exit status ${status}: ${out.trim()}`);
      wrong.push(...(await ends(world, key, power)).map((line) => `after ${action}: ${line}`));
    }
    return wrong;
  };
  return [
    { name: "fence_ipmilan: on, off, reboot", ...missing, run: () => sequence(byIpmi, bios.key) },
    {
      name: "fence_redfish at the node's own port: on, off, reboot",
      ...missing,
      run: () => sequence(byRedfish, uefi.key),
    },
    {
      name: "fence_redfish: off at once after on is not 'already off'",
      ...missing,
      run: async () => {
        await world.reset("off");
        const path = `${world.redfish}/redfish/v1/Systems/${uefi.key}/Actions/ComputerSystem.Reset`;
        const json = ["-H", "Content-Type: application/json", "-d", '{"ResetType":"On"}'];
        const answer = await run("curl", ["-skf", "-u", `${user}:${password}`, ...json, path]);
        const { status, out } = await byRedfish("off");
        return [
          ...(answer.status === 0 ? [] : [`On: ${answer.status}`]),
          ...(status === 0 && !out.includes("Already") ? [] : [`off: exit status ${status}: ${out.trim()}`]),
          ...(await ends(world, uefi.key, "off")),
        ];
      },
    },
    {
      name: "FreeIPMI: ipmi-power --on, --off at once",
      ...missing,
      run: async () => {
        await world.reset("off");
        const wrong = expected(await freeipmi("ipmi-power", bios.port, "--on"), /ok/);
        wrong.push(...expected(await freeipmi("ipmi-power", bios.port, "--off"), /ok/));
        return [...wrong, ...(await ends(world, bios.key, "off"))];
      },
    },
    {
      name: "FreeIPMI: ipmi-chassis-config commits MAAS's boot flags and finds them again",
      ...missing,
      run: async () => {
        await world.reset("off");
        const file = join(world.folder, "chassis.conf");
        const flags = ["Boot_Flags_Persistent Yes", "BIOS_Boot_Type EFI", "Boot_Device PXE"];
        writeFileSync(file, `Section Chassis_Boot_Flags\n${flags.join("\n")}\nEndSection\n`);
        const config = (what: string) =>
          freeipmi("ipmi-config", uefi.port, "--category=chassis", what, `--filename=${file}`);
        const committed = await config("--commit");
        const differs = await config("--diff");
        return [committed, differs].flatMap(({ status, out }) =>
          status === 0 && out.trim() === "" ? [] : [`exit status ${status}: ${out.trim()}`],
        );
      },
    },
    ...["bmc-info", "bmc-device", "ipmi-sel", "ipmi-fru", "ipmi-sensors", "ipmi-dcmi"].map((program) => ({
      name: `FreeIPMI: ${program}`,
      ...missing,
      run: async () => {
        const asks: Record<string, string[]> = {
          "bmc-device": ["--get-self-test-results"],
          "ipmi-dcmi": ["--get-asset-tag"],
          "ipmi-sel": ["--info"],
        };
        const { status, out } = await freeipmi(program, bios.port, ...(asks[program] ?? []));
        return status === 0 && out.trim() !== "" && !/error:|WARNING/i.test(out)
          ? []
          : [`exit status ${status}: ${out.trim()}`];
      },
    })),
  ];
}

/** fence agents take a password from a program's output, so that it is on no command line. */
function passwordScript(world: World): string {
  const file = join(world.folder, "password.sh");
  if (!existsSync(file)) writeFileSync(file, `#!/bin/sh\necho ${password}\n`, { mode: 0o700 });
  return file;
}

async function ends(world: World, key: string, power: "on" | "off"): Promise<string[]> {
  const { server } = world.nodes.find((node) => node.key === key)!;
  const limit = Date.now() + 60_000;
  const is = () =>
    server.task === null && (power === "on" ? server.vmState === "active" : server.vmState === "stopped");
  while (!is() && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 50));
  return is() ? [] : [`${key} is ${server.vmState} (${server.task}), not ${power}`];
}

const expected = ({ status, out }: Ran, pattern: RegExp): string[] =>
  status === 0 && pattern.test(out) ? [] : [`exit status ${status}: ${out.trim()} is not ${pattern}`];

function reportIn(folder: string, ending: string): string | undefined {
  const file = readdirSync(folder, { recursive: true }).find((name) => String(name).endsWith(ending));
  return file && readFileSync(join(folder, String(file)), "utf8");
}

/** Lines that say that something failed, without those that are refused by design. */
function failedLines(check: string, report: string, pattern: RegExp): string[] {
  const failed = report.split("\n").filter((line) => pattern.test(line));
  const isMeant = (line: string) => byDesign.some((one) => one.check === check && one.what.test(line));
  return failed.filter((line) => !isMeant(line)).map((line) => line.trim().slice(0, 300));
}

/** The sum of DMTF's tools, the last line of a table: PASS, WARN, FAIL, NOT TESTED. */
function sum(out: string): { readonly fail: number; readonly text: string } {
  const [, pass, warn, fail, not] =
    /PASS[^\n]*FAIL[^\n]*\n(?:[^\d\n]*\n)?[^\d\n]*(\d+)\D+(\d+)\D+(\d+)\D+(\d+)/.exec(out) ?? [];
  const text = `${pass} pass, ${warn} warnings, ${fail} fail, ${not} not tested`;
  return { fail: Number(fail), text };
}
