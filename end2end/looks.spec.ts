// How the pages look and feel: light, dark and on a narrow screen, each looked at by axe with its contrast; nothing
// wider than a narrow screen; the keyboard. Compares no pictures.

import type { Page } from "@playwright/test";

import { expect, faults, hydrated, open, signedIn, type Tenant, test as plain } from "./fixtures.ts";
import { until } from "./support/server.ts";
import { dropNamespace, leaveReleases, makeNamespace, unique } from "./support/surroundings.ts";

/** A tenant with one release that is well, one that is broken, and a batch that has stopped at a failure, made once for all of these. */
interface Furnished extends Tenant {
  well: string;
  broken: string;
  batch: string;
}

const test = plain.extend<{}, { furnished: Furnished }>({
  furnished: [
    async ({ server }, use) => {
      const slug = unique("t");
      const namespace = await makeNamespace(slug);
      const { id: well, releaseId } = await server.install(slug, "web", "1.3.2", { replicaCount: 1 });
      await server.upgrade(releaseId, "1.4.1", { replicaCount: 1, site: { title: "Shop", logLevel: "debug" } });
      const { id: broken } = await server.install(slug, "broken-with-a-rather-long-name", "1.4.0", {}, { timeout: 2 });
      const names = ["shop", "shop-with-a-rather-long-name", "shop-two"];
      const shops = await Promise.all(names.map((name) => server.install(slug, name, "1.3.2", { replicaCount: 1 })));
      const { id: batch } = await server.api("POST", "/batches", {
        aim: { kind: "upgrade", chart: "web", version: "1.4.0" },
        selection: { releases: shops.map((shop) => shop.releaseId) },
        strategy: { order: "canary", percent: 30, soak: 0, rollback: "target" },
        timeout: 4,
        start: true,
      });
      await until("the canary has failed and is back", async () => {
        const { counts } = await server.api("GET", `/batches/${batch}`);
        return counts.rolledBack === 1 && counts.running === 0;
      });
      await use({ slug, namespace, well, broken, batch });
      await dropNamespace(namespace);
    },
    { scope: "worker", timeout: 180_000 },
  ],
});

const PAGES: [string, (at: Furnished) => string][] = [
  ["fleet", () => "/"],
  ["tenants", () => "/tenants"],
  ["tenant", ({ slug }) => `/tenants/${slug}`],
  ["releases", () => "/releases"],
  ["release", ({ slug, namespace }) => `/tenants/${slug}/releases/${namespace}/web?from=1&to=2`],
  ["broken release", ({ slug, namespace }) => `/tenants/${slug}/releases/${namespace}/broken-with-a-rather-long-name`],
  ["install", ({ slug }) => `/tenants/${slug}/install?chart=demo%2Fweb&version=1.4.1`],
  ["upgrade", ({ slug, namespace }) => `/tenants/${slug}/releases/${namespace}/web/upgrade`],
  ["rollback", ({ slug, namespace }) => `/tenants/${slug}/releases/${namespace}/web/rollback`],
  ["uninstall", ({ slug, namespace }) => `/tenants/${slug}/releases/${namespace}/web/uninstall`],
  ["operations", () => "/operations"],
  ["operation", ({ well }) => `/operations/${well}`],
  ["failed operation", ({ broken }) => `/operations/${broken}`],
  ["batches", () => "/batches"],
  ["batch", ({ batch }) => `/batches/${batch}`],
  ["new batch", () => "/batches/new?chart=web&below=1.4.1"],
  ["charts", () => "/charts"],
  ["chart", () => "/charts/demo/web/1.4.1?from=1.3.2"],
  ["chart sources", () => "/settings/sources"],
  ["webhooks", () => "/settings/webhooks"],
];

/** Looks at every page, and at the sign-in without a session. */
async function everyPage(page: Page, furnished: Furnished, look: (name: string) => Promise<void>): Promise<void> {
  await open(page, "/sign-in");
  await look("sign-in");
  await signedIn(page);
  for (const [name, path] of PAGES) {
    await open(page, path(furnished));
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    await look(name);
  }
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test(`every page can be read in ${colorScheme} colours`, async ({ page, furnished }) => {
      await everyPage(page, furnished, async (name) => expect.soft(await faults(page), name).toEqual([]));
    });
  });
}

test("the switch chooses the colours, and the choice is kept", async ({ page }) => {
  await signedIn(page);
  await open(page, "/");
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await colour();
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true");
  expect(await colour()).not.toBe(light);
  await page.reload();
  await hydrated(page);
  await expect(page.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true");
  expect(await colour()).not.toBe(light);
});

test.describe("narrow", () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test("no page is wider than a narrow screen", async ({ page, furnished }) => {
    await everyPage(page, furnished, async (name) => {
      const wider = await page.evaluate(() => {
        const root = document.documentElement;
        if (root.scrollWidth <= root.clientWidth) return [];
        // The elements that stick out, for whoever mends it.
        return [...document.querySelectorAll("body *")]
          .filter((one) => one.getBoundingClientRect().right > root.clientWidth)
          .slice(0, 5)
          .map((one) => `${one.tagName.toLowerCase()}.${one.getAttribute("class") ?? ""} to ${Math.round(one.getBoundingClientRect().right)}`);
      });
      expect.soft(wider, name).toEqual([]);
      expect.soft(await faults(page), name).toEqual([]);
    });
  });
});

test("a slash begins a search, a question mark lists the keys, Escape closes and gives the focus back", async ({ page }) => {
  await signedIn(page);
  await open(page, "/tenants");
  const search = page.getByRole("searchbox");
  await page.keyboard.press("/");
  await expect(search).toBeFocused();
  // The key that went there is not typed there.
  await expect(search).toHaveValue("");
  // In a field, keys mean letters.
  await page.keyboard.type("?");
  await expect(page.getByRole("dialog")).toBeHidden();

  const link = page.getByRole("link", { name: "Operations", exact: true });
  await link.focus();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(link).toBeFocused();

  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await expect(page).toHaveURL(/\/releases$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Releases");
});

test("what somebody types into a search stays, with the focus, while the page learns of changes", async ({ page, tenant }) => {
  await signedIn(page);
  const left = { chart: "web", version: "1.3.2", status: "deployed" as const };
  await leaveReleases(tenant.namespace, [{ ...left, name: "one" }]);
  await open(page, `/tenants/${tenant.slug}`);
  const rows = page.locator(".release-table tbody tr");
  await expect(rows).toHaveCount(1);
  await page.keyboard.press("/");
  await page.keyboard.type("on");
  await leaveReleases(tenant.namespace, [{ ...left, name: "two" }]);
  await expect(rows).toHaveCount(2);
  await expect(page.getByRole("searchbox")).toBeFocused({ timeout: 1_000 });
  await page.keyboard.type("e");
  await expect(page.getByRole("searchbox")).toHaveValue("one", { timeout: 1_000 });
});
