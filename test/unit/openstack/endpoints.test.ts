import { describe, expect, it } from "vitest";
import { type CatalogEntry, endpointOf, type Service, versioned } from "../../../openstack/endpoints";

function catalog(type: string, ...endpoints: [string, string, string][]): CatalogEntry[] {
  return [
    { type, endpoints: endpoints.map(([face, region_id, url]) => ({ interface: face, region_id, url })) },
  ];
}

const publicInterface = { interface: "public", projectId: "p1" } as const;

describe("the version in an endpoint's path", () => {
  it.each<[Service, string, string, string]>([
    ["network", "network", "http://n:9696", "http://n:9696/v2.0"],
    ["network", "network", "http://n:9696/", "http://n:9696/v2.0"],
    ["network", "network", "http://n/networking/v2.0/", "http://n/networking/v2.0"],
    ["image", "image", "http://g/image", "http://g/image/v2"],
    ["image", "image", "http://g:9292/v2", "http://g:9292/v2"],
    ["image", "image", "http://g:9292/v1", "http://g:9292/v2"],
    ["compute", "compute", "http://c/compute", "http://c/compute/v2.1"],
    ["compute", "compute", "http://c:8774/v2.1/p1", "http://c:8774/v2.1/p1"],
    ["compute", "compute", "http://c:8774/v2/p1", "http://c:8774/v2.1/p1"],
    ["identity", "identity", "http://k:5000", "http://k:5000/v3"],
    ["identity", "identity", "http://k:5000/v2.0", "http://k:5000/v3"],
    ["placement", "placement", "http://p/placement/", "http://p/placement"],
    ["block-storage", "volumev3", "http://v:8776/v3/p1", "http://v:8776/v3/p1"],
    ["block-storage", "block-storage", "http://v:8776/v3", "http://v:8776/v3/p1"],
    ["block-storage", "volume", "http://v:8776", "http://v:8776/v3/p1"],
  ])("%s from %s %s is %s", (service, type, url, expected) => {
    expect(endpointOf(catalog(type, ["public", "R", url]), service, publicInterface)).toBe(expected);
  });

  it("is the last segment, or before a project: what stands further up is the service's place", () => {
    expect(versioned("http://c/api/v1/nova", "v2.1")).toBe("http://c/api/v1/nova/v2.1");
    expect(versioned("http://c/api/v1/nova/v2", "v2.1")).toBe("http://c/api/v1/nova/v2.1");
    const project = "0123456789abcdef0123456789abcdef";
    expect(versioned(`http://c/v2/${project}`, "v2.1")).toBe(`http://c/v2.1/${project}`);
  });

  it("takes only whole segments for versions", () => {
    expect(versioned("http://k/v3cloud/identity", "v3")).toBe("http://k/v3cloud/identity/v3");
  });
});

describe("the choice", () => {
  const entries = catalog(
    "compute",
    ["admin", "A", "http://admin-a"],
    ["public", "A", "http://public-a"],
    ["public", "B", "http://public-b"],
    ["internal", "B", "http://internal-b"],
  );

  it("is by region and interface", () => {
    expect(endpointOf(entries, "compute", { region: "B", interface: "public" })).toBe("http://public-b/v2.1");
    expect(endpointOf(entries, "compute", { interface: "internal" })).toBe("http://internal-b/v2.1");
  });

  it("is refused with what there is instead", () => {
    expect(() => endpointOf(entries, "compute", { interface: "public" })).toThrow(
      "OS_REGION_NAME to one of A, B",
    );
    expect(() => endpointOf(entries, "compute", { region: "C", interface: "public" })).toThrow(
      /region "C".*A, B/,
    );
    expect(() => endpointOf(entries, "network", publicInterface)).toThrow(
      "has no network service (it has: compute)",
    );
    const internalOnly = catalog("image", ["internal", "A", "http://i"]);
    expect(() => endpointOf(internalOnly, "image", publicInterface)).toThrow(
      "no public endpoint (it has: internal)",
    );
  });

  it("finds a region's endpoint where each region has an entry of its own", () => {
    const regions = ["R1", "R2"].flatMap((region) =>
      catalog("compute", ["public", region, `http://${region}`]),
    );
    expect(endpointOf(regions, "compute", { region: "R2", interface: "public" })).toBe("http://r2/v2.1");
    expect(() => endpointOf(regions, "compute", publicInterface)).toThrow("OS_REGION_NAME to one of R1, R2");
    // An older name of the type may be all that a region has.
    const old = [
      ...catalog("block-storage", ["public", "R1", "http://new"]),
      ...catalog("volumev3", ["public", "R2", "http://old"]),
    ];
    expect(endpointOf(old, "block-storage", { region: "R2", interface: "public" })).toBe("http://old/v3");
  });

  it("takes an endpoint for all regions where none is asked for, as Pulumi's provider does", () => {
    const all = catalog("compute", ["public", "*", "http://all"]);
    expect(endpointOf(all, "compute", publicInterface)).toBe("http://all/v2.1");
    expect(() => endpointOf(all, "compute", { region: "R1", interface: "public" })).toThrow(
      "unset OS_REGION_NAME",
    );
    const both = catalog("compute", ["public", "*", "http://all"], ["public", "R1", "http://one"]);
    expect(endpointOf(both, "compute", publicInterface)).toBe("http://one/v2.1");
  });

  it("prefers the official type over its older names", () => {
    const both = [
      ...catalog("volumev3", ["public", "R", "http://old/v3/p1"]),
      ...catalog("block-storage", ["public", "R", "http://new/v3/p1"]),
    ];
    expect(endpointOf(both, "block-storage", publicInterface)).toBe("http://new/v3/p1");
  });
});
