/** The Debian release everything in the cloud comes from; mmdebstrap picks the mirror that belongs to it. */
export const suite = "trixie";

/** The OpenStack release that Debian's packages of this suite are. */
export const openstackRelease = "2025.1";

const openstack = [
  "keystone",
  "glance-api",
  "placement-api",
  "nova-api",
  "nova-conductor",
  "nova-scheduler",
  // virt_type is qemu all the same; nova-compute-qemu would bring the emulators of every processor there is.
  "nova-compute-kvm",
  "neutron-api",
  "neutron-rpc-server",
  "python3-openstackclient",
];

/** Both kinds of network are in the one root: they differ in configuration and services (network/kind.ts). */
const network = [
  "openvswitch-switch",
  "iptables",
  "conntrack",
  "ethtool",
  "haproxy",
  ...["ovn-central", "ovn-host", "neutron-ovn-maintenance-worker", "neutron-ovn-metadata-agent"],
  ...["neutron-openvswitch-agent", "neutron-dhcp-agent", "neutron-l3-agent", "neutron-metadata-agent"],
  ...["dnsmasq-base", "dnsmasq-utils"],
];

/** What OpenStack leans on, and what keeps it running: tini reaps as PID 1, supervisor restarts and logs. */
const foundations = [
  "mariadb-server",
  "rabbitmq-server",
  "memcached",
  "uwsgi",
  "uwsgi-plugin-python3",
  "tini",
  "supervisor",
  "qemu-system-x86",
  "qemu-utils",
  "ipxe-qemu",
  "iproute2",
  "procps",
  "ca-certificates",
  "debian-archive-keyring",
];

/** For looking into a running cloud. */
const inspection = ["tcpdump", "iputils-ping", "iputils-arping", "openssh-client", "ipmitool", "curl", "jq"];

/** For building disk images in the same root, so that the host needs none of these. */
const imageBuilding = [
  "ipxe",
  "mtools",
  "syslinux",
  "syslinux-common",
  "extlinux",
  "isolinux",
  "dosfstools",
  "fdisk",
  "xorriso",
  "genisoimage",
  "e2fsprogs",
  "zstd",
  "cpio",
  "mmdebstrap",
  "arch-test",
];

/** Everything the Debian root holds, recommended packages left out. */
export const packages: readonly string[] = [
  ...openstack,
  ...network,
  ...foundations,
  ...inspection,
  ...imageBuilding,
];
