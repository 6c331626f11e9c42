// How the README's pictures are made: `npm run shots`, against a Pilothouse that runs already. Tests nothing.

import { defineConfig } from "@playwright/test";

import { browser } from "./browser.ts";

export default defineConfig({
  testDir: ".",
  testMatch: "shots.ts",
  outputDir: "test-results",
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: browser,
});
