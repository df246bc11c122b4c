// The browser tests: one gateway and one browser for all of them, in the order they stand in the file.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["e2e/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 600_000, fileParallelism: false, bail: 1 },
});
