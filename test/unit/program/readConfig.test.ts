import { runtime } from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { readConfig } from "../../../program/readConfig";

test("structures are parsed, plain values stay strings, other projects' keys are left out", () => {
  runtime.setAllConfig({
    "ovb:lab": "1234",
    "ovb:nodes": '[{"name":"a","count":3}]',
    "ovb:ctlplane": '{"mtu":1450,"dhcp":true}',
    "ovb:tags": "[broken",
    "ovb:publicNetwork": "true",
    "openstack:authUrl": "http://127.0.0.1:5000",
    "ovbx:lab": "no",
  });
  expect(readConfig("ovb:")).toEqual({
    lab: "1234",
    nodes: [{ name: "a", count: 3 }],
    ctlplane: { mtu: 1450, dhcp: true },
    tags: "[broken",
    publicNetwork: "true",
  });
});
