/**
 * The release of Pulumi's OpenStack provider that makes and reads everything of a lab; it embeds terraform-provider-openstack
 * 3.4.0, which no longer sleeps between its calls. The installed @pulumi/openstack is older and asks for a plugin of its own
 * release by default, so each resource and look-up names this one.
 */
export const openstackPluginVersion = "5.5.1";

/** Releases that made labs before: a state that the program has not been run on since still names one of them. */
export const formerPluginVersions = ["3.15.2"] as const;

/** An option of every resource and every look-up of the openstack package: Pulumi fetches the plugin by it. */
export const openstackPlugin = { version: openstackPluginVersion } as const;
