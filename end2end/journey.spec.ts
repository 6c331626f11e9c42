// The life of one release, as a person leads it: installed, upgraded, upgraded to something broken and taken back,
// rolled back, uninstalled. Every page on the way is looked at by axe. Runs against the real cluster and the real
// Helm; waits for what is seen, never for time.

import type { Page } from "@playwright/test";

import { expect, facts, faults, hydrated, signIn, test, values, writeValues } from "./fixtures.ts";

/** The operation's page, once the operation has ended so. */
async function ended(page: Page, how: "succeeded" | "failed"): Promise<void> {
  await page.waitForURL(/\/operations\/[^/]+$/);
  await hydrated(page);
  await expect(facts(page).locator(".state").first()).toHaveText(/succeeded|failed|cancelled|interrupted/, { timeout: 120_000 });
  await expect(facts(page).locator(".state").first()).toHaveText(how);
}

/** What somebody who opens the page now sees: with nothing that the axe tool minds. */
async function accessible(page: Page): Promise<void> {
  expect(await faults(page), `axe on ${page.url()}`).toEqual([]);
}

test("a release is installed, upgraded, taken back from a broken version, rolled back and uninstalled", async ({ page, tenant }) => {
  test.setTimeout(300_000);
  const { slug, namespace } = tenant;
  const release = new RegExp(`/tenants/${slug}/releases/${namespace}/web(\\?.*)?$`);
  const timeline = page.locator(".timeline ol > li");

  await test.step("sign in and open the tenant", async () => {
    await signIn(page);
    await hydrated(page);
    await accessible(page);
    await page.getByRole("link", { name: "Tenants", exact: true }).first().click();
    await page.getByRole("searchbox").fill(slug);
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page.locator(".tenants-table tbody tr")).toHaveCount(1);
    await accessible(page);
    await page.getByRole("link", { name: slug }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(slug);
    await expect(page.getByText("This tenant has no releases yet.")).toBeVisible();
    await accessible(page);
  });

  await test.step("install 1.3.2 with values", async () => {
    await page.getByRole("link", { name: "Install…" }).click();
    await page.locator("select[name=chart]").selectOption("demo/web");
    await page.locator("select[name=version]").selectOption("1.3.2");
    const install = page.getByRole("button", { name: `Install web 1.3.2 in ${slug}` });
    await install.waitFor();
    await accessible(page);
    await writeValues(page, "replicaCount: 1\nsite:\n  title: First title\n");
    await page.getByLabel("Reason (optional)").fill("The first one");
    await install.click();
    await ended(page, "succeeded");
    await expect(facts(page)).toContainText("the release is deployed, revision 1");
    await accessible(page);
    await page.getByRole("link", { name: "look at it" }).click();
    await page.waitForURL(release);
    await expect(facts(page).locator(".state").first()).toHaveText("deployed");
    await expect(facts(page)).toContainText("web 1.3.2");
    await expect(timeline).toHaveCount(1);
    await expect(timeline.first()).toContainText("“The first one”");
    await accessible(page);
  });

  await test.step("upgrade to 1.4.1 with other values, and see what differs", async () => {
    await page.getByRole("link", { name: "Upgrade…" }).click();
    await page.locator("select[name=version]").selectOption("1.4.1");
    const upgrade = page.getByRole("button", { name: `Upgrade web in ${slug} to 1.4.1` });
    await upgrade.waitFor();
    await expect(values(page).sent).toHaveValue(/title: First title/);
    await accessible(page);
    await writeValues(page, "replicaCount: 1\nsite:\n  title: Second title\n");
    await upgrade.click();
    await ended(page, "succeeded");
    await expect(facts(page)).toContainText("the release is deployed, revision 2");
    await page.getByRole("link", { name: "what it changed" }).click();
    await page.waitForURL(release);
    await expect(facts(page)).toContainText("web 1.4.1");
    await expect(page.locator(".diff tr.del")).toContainText("title: First title");
    await expect(page.locator(".diff tr.add")).toContainText("title: Second title");
    await accessible(page);
  });

  await test.step("a version that never becomes ready is taken back", async () => {
    await page.getByRole("link", { name: "Upgrade…" }).click();
    await page.locator("select[name=version]").selectOption("1.4.0");
    const upgrade = page.getByRole("button", { name: `Take web in ${slug} down to 1.4.0` });
    await upgrade.waitFor();
    await page.getByLabel("Undo on failure").check();
    await page.getByLabel("Timeout in seconds").fill("10");
    await upgrade.click();
    await ended(page, "failed");
    await expect(page.getByRole("alert")).toContainText("It was rolled back to revision 2.");
    await expect(facts(page)).toContainText("the release is deployed, revision 4");
    await accessible(page);
    await page.getByRole("navigation", { name: "Where you are" }).getByRole("link", { name: `web in ${slug}` }).click();
    await page.waitForURL(release);
    await expect(facts(page).locator(".state").first()).toHaveText("deployed");
    await expect(facts(page)).toContainText("web 1.4.1");
    await expect(timeline).toHaveCount(4);
    await expect(timeline.nth(0)).toContainText("Rolled back to 2");
    await expect(timeline.nth(1)).toContainText("Upgrade failed");
    await accessible(page);
  });

  await test.step("roll back by hand", async () => {
    await page.getByRole("link", { name: "Roll back…" }).click();
    await page.getByLabel("Go back to revision").selectOption("1");
    const back = page.getByRole("button", { name: `Roll web in ${slug} back to revision 1` });
    await back.waitFor();
    await accessible(page);
    await page.getByLabel("Reason (optional)").fill("The first title was better");
    await back.click();
    await ended(page, "succeeded");
    await expect(facts(page)).toContainText("the release is deployed, revision 5");
    await page.getByRole("link", { name: "what it changed" }).click();
    await page.waitForURL(release);
    await expect(facts(page)).toContainText("web 1.3.2");
    await expect(timeline.first()).toContainText("Rolled back to 1");
  });

  await test.step("uninstall, and see the history remain", async () => {
    await page.getByRole("link", { name: "Uninstall…" }).click();
    const uninstall = page.getByRole("button", { name: `Uninstall web from ${slug}` });
    await uninstall.waitFor();
    await accessible(page);
    await page.getByLabel("Reason").fill("The tenant has left");
    await page.getByLabel("To confirm, type web").fill("web");
    await uninstall.click();
    await ended(page, "succeeded");
    await expect(facts(page)).toContainText("the release is uninstalled");
    await page.getByRole("navigation", { name: "Where you are" }).getByRole("link", { name: `web in ${slug}` }).click();
    await page.waitForURL(release);
    await expect(facts(page).locator(".state").first()).toHaveText("uninstalled");
    await expect(page.getByRole("button", { name: "Upgrade…" })).toBeDisabled();
    expect(await timeline.count()).toBeGreaterThanOrEqual(5);
    await expect(timeline.filter({ hasText: "“The first one”" })).toHaveCount(1);
    await expect(page.locator(".operations")).toContainText("“The tenant has left”");
    await accessible(page);
  });
});
