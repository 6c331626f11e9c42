// Looking before leaping: a preview, somebody else's change in between, another preview, and the change itself.

import { expect, facts, faults, hydrated, open, signedIn, test, writeValues } from "./fixtures.ts";
import { helm, told } from "./support/surroundings.ts";

test("an upgrade is previewed, overtaken by somebody else, previewed again and done", async ({ page, tenant, server, watch }) => {
  test.setTimeout(180_000);
  const { slug, namespace } = tenant;
  expect((await server.install(slug, "web", "1.3.2", { replicaCount: 1 })).status).toBe("succeeded");
  await signedIn(page);
  await open(page, `/tenants/${slug}/releases/${namespace}/web/upgrade?version=1.4.1`);
  await writeValues(page, "replicaCount: 0\n");
  await page.getByRole("button", { name: "Preview what changes" }).click();

  await page.waitForURL(/\/previews\/[^/?]+$/);
  await hydrated(page);
  const label = `Upgrade web in ${slug} to web 1.4.1`;
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(label);
  await expect(facts(page)).toContainText("from revision 1");
  const warnings = page.locator(".risks").first();
  await expect(warnings).toContainText("runs nothing");
  await expect(page.getByRole("region", { name: "The values override, now and then" })).toContainText("replicaCount: 0");
  const changed = page.locator("details.object", { hasText: "Deployment web" });
  await expect(changed).toContainText("changed");
  expect(await faults(page), "axe on the preview").toEqual([]);
  await page.getByRole("link", { name: "Side by side" }).click();
  await expect(page.locator(".diff.side").first()).toBeVisible();
  expect(await faults(page), "axe on the preview, side by side").toEqual([]);

  await helm("upgrade", "web", "web", "--repo", told("PILOTHOUSE_TEST_CHARTS_URL"), "--version", "1.3.2", "--namespace", namespace, "--set", "replicaCount=2");
  await expect.poll(async () => (await (await page.request.get(`/api/v1/helm/releases?q=${namespace}`)).json()).items[0].revision).toBe(2);
  watch.forgive(/409/);
  await page.getByRole("button", { name: label }).click();
  await expect(page.locator(".problem").first()).toContainText("revision 2");
  await expect(page.getByRole("button", { name: label })).toBeDisabled();

  await page.getByRole("link", { name: "Back, change nothing" }).click();
  await page.waitForURL(/\/upgrade/);
  await hydrated(page);
  await page.locator("select[name=version]").selectOption("1.4.1");
  await page.getByRole("button", { name: `Upgrade web in ${slug} to 1.4.1` }).waitFor();
  await page.getByRole("button", { name: "Preview what changes" }).click();
  await page.waitForURL(/\/previews\/[^/?]+$/);
  await expect(facts(page)).toContainText("from revision 2");
  await page.getByRole("button", { name: label }).click();
  await page.waitForURL(/\/operations\/[^/]+$/);
  await expect(facts(page).locator(".state").first()).toHaveText("succeeded", { timeout: 120_000 });
});
