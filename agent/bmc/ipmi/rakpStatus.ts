/** RMCP+ and RAKP message status codes (IPMI 2.0, table 13-15). */
export const RakpStatus = {
  ok: 0x00,
  insufficientResources: 0x01,
  invalidSession: 0x02,
  invalidAuthentication: 0x04,
  invalidIntegrity: 0x05,
  invalidRole: 0x09,
  unauthorizedRole: 0x0a,
  invalidNameLength: 0x0c,
  unauthorizedName: 0x0d,
  invalidIntegrityCheck: 0x0f,
  invalidConfidentiality: 0x10,
  noSuiteMatch: 0x11,
} as const;
