import type * as dgram from "node:dgram";

const sockets: dgram.Socket[] = [];

/** Node's own module, which remembers the sockets it makes: for vi.mock("node:dgram", rememberingSockets). */
export async function rememberingSockets(original: () => Promise<unknown>): Promise<typeof dgram> {
  const module = (await original()) as typeof dgram;
  const createSocket: typeof dgram.createSocket = (...how: unknown[]) => {
    const socket = (module.createSocket as (...how: unknown[]) => dgram.Socket)(...how);
    sockets.push(socket);
    return socket;
  };
  return { ...module, createSocket };
}

/** The one that was made last. */
export const lastSocket = (): dgram.Socket => sockets.at(-1)!;
