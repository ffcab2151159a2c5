import { describe, expect, it } from "vitest";
import { optionFault } from "../../../../plan/lab/dhcpOptions";

const onOvn = (name: string, value: string) => optionFault("ovn", { name, value });
const withDnsmasq = (name: string, value: string) => optionFault("agents", { name, value });

describe("a port's DHCP option on OVN", () => {
  it.each([
    ["bootfile-name", "http://192.0.2.240:8088/boot.ipxe"],
    ["tftp-server", "192.0.2.240"],
    ["server-ip-address", "192.0.2.240"],
    ["66", "tftp.example"],
    ["domain-name", '"lab.example"'],
    ["classless-static-route", "192.0.2.0/24,0.0.0.0"],
    ["121", "0.0.0.0/0,192.0.2.1,169.254.169.254/32,192.0.2.240"],
    ["121", "{0.0.0.0/0,192.0.2.1, 198.51.100.7,192.0.2.9}"],
    ["249", "{198.51.100.0/24,192.0.2.1}"],
    ["dns-server", "{192.0.2.53, 192.0.2.54}"],
    ["ntp-server", "192.0.2.123"],
    ["lease-time", "3600"],
    ["dhcp_disabled", "true"],
  ])("%s %s arrives", (name, value) => {
    expect(onOvn(name, value)).toBeUndefined();
  });

  it.each(["60", "vendor-class", "44", "tag:ipxe,67", "Bootfile-Name", "43"])("%s is left out", (name) => {
    expect(onOvn(name, "1")).toMatchObject({ isFatal: false, message: expect.stringContaining("left out") });
  });

  it.each([
    ["249", "198.51.100.0/24,192.0.2.1"],
    ["ms-classless-static-route", "198.51.100.0/24,192.0.2.1"],
    ["249", "{198.51.100.0/24}"],
    ["121", "default,192.0.2.1"],
    ["121", "198.51.100.0/33,192.0.2.1"],
    ["121", ""],
    ["dns-server", "192.0.2.53,192.0.2.54"],
    ["ntp-server", "ntp.example"],
    ["router", "{}"],
    ["lease-time", "1h"],
    ["ip-forward-enable", "true"],
    ["domain-name", 'lab"example'],
  ])("%s %s takes the port's DHCP away", (name, value) => {
    expect(onOvn(name, value)).toMatchObject({
      isFatal: true,
      message: expect.stringContaining("OVN reads"),
    });
  });
});

describe("a port's DHCP option with dnsmasq", () => {
  it.each([
    ["60", "PXEClient"],
    ["tag:ipxe,67", "http://192.0.2.240:8088/boot.ipxe"],
    ["249", "198.51.100.0/24,192.0.2.1"],
    ["dns-server", "192.0.2.53,192.0.2.54"],
  ])("%s %s arrives", (name, value) => {
    expect(withDnsmasq(name, value)).toBeUndefined();
  });

  it.each([
    ["dhcp_disabled", "true"],
    ["lease-time", "3600"],
    ["server-id", "192.0.2.9"],
    ["classless-static-route", "{0.0.0.0/0,192.0.2.1}"],
    ["mtu", "large"],
  ])("%s %s does not arrive as written", (name, value) => {
    expect(withDnsmasq(name, value)).toMatchObject({ isFatal: false });
  });
});
