import { ansible } from "./ansible";
import type { Dialect } from "./dialect";
import { instackenv } from "./instackenv";
import { ironic } from "./ironic";
import { metal3 } from "./metal3";

/** By name: how it is written, the file that it usually is in, and who reads it. */
export const dialects: Readonly<
  Record<string, { readonly render: Dialect; readonly file: string; readonly reader: string }>
> = {
  instackenv: {
    render: instackenv,
    file: "nodes.json",
    reader: "openstack overcloud node import FILE",
  },
  ironic: { render: ironic, file: "ironic.json", reader: "baremetal create FILE" },
  metal3: { render: metal3, file: "metal3.yaml", reader: "kubectl apply -f FILE" },
  ansible: { render: ansible, file: "ansible.yaml", reader: "ansible all -i FILE -m ping" },
};
