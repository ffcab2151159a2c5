import { stringify } from "yaml";

export interface CloudConfigInput {
  readonly hostname: string;
  readonly authorizedKeys: readonly string[];
  readonly files?: readonly {
    readonly path: string;
    readonly content: string;
    readonly permissions?: string;
  }[];
  /** Commands at the end of the first boot, each an argument list. */
  readonly commands?: readonly (readonly string[])[];
}

/** cloud-init's user data: the same text for the same input, because a changed one replaces the server. */
export function cloudConfig({
  hostname,
  authorizedKeys,
  files = [],
  commands = [],
}: CloudConfigInput): string {
  const config = {
    hostname,
    preserve_hostname: false,
    ...(authorizedKeys.length > 0 && { ssh_authorized_keys: [...authorizedKeys] }),
    ...(files.length > 0 && {
      write_files: files.map(({ path, content, permissions = "0644" }) => ({ path, permissions, content })),
    }),
    ...(commands.length > 0 && { runcmd: commands.map((command) => [...command]) }),
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}
