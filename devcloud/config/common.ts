import type { Ini } from "./ini";
import { authUrl, type CloudSettings, dataFolder, endpoints, region } from "./settings";

const memcached = "127.0.0.1:11211";

/** Keystone and Nova remember in memcached what they would otherwise read from the database at every request. */
export const cacheSection = {
  enabled: true,
  backend: "dogpile.cache.memcached",
  memcache_servers: memcached,
};

/** The databases, each owned by the one database user the services share. */
export const databases = [
  "keystone",
  "glance",
  "placement",
  "nova",
  "nova_api",
  "nova_cell0",
  "neutron",
] as const;

export const databaseUser = "openstack";

export function databaseUrl({ secrets }: CloudSettings, name: (typeof databases)[number]): string {
  return `mysql+pymysql://${databaseUser}:${secrets.database}@127.0.0.1/${name}?charset=utf8`;
}

export const messageQueueUser = "openstack";

export function messageQueueUrl({ secrets }: CloudSettings): string {
  return `rabbit://${messageQueueUser}:${secrets.messageQueue}@127.0.0.1:5672/`;
}

/** How a service logs in to Keystone. */
export function serviceLogin({ secrets }: CloudSettings, user: keyof typeof endpoints): Ini[string] {
  return {
    auth_url: authUrl,
    auth_type: "password",
    project_domain_name: "Default",
    user_domain_name: "Default",
    project_name: "service",
    username: user,
    password: secrets.service,
    // Without a region the first endpoint of the catalog wins, and some clients ask for none at all.
    region_name: region,
  };
}

/**
 * How a service checks the tokens of its callers. service_type is what an application credential's access rules
 * are matched against: without it every request with such a credential is refused.
 */
export function authToken(settings: CloudSettings, user: keyof typeof endpoints): Ini[string] {
  return {
    ...serviceLogin(settings, user),
    www_authenticate_uri: authUrl,
    memcached_servers: memcached,
    service_type: endpoints[user].type,
  };
}

/**
 * One thread for each of the helpers that do what takes privileges (oslo.privsep), by the sections of their settings. They have one a
 * core, and where two threads log for the first time at once, one of them waits for ever, as oslo.log's lock is eventlet's
 * ("greenlet.error: cannot switch to a different thread"): the helper answers nobody again, and its agent, which says that it is
 * well, sets up nothing more. That was a network without DHCP until the cloud's end.
 */
export function privsepHelpers(...sections: string[]): Ini {
  return Object.fromEntries(sections.map((section) => [section, { thread_pool_size: 1 }]));
}

/**
 * Seconds. Guests, services and whoever tests with them share a few cores, where a report or an answer may come a minute late
 * from a service that is well. With the defaults (60 to 75) a server then ends in ERROR for want of a host or an agent.
 */
export const lateness = { downAfter: 300, rpcResponse: 180 };

export const concurrency = { lock_path: `${dataFolder}/locks` };
