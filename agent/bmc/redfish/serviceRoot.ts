import { collections, type Json, link, resource, root, schemas } from "./resource";

export const versions = (): Json => ({ v1: `${root}/` });

export const serviceRoot = (): Json =>
  resource("ServiceRoot", `${root}/`, {
    Id: "RootService",
    Name: "OVB virtual baremetal BMC",
    Product: "OVB",
    RedfishVersion: "1.15.0",
    ProtocolFeaturesSupported: {
      ExcerptQuery: false,
      FilterQuery: false,
      OnlyMemberQuery: true,
      SelectQuery: true,
      ExpandQuery: { ExpandAll: true, Levels: true, MaxLevels: 1, Links: true, NoLinks: true },
    },
    Systems: link(`${root}/Systems`),
    Managers: link(`${root}/Managers`),
    Chassis: link(`${root}/Chassis`),
    SessionService: link(`${root}/SessionService`),
    AccountService: link(`${root}/AccountService`),
    UpdateService: link(`${root}/UpdateService`),
    Links: { Sessions: link(`${root}/SessionService/Sessions`) },
  });

const entryPoints = ["Systems", "Managers", "Chassis", "SessionService", "AccountService", "UpdateService"];

/** The OData service document. */
export const odata = (): Json => ({
  "@odata.context": `${root}/$metadata`,
  value: [
    { name: "Service", kind: "Singleton", url: `${root}/` },
    ...entryPoints.map((name) => ({ name, kind: "Singleton", url: `${root}/${name}` })),
    { name: "Sessions", kind: "Singleton", url: `${root}/SessionService/Sessions` },
  ],
});

/** The OData metadata document: which schemas the answers are of, by reference to DMTF's own. */
export function metadata(): string {
  const reference = (name: string, namespaces: readonly string[]): string =>
    `<edmx:Reference Uri="http://redfish.dmtf.org/schemas/v1/${name}_v1.xml">` +
    namespaces.map((namespace) => `<edmx:Include Namespace="${namespace}"/>`).join("") +
    "</edmx:Reference>";
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">' +
    Object.entries(schemas)
      .map(([name, version]) => reference(name, [name, `${name}.${version}`]))
      .join("") +
    collections.map((name) => reference(name, [name])).join("") +
    '<edmx:DataServices><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="Service">' +
    `<EntityContainer Name="Service" Extends="ServiceRoot.${schemas.ServiceRoot}.ServiceContainer"/>` +
    "</Schema></edmx:DataServices></edmx:Edmx>"
  );
}
