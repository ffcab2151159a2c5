import { vi } from "vitest";

/** What is printed, on standard output (out) and standard error (said). */
export interface Printed {
  out: string;
  said: string;
}

/** Takes what commands print from now on, until vi.restoreAllMocks(). */
export function takePrinted(): Printed {
  const printed = { out: "", said: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.out += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    printed.said += text;
    return true;
  });
  vi.spyOn(console, "error").mockImplementation((text) => {
    printed.said += `${text}\n`;
  });
  return printed;
}
