// A batch from the matrix to its end: who is behind, what each of them gets, a canary that fails and goes back, tried again.

import { expect, faults, hydrated, open, signedIn, test } from "./fixtures.ts";
import { kubectl } from "./support/surroundings.ts";

test("from the matrix through a canary that fails and goes back to every release upgraded", async ({ page, tenant, server }) => {
  test.setTimeout(240_000);
  const { slug, namespace } = tenant;
  const ring = `b${slug.slice(-8)}`;
  await kubectl(["label", "namespace", namespace, `tenant.pilothouse.dev/ring=${ring}`]);
  for (const name of ["web", "web-blue", "web-green"]) {
    expect((await server.install(slug, name, "1.3.2", {})).status).toBe("succeeded");
  }
  await signedIn(page);
  await open(page, `/?q=${slug}`);
  const matrix = page.getByRole("region", { name: "Who runs what" });
  await matrix.locator("thead a", { hasText: "behind" }).first().click();
  await page.waitForURL(/\/batches\/new\?chart=web&below=/);
  await expect(page.getByRole("heading", { name: "New batch" })).toBeVisible();
  await page.getByLabel("on tenants labelled").fill(`ring=${ring}`);
  await page.getByLabel("to version").fill("1.4.0");
  await page.getByLabel("where it runs").fill("<1.4.0");
  await page.getByRole("button", { name: "Show who that is" }).click();
  await expect(page.getByRole("heading", { name: "3 releases" })).toBeVisible();
  await hydrated(page);
  expect(await faults(page), "axe on the page that makes a batch").toEqual([]);

  await page.getByLabel("Canary, in percent").fill("30");
  await page.getByLabel("Too many are").fill("1");
  await page.getByLabel("Watch each for").fill("0");
  await page.getByLabel("Timeout in seconds").fill("4");
  await page.getByLabel("Goes back by itself").selectOption("wave");
  await page.getByLabel("Reason (optional)").fill("a security fix");
  await page.getByRole("button", { name: "Render what each of them gets" }).click();
  await page.waitForURL(/\/batches\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("link", { name: /get exactly this|gets exactly this/ })).toBeVisible({ timeout: 60_000 });
  const start = page.getByRole("button", { name: "Start: change 3 releases" });
  await expect(start).toBeVisible();
  expect(await faults(page), "axe on the board").toEqual([]);
  await start.click();

  // 1.4.0 never becomes ready: the canary fails, goes back, and the others are left alone.
  await expect(page.locator(".page-head .state")).toContainText("paused", { timeout: 60_000 });
  await expect(page.locator(".wave").first().locator(".cell.warn")).toHaveCount(1, { timeout: 60_000 });
  await expect(page.locator(".batch-progress")).toContainText("2 waiting");
  await expect(page.locator(".failed")).toContainText(slug);
  expect(await faults(page), "axe on a board with a failure").toEqual([]);
  const releases = await server.releases(slug);
  expect(releases.map((release) => release.chartVersion)).toEqual(["1.3.2", "1.3.2", "1.3.2"]);

  // The fleet page says so, too.
  await open(page, "/");
  const strip = page.locator("section", { has: page.getByRole("heading", { name: "Batches under way" }) });
  await expect(strip.locator("li", { hasText: "web to 1.4.0" }).first()).toContainText(/paused.*wave 1 of 2.*0 of 3 done, 1 failed/s);
  expect(await faults(page), "axe on the fleet page with a batch under way").toEqual([]);

  // Another version for all of them, one after another.
  await open(page, `/batches/new?chart=web&below=1.4.1&labels=ring%3D${ring}`);
  await page.getByLabel("Order", { exact: true }).selectOption("sequential");
  await page.getByLabel("Too many are").fill("never");
  await page.getByRole("button", { name: "Render what each of them gets" }).click();
  await page.waitForURL(/\/batches\/[0-9a-f-]{36}$/);
  await page.getByRole("button", { name: "Start: change 3 releases" }).click({ timeout: 60_000 });
  await expect(page.locator(".page-head .state")).toContainText("finished", { timeout: 120_000 });
  await expect(page.locator(".batch-progress")).toContainText("3 done");
  await open(page, "/batches");
  await expect(page.locator(".batches").first()).toContainText("web to 1.4.1");
  expect(await faults(page), "axe on the list").toEqual([]);
});
