/**
 * A UUID's 16 bytes as BMCs send it: in SMBIOS order (the first three fields least significant byte first). The
 * specification's own order is all bytes reversed, but pyghmi reads SMBIOS order only, and ipmitool, which guesses
 * by where the version number is, looks for SMBIOS order last and so never takes that for another.
 * @throws Error for what is no UUID
 */
export function guidBytes(uuid: string): Buffer {
  const bytes = Buffer.from(uuid.replaceAll("-", ""), "hex");
  if (bytes.length !== 16) throw new Error(`${uuid} is no UUID: give the Nova server's id`);
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
