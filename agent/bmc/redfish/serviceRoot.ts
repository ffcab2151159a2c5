import { COLLECTIONS, type Json, link, ROOT, resource, SCHEMAS } from "./resource";

export const versions = (): Json => ({ v1: `${ROOT}/` });

export const serviceRoot = (): Json =>
  resource("ServiceRoot", `${ROOT}/`, {
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
    Systems: link(`${ROOT}/Systems`),
    Managers: link(`${ROOT}/Managers`),
    Chassis: link(`${ROOT}/Chassis`),
    SessionService: link(`${ROOT}/SessionService`),
    AccountService: link(`${ROOT}/AccountService`),
    UpdateService: link(`${ROOT}/UpdateService`),
    Links: { Sessions: link(`${ROOT}/SessionService/Sessions`) },
  });

const ENTRY_POINTS = ["Systems", "Managers", "Chassis", "SessionService", "AccountService", "UpdateService"];

/** The OData service document. */
export const odata = (): Json => ({
  "@odata.context": `${ROOT}/$metadata`,
  value: [
    { name: "Service", kind: "Singleton", url: `${ROOT}/` },
    ...ENTRY_POINTS.map((name) => ({ name, kind: "Singleton", url: `${ROOT}/${name}` })),
    { name: "Sessions", kind: "Singleton", url: `${ROOT}/SessionService/Sessions` },
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
    Object.entries(SCHEMAS)
      .map(([name, version]) => reference(name, [name, `${name}.${version}`]))
      .join("") +
    COLLECTIONS.map((name) => reference(name, [name])).join("") +
    '<edmx:DataServices><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="Service">' +
    `<EntityContainer Name="Service" Extends="ServiceRoot.${SCHEMAS.ServiceRoot}.ServiceContainer"/>` +
    "</Schema></edmx:DataServices></edmx:Edmx>"
  );
}
