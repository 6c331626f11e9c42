// What somebody does beside Pilothouse, with plain helm, shows on pages that are open. Measures the time from helm's
// end to the sight of it, in the browser.

import { expect, facts, open, signedIn, test } from "./fixtures.ts";
import { helm, told } from "./support/surroundings.ts";

test("an upgrade by plain helm shows on the open page within two seconds, without a reload", async ({ page, tenant, server }) => {
  const { slug, namespace } = tenant;
  const installed = await server.install(slug, "web", "1.3.2", { replicaCount: 1 });
  expect(installed.status).toBe("succeeded");
  await signedIn(page);
  await open(page, `/tenants/${slug}/releases/${namespace}/web`);
  const newest = page.locator(".timeline ol > li").first();
  await expect(newest.locator(".n")).toHaveText("1");
  await expect(newest).not.toContainText("made elsewhere");
  await page.evaluate(() => Object.assign(window, { stillHere: true }));

  await helm("upgrade", "web", "web", "--repo", told("PILOTHOUSE_TEST_CHARTS_URL"), "--version", "1.4.1", "--namespace", namespace, "--set", "replicaCount=1");
  const exited = Date.now();
  await expect(newest.locator(".n")).toHaveText("2", { timeout: 5_000 });
  const took = Date.now() - exited;

  expect(took, "milliseconds from helm's exit").toBeLessThan(2_000);
  await expect(newest).toContainText("made elsewhere");
  await expect(facts(page)).toContainText("web 1.4.1");
  await expect(facts(page)).toContainText("made elsewhere");
  expect(await page.evaluate(() => "stillHere" in window)).toBe(true);
});
