import { X509Certificate } from "node:crypto";
import type { VirtualMedia } from "../../nova/machine";
import { Refusal, shown } from "./refusal";
import { collection, type Json, resource } from "./resource";
import type { Reply } from "./service";

/** What the schema and a state file have room for. */
const mostCertificates = 16;

/** Of those who may have signed the certificate of an image's server. @param path of the collection */
export const certificates = (path: string, media: VirtualMedia): Json =>
  collection("CertificateCollection", path, "Certificates", Object.keys(media.trust().certificates));

export function certificate(path: string, id: string, media: VirtualMedia): Json | undefined {
  const { certificates: all } = media.trust();
  if (!Object.hasOwn(all, id)) return undefined;
  const { subject, issuer, validFrom, validTo, serialNumber, fingerprint256 } = new X509Certificate(all[id]!);
  const names = (text: string): Json => {
    const [, CommonName] = /^CN=(.*)$/m.exec(text) ?? [];
    return CommonName === undefined ? {} : { CommonName };
  };
  return resource("Certificate", `${path}/${id}`, {
    Id: id,
    Name: `Certificate ${id}`,
    CertificateString: all[id],
    CertificateType: "PEM",
    Subject: names(subject),
    Issuer: names(issuer),
    ValidNotBefore: new Date(validFrom).toISOString(),
    ValidNotAfter: new Date(validTo).toISOString(),
    SerialNumber: serialNumber,
    Fingerprint: fingerprint256,
    FingerprintHashAlgorithm: "TPM_ALG_SHA256",
  });
}

/** @throws Refusal, MachineBusy */
export async function addCertificate(path: string, media: VirtualMedia, body: Json): Promise<Reply> {
  for (const name of ["CertificateString", "CertificateType"]) {
    if (!Object.hasOwn(body, name)) {
      throw new Refusal("PropertyMissing", { args: [name], property: `/${name}` });
    }
  }
  const { CertificateString: pem, CertificateType: type } = body;
  if (type !== "PEM") {
    const reason = "It can be PEM.";
    throw new Refusal("PropertyValueNotInList", { args: [shown(type), "CertificateType"], reason });
  }
  const property = "/CertificateString";
  if (typeof pem !== "string" || !isPem(pem)) {
    const args = [shown(pem), "CertificateString"];
    throw new Refusal("PropertyValueTypeError", { args, property, reason: "It is no certificate in PEM." });
  }
  const trust = media.trust();
  const ids = Object.keys(trust.certificates);
  if (ids.length >= mostCertificates) throw new Refusal("CreateLimitReachedForResource");
  let id = 1;
  while (ids.includes(String(id))) id++;
  await media.setTrust({ ...trust, certificates: { ...trust.certificates, [id]: pem } });
  const created = certificate(path, String(id), media);
  return { status: 201, headers: { Location: `${path}/${id}` }, body: created };
}

/** @throws MachineBusy */
export async function removeCertificate(id: string, media: VirtualMedia): Promise<void> {
  const trust = media.trust();
  const { [id]: _, ...rest } = trust.certificates;
  await media.setTrust({ ...trust, certificates: rest });
}

function isPem(text: string): boolean {
  if (!text.includes("-----BEGIN CERTIFICATE-----")) return false;
  try {
    return new X509Certificate(text).subject !== "";
  } catch {
    return false;
  }
}
