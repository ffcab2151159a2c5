import type { LabPlan } from "../../lab/labPlan";
import { ironicFolder } from "./install";

/** The kernel and RAM disk of IPA. */
export const ipaFolder = `${ironicFolder}/ipa`;
/** The images to deploy, which the HTTP server on the boot port serves as deploy/NAME. */
export const deployFolder = `${ironicFolder}/deploy`;
/** Everything that Ironic writes; systemd makes and owns it. */
export const stateFolder = "/var/lib/ovb-ironic";
export const configFolder = "/etc/ovb/ironic";
/** What the HTTP server on the boot port serves. */
export const httpRoot = `${stateFolder}/httpboot`;
export const htpasswd = `${configFolder}/htpasswd`;
/** Plain HTTP on the ctlplane, for IPA on the nodes; from outside only by TLS. */
export const apiPort = 6385;

/**
 * ironic.conf of a standalone Ironic 29: API and conductor in one process, without message bus and with SQLite, which
 * takes just that (rpc_transport none). No secret is in it, and nothing that can be changed while it runs.
 */
export function ironicConf(plan: LabPlan): string {
  const { server: address, bootUrl } = plan.ctlplane;
  const { name } = plan.undercloud!;
  const api = `http://${address}:${apiPort}`;

  return `[DEFAULT]
auth_strategy = http_basic
http_basic_auth_user_file = ${htpasswd}
rpc_transport = none
host = ${name}
my_ip = ${address}
# Also in the kernel's arguments of the agent, which then fills the serial console.
debug = false
state_path = ${stateFolder}
tempdir = ${stateFolder}/tmp
enabled_hardware_types = ipmi,redfish
enabled_bios_interfaces = no-bios,redfish
enabled_boot_interfaces = ipxe,redfish-virtual-media
enabled_console_interfaces = no-console
enabled_deploy_interfaces = direct
enabled_inspect_interfaces = agent,no-inspect,redfish
enabled_management_interfaces = ipmitool,redfish
enabled_network_interfaces = noop
enabled_power_interfaces = ipmitool,redfish
enabled_raid_interfaces = no-raid,agent,redfish
enabled_vendor_interfaces = no-vendor,ipmitool,redfish
default_boot_interface = ipxe
default_deploy_interface = direct
default_inspect_interface = agent
default_network_interface = noop
grub_config_path = EFI/BOOT/grub.cfg

[oslo_messaging_notifications]
driver = noop

[agent]
image_download_source = http
certificates_path = ${stateFolder}/certificates
deploy_logs_local_path = ${stateFolder}/agent-logs

[api]
host_ip = ${address}
port = ${apiPort}
api_workers = 1

[conductor]
file_url_allowed_paths = ${ipaFolder}
deploy_kernel = file://${ipaFolder}/kernel
deploy_ramdisk = file://${ipaFolder}/ramdisk
sync_power_state_interval = 30
# A machine's power is not Ironic's alone: what ovb power, ipmitool or the guest itself did is noted, not undone.
force_power_state_during_sync = false
# A BMC that is restarted is back before this is over.
power_state_sync_max_retries = 10

[database]
# SQLite locks; the API and the conductor's threads wait for each other.
connection = sqlite:///${stateFolder}/ironic.sqlite?timeout=60

[deploy]
http_url = ${bootUrl}
http_root = ${httpRoot}
default_boot_mode = bios
default_boot_option = local
# Overwriting a virtual disk keeps nothing from anybody; its metadata must go, or an old config drive is found.
erase_devices_priority = 0
erase_devices_metadata_priority = 10

[dhcp]
# ${plan.undercloud!.ironic!.dhcp ? "ovb-dhcp.service" : "The cloud's own DHCP"} names boot.ipxe to the nodes.
dhcp_provider = none

[inspector]
hooks = ramdisk-error,validate-interfaces,ports,architecture
require_managed_boot = true
# Not among pxe's kernel_append_params: the agent would then inspect at each deployment too. Without ipa-api-url it
# looks for Ironic by mDNS first, and the collector "logs", a default, takes seconds under emulation.
extra_kernel_params = ipa-inspection-collectors=default ipa-api-url=${api}

[oslo_concurrency]
lock_path = ${stateFolder}/lock

[pxe]
tftp_root = ${stateFolder}/tftp
tftp_server = ${address}
images_path = ${stateFolder}/images
tftp_master_path = ${stateFolder}/master/tftp
instance_master_path = ${stateFolder}/master/instance
ipxe_boot_script = ${configFolder}/boot.ipxe
# no_timer_check: where nodes are emulated the kernel's check of its timer may fail, and that is a panic.
kernel_append_params = nofb nomodeset console=ttyS0 net.ifnames=0 ipa-insecure=1 no_timer_check

[service_catalog]
auth_type = none
endpoint_override = ${api}
`;
}

/**
 * boot.ipxe, in place of Ironic's own: it waits where Ironic has nothing to boot for the node yet, instead of giving up.
 * Ironic reads it as a Jinja template: no two braces in a row.
 */
export function ironicBootScript(lab: string): string {
  return `#!ipxe
echo ${lab}: what Ironic has for \${netX/mac} at \${netX/ip}
:next
chain pxelinux.cfg/\${netX/mac:hexhyp} ||
echo Ironic has nothing for \${netX/mac:hexhyp} yet: trying again in 10 seconds
sleep 10
goto next
`;
}

/**
 * inspector.ipxe is for inspection by an ironic-inspector beside Ironic. Ironic 29 inspects by itself and writes what a
 * node is to boot for it where boot.ipxe looks, so both scripts are one.
 */
export const inspectorBootScript = `#!ipxe
chain boot.ipxe
`;
