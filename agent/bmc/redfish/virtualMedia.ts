import { Unreachable, Unsupported, type VirtualMedia } from "../../nova/machine";
import { parameters } from "./body";
import type { RedfishNode } from "./node";
import type { Rules } from "./patch";
import { Refusal, shown } from "./refusal";
import { collection, type Json, link, pathOf, resource } from "./resource";

/** Below the manager in Redfish before 2020.4 and below the system since: the same drive is at both places. */
export type Owner = "Systems" | "Managers";

export const driveId = "Cd";

export const drives = (owner: Owner, node: RedfishNode): Json =>
  collection("VirtualMediaCollection", `${pathOf(owner, node)}/VirtualMedia`, "Virtual media", [driveId]);

export function drive(owner: Owner, node: RedfishNode, media: VirtualMedia): Json {
  const path = `${pathOf(owner, node)}/VirtualMedia/${driveId}`;
  const image = media.image();
  return resource("VirtualMedia", path, {
    Id: driveId,
    Name: "Virtual CD",
    MediaTypes: ["CD", "DVD"],
    Image: image === undefined ? null : withoutCredentials(image),
    ImageName: image === undefined ? null : (fileName(image) ?? null),
    Inserted: image !== undefined,
    ConnectedVia: image === undefined ? "NotConnected" : "URI",
    WriteProtected: true,
    VerifyCertificate: media.trust().verify,
    Certificates: link(`${path}/Certificates`),
    Actions: {
      "#VirtualMedia.InsertMedia": { target: `${path}/Actions/VirtualMedia.InsertMedia` },
      "#VirtualMedia.EjectMedia": { target: `${path}/Actions/VirtualMedia.EjectMedia` },
    },
  });
}

export const driveRules: Rules = { VerifyCertificate: "boolean" };

/** @param wish as `driveRules` allows it @throws MachineBusy */
export const setDrive = (media: VirtualMedia, { VerifyCertificate: verify }: Json): Promise<void> =>
  media.setTrust({ ...media.trust(), verify: verify as boolean });

const insertAction = "#VirtualMedia.InsertMedia";
const ejectAction = "#VirtualMedia.EjectMedia";

/** @throws MachineBusy, Refusal */
export async function insert(media: VirtualMedia, body: Json): Promise<void> {
  const given = parameters(insertAction, body, {
    required: ["Image"],
    optional: [
      "Inserted",
      "WriteProtected",
      "TransferMethod",
      "TransferProtocolType",
      "UserName",
      "Password",
    ],
  });
  const url = urlOf(given.Image);
  if (url === undefined) throw conflict("Image", given.Image, "Image is to be an http:// or https:// URL.");
  const protocol = url.protocol.slice(0, -1).toUpperCase();
  const only: Json = { Inserted: true, WriteProtected: true, TransferProtocolType: protocol };
  for (const [name, value] of Object.entries(only)) {
    // null is what a client sends for "not given".
    if (given[name] !== undefined && given[name] !== null && given[name] !== value) {
      throw conflict(name, given[name], `${name} can only be ${shown(value)} for this image in this drive.`);
    }
  }
  const method = given.TransferMethod;
  if (method !== undefined && method !== null && method !== "Stream" && method !== "Upload") {
    throw new Refusal("ActionParameterValueNotInList", {
      args: [shown(method), "TransferMethod", insertAction],
    });
  }
  for (const name of ["UserName", "Password"]) {
    // Empty is what a client sends for "none".
    if (given[name] !== undefined && given[name] !== null && given[name] !== "") {
      throw new Refusal("ActionParameterNotSupported", {
        args: [name, insertAction],
        reason: "The image is fetched without credentials: serve it without.",
      });
    }
  }
  await refusing(() => media.insert(url.href));
}

/** @throws MachineBusy, Refusal */
export async function eject(media: VirtualMedia, body: Json): Promise<void> {
  parameters(ejectAction, body, {});
  await refusing(() => media.eject());
}

async function refusing(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Unreachable) {
      throw new Refusal("CouldNotEstablishConnection", {
        args: [error.url],
        property: "/Image",
        reason: error.message,
      });
    }
    if (!(error instanceof Unsupported)) throw error;
    throw new Refusal("ActionParameterValueConflict", { args: ["Image", ""], reason: error.message });
  }
}

const conflict = (name: string, value: unknown, reason: string): Refusal =>
  new Refusal("ActionParameterValueConflict", { args: [name, shown(value)], property: `/${name}`, reason });

function urlOf(image: unknown): URL | undefined {
  if (typeof image !== "string") return undefined;
  try {
    const url = new URL(image);
    return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
  } catch {
    return undefined;
  }
}

/** A URL with a password in it is a secret, which an answer does not repeat. */
export function withoutCredentials(image: string): string {
  const url = urlOf(image);
  if (url === undefined || (url.username === "" && url.password === "")) return image;
  url.username = "";
  url.password = "";
  return url.href;
}

const fileName = (image: string): string | undefined => urlOf(image)?.pathname.split("/").pop();
