import { type PowerAction, Unsupported } from "./machine";
import type { CloudNode } from "./nodeFromServer";
import { isHalted, powerOf, type ServerView } from "./serverView";

/** One request to Nova; "image" is a Glance id. */
export type Step =
  | { readonly do: "start" | "stop" | "unrescue" | "rebootHard" }
  | { readonly do: "rescue" | "rebuild"; readonly image: string };

/** What a power-on or reset is to boot, once the node's strategy has had its say. */
export type Boot =
  /** What is on the disk. */
  | { readonly from: "disk" }
  /** A CD-ROM image, by Nova's rescue: the disk stays as it is. */
  | { readonly from: "cdrom"; readonly image: string }
  /** An image written over the disk. */
  | { readonly from: "freshDisk"; readonly image: string };

/**
 * What a node's disk holds, as far as the strategy `rebuild` must know it:
 * - ipxe: the iPXE image as it was written, not booted since
 * - used: it has booted from the network, so that anything may have been written to it
 * - deployed: it was told to boot its disk after that, so that an operating system lives on it
 */
export type Disk = "ipxe" | "used" | "deployed";

/**
 * The requests that take an idle server where the action wants it, in order; the last one is the one that boots.
 * Empty: it is there already. Undefined: Nova has no way from this state (paused, shelved, …).
 *
 * From RESCUED, Nova knows only unrescue, which powers on (nova/compute/api.py: stop, rescue, rebuild and reboot refuse
 * it with 409; libvirt's unrescue starts the guest). So power off is unrescue and, at once, stop: the disk's firmware
 * and boot loader run for the second or two in between. Nothing that a tenant may do is shorter.
 */
export function stepsFor(action: PowerAction, view: ServerView, boot: Boot): readonly Step[] | undefined {
  const { vmState } = view;
  const power = powerOf(view);
  if (!["active", "stopped", "rescued", "error"].includes(vmState)) return undefined;
  switch (action) {
    case "off":
    case "soft":
      if (power === "off") return [];
      return vmState === "rescued" ? [{ do: "unrescue" }, { do: "stop" }] : [{ do: "stop" }];
    case "on":
      if (power === "on") return [];
      return vmState === "stopped" ? bootStopped(boot) : bootRunning(view, boot);
    case "cycle":
    case "reset":
    case "restart":
      if (vmState === "stopped") return bootStopped(boot);
      if (action !== "restart" || power === "off") return bootRunning(view, boot);
      // Of what a rescue booted, nobody is asked to shut down: Nova's unrescue ends it at once.
      return vmState === "active" ? [{ do: "stop" }, ...bootStopped(boot)] : bootRunning(view, boot);
    case "diag":
      return undefined;
  }
}

function bootStopped(boot: Boot): Step[] {
  switch (boot.from) {
    case "disk":
      return [{ do: "start" }];
    case "cdrom":
      return [{ do: "rescue", image: boot.image }];
    case "freshDisk":
      // A stopped server is stopped after its rebuild, too.
      return [{ do: "rebuild", image: boot.image }, { do: "start" }];
  }
}

/** Also of a halted one and of one in ERROR: Nova takes the same requests there. */
function bootRunning({ vmState }: ServerView, boot: Boot): Step[] {
  const leave: Step[] = vmState === "rescued" ? [{ do: "unrescue" }] : [];
  switch (boot.from) {
    case "disk":
      return vmState === "rescued" ? leave : [{ do: "rebootHard" }];
    case "cdrom":
      return [...leave, { do: "rescue", image: boot.image }];
    case "freshDisk":
      return [...leave, { do: "rebuild", image: boot.image }];
  }
}

/** Whether Nova would take this request of an idle server in this state (the decorators in nova/compute/api.py). */
export function mayDo(step: Step, { vmState }: ServerView): boolean {
  switch (step.do) {
    case "start":
      return vmState === "stopped";
    case "stop":
      return vmState === "active" || vmState === "error";
    case "unrescue":
      return vmState === "rescued";
    case "rebootHard":
    case "rescue":
    case "rebuild":
      return vmState === "active" || vmState === "stopped" || vmState === "error";
  }
}

/** Metadata of a server: the operation that rebuilt it last. Nova sets it together with accepting the rebuild. */
export const rebuildMark = "ovb-rebuild";

/**
 * Whether an idle server shows that the step was done. Undefined where nothing shows it: an ACTIVE server looks the
 * same before and after a reboot.
 */
export function isDone(step: Step, view: ServerView, operation: string): boolean | undefined {
  switch (step.do) {
    case "start":
      return view.vmState === "active";
    case "stop":
      return view.vmState === "stopped";
    case "unrescue":
      return view.vmState === "active" || view.vmState === "stopped";
    case "rescue":
      return view.vmState === "rescued";
    case "rebuild":
      return (
        view.metadata[rebuildMark] === operation && (view.vmState === "active" || view.vmState === "stopped")
      );
    case "rebootHard":
      return view.vmState === "active" && !isHalted(view) ? undefined : false;
  }
}

/**
 * The strategy `rebuild` about to boot from the network: whether the disk has to be written anew.
 * @throws Unsupported where that would wipe a deployed disk for no more than an inspection
 */
export function needsRebuild(node: CloudNode, disk: Disk | undefined): boolean {
  if (disk === "ipxe") return false;
  if (node.bootScript === "boot.ipxe" || node.rebuildForInspection) return true;
  if (disk === "deployed") {
    throw new Unsupported(
      `${node.key} has something deployed on its disk, and its strategy (rebuild) could boot ${node.bootScript} only by ` +
        "wiping it: use the strategy rescue, or allow it with the server tag ovb:rebuild=inspection.",
    );
  }
  // Born with iPXE on its disk, and an inspection writes nothing.
  return false;
}

/** What the disk holds after a boot. @param from "none": whatever the machine boots by itself */
export function diskAfter(before: Disk | undefined, from: "network" | "disk" | "none"): Disk | undefined {
  if (from === "network") return "used";
  // A disk that is still iPXE boots from the network, whatever was asked.
  if (before === "ipxe") return "used";
  return from === "disk" ? "deployed" : before;
}
