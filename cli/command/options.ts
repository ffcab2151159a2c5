import { Option } from "commander";

/** -f: a table for people, or JSON for programs. */
export function formatOption(description = "how to show it"): Option {
  return new Option("-f, --format <format>", description).choices(["text", "json"]).default("text");
}
