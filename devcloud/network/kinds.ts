import type { NetworkName } from "../config/settings";
import type { NetworkKind } from "./kind";
import { ovn } from "./ovn";
import { ovs } from "./ovs";

export const networkKinds: Readonly<Record<NetworkName, NetworkKind>> = { ovn, ovs };
