// Looking before leaping: a preview, somebody else's change in between, another preview, and the change itself; and previews that
// are a batch's to do.

import type { Page } from "@playwright/test";

import { expect, facts, faults, hydrated, open, signedIn, test, writeValues } from "./fixtures.ts";
import { type Server, until } from "./support/server.ts";
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

test("an upgrade to an older version of the chart says that it goes back", async ({ page, tenant, server }) => {
  const { slug, namespace } = tenant;
  expect((await server.install(slug, "web", "1.3.2", { replicaCount: 1 })).status).toBe("succeeded");
  await signedIn(page);
  await open(page, `/tenants/${slug}/releases/${namespace}/web/upgrade?version=1.2.0`);
  await page.getByRole("button", { name: "Preview what changes" }).click();
  await page.waitForURL(/\/previews\/[^/?]+$/);
  const warning = page.locator(".risks > li", { hasText: "goes back from 1.3.2 to 1.2.0" });
  await expect(warning.locator(".state")).toHaveText("goes back");
});

/** A batch over everything that the tenant has, rendered and not started; answers the path of its board. */
async function rendered(server: Server, slug: string, aim: Record<string, string>): Promise<string> {
  const releases = (await server.releases(slug)).map((release) => release.id);
  const { id } = await server.api("POST", "/batches", { aim, selection: { releases }, strategy: { order: "sequential" }, timeout: 90 });
  await until("the batch is rendered", async () => (await server.api("GET", `/batches/${id}`)).state === "ready");
  return `/batches/${id}`;
}

/** From the board to what its releases get; answers where that is. */
async function lookAtGroup(page: Page, board: string): Promise<string> {
  await open(page, board);
  await page.getByRole("link", { name: /gets? exactly this/ }).click();
  await page.waitForURL(/\/previews\/[^/?]+$/);
  await hydrated(page);
  return page.url();
}

test("what a batch upgrades is looked at from its board and done by the batch alone", async ({ page, tenant, server }) => {
  test.setTimeout(180_000);
  const { slug } = tenant;
  expect((await server.install(slug, "web", "1.3.2", { replicaCount: 1 })).status).toBe("succeeded");
  const board = await rendered(server, slug, { kind: "upgrade", chart: "web", version: "1.4.1" });
  await signedIn(page);
  const preview = await lookAtGroup(page, board);
  const label = `Upgrade web in ${slug} to web 1.4.1`;
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(label);
  const end = page.locator(".apply");
  await expect(end).toContainText("Part of the batch web to 1.4.1, which does it when its turn comes.");
  await expect(end.locator("button")).toHaveCount(0);
  expect(await faults(page), "axe on the preview of a batch").toEqual([]);
  await page.getByRole("link", { name: "Back to the batch" }).click();
  await page.waitForURL(board);

  await server.api("POST", `${board}/start`, {});
  await until("the batch is over", async () => (await server.api("GET", board)).finishedAt);
  await open(page, preview);
  await expect(end).toContainText("Was part of the batch web to 1.4.1, which has ended.");
  await expect(page.getByRole("button", { name: label })).toBeDisabled();
  await expect(end).toContainText("The release has moved on since this was previewed.");
});

test("what a batch would uninstall says so, and only the page that asks for the name uninstalls it", async ({ page, tenant, server }) => {
  test.setTimeout(180_000);
  const { slug, namespace } = tenant;
  expect((await server.install(slug, "web", "1.3.2", { replicaCount: 1 })).status).toBe("succeeded");
  const board = await rendered(server, slug, { kind: "uninstall" });
  await signedIn(page);
  const preview = await lookAtGroup(page, board);
  const label = `Uninstall web from ${slug}`;
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(label);
  await expect(facts(page)).toContainText("removed");
  await expect(page.locator(".apply")).toContainText("Part of the batch");
  await expect(page.locator(".apply button")).toHaveCount(0);
  await expect(page.locator(".apply .go")).toHaveCount(0);
  expect(await faults(page), "axe on the preview of an uninstall in a batch").toEqual([]);

  await server.api("POST", `${board}/abort`, { reason: "not today" });
  await open(page, preview);
  const uninstall = page.getByRole("link", { name: `${label}…` });
  await expect(uninstall).toHaveClass(/\bbad\b/);
  await expect(page.locator(".apply button")).toHaveCount(0);
  expect(await faults(page), "axe on the preview of an uninstall").toEqual([]);
  await uninstall.click();
  await page.waitForURL(`/tenants/${slug}/releases/${namespace}/web/uninstall`);
  await hydrated(page);
  await page.getByLabel("Reason").fill("The tenant has left");
  await page.getByLabel("To confirm, type web").fill("web");
  await page.getByRole("button", { name: label }).click();
  await page.waitForURL(/\/operations\/[^/]+$/);
  await expect(facts(page).locator(".state").first()).toHaveText("succeeded", { timeout: 120_000 });
  await page.goto(preview);
  await expect(page.locator(".apply")).toContainText("The release is not installed any more.");
});
