// What every browser of ours is: Chromium, the one that CHROMIUM names or else Playwright's own, without motion, in
// one language and time zone. Says nothing about which tests run: the two configurations do.

import type { PlaywrightTestConfig } from "@playwright/test";

export const browser: PlaywrightTestConfig["use"] = {
  browserName: "chromium",
  headless: true,
  viewport: { width: 1360, height: 860 },
  locale: "en-GB",
  timezoneId: "UTC",
  contextOptions: { reducedMotion: "reduce" },
  trace: "off",
  video: "off",
  screenshot: "off",
  actionTimeout: 15_000,
  navigationTimeout: 30_000,
  launchOptions: { executablePath: process.env.CHROMIUM || undefined, args: ["--no-sandbox"] },
};
