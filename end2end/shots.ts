// Makes the README's pictures from a demo that runs: `npm run shots`, with PILOTHOUSE_URL and PILOTHOUSE_PASSWORD in
// the environment. PILOTHOUSE_SHOT chooses another release than the query engine of acme, as `tenant/namespace/name`.
// Tests nothing, and changes nothing in the demo.

import { fileURLToPath } from "node:url";

import { type Page, expect, test } from "@playwright/test";

const url = process.env.PILOTHOUSE_URL ?? "http://127.0.0.1:4180";
const password = process.env.PILOTHOUSE_PASSWORD;
const [tenant, namespace, name] = (process.env.PILOTHOUSE_SHOT ?? "acme/matih-acme/query-engine").split("/");

async function shoot(page: Page, path: string, picture: string): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.locator("body[data-hydrated]").waitFor({ state: "attached" });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.evaluate(() => document.fonts.ready);
  const file = fileURLToPath(new URL(`../docs/screenshots/${picture}.png`, import.meta.url));
  await page.screenshot({ path: file, animations: "disabled", caret: "hide" });
}

test("pictures for the README", async ({ page }) => {
  if (!password) throw new Error("PILOTHOUSE_PASSWORD is not set");
  const answer = await page.request.post(`${url}/sign-in`, { form: { user: "admin", password, next: "/" }, maxRedirects: 0 });
  expect(answer.status(), "signing in").toBe(303);
  const release = `/tenants/${tenant}/releases/${namespace}/${name}`;

  await page.emulateMedia({ colorScheme: "light" });
  await shoot(page, "/", "fleet");
  await shoot(page, `/tenants/${tenant}`, "tenant");
  await shoot(page, `${release}?from=1&to=4&of=computed`, "release");
  // The latest operation of that release; the pages of releases list theirs, newest first.
  const operation = await page.locator(".operations a[href^='/operations/']").first().getAttribute("href");
  if (!operation) throw new Error(`${release} has no operations`);
  await shoot(page, operation, "operation");
  // The newest batch, where there is one.
  await page.goto(`${url}/batches`);
  const batch = await page.locator("main a[href^='/batches/']:not([href='/batches/new'])").first().getAttribute("href");
  if (batch) await shoot(page, batch, "batch");
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot(page, `${release}?from=1&to=4&of=computed`, "release-dark");
});
