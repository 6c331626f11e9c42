// How the journeys run: one after another, since they share a cluster and a server, and never a second time: a test
// that passes only sometimes is broken. Makes no pictures: `shots.config.ts` does.

import { defineConfig } from "@playwright/test";

import { browser } from "./browser.ts";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "test-results",
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: "list",
  use: browser,
});
