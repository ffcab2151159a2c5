import { createHash } from "node:crypto";
import { bmcCloudConfig } from "../guest/bmc/userData";
import { ironicSettings, withoutSettings } from "../guest/ironic/settings";
import { undercloudUserData } from "../guest/undercloudUserData";
import { takesLabKey } from "../lab/labKey";
import type {
  BmcPlan,
  Download,
  ImagePlan,
  LabPlan,
  PortPlan,
  ServerPlan,
  UndercloudPlan,
} from "../lab/labPlan";
import { networkOf } from "../lab/networkOf";
import type { CreatedNetwork, SecurityGroupPlan } from "../lab/networkPlan";
import { shownUrl } from "../lab/shownUrl";
import { type Field, keyOf, type PlannedResource, type ResourceType } from "./resource";

/** Everything that the components register for a plan, by key, with what a change of each field would do. */
export function plannedResources(plan: LabPlan): ReadonlyMap<string, PlannedResource> {
  const lister = new Lister(plan);
  const created = [plan.access, plan.ctlplane, ...plan.networks].filter(
    (network): network is CreatedNetwork & typeof network => "subnet" in network,
  );
  for (const network of created) lister.network(network);
  lister.router();
  for (const group of plan.securityGroups) lister.securityGroup(group);
  lister.image(`${plan.name}-ipxe-disk`, plan.images.disk);
  if (plan.images.iso) lister.image(`${plan.name}-ipxe-iso`, plan.images.iso);
  if (plan.undercloud) lister.undercloud(plan.undercloud);
  if (plan.undercloud?.floatingIp) lister.floatingIp(plan.undercloud);
  if (plan.bmc) lister.bmc(plan.bmc);
  for (const node of plan.nodes) lister.server(node, "none");
  return lister.resources;
}

class Lister {
  readonly resources = new Map<string, PlannedResource>();
  readonly #plan: LabPlan;

  constructor(plan: LabPlan) {
    this.#plan = plan;
  }

  #add(type: ResourceType, name: string, fields: Record<string, Field>): void {
    this.resources.set(keyOf(type, name), { type, name, fields });
  }

  network({ name, mtu, portSecurity, availabilityZones, subnet }: CreatedNetwork): void {
    this.#add("network", name, {
      MTU: { value: mtu?.toString(), effect: "update", computed: true },
      "port security": security(portSecurity),
      "availability zones": zones(availabilityZones),
      tags: list(this.#plan.tags),
    });
    const { cidr, gateway, dhcp, dns, pool, routes } = subnet;
    this.#add("subnet", subnet.name, {
      network: reference("network", name),
      CIDR: { value: cidr, effect: "replace" },
      gateway: { value: gateway ?? "none", effect: "update" },
      DHCP: { value: dhcp ? "on" : "off", effect: "update" },
      "name servers": list(dns),
      pool: { value: pool && `${pool.start}-${pool.end}`, effect: "update", computed: true },
      tags: list(this.#plan.tags),
    });
    for (const { destination, nextHop } of routes) {
      this.#add("route", `${subnet.name}-${destination.replace("/", "-")}`, {
        subnet: reference("subnet", subnet.name),
        destination: { value: destination, effect: "replace" },
        "next hop": { value: nextHop, effect: "replace" },
      });
    }
  }

  router(): void {
    const { router, publicNetwork, name: lab, tags } = this.#plan;
    if (!router) return;
    if (router.kind === "create")
      this.#add("router", router.name, {
        "public network": { value: publicNetwork, effect: "update" },
        "availability zones": zones(router.availabilityZones),
        tags: list(tags),
      });
    const on: Field =
      router.kind === "create" ? reference("router", router.name) : { value: router.name, effect: "replace" };
    for (const key of router.interfaces) {
      const port = key === "ctlplane" ? router.ctlplanePort : undefined;
      if (port)
        this.#add("port", port.name, {
          ...this.#networkFields(key),
          address: { value: port.address, effect: "update", computed: true },
          router: on,
          tags: list(port.tags),
        });
      this.#add("router interface", `${lab}-router-${key}`, {
        router: on,
        ...(port ? { port: reference("port", port.name) } : { subnet: this.#networkFields(key).subnet! }),
      });
    }
  }

  securityGroup({ name, description, rules }: SecurityGroupPlan): void {
    this.#add("security group", name, {
      description: { value: description, effect: "update" },
      tags: list(this.#plan.tags),
    });
    for (const rule of rules) {
      this.#add("rule", rule.name, {
        "security group": reference("security group", name),
        protocol: { value: rule.protocol, effect: "replace" },
        port: { value: rule.port?.toString(), effect: "replace" },
        from: { value: rule.from, effect: "replace" },
      });
    }
  }

  image(name: string, image: ImagePlan): void {
    if (image.kind === "existing") return;
    const usual = name.endsWith("-iso") ? "iso" : "qcow2";
    this.#add("image", name, {
      name: { value: image.name, effect: "update" },
      source: {
        value: image.source ?? "built here",
        effect: "replace",
        ...(image.source !== undefined && shownUrl(image.source) !== image.source && { hidden: true }),
      },
      format: { value: image.format ?? usual, effect: "replace" },
      firmware: { value: image.firmware, effect: "update" },
      tags: list(this.#plan.tags),
    });
  }

  /** Ironic's password is in its user data, and no part of a plan: where it comes from is. */
  undercloud(undercloud: UndercloudPlan): void {
    const { ironic } = undercloud;
    // The lab's secret outlives the credential that it was made of: components/agentCredential.ts.
    const value = ironic?.passwordFrom === "user" ? "the user's own" : "the lab's";
    const password: Field = { value, effect: "replace" };
    this.server(
      undercloud,
      "replace",
      undercloudUserData(withoutSettings(this.#plan)),
      ironic && { password, ...toldFields(undercloud, takesLabKey(this.#plan).undercloud) },
    );
  }

  /** The agent and its secrets are no part of a plan: all that a plan can change of the user data is in its text without them. */
  bmc(bmc: BmcPlan): void {
    const none = { agent: "", cloud: { authUrl: "", insecure: false }, password: "" };
    const text = bmcCloudConfig(this.#plan, { ...none, credential: { id: "", secret: "" } });
    this.server(bmc, "replace", text, {
      credential:
        bmc.credential === "made"
          ? reference("credential", bmc.name)
          : { value: "the user's own", effect: "replace" },
    });
    if (bmc.credential === "made")
      this.#add("credential", bmc.name, {
        "access rules": { value: rulesText(bmc), effect: "replace" },
      });
  }

  /** @param onImage what another image does: the undercloud and the BMC are replaced, a node's is its BMC's affair */
  server(
    server: ServerPlan,
    onImage: "replace" | "none",
    userData?: string,
    more: Record<string, Field> = {},
  ): void {
    for (const port of server.ports) this.#port(port);
    const { disk } = this.#plan.images;
    this.#add("server", server.name, {
      flavor: { value: server.flavor, effect: "resize" },
      "availability zone": { value: server.availabilityZone, effect: "replace", computed: true },
      image:
        server.image || disk.kind === "existing"
          ? { value: server.image ?? disk.name, effect: onImage }
          : { ...reference("image", `${this.#plan.name}-ipxe-disk`), effect: onImage },
      "config drive": { value: server.configDrive ? "yes" : "no", effect: "replace" },
      "user data": { value: userData, effect: "replace", hidden: true },
      ...more,
      tags: list(server.tags),
      ...Object.fromEntries(
        server.ports.map(({ name }, i) => [`NIC ${i}`, reference("port", name)] as const),
      ),
    });
  }

  #port(port: PortPlan): void {
    const group = this.#plan.securityGroups.find(({ key }) => key === port.securityGroup);
    this.#add("port", port.name, {
      ...this.#networkFields(port.network),
      MAC: { value: port.mac, effect: "replace", computed: true },
      // Once the port is there, these are sync's, and Pulumi changes neither.
      ...(port.addressOwner !== "sync" && {
        address: { value: port.address, effect: "update" as const, computed: true },
        "address pairs": list(port.allowedAddressPairs),
      }),
      "port security": security(port.portSecurity),
      "security group": group
        ? { ...reference("security group", group.name), effect: "update" }
        : { value: undefined, effect: "update" },
      tags: list(port.tags),
      ...Object.fromEntries(
        port.dhcpOptions.map(
          ({ name, value }) => [`DHCP option ${name}`, { value, effect: "update" }] as const,
        ),
      ),
    });
  }

  floatingIp({ name, tags, ports }: ServerPlan): void {
    this.#add("floating IP", name, {
      "public network": { value: this.#plan.publicNetwork, effect: "replace" },
      tags: list(tags),
    });
    const access = ports.find(({ network }) => network === "access")!.name;
    this.#add("association", name, {
      "floating IP": reference("floating IP", name),
      port: { ...reference("port", access), effect: "update" },
    });
  }

  /** The network of that key as fields of what is put on it. */
  #networkFields(key: string): { readonly network?: Field; readonly subnet?: Field } & Record<string, Field> {
    const network = networkOf(this.#plan, key)!;
    if (!("subnet" in network)) return { network: { value: network.name, effect: "replace" } };
    return { network: reference("network", network.name), subnet: reference("subnet", network.subnet.name) };
  }
}

/** What the running undercloud is told: cli/ironic/settings.ts. */
function toldFields(undercloud: UndercloudPlan, labKey: boolean): Record<string, Field> {
  const { authorizedKeys, kernel, ramdisk, automatedClean } = ironicSettings(undercloud);
  const { files, image } = undercloud.ironic!;
  const effect = "handOver";
  // A URL may hold a password.
  const source = (download: Download | null, file?: string): Field => ({
    value: download ? `${download.url} ${download.sha256}` : (file ?? "the image's own"),
    ...{ hidden: true, effect },
  });
  return {
    "SSH keys": { ...list([...authorizedKeys.map(keyName), ...(labKey ? ["the lab's own"] : [])]), effect },
    "IPA's kernel": source(kernel, files.kernel),
    "IPA's RAM disk": source(ramdisk, files.ramdisk),
    "image to deploy": source(image ?? null, files.image),
    "automated cleaning": { value: automatedClean ? "on" : "off", effect },
  };
}

/** A public key as people know it: its comment and the begin of its fingerprint, as ssh-keygen -l has it. */
function keyName(line: string): string {
  const [type = "", blob = "", ...comment] = line.split(" ");
  const fingerprint = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64");
  return `${comment.join(" ") || type} (SHA256:${fingerprint.slice(0, 8)})`;
}

function reference(type: ResourceType, name: string): Field {
  return { value: name, effect: "replace", of: keyOf(type, name), ofType: type };
}

function list(values: readonly string[]): Field {
  return { value: values.length === 0 ? undefined : values.join(", "), effect: "update", items: values };
}

function security(portSecurity: string): Field {
  return {
    value: portSecurity === "unset" ? undefined : portSecurity,
    usual: "enabled", // Neutron's default, port_security_enabled of a network
    effect: "update",
    computed: true,
  };
}

function rulesText({ accessRules, faults }: BmcPlan): string {
  return accessRules ? `the agent's calls${faults ? ", and those of faults" : ""}` : "none";
}

function zones(all: readonly string[] | undefined): Field {
  return { value: all?.join(", "), effect: "replace", computed: true };
}
