/** Neutron's default max_allowed_address_pair (neutron/conf/extensions/allowedaddresspairs.py); a CIDR counts as one. */
export const mostAddressPairs = 10;

/** Neutron's default max_dns_nameservers, of a subnet (neutron/conf/common.py). */
export const mostNameServers = 5;
