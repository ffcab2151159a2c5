/** Neutron's default max_allowed_address_pair (neutron/conf/extensions/allowedaddresspairs.py); a CIDR counts as one. */
export const mostAddressPairs = 10;
