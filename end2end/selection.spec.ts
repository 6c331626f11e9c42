// Releases ticked in the table, by keyboard, without scripts and on a narrow screen; what they lead to, saved and chosen again.

import { expect, faults, hydrated, open, signIn, signedIn, test } from "./fixtures.ts";
import { until } from "./support/server.ts";
import { leaveReleases } from "./support/surroundings.ts";

const left = (...names: string[]) => names.map((name) => ({ name, chart: "web", version: "1.3.2", status: "deployed" as const }));

test("two releases are ticked by keyboard, listed for a batch, saved under a name, and chosen again by it", async ({ page, tenant, server }) => {
  const { slug, namespace } = tenant;
  await leaveReleases(namespace, left("web-b", "web-d", "web-f"));
  await until("the server knows all of them", async () => (await server.releases(slug)).length === 3);
  await signedIn(page);
  await open(page, `/tenants/${slug}`);
  const box = (name: string) => page.getByRole("checkbox", { name: `Select ${name} of ${slug}`, exact: true });
  const said = page.locator(".ticks-bar").getByRole("status");
  const rows = page.locator(".release-table tbody tr");

  await box("web-b").focus();
  await page.keyboard.press("Space");
  await expect(said).toHaveText("1 selected");
  // Arrows go from box to box.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(box("web-f")).toBeFocused();
  await page.keyboard.press("Space");
  await expect(said).toHaveText("2 selected");
  expect(await faults(page), "axe on a table with ticks").toEqual([]);

  // A tick belongs to its release, wherever its row goes, and whichever rows are in sight.
  await leaveReleases(namespace, left("web-a"));
  await expect(rows).toHaveCount(4);
  await expect(box("web-a")).not.toBeChecked();
  await expect(box("web-b")).toBeChecked();
  await expect(box("web-d")).not.toBeChecked();
  await expect(box("web-f")).toBeChecked();
  await page.getByRole("searchbox").fill("web-a");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(rows).toHaveCount(1);
  await expect(said).toHaveText("2 selected");
  const all = page.getByRole("checkbox", { name: "All on this page" });
  await all.check();
  await expect(said).toHaveText("3 selected");
  await all.uncheck();
  await expect(said).toHaveText("2 selected");

  await page.getByRole("button", { name: "Batch…" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/batches\/new\?release=[^&]+&release=[^&]+$/);
  const ticked = page.getByRole("group", { name: "2 ticked releases" });
  await expect(ticked).toContainText("web-b");
  await expect(ticked).toContainText("web-f");
  await expect(page.getByRole("heading", { name: "2 releases" })).toBeVisible();
  // Of one chart, so that its versions are offered; it is not chosen by that, and would not stay if the ticks went.
  await expect(page.locator("#offered option").first()).toBeAttached();
  await expect(page.locator("select[name=chart]")).toHaveValue("");
  expect(await faults(page), "axe on a batch over ticked releases").toEqual([]);

  await page.locator("summary", { hasText: "Save this selection…" }).click();
  await page.getByLabel("Save it as").fill(`pair of ${slug}`);
  expect(await faults(page), "axe on the form that saves").toEqual([]);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL(/saved=/);
  await expect(page.locator(".saved-rule")).toContainText("looked up anew each time");

  await open(page, "/batches/new");
  await page.locator("select[name=saved]").selectOption({ label: `pair of ${slug}` });
  await expect(page).toHaveURL(/saved=/);
  await expect(page.getByRole("heading", { name: "2 releases" })).toBeVisible();
  await expect(page.locator(".saved-rule")).toContainText("2 named releases");
  await expect(page.getByLabel("on tenants labelled")).toHaveCount(0);
  expect(await faults(page), "axe on a saved selection").toEqual([]);

  await page.locator("summary", { hasText: "Remove…" }).click();
  await page.getByLabel("Why it goes (optional)").fill("it was a test");
  await page.getByRole("button", { name: `Remove pair of ${slug}` }).click();
  await page.waitForURL((url) => url.pathname === "/batches/new" && !url.search.includes("saved="));
  await hydrated(page);
  await expect(page.locator(".saved-rule")).toHaveCount(0);
  await expect(page.locator("select[name=saved] option", { hasText: `pair of ${slug}` })).toHaveCount(0);
});

test("who is newer is left out unless ticked, who is there stands apart, and a form that nobody touches is empty", async ({ page, tenant, server }) => {
  const { slug, namespace } = tenant;
  const chart = `own-${slug}`;
  await leaveReleases(namespace, [
    { name: "behind", chart, version: "1.3.2", status: "deployed" },
    { name: "early", chart, version: "1.4.0-rc.1", status: "deployed" },
    { name: "failed", chart, version: "1.4.0", status: "failed" },
    { name: "newer", chart, version: "1.5.0", status: "deployed" },
    { name: "there", chart, version: "1.4.0", status: "deployed" },
  ]);
  await until("the server knows all of them", async () => (await server.releases(slug)).length === 5);
  await signedIn(page);
  await open(page, `/batches/new?kind=upgrade&chart=${chart}&to=1.4.0`);
  const lists = page.locator(".who-list");
  await expect(page.getByRole("heading", { name: "3 releases" })).toBeVisible();
  await expect(lists.nth(0).locator("li")).toHaveText([/behind 1\.3\.2/, /early 1\.4\.0-rc\.1/, /failed 1\.4\.0/]);
  await expect(page.getByRole("heading", { name: "1 left out" })).toBeVisible();
  await expect(lists.nth(1)).toContainText("It is at 1.5.0, which is newer. Tick it, or select it by a constraint, to go back.");
  await expect(page.getByRole("heading", { name: "1 there already, and left out" })).toBeVisible();
  await expect(lists.nth(2)).toContainText("there 1.4.0");
  for (const label of ["Canary, in percent", "At a time, when rolling", "At once", "Pause between waves", "Watch each for", "Too many are"]) {
    await expect(page.getByLabel(label)).toHaveValue("");
  }
  await expect(page.getByText("a percentage such as 10% of the releases in the waves begun so far")).toBeVisible();
  await hydrated(page);
  expect(await faults(page), "axe on who is left out").toEqual([]);

  // An early version is below 1.4.0 only where the constraint says so.
  await page.getByLabel("where it runs").fill("<1.4.0");
  await page.getByRole("button", { name: "Show who that is" }).click();
  await expect(page.getByRole("heading", { name: "1 release", exact: true })).toBeVisible();
  await page.getByLabel("where it runs").fill("<1.4.0 >=0-0");
  await page.getByRole("button", { name: "Show who that is" }).click();
  await expect(page.getByRole("heading", { name: "2 releases" })).toBeVisible();

  const newer = (await server.releases(slug)).find((release) => release.releaseName === "newer");
  await open(page, `/batches/new?kind=upgrade&to=1.4.0&release=${newer?.id}`);
  await expect(page.getByRole("heading", { name: "1 release", exact: true })).toBeVisible();
  await expect(page.getByText("which is newer")).toHaveCount(0);
});

test("what is unticked on the page that makes a batch is no part of it", async ({ page, tenant, server }) => {
  const { slug, namespace } = tenant;
  await leaveReleases(namespace, left("web-a", "web-b", "web-c"));
  await until("the server knows all of them", async () => (await server.releases(slug)).length === 3);
  await signedIn(page);
  await open(page, `/tenants/${slug}`);
  await page.getByRole("checkbox", { name: "All on this page" }).check();
  await page.getByRole("button", { name: "Batch…" }).click();
  await page.getByRole("group", { name: "3 ticked releases" }).getByRole("checkbox", { name: "web-b" }).click();
  const ticked = page.getByRole("group", { name: "2 ticked releases" });
  await expect(ticked.getByRole("checkbox", { name: "web-a" })).toBeChecked();
  await expect(ticked.getByRole("checkbox", { name: "web-c" })).toBeChecked();
  await expect(page.getByRole("heading", { name: "2 releases" })).toBeVisible();
  // Without any there is nothing left, and above all not everything.
  await ticked.getByRole("checkbox", { name: "web-a" }).click();
  await page.getByRole("group", { name: "1 ticked release" }).getByRole("checkbox", { name: "web-c" }).click();
  await expect(page.getByText("Choose a chart, a label, a state or a saved selection.")).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "1 release" })).toBeVisible();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("ticks are a plain form", async ({ page, tenant, server }) => {
    const { slug, namespace } = tenant;
    await leaveReleases(namespace, left("web-a", "web-b"));
    await until("the server knows both", async () => (await server.releases(slug)).length === 2);
    await signIn(page);
    await page.goto(`/tenants/${slug}`);
    await page.getByRole("checkbox", { name: `Select web-b of ${slug}` }).check();
    await page.getByRole("button", { name: "Batch…" }).click();
    await expect(page.getByRole("group", { name: "1 ticked release" })).toContainText("web-b");
    await expect(page.getByRole("heading", { name: "1 release" })).toBeVisible();
  });
});

test.describe("on a narrow screen", () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test("releases are ticked by finger", async ({ page, tenant, server }) => {
    const { slug, namespace } = tenant;
    await leaveReleases(namespace, left("web-a", "web-b"));
    await until("the server knows both", async () => (await server.releases(slug)).length === 2);
    await signedIn(page);
    await open(page, `/releases?q=${slug}`);
    const cell = page.locator(".ticks-cell label").first();
    const { width, height } = (await cell.boundingBox()) ?? { width: 0, height: 0 };
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(24);
    await cell.click();
    await expect(page.locator(".ticks-bar").getByRole("status")).toHaveText("1 selected");
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
    expect(await faults(page)).toEqual([]);
  });
});
