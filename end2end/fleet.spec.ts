// Who runs what: the matrix on the fleet page, from a version that is behind to its release; on a narrow screen, and while
// the page learns of changes. And a tenant's maintenance windows.

import { expect, faults, hydrated, open, signedIn, test } from "./fixtures.ts";
import { kubectl, leaveReleases } from "./support/surroundings.ts";

test("the matrix leads from who is behind to the release, by filter, group and keyboard", async ({ page, tenant }) => {
  const { slug, namespace } = tenant;
  const ring = `r${slug.slice(-8)}`;
  await kubectl(["label", "namespace", namespace, `tenant.pilothouse.dev/ring=${ring}`]);
  await leaveReleases(namespace, [
    { name: "web", chart: "web", version: "1.3.2", status: "deployed" },
    { name: "web-blue", chart: "web", version: "1.4.1", status: "failed" },
    { name: "own", chart: `own-${slug}`, version: "1.0.0", status: "deployed" },
  ]);
  await signedIn(page);
  await open(page, "/");
  const matrix = page.getByRole("region", { name: "Who runs what" });
  const row = matrix.locator("tbody tr", { has: page.getByRole("rowheader", { name: slug }) });

  await page.getByRole("searchbox").fill(slug);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(new RegExp(`\\?q=${slug}`));
  await expect(matrix.locator("tbody tr")).toHaveCount(1);
  // Two releases of a chart stand in one cell, each with its state and how far it is behind in words.
  await expect(row.getByRole("link", { name: /^web 1\.3\.2\s*, deployed, a minor version behind$/ })).toBeVisible();
  await expect(row.getByRole("link", { name: /web-blue 1\.4\.1\s*, failed/ })).toBeVisible();
  await expect(row.locator("td.lag-2")).toHaveCount(1);
  expect(await faults(page)).toEqual([]);

  await page.locator("select[name=group]").selectOption("ring");
  await expect(page).toHaveURL(/group=ring/);
  await expect(matrix.locator("tr.group")).toContainText(`ring ${ring}`);
  await expect(matrix.locator("thead a", { hasText: "behind" }).first()).toHaveAttribute("href", /^\/batches\/new\?chart=web&below=/);

  // What comes meanwhile appears, and what is typed stays.
  await page.getByRole("searchbox").fill(`${slug}x`);
  await leaveReleases(namespace, [{ name: "late", chart: "web", version: "1.4.1", status: "deployed" }]);
  await expect(row.getByRole("link", { name: /late 1\.4\.1/ })).toBeVisible();
  await expect(page.getByRole("searchbox")).toHaveValue(`${slug}x`);

  await row.getByRole("link", { name: /web-blue/ }).click();
  await expect(page).toHaveURL(new RegExp(`/tenants/${slug}/releases/${namespace}/web-blue$`));
});

test.describe("on a narrow screen", () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test("the matrix scrolls inside of itself, with tenant and chart in sight", async ({ page, tenant }) => {
    const { slug, namespace } = tenant;
    const charts = Array.from({ length: 8 }, (_, n) => ({ name: `r${n}`, chart: `wide-${n}-${slug}`, version: "1.0.0", status: "deployed" as const }));
    await leaveReleases(namespace, charts);
    await signedIn(page);
    await open(page, `/?q=${slug}`);
    const matrix = page.getByRole("region", { name: "Who runs what" });
    await expect(matrix.getByRole("link", { name: /1\.0\.0/ }).first()).toBeAttached();
    const last = matrix.getByRole("columnheader").last();
    await last.scrollIntoViewIfNeeded();
    await expect(matrix.getByRole("rowheader", { name: slug })).toBeInViewport();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
    expect(await faults(page)).toEqual([]);
  });
});

test("a tenant's maintenance windows are written a line each, and its page says whether one is open", async ({ page, tenant, watch }) => {
  const { slug } = tenant;
  await signedIn(page);
  await open(page, `/tenants/${slug}`);
  await expect(page.getByText("None: batches may change this tenant at any time.")).toBeVisible();
  await page.getByRole("link", { name: "Edit…" }).click();
  await page.waitForURL(/\/edit$/);
  await hydrated(page);
  const windows = page.getByLabel("Maintenance windows (optional)");

  watch.forgive(/422/);
  await windows.fill("0 0 30 2 *  60  Europe/Berlin");
  await page.getByRole("button", { name: `Change ${slug}` }).click();
  await expect(page.locator(".problem").first()).toContainText("never opens");
  await hydrated(page);
  await expect(windows).toHaveValue("0 0 30 2 *  60  Europe/Berlin");
  expect(await faults(page)).toEqual([]);

  // Open for one minute in four years.
  await windows.fill("0 0 29 2 *  1  Europe/Berlin");
  await page.getByRole("button", { name: `Change ${slug}` }).click();
  await page.waitForURL(new RegExp(`/tenants/${slug}$`));
  await hydrated(page);
  await expect(page.locator(".windows")).toContainText(/closed opens in \d+ days/);
  expect(await faults(page)).toEqual([]);
});
