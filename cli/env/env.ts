import { join, relative } from "node:path";
import { Argument, type Command } from "commander";
import type { Inventory } from "../../plan/inventory/inventory";
import { writePrivate } from "../../process/writePrivate";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import type { Outside } from "../command/outside";
import { servicesOf } from "../ssh/target";
import { project, type StackChoice, stackForReading } from "../stack/environment";
import { exportLines, openstackVariables } from "./variables";

type Client = "baremetal" | "openstack";

interface EnvOptions extends StackChoice {
  readonly url?: string;
  readonly stdout?: boolean;
}

interface Outputs {
  readonly ironic?: { readonly username: string; readonly password: string };
  readonly inventory?: Inventory;
}

export function envCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[client: Client], EnvOptions> = {
    description:
      "Write the environment variables of a client into a file that its owner alone can read, and print the file's name, for a shell to\n" +
      "read: `baremetal` (python-ironicclient) for the lab's Ironic, and ipmitool's IPMI_PASSWORD; or `openstack`, for the\n" +
      "tenant that the lab is in. Ironic's API is taken to be where `npx ovb forward ironic` brings it.",
    interrupted: "Nothing was written.",
    define: (command) =>
      command
        .addArgument(
          new Argument("[client]", "for whom").choices(["baremetal", "openstack"]).default("baremetal"),
        )
        .option(
          "--url <url>",
          "where Ironic's API is reached (default: where `ovb forward ironic` brings it)",
        )
        .option("--stdout", "print the lines instead, secrets and all"),
    check: (command, client, { url }) => {
      if (url !== undefined && client === "openstack")
        command.error("error: --url is Ironic's: it is for baremetal");
      if (url !== undefined && !/^https?:\/\/[^/\s]/.test(url))
        command.error(`error: --url ${JSON.stringify(url)}: it is a URL such as http://127.0.0.1:6385`);
    },
  };
  return labCommand("env", spec, env, outside);
}

async function env(lab: ChosenLab, client: Client, { url, stdout }: EnvOptions): Promise<void> {
  const text = client === "openstack" ? openstackText(lab) : await baremetalText(lab, url);
  if (stdout) {
    process.stdout.write(text);
    return;
  }
  const file = join(project, "build", lab.choice.stack, client === "openstack" ? "openstack.env" : "env");
  writePrivate(file, text);
  process.stdout.write(`${shown(file)}\n`);
}

function openstackText({ plan, session }: ChosenLab): string {
  const head = [`The tenant that the lab ${plan.name} is in, for openstack and other clients.`];
  return exportLines(head, openstackVariables(session.auth));
}

/** @throws Error where the lab has neither an Ironic nor a BMC */
async function baremetalText({ plan, choice }: ChosenLab, url: string | undefined): Promise<string> {
  const { ironic, inventory } = await (await stackForReading(choice)).outputs<Outputs>();
  const password = inventory?.bmc?.password;
  if (!ironic && password === undefined)
    throw new Error(
      `The stack ${choice.stack} has neither an Ironic nor a BMC: ovb:undercloud.kind ironic and ovb:bmc make them, then npx ovb up`,
    );
  const service = servicesOf(plan).get("ironic");
  const forwarded = service && `${service.scheme}://127.0.0.1:${service.port}`;
  const head = [
    ...(ironic
      ? [
          `The Ironic of the lab ${plan.name}, for baremetal.${url ? "" : " It needs: npx ovb forward ironic"}`,
        ]
      : []),
    ...(password === undefined ? [] : ["IPMI_PASSWORD: of its nodes' BMCs, for ipmitool -E."]),
  ];
  return exportLines(head, {
    ...(ironic && {
      OS_AUTH_TYPE: "http_basic",
      OS_ENDPOINT: url ?? forwarded,
      OS_USERNAME: ironic.username,
      OS_PASSWORD: ironic.password,
    }),
    IPMI_PASSWORD: password,
  });
}

/** As it can be typed: `.` looks for a name without a slash on the PATH. */
function shown(file: string): string {
  const name = relative(process.cwd(), file);
  return name.startsWith("..") ? file : `./${name}`;
}
