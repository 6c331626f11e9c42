// What runs right now: from an upgrade that does not come up to the reason why, and what a chart's page and the chart
// sources tell before.

import { expect, faults, hydrated, open, signedIn, test } from "./fixtures.ts";
import { shelve } from "./support/shelf.ts";
import { unique } from "./support/surroundings.ts";

test("a failing upgrade leads to its pod's event in three clicks", async ({ page, tenant, server }) => {
  test.setTimeout(180_000);
  const { slug, namespace } = tenant;
  expect((await server.install(slug, "web", "1.3.2", {})).status).toBe("succeeded");
  const id = (await server.releases(slug))[0]?.id;
  const failed = await server.api("POST", `/helm/releases/${id}/upgrade`, { chartVersion: "1.4.0", timeout: 3 });
  expect((await server.settled(failed)).status).toBe("failed");
  await signedIn(page);

  await open(page, `/tenants/${slug}/releases/${namespace}/web`);
  await page.getByRole("link", { name: "Resources, pods and events" }).click();
  await page.waitForURL(/\/resources$/);
  await expect(page.locator(".resource-tree")).toContainText("Deployment/web");
  expect(await faults(page), "axe on the resources").toEqual([]);
  // The line says already that it cannot be scheduled; the pod's page says why.
  const stuck = page.locator(".resource-tree li", { hasText: "Pod/" }).filter({ hasText: "cannot be scheduled" });
  await stuck.getByRole("link").first().click();
  await page.waitForURL(/\/pods\//);
  await expect(page.locator(".happenings")).toContainText("FailedScheduling");
  expect(await faults(page), "axe on the pod").toEqual([]);
});

test("a chart source is added, tested, looked into and removed", async ({ page, watch }) => {
  const shelf = await shelve("shelved", "replicas: 1\n", { type: "object" });
  const name = unique("s");
  await signedIn(page);
  try {
    // Nobody answers there: nothing is added, and what was typed stays.
    watch.forgive(/422|502/);
    await open(page, "/settings/sources");
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Address").fill("http://127.0.0.1:9/");
    await page.getByRole("button", { name: "Add the chart source" }).click();
    await expect(page.locator(".problem").first()).toBeVisible();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue(name);
    await expect(page.locator(".sources-table")).not.toContainText(name);

    await page.getByLabel("Address").fill(shelf.url);
    await page.getByRole("button", { name: "Add the chart source" }).click();
    await expect(page.getByRole("status")).toContainText(`${name} is added`);
    await hydrated(page);
    expect(await faults(page), "axe on the chart sources").toEqual([]);

    await open(page, `/charts/${name}/shelved`);
    await page.getByRole("link", { name: "Default values" }).click();
    await expect(page.locator(".chart-text")).toContainText("replicas: 1");

    await open(page, "/settings/sources");
    await page.getByRole("button", { name: `Refresh ${name}` }).click();
    await expect(page.getByRole("status")).toContainText("was asked anew");
    await page.getByRole("button", { name: `Remove ${name}` }).click();
    await expect(page.getByRole("status")).toContainText(`${name} is removed`);
    await expect(page.locator(".sources-table")).not.toContainText(name);
  } finally {
    await shelf.stop();
  }
});

test("the versions of a chart are looked for by a constraint and compared", async ({ page }) => {
  await signedIn(page);
  await open(page, "/charts/demo/web");
  await page.getByRole("searchbox", { name: "Look for versions" }).fill("~1.3.0");
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await page.waitForURL(/search=/);
  const versions = page.locator(".versions-table");
  await expect(versions).toContainText("1.3.2");
  // The one that is looked at stays in the list.
  await expect(versions).not.toContainText("1.4.0");
  await open(page, "/charts/demo/web/1.4.1?from=1.3.2");
  await expect(page.locator(".version-path .steps")).toContainText("1.4.1");
  expect(await faults(page), "axe on a chart").toEqual([]);
});
