// Drift: something is changed beside Helm, a check finds it, and the page says what, where and by whom; without scripts,
// too.

import { expect, faults, hydrated, open, signedIn, test } from "./fixtures.ts";
import { kubectl } from "./support/surroundings.ts";

test("what was changed with kubectl is found by a check and shown", async ({ page, tenant, server }) => {
  const { slug, namespace } = tenant;
  expect((await server.install(slug, "web", "1.4.1", { replicaCount: 1 })).status).toBe("succeeded");
  await signedIn(page);
  await open(page, `/tenants/${slug}/releases/${namespace}/web`);
  await page.getByRole("link", { name: "Drift from its manifest" }).click();
  await page.waitForURL(/\/drift$/);
  await expect(page.locator(".empty")).toContainText("It has not been looked yet");
  expect(await faults(page), "axe before the first check").toEqual([]);

  await kubectl(["patch", "configmap", "web", "-n", namespace, "--type=merge", "-p", '{"data":{"LOG_LEVEL":"debug"}}']);
  await page.getByRole("button", { name: "Check now" }).click();
  const map = page.locator("details.object", { hasText: "ConfigMap web" }).first();
  await expect(map).toContainText("/data/LOG_LEVEL");
  await expect(map).toContainText("kubectl-patch");
  await expect(map.locator(".diff ins, .diff del").first()).toBeVisible();
  await hydrated(page);
  expect(await faults(page), "axe on what was found").toEqual([]);

  await open(page, "/releases?drifted=1");
  const row = page.locator(".release-table tr", { hasText: namespace });
  await row.getByRole("link", { name: "drifted" }).click();
  await page.waitForURL(/\/drift$/);

  await kubectl(["patch", "configmap", "web", "-n", namespace, "--type=merge", "-p", '{"data":{"LOG_LEVEL":"info"}}']);
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.locator(".empty")).toContainText("What runs says what the manifest says");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("a check is started and its result is shown", async ({ page, tenant, server }) => {
    const { slug, namespace } = tenant;
    expect((await server.install(slug, "web", "1.4.1", { replicaCount: 1 })).status).toBe("succeeded");
    await signedIn(page);
    await page.goto(`/tenants/${slug}/releases/${namespace}/web/drift`);
    await page.getByRole("button", { name: "Check now" }).click();
    await expect(page.locator(".empty")).toContainText("What runs says what the manifest says");
  });
});
