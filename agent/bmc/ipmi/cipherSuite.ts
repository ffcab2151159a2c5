import { RakpStatus } from "./rakpStatus";

/** How a session is authenticated, its packets' integrity kept, and what they hold encrypted (IPMI 2.0, 22.15.2). */
export interface CipherSuite {
  readonly id: number;
  /** Numbers of tables 13-17, 13-18 and 13-19. */
  readonly authentication: number;
  readonly integrity: number;
  readonly confidentiality: number;
  /** Of RAKP's HMAC. */
  readonly hash: "sha1" | "sha256";
  /** Bytes of an HMAC that packets and RAKP message 4 carry. */
  readonly shortHmac: number;
}

/**
 * The two that have authentication, integrity and encryption, and no MD5. Suite 0, which lets anyone in who knows a
 * user's name, is what BMCs are notorious for.
 */
export const cipherSuites: readonly CipherSuite[] = [
  { id: 3, authentication: 1, integrity: 1, confidentiality: 1, hash: "sha1", shortHmac: 12 },
  { id: 17, authentication: 3, integrity: 4, confidentiality: 1, hash: "sha256", shortHmac: 16 },
];

/** What a client proposes; undefined: the BMC is to choose. */
export interface Proposal {
  readonly authentication: number | undefined;
  readonly integrity: number | undefined;
  readonly confidentiality: number | undefined;
}

/** @returns the strongest suite that fits, or the status code of table 13-15 that says which part is to blame. */
export function chooseCipherSuite(proposal: Proposal): CipherSuite | number {
  const fits = (kind: keyof Proposal) => (suite: CipherSuite) =>
    proposal[kind] === undefined || proposal[kind] === suite[kind];
  if (!cipherSuites.some(fits("authentication"))) return RakpStatus.invalidAuthentication;
  if (!cipherSuites.some(fits("integrity"))) return RakpStatus.invalidIntegrity;
  if (!cipherSuites.some(fits("confidentiality"))) return RakpStatus.invalidConfidentiality;
  const suites = cipherSuites
    .filter(fits("authentication"))
    .filter(fits("integrity"))
    .filter(fits("confidentiality"));
  return suites.at(-1) ?? RakpStatus.noSuiteMatch;
}

/** Get Channel Cipher Suites' records: a start byte, the suite's id, and its algorithms, each tagged with its kind. */
export function cipherSuiteRecords(): number[] {
  return cipherSuites.flatMap((suite) => [
    0xc0,
    suite.id,
    suite.authentication,
    0x40 | suite.integrity,
    0x80 | suite.confidentiality,
  ]);
}

/** The same without suites: each algorithm once. */
export function algorithmRecords(): number[] {
  const records = cipherSuites.flatMap((suite) => [
    suite.authentication,
    0x40 | suite.integrity,
    0x80 | suite.confidentiality,
  ]);
  return [...new Set(records)].sort((a, b) => a - b);
}
