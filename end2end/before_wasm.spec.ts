// Pages before any wasm runs, and where it never does: links, filters, paging and forms are plain requests. With the
// scripts on again, what somebody typed into a refused form stays text.

import { expect, facts, hydrated, open, signIn, signedIn, test, values, writeValues } from "./fixtures.ts";
import { until } from "./support/server.ts";
import { leaveReleases } from "./support/surroundings.ts";

const HOSTILE = "site:\n  title: '</textarea><script>window.__xss=1</script>'\n  broken: [1, 2\n";

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("a tenant's table is filtered, sorted and paged by links and a form", async ({ page, tenant, server }) => {
    const numbered = (count: number, name: string) => Array.from({ length: count }, (_, at) => `${name}-${String(at + 1).padStart(2, "0")}`);
    await leaveReleases(tenant.namespace, [
      ...numbered(52, "shop").map((name) => ({ name, chart: "web", version: "1.3.2", status: "deployed" as const })),
      ...numbered(3, "store").map((name) => ({ name, chart: "cache", version: "7.1.0", status: "failed" as const })),
    ]);
    await until("the server knows all of them", async () => (await server.releases(tenant.slug)).length === 55);
    const rows = page.locator(".release-table tbody tr");
    const first = rows.first().locator(".name");

    await signIn(page);
    await page.goto(`/tenants/${tenant.slug}`);
    await expect(rows).toHaveCount(50);
    await expect(first).toContainText("shop-01");

    await page.getByRole("link", { name: "Next" }).click();
    await expect(page).toHaveURL(/page=2/);
    await expect(rows).toHaveCount(5);
    await page.getByRole("link", { name: "Previous" }).click();
    await expect(rows).toHaveCount(50);

    await page.getByRole("columnheader", { name: "Release" }).getByRole("link").click();
    await expect(page.getByRole("columnheader", { name: "Release" })).toHaveAttribute("aria-sort", "descending");
    await expect(first).toContainText("store-03");

    await page.getByRole("combobox", { name: "Any state" }).selectOption("failed");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/state=failed/);
    await expect(rows).toHaveCount(3);
    await expect(first).toContainText("store-03");
    await expect(page.getByRole("columnheader", { name: "Release" })).toHaveAttribute("aria-sort", "descending");

    await page.getByRole("searchbox").fill("shop-5");
    await page.getByRole("combobox", { name: "Any state" }).selectOption("");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(rows).toHaveCount(3);
    await page.getByRole("link", { name: "Clear" }).click();
    await expect(rows).toHaveCount(50);
  });

  test("a release is installed with a form", async ({ page, tenant }) => {
    await signIn(page);
    await page.goto(`/tenants/${tenant.slug}`);
    await page.getByRole("link", { name: "Install…" }).click();
    await page.locator("select[name=chart]").selectOption("demo/web");
    await page.getByRole("button", { name: "Choose" }).click();
    await page.locator("select[name=version]").selectOption("1.3.2");
    await page.getByRole("button", { name: "Look at it" }).click();
    await page.getByLabel("Values override").fill("replicaCount: 1\n");
    await page.getByRole("button", { name: `Install web 1.3.2 in ${tenant.slug}` }).click();
    await page.waitForURL(/\/operations\/[^/]+$/);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Install of web in ${tenant.slug}`);
    await expect(async () => {
      await page.reload();
      await expect(facts(page).locator(".state").first()).toHaveText("succeeded", { timeout: 100 });
    }).toPass({ timeout: 60_000 });
    await page.getByRole("link", { name: "look at it" }).click();
    await expect(facts(page).locator(".state").first()).toHaveText("deployed");
  });

  test("a refused form says why and keeps everything that was typed", async ({ page, tenant, watch }) => {
    await signIn(page);
    await page.goto(`/tenants/${tenant.slug}/install?chart=demo%2Fweb&version=1.3.2`);
    await page.getByLabel("Name of the release").fill("my-shop");
    await page.getByLabel("Values override").fill(HOSTILE);
    await page.getByLabel("Undo on failure").uncheck();
    await page.getByLabel("Wait for jobs").check();
    await page.getByLabel("Timeout in seconds").fill("77");
    await page.getByLabel("Reason (optional)").fill("Because <b>& \"so\"</b>");
    watch.forgive(/status of 4\d\d/);
    await page.getByRole("button", { name: `Install web 1.3.2 in ${tenant.slug}` }).click();

    await expect(page.getByRole("alert")).toContainText("The values override is not YAML that can be read");
    await expect(page.getByLabel("Name of the release")).toHaveValue("my-shop");
    await expect(page.getByLabel("Values override")).toHaveValue(HOSTILE);
    await expect(page.getByLabel("Undo on failure")).not.toBeChecked();
    await expect(page.getByLabel("Wait for jobs")).toBeChecked();
    await expect(page.getByLabel("Timeout in seconds")).toHaveValue("77");
    await expect(page.getByLabel("Reason (optional)")).toHaveValue("Because <b>& \"so\"</b>");
    // Neither in the head, nor in the body, nor behind it.
    await expect(page.locator("script", { hasText: /^window\.__xss/ })).toHaveCount(0);
    await expect(page.locator("select[name=version]")).toHaveValue("1.3.2");

    // The same page again, put right, goes through.
    await page.getByLabel("Values override").fill("replicaCount: 1\n");
    await page.getByLabel("Timeout in seconds").fill("60");
    await page.getByRole("button", { name: `Install web 1.3.2 in ${tenant.slug}` }).click();
    await page.waitForURL(/\/operations\/[^/]+$/);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Install of my-shop in ${tenant.slug}`);
  });
});

test("what was typed into a refused form stays text where scripts run", async ({ page, tenant, watch }) => {
  await signedIn(page);
  await open(page, `/tenants/${tenant.slug}/install?chart=demo%2Fweb&version=1.3.2`);
  await writeValues(page, HOSTILE);
  watch.forgive(/status of 4\d\d/);
  await page.getByRole("button", { name: `Install web 1.3.2 in ${tenant.slug}` }).click();
  await expect(page.getByRole("alert")).toContainText("The values override is not YAML that can be read");
  await hydrated(page);
  await expect(values(page).sent).toHaveValue(HOSTILE);
  expect(await page.evaluate(() => "__xss" in window)).toBe(false);
});
