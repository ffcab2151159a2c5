import { expect, test } from "vitest";
import { accessRules } from "../../../agent/bmc/cloud/accessRules";
import { rulesOfCloud } from "../../../openstack/accessRules";

const catalog = (compute: string, image: string) =>
  Object.entries({ compute, image }).map(([type, url]) => ({
    type,
    endpoints: [{ interface: "public", region_id: "RegionOne", url }],
  }));
const paths = (compute: string, image: string) =>
  rulesOfCloud(accessRules, catalog(compute, image), "RegionOne").map(({ path }) => path);

test("a cloud whose URLs are the version alone has the rules as they are", () => {
  expect(paths("https://nova.example:8774/v2.1", "https://glance.example:9292")).toEqual(
    accessRules.map(({ path }) => path),
  );
});

test("what stands before the version is part of the path, for proxies that keep it and for those that do not", () => {
  const found = paths("https://cloud.example/compute/v2.1/", "https://cloud.example/image");
  for (const path of [
    "/compute/v2.1/servers/detail",
    "/v2.1/servers/detail",
    "/compute/v2.1/servers/*/action",
    "/image/v2/images/*/file",
    "/v2/images/*/file",
  ]) {
    expect(found).toContain(path);
  }
  expect(found).toHaveLength(2 * accessRules.length);
});

test("what stands behind it is part of the path too", () => {
  expect(paths("https://nova.example:8774/v2.1/0123abcd", "https://glance.example/v2")).toContain(
    "/v2.1/0123abcd/servers/detail",
  );
});

test("a service that the cloud does not have is named", () => {
  expect(() =>
    rulesOfCloud(accessRules, catalog("https://nova.example/v2.1", "x").slice(0, 1), undefined),
  ).toThrow(/no image service/);
});
