import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    maxWorkers: "100%", // the default leaves one core idle, which is half of a machine with two
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          testTimeout: 120_000, // CI builds Pulumi and the images beside them
          hookTimeout: 120_000,
          // Not the labs and clouds of whoever runs them: commands would go where those live.
          env: { XDG_STATE_HOME: join(tmpdir(), "ovb-unit-tests-state") },
        },
      },
      {
        // On the machine itself, as a user would: devclouds come and go.
        test: {
          name: "devcloud",
          include: ["test/devcloud/**/*.test.ts"],
          testTimeout: 4_800_000, // a first run builds everything
          fileParallelism: false,
        },
      },
      {
        // Inside a devcloud, by test/cloud/run.ts. One lab on one cloud at a time.
        test: {
          name: "cloud",
          include: ["test/cloud/**/*.test.ts"],
          testTimeout: 2_700_000, // of one wait, see test/cloud/until.ts, and of some more
          hookTimeout: 3_600_000,
          fileParallelism: false,
          sequence: { concurrent: false, shuffle: false },
        },
      },
    ],
  },
});
