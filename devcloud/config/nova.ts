import {
  authToken,
  cacheSection,
  concurrency,
  databaseUrl,
  lateness,
  messageQueueUrl,
  privsepHelpers,
  serviceLogin,
} from "./common";
import { type Ini, renderIni } from "./ini";
import { type CloudSettings, dataFolder, hostname, ovsdbConnection, region } from "./settings";

/** Room for the scale tests: what a tenant may use, and how far one machine is overcommitted for it. */
const quota = { instances: 1000, cores: 2000, ram: 2_000_000, key_pairs: 200, server_groups: 100 };
const overcommit = { ram_allocation_ratio: 8, cpu_allocation_ratio: 64, disk_allocation_ratio: 16 };

export function novaConf(settings: CloudSettings): string {
  const ini: Ini = {
    DEFAULT: {
      host: hostname,
      my_ip: "127.0.0.1",
      state_path: `${dataFolder}/nova`,
      instances_path: `${dataFolder}/nova/instances`,
      rootwrap_config: "/etc/nova/rootwrap.conf",
      transport_url: messageQueueUrl(settings),
      rpc_response_timeout: lateness.rpcResponse,
      service_down_time: lateness.downAfter,
      // The plain FakeDriver writes no compute_id, without which nova-compute refuses to start a second time.
      compute_driver: settings.fakeCompute ? "fake.FakeDriverWithoutFakeNodes" : "libvirt.LibvirtDriver",
      // The metadata service serves as on most public clouds; a server that asks for a config drive gets one.
      force_config_drive: false,
      vif_plugging_timeout: 60,
      vif_plugging_is_fatal: false,
      reserved_host_memory_mb: 512,
      // Images stay as they were uploaded: making them raw costs a copy of every image at its first boot.
      force_raw_images: false,
      use_stderr: true,
      ...overcommit,
    },
    api: { auth_strategy: "keystone" },
    api_database: { connection: databaseUrl(settings, "nova_api") },
    database: { connection: databaseUrl(settings, "nova") },
    quota,
    conductor: { workers: 1 },
    scheduler: { workers: 1 },
    oslo_concurrency: concurrency,
    keystone_authtoken: authToken(settings, "nova"),
    placement: serviceLogin(settings, "nova"),
    glance: { region_name: region },
    neutron: {
      ...serviceLogin(settings, "nova"),
      service_metadata_proxy: true,
      metadata_proxy_shared_secret: settings.secrets.metadata,
    },
    ...privsepHelpers(
      ...["nova_sys_admin", "vif_plug_linux_bridge_privileged", "vif_plug_ovs_privileged", "privsep_osbrick"],
    ),
    os_vif_ovs: { ovsdb_connection: ovsdbConnection },
    cache: cacheSection,
    vnc: { enabled: false },
    spice: { enabled: false },
    libvirt: {
      // KVM inside a VM is seldom there, and where the device exists it need not work: emulation always does.
      virt_type: "qemu",
      cpu_mode: "none",
      hw_machine_type: "x86_64=pc",
      // A disk here never has to survive the machine, so a guest's flush need not wait for the host's disk.
      disk_cachemodes: "file=unsafe",
    },
  };
  return renderIni(ini);
}
