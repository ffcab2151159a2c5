import type { Machine } from "../../nova/machine";

/**
 * FRU device 0 of a node (Platform Management FRU Information Storage Definition 1.0): a product area that lets
 * inventory tools match node and Nova server. Made when it is asked for, as it is rarely.
 */
export function fruInventory({ key, uuid }: Pick<Machine, "key" | "uuid">): Buffer {
  const none = "";
  const fields = ["OpenStack", key, none, none, uuid, none, none];
  const version = 1;
  const english = 25;
  const body = [version, 0, english, ...fields.flatMap(encodeField), noMoreFields];
  while (body.length % 8 !== 7) body.push(0); // the area's checksum completes a multiple of 8
  body[1] = (body.length + 1) / 8;
  const productArea = 1; // the header's own length in units of 8 bytes
  return Buffer.from([...checked([version, 0, 0, 0, productArea, 0, 0]), ...checked(body)]);
}

const noMoreFields = 0xc1;
const text = 0xc0;
const longestField = 63;

/** One character would read as the end of the list, so it gets a space. */
function encodeField(value: string): number[] {
  const bytes = Buffer.from(value.length === 1 ? value + " " : value, "latin1").subarray(0, longestField);
  return bytes.length === 0 ? [0] : [text | bytes.length, ...bytes];
}

function checked(bytes: readonly number[]): number[] {
  return [...bytes, -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff];
}
