/** What the nodes' firmware is. Nova's default is BIOS, but a cloud may have another. */
export interface FirmwareChoice {
  firmware: "bios" | "uefi";
}

/** Glance properties: sorted keys, string values. */
export type ImageProperties = Record<string, string>;

/*
 * Left out on purpose: hw_disk_bus and hw_vif_model (Nova's virtio is what iPXE drives and the labs expect),
 * img_config_drive (nodes must have none: a deployed OS would read the host cloud's data from it).
 */

/**
 * Properties of the iPXE disk image, that is of the nodes themselves.
 * - os_shutdown_timeout=1: iPXE ignores the ACPI power button, so that without it each stop waits for Nova's
 *   shutdown_timeout of 60 s, which is as long as Ironic waits for a power change at all.
 *   It is the time in seconds that a deployed OS gets for its shutdown, too.
 * - hw_firmware_type: said for BIOS as well, so that a cloud's other default does not choose.
 * - hw_machine_type=q35 for UEFI only: Secure Boot builds of OVMF exist for q35 alone, and clouds that have only
 *   those refuse UEFI on the older pc machine.
 */
export function ipxeDiskProperties({ firmware }: FirmwareChoice): ImageProperties {
  return sorted({
    hw_firmware_type: firmware,
    os_shutdown_timeout: "1",
    ...(firmware === "uefi" && { hw_machine_type: "q35" }),
  });
}

/**
 * Properties of the iPXE ISO: the node's own, and how Nova's rescue attaches it (microversion 2.87).
 * - hw_rescue_device=cdrom: what it is; and "stable" rescue, which leaves the node's disk in its place as vda.
 * - hw_rescue_bus=sata, because the bus has to fit the node's machine type, which is the cloud's choice: pc and q35
 *   both take a SATA CD-ROM (an AHCI controller is added to pc), while q35 has no IDE, which is Nova's own choice for
 *   pc. SeaBIOS and OVMF boot from it on both; so they do from usb, many times slower.
 */
export function ipxeIsoProperties({ firmware }: FirmwareChoice): ImageProperties {
  return sorted({
    ...ipxeDiskProperties({ firmware }),
    hw_rescue_bus: "sata",
    hw_rescue_device: "cdrom",
  });
}

function sorted(properties: ImageProperties): ImageProperties {
  return Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));
}
