import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findGo, goBuild, goEnvironment, isOlder } from "../../../toolchain/go";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-go-"));
  writeFileSync(join(folder, "go.mod"), "module test\n\ngo 1.25.11\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fakeGo(script: string): string {
  const command = join(folder, "go");
  writeFileSync(command, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return command;
}

test.each([
  ["go1.19.8", "1.25.11", true],
  ["go1.25.10", "1.25.11", true],
  ["go1.25.11", "1.25.11", false],
  ["go1.26", "1.25.11", false],
  ["go1.26rc1", "1.25.11", false],
  ["go2.0", "1.25.11", false],
])("%s is older than %s: %s", (version, needed, expected) => {
  expect(isOlder(version, needed)).toBe(expected);
});

test("a Go that is new enough is taken", async () => {
  const command = fakeGo("echo go1.26.8");
  expect(await findGo(folder, folder)).toEqual({ command, version: "go1.26.8" });
});

test("a Go that is too old is named, with what is needed and the way out", async () => {
  fakeGo("echo go1.19.8");
  await expect(findGo(folder, folder)).rejects.toThrow(/Go 1\.25\.11 or later .* is go1\.19\.8\. Install Go/);
});

test("a Go that refuses the module says why, in its own words", async () => {
  fakeGo("echo 'go: go.mod requires go >= 1.25.11 (running go 1.21.0; GOTOOLCHAIN=local)' >&2; exit 1");
  await expect(findGo(folder, folder)).rejects.toThrow(
    /requires go >= 1\.25\.11 .*GOTOOLCHAIN=local\)\. Install Go/,
  );
});

test("checksums stay on, whatever the environment says; GOFLAGS and GOPROXY stay the user's", () => {
  const result = goEnvironment({
    GOSUMDB: "off",
    GONOSUMDB: "*",
    GOINSECURE: "*",
    GOFLAGS: "-p=1",
    GOPROXY: "http://proxy.example",
  });
  expect(result).toEqual({
    CGO_ENABLED: "0",
    GOWORK: "off",
    GOFLAGS: "-p=1",
    GOPROXY: "http://proxy.example",
  });
});

function build(script: string, signal = new AbortController().signal, report = (_line: string) => {}) {
  const go = { command: fakeGo(script), version: "go1.26.8" };
  return goBuild({
    go,
    what: "a thing",
    folder,
    arguments: ["-o", "out", "."],
    temporary: folder,
    report,
    signal,
  });
}

test("a failed build shows the end of Go's output, without the lists of packages", async () => {
  const script = "echo runtime/internal >&2; echo './main.go:1:1: syntax error' >&2; exit 1";
  const error = await build(script).catch((reason: Error) => reason);
  expect(String(error)).toContain("building a thing failed");
  expect(String(error)).toContain("./main.go:1:1: syntax error");
  expect(String(error)).not.toContain("runtime/internal");
});

test("an aborted build ends Go and what Go started", async () => {
  const interrupted = new AbortController();
  const running = build(`sleep 300 & echo $! > ${folder}/pid; wait`, interrupted.signal);
  const pid = await new Promise<number>((resolve) => {
    const look = setInterval(() => {
      try {
        const text = readFileSync(join(folder, "pid"), "utf8").trim();
        if (!text) return;
        clearInterval(look);
        resolve(Number(text));
      } catch {
        // not yet
      }
    }, 20);
  });
  interrupted.abort(new Error("stop it"));
  await expect(running).rejects.toThrow("stop it");
  await expect.poll(() => state(pid), { timeout: 3_000 }).toBe("gone");
});

/** A killed process whose new parent has not collected it yet is gone as well. */
function state(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] === "Z" ? "gone" : "there";
  } catch {
    return "gone";
  }
}
