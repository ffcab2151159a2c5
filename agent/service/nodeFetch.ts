/*
 * Takes the place of openstack/ownFetch.ts and openstack/proxy.ts in the BMC's bundle (see bundle.ts): on the VM Node's own
 * fetch does, with NODE_EXTRA_CA_CERTS, and there is no proxy.
 */
export const fetchFor = () => fetch;
export const proxyFor = () => undefined;
