import type { Socket } from "node:net";
import * as accounts from "./accounts";
import { bios, biosSettings, secureBoot, setBios } from "./bios";
import { addCertificate, certificate, certificates, removeCertificate } from "./certificates";
import * as inventory from "./inventory";
import { chassis, checkManagerReset, manager, managerNic, managerNics, networkProtocol } from "./manager";
import type { RedfishNode } from "./node";
import { judge, type Rules } from "./patch";
import { reset } from "./reset";
import { collection, type Json, pathOf, root } from "./resource";
import type { Call, Reply, Service } from "./service";
import { metadata, odata, serviceRoot, versions } from "./serviceRoot";
import { logIn, session, sessionList, sessionService } from "./sessionService";
import * as storage from "./storage";
import { setSystem, system, systemRules } from "./system";
import * as update from "./updateService";
import { drive, driveId, driveRules, drives, eject, insert, type Owner, setDrive } from "./virtualMedia";

/** What is at one URI. A method that is absent is not allowed there. */
export interface Resource {
  /** @param local the socket's by which the client has come */
  readonly get?: (local: Socket) => Promise<Json> | Json | string;
  readonly patch?: (call: Call) => Promise<Json>;
  /** What a PATCH may change: its ETag's part that If-Match is about. */
  readonly patchable?: readonly string[];
  readonly post?: (call: Call) => Promise<Reply> | Reply;
  readonly delete?: () => Promise<void> | void;
  /** Methods that need no login: DSP0266, "Authentication requirements". */
  readonly open?: "get" | "post";
}

type Route = (service: Service, ...parameters: string[]) => Resource | undefined;

/** By path; ":x" stands for one segment. A route that answers undefined has nothing at that path just now. */
const routes: Readonly<Record<string, Route>> = {
  "/redfish": () => ({ get: versions, open: "get" }),
  [root]: () => ({ get: serviceRoot, open: "get" }),
  [`${root}/odata`]: () => ({ get: odata, open: "get" }),
  [`${root}/$metadata`]: () => ({ get: metadata, open: "get" }),

  [`${root}/SessionService`]: () => ({ get: sessionService }),
  [`${root}/SessionService/Sessions`]: (service) => ({
    get: () => sessionList(service),
    post: logIn,
    open: "post",
  }),
  // DSP0266, "POST (create)": the same as to the collection.
  [`${root}/SessionService/Sessions/Members`]: () => ({ post: logIn, open: "post" }),
  [`${root}/SessionService/Sessions/:id`]: (service, id) => {
    const found = service.sessions.list().find((each) => each.id === id);
    return (
      found && {
        get: () => session(found, service.username),
        delete: () => void service.sessions.close(found.id),
      }
    );
  },

  [`${root}/AccountService`]: () => ({ get: accounts.accountService }),
  [`${root}/AccountService/Accounts`]: () => ({ get: accounts.accounts }),
  [`${root}/AccountService/Accounts/1`]: ({ username }) => ({ get: () => accounts.account(username) }),
  [`${root}/AccountService/Roles`]: () => ({ get: accounts.roles }),
  [`${root}/AccountService/Roles/:id`]: (_, id) => readable(accounts.role(id!)),

  [`${root}/UpdateService`]: () => ({ get: update.updateService }),
  [`${root}/UpdateService/FirmwareInventory`]: () => ({ get: update.firmwareInventory }),
  [`${root}/UpdateService/FirmwareInventory/BMC`]: () => ({ get: update.bmcFirmware }),

  [`${root}/Systems`]: all("ComputerSystemCollection", "Systems"),
  [`${root}/Systems/:node`]: of((node) => ({
    get: () => system(node),
    ...changeable(
      () => system(node),
      systemRules(node),
      (wish) => setSystem(node, wish),
    ),
  })),
  [`${root}/Systems/:node/Actions/ComputerSystem.Reset`]: of((node) => ({
    post: ({ body }) => done(reset(node, body)),
  })),
  [`${root}/Systems/:node/EthernetInterfaces`]: of((node) => ({
    get: () => inventory.ethernetInterfaces(node),
  })),
  [`${root}/Systems/:node/EthernetInterfaces/:nic`]: of((node, nic) =>
    readable(inventory.ethernetInterface(node, nic!)),
  ),
  [`${root}/Systems/:node/Processors`]: of((node) => readable(inventory.processors(node))),
  [`${root}/Systems/:node/Processors/CPU0`]: of((node) => readable(inventory.processor(node))),
  [`${root}/Systems/:node/SimpleStorage`]: of((node) => readable(inventory.simpleStorages(node))),
  [`${root}/Systems/:node/SimpleStorage/0`]: of((node) => readable(inventory.simpleStorage(node))),
  [`${root}/Systems/:node/Memory`]: of((node) => readable(inventory.memories(node))),
  [`${root}/Systems/:node/Memory/DIMM0`]: of((node) => readable(inventory.memory(node))),
  [`${root}/Systems/:node/Storage`]: of((node) => readable(storage.storages(node))),
  [`${root}/Systems/:node/Storage/1`]: of((node) => readable(storage.storage(node))),
  [`${root}/Systems/:node/Storage/1/Volumes`]: of((node) => readable(storage.volumes(node))),
  [`${root}/Systems/:node/Storage/1/Drives/:disk`]: of((node, id) => readable(storage.disk(node, id!))),
  [`${root}/Systems/:node/Bios`]: of((node) => readable(bios(node))),
  [`${root}/Systems/:node/Bios/Settings`]: of(
    (node) =>
      node.bios && {
        get: () => biosSettings(node)!,
        patchable: ["Attributes"],
        patch: async ({ body }) => {
          await setBios(node, body);
          return biosSettings(node)!;
        },
      },
  ),
  [`${root}/Systems/:node/Bios/Actions/Bios.ResetBios`]: of(
    (node) => node.bios && { post: () => done(node.bios!.reset()) },
  ),
  [`${root}/Systems/:node/SecureBoot`]: of((node) => readable(secureBoot(node))),
  ...virtualMedia("Systems"),

  [`${root}/Managers`]: all("ManagerCollection", "Managers"),
  [`${root}/Managers/:node`]: of((node) => ({ get: () => manager(node) })),
  [`${root}/Managers/:node/Actions/Manager.Reset`]: of((node) => ({
    post: ({ service, body }) => {
      checkManagerReset(body);
      service.resetManager?.(node.key);
      return { status: 204 };
    },
  })),
  [`${root}/Managers/:node/EthernetInterfaces`]: of((node) => ({ get: () => managerNics(node) })),
  [`${root}/Managers/:node/EthernetInterfaces/NIC0`]: of((node) => ({
    get: (local) => managerNic(node, local),
  })),
  [`${root}/Managers/:node/NetworkProtocol`]: of((node) => ({
    get: (local) => networkProtocol(node, local),
  })),
  ...virtualMedia("Managers"),

  [`${root}/Chassis`]: all("ChassisCollection", "Chassis"),
  [`${root}/Chassis/:node`]: of((node) => ({ get: () => chassis(node) })),
};

function virtualMedia(owner: Owner): Record<string, Route> {
  const path = `${root}/${owner}/:node/VirtualMedia`;
  const one = `${path}/${driveId}`;
  return {
    [path]: of((node) => node.virtualMedia && { get: () => drives(owner, node) }),
    [one]: of((node) => {
      const media = node.virtualMedia;
      const get = () => drive(owner, node, media!);
      return media && { get, ...changeable(get, driveRules, (wish) => setDrive(media, wish)) };
    }),
    [`${one}/Certificates`]: of((node) => {
      const media = node.virtualMedia;
      const at = `${pathOf(owner, node)}/VirtualMedia/${driveId}/Certificates`;
      return (
        media && { get: () => certificates(at, media), post: ({ body }) => addCertificate(at, media, body) }
      );
    }),
    [`${one}/Certificates/:id`]: of((node, id) => {
      const media = node.virtualMedia;
      const at = `${pathOf(owner, node)}/VirtualMedia/${driveId}/Certificates`;
      const found = media && certificate(at, id!, media);
      return found && { get: () => found, delete: () => removeCertificate(id!, media!) };
    }),
    [`${one}/Actions/VirtualMedia.InsertMedia`]: of(
      (node) => node.virtualMedia && { post: ({ body }) => done(insert(node.virtualMedia!, body)) },
    ),
    [`${one}/Actions/VirtualMedia.EjectMedia`]: of(
      (node) => node.virtualMedia && { post: ({ body }) => done(eject(node.virtualMedia!, body)) },
    ),
  };
}

const patterns = Object.entries(routes).map(([path, route]) => ({
  route,
  segments: path.split("/"),
}));

/** @param path with or without a slash at the end */
export function resourceAt(service: Service, path: string): Resource | undefined {
  const segments = path.replace(/\/$/, "").split("/");
  for (const { route, segments: pattern } of patterns) {
    if (pattern.length !== segments.length) continue;
    if (!pattern.every((segment, index) => segment.startsWith(":") || segment === segments[index])) continue;
    const parameters = segments.filter((_, index) => pattern[index]!.startsWith(":"));
    const found = route(service, ...parameters.map(decoded));
    if (found !== undefined) return found;
  }
  return undefined;
}

function of(make: (node: RedfishNode, parameter?: string) => Resource | undefined): Route {
  return (service, key, parameter) => {
    for (const node of service.machines()) {
      // By its server's id too, as Metal3's tools and others name systems.
      if (node.key === key || node.uuid === key) return make(node, parameter);
    }
    return undefined;
  };
}

function all(
  schema: "ComputerSystemCollection" | "ManagerCollection" | "ChassisCollection",
  name: string,
): Route {
  return ({ machines }) => ({
    get: () =>
      collection(
        schema,
        `${root}/${name}`,
        name,
        [...machines()].map(({ key }) => key),
      ),
  });
}

/** @param set given what the rules allow */
function changeable(
  get: () => Promise<Json> | Json,
  rules: Rules,
  set: (wish: Json) => Promise<void>,
): Pick<Resource, "patch" | "patchable"> {
  const patch = async ({ body }: Call) => {
    const { wish, notes } = judge(body, await get(), rules);
    await set(wish);
    return { ...(await get()), ...notes };
  };
  return { patch, patchable: Object.keys(rules) };
}

const readable = (body: Json | undefined): Resource | undefined => body && { get: () => body };

async function done(work: Promise<void>): Promise<Reply> {
  await work;
  return { status: 204 };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // of no node
  }
}
