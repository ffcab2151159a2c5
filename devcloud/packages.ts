/** The Debian release everything in the cloud comes from; mmdebstrap picks the mirror that belongs to it. */
export const suite = "bookworm";

const openstack = [
  "keystone",
  "glance-api",
  "placement-api",
  "nova-api",
  "nova-conductor",
  "nova-scheduler",
  "nova-compute-qemu",
  "neutron-server",
  "neutron-linuxbridge-agent",
  "neutron-dhcp-agent",
  "neutron-l3-agent",
  "neutron-metadata-agent",
  "python3-openstackclient",
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
  "ebtables",
  "arptables",
  "ipset",
  "conntrack",
  "bridge-utils",
  "dnsmasq-base",
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
export const packages: readonly string[] = [...openstack, ...foundations, ...inspection, ...imageBuilding];
