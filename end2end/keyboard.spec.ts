// Everything by keyboard alone: from signing in to a rollback, with the focus in sight at every stop. A press of a mouse
// button fails the test.

import type { Locator, Page } from "@playwright/test";

import { expect, facts, faults, hydrated, open, signedIn, test as plain, values } from "./fixtures.ts";
import { PASSWORD, USER } from "./support/server.ts";
import { leaveReleases } from "./support/surroundings.ts";

const test = plain.extend({
  page: async ({ page }, use) => {
    await page.addInitScript(() => {
      document.addEventListener("pointerdown", () => console.error("a mouse was used"), true);
    });
    await use(page);
  },
});

/** What has the focus, and whether one can see that it has. */
async function stop(page: Page): Promise<{ what: string; seen: boolean }> {
  return page.evaluate(() => {
    let here: Element | null = document.activeElement;
    while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
    if (!here || here === document.body) return { what: "nothing", seen: true };
    // The editor shows it around itself.
    const shown = here.closest(".cm-editor") ?? here;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    const { width, height, bottom, right } = shown.getBoundingClientRect();
    const outlined = outlineStyle !== "none" && outlineWidth !== "0px";
    return { what: here.outerHTML.slice(0, 160), seen: outlined && width > 0 && height > 0 && bottom > 0 && right > 0 };
  });
}

/** Tabs on until that has the focus. */
async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await target.waitFor();
  const stops: string[] = [];
  for (let count = 0; count < 120; count += 1) {
    await page.keyboard.press(key);
    const { what } = await stop(page);
    // The editor takes a moment to show it.
    await expect.poll(async () => (await stop(page)).seen, `the focus can be seen on ${what}`).toBe(true);
    if (await target.evaluate((element) => (element.getRootNode() as Document | ShadowRoot).activeElement === element)) return;
    stops.push(what);
  }
  throw new Error(`the tab key does not come to ${target}; it came to\n${stops.join("\n")}`);
}

/** Goes there and presses Enter. */
async function press(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await tabTo(page, target, key);
  await page.keyboard.press("Enter");
}

/** The operation's page, once the operation has ended so. */
async function ended(page: Page, how: string): Promise<void> {
  await page.waitForURL(/\/operations\/[^/]+$/);
  await hydrated(page);
  await expect(facts(page).locator(".state").first()).toHaveText(/succeeded|failed|cancelled|interrupted/, { timeout: 120_000 });
  await expect(facts(page).locator(".state").first()).toHaveText(how);
}

// The address compares those two revisions, in whatever order it says so.
const compares = (from: string, to: string) => (url: URL) => url.searchParams.get("from") === from && url.searchParams.get("to") === to;
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const link = (page: Page, name: string) => page.getByRole("link", { name, exact: true });
const main = (page: Page) => page.locator("#main");

test("a release is found, compared, upgraded, cancelled and rolled back without a mouse", async ({ page, tenant, server, watch }) => {
  test.setTimeout(300_000);
  const { slug, namespace } = tenant;
  expect((await server.install(slug, "web", "1.3.2", { replicaCount: 1 })).status).toBe("succeeded");
  const id = (await server.releases(slug))[0]?.id;
  expect((await server.upgrade(id, "1.4.1", { replicaCount: 1, site: { title: "Second" } })).status).toBe("succeeded");
  expect((await server.upgrade(id, "1.4.1", { replicaCount: 1, site: { title: "Third" } })).status).toBe("succeeded");
  await leaveReleases(namespace, [{ name: "zed", chart: "web", version: "1.3.2", status: "deployed" }]);
  const release = new RegExp(`/tenants/${slug}/releases/${namespace}/web(\\?.*)?$`);

  await test.step("sign in", async () => {
    await page.goto("/sign-in");
    await expect(page.getByLabel("Name")).toBeFocused();
    await page.keyboard.type(USER);
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL("/");
    await hydrated(page);
  });

  await test.step("? lists the keys, g and a letter goes places", async () => {
    await page.keyboard.press("?");
    const keys = page.getByRole("dialog", { name: "Keys" });
    await expect(keys).toContainText("the row above or below");
    await page.keyboard.press("Escape");
    await expect(keys).toBeHidden();
    for (const [letter, path, title] of [["t", /\/tenants$/, "Tenants"], ["o", /\/operations$/, "Operations"], ["c", /\/charts$/, "Charts"], ["a", /\/audit$/, "Audit"], ["r", /\/releases$/, "Releases"]] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(letter);
      await expect(page).toHaveURL(path);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
      await expect(main(page)).toBeFocused();
    }
  });

  await test.step("find a release, and move in the table", async () => {
    await page.keyboard.press("/");
    await expect(page.getByRole("searchbox")).toBeFocused();
    await page.keyboard.type(namespace);
    await page.keyboard.press("Enter");
    const rows = page.locator(".release-table tbody tr");
    await expect(rows).toHaveCount(2);
    await expect(page.getByRole("searchbox")).toBeFocused();
    await page.keyboard.press("ArrowDown");
    await expect(link(page, "web")).toBeFocused();
    await page.keyboard.press("ArrowDown");
    await expect(link(page, "zed")).toBeFocused();
    await page.keyboard.press("ArrowUp");
    await expect(link(page, "web")).toBeFocused();
    await page.keyboard.press("Enter");
    await page.waitForURL(release);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("web");
    // Back again, the focus is where it was.
    await page.goBack();
    await expect(rows).toHaveCount(2);
    await expect(link(page, "web")).toBeFocused();
    await page.keyboard.press("Enter");
    await page.waitForURL(release);
    await expect(main(page)).toBeFocused();
  });

  await test.step("choose two revisions and a part of them", async () => {
    await tabTo(page, page.getByRole("radio", { name: "Compare from revision 2" }));
    await page.keyboard.press("ArrowDown");
    await expect(page).toHaveURL(compares("1", "3"));
    await expect(page.getByRole("radio", { name: "Compare from revision 1" })).toBeFocused();
    await tabTo(page, page.getByRole("radio", { name: "Compare to revision 3" }), "Shift+Tab");
    await page.keyboard.press("ArrowDown");
    await expect(page).toHaveURL(compares("1", "2"));
    await expect(page.locator(".diff tr.add")).toContainText(["title: Second"]);
    // On a radio button letters are keys; in the search they are not.
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("radio", { name: "Compare to revision 2" })).toBeFocused();
    const manifest = page.getByRole("navigation", { name: "Part of the revision" }).getByRole("link", { name: "Manifest" });
    await press(page, manifest);
    await expect(page).toHaveURL(/of=manifest/);
    await expect(manifest).toHaveAttribute("aria-current", "true");
    await expect(manifest).toBeFocused();
    await tabTo(page, page.locator(".diff-box"));
    expect(await faults(page), "axe with the focus on a diff").toEqual([]);
  });

  await test.step("upgrade: edit, preview, apply, follow", async () => {
    await press(page, link(page, "Upgrade…"), "Shift+Tab");
    await page.waitForURL(/\/upgrade$/);
    const { editor, sent } = values(page);
    await tabTo(page, editor);
    // Typing over all of it Chromium itself styles what it puts in, for a moment, and forbids itself to.
    watch.forgive(/Applying inline style|style-src-attr forbids inline/);
    await page.keyboard.press("Control+A");
    await page.keyboard.type("replicaCount: 2");
    await expect(sent).toHaveValue("replicaCount: 2");
    // The tab key indents in here; Escape lets it out again, the first one where completion has begun.
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await press(page, button(page, "Preview what changes"));
    await page.waitForURL(/\/previews\/[^/?]+$/);
    await hydrated(page);
    await expect(page.getByRole("region", { name: "The values override, now and then" })).toContainText("replicaCount: 2");
    await press(page, page.getByRole("button", { name: /^Upgrade web in / }));
    await ended(page, "succeeded");
    await expect(facts(page)).toContainText("the release is deployed, revision 4");
  });

  await test.step("an operation that takes long is cancelled", async () => {
    await server.api("POST", `/helm/releases/${id}/upgrade`, { chartVersion: "1.4.0", timeout: 120 });
    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await press(page, page.locator(".operations a").first());
    await page.waitForURL(/\/operations\/[^/]+$/);
    await expect(facts(page).locator(".state").first()).toHaveText("running");
    await press(page, page.locator("summary", { hasText: "Cancel…" }));
    await tabTo(page, page.getByLabel("Reason (optional)"));
    await page.keyboard.type("It takes too long");
    await press(page, button(page, "Cancel the upgrade of web"));
    await ended(page, "cancelled");
  });

  await test.step("roll back", async () => {
    await press(page, page.getByRole("navigation", { name: "Where you are" }).getByRole("link", { name: `web in ${slug}` }));
    await page.waitForURL(release);
    await press(page, link(page, "Roll back…"));
    await page.waitForURL(/\/rollback$/);
    await tabTo(page, page.getByLabel("Go back to revision"));
    await page.keyboard.press("End");
    await expect(button(page, `Roll web in ${slug} back to revision 1`)).toBeVisible();
    await expect(page.getByLabel("Go back to revision")).toBeFocused();
    await press(page, button(page, `Roll web in ${slug} back to revision 1`));
    await ended(page, "succeeded");
    await expect(facts(page)).toContainText("the release is deployed, revision 6");
  });
});

test("the releases of a batch are walked by arrows, each wave is one stop, and links lead to the waves", async ({ page, tenant, server }) => {
  test.setTimeout(180_000);
  const { slug } = tenant;
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"].map((letter) => `web-${letter}`);
  await Promise.all(names.map((name) => server.install(slug, name, "1.3.2", { replicaCount: 0 })));
  const releases = (await server.releases(slug)).map((release) => release.id);
  const wish = { aim: { kind: "upgrade", chart: "web", version: "1.4.1" }, selection: { releases }, strategy: { order: "rolling", size: 2 } };
  const { id } = await server.api("POST", "/batches", wish);
  await signedIn(page);
  await open(page, `/batches/${id}`);
  await expect(button(page, "Start: change 8 releases")).toBeVisible({ timeout: 60_000 });
  const cell = (letter: string) => page.locator(".cell", { hasText: `${slug} web-${letter}` });
  await expect(page.getByRole("list", { name: "Wave 3" }).getByRole("listitem")).toHaveCount(2);

  await press(page, page.getByRole("navigation", { name: "Waves" }).getByRole("link", { name: "Wave 3" }));
  await expect(page.getByRole("heading", { name: "Wave 3" })).toBeFocused();
  await expect(page.getByRole("heading", { name: "Wave 3" })).toBeInViewport();
  await page.keyboard.press("Tab");
  await expect(cell("e")).toBeFocused();
  for (const [key, letter] of [["ArrowRight", "f"], ["ArrowRight", "f"], ["ArrowLeft", "e"], ["End", "f"], ["Home", "e"]] as const) {
    await page.keyboard.press(key);
    await expect(cell(letter)).toBeFocused();
  }
  expect((await stop(page)).seen, "the focus can be seen on a cell").toBe(true);
  // Down is the cell below, where one is.
  const [left, right] = [await cell("e").boundingBox(), await cell("f").boundingBox()];
  await page.keyboard.press("ArrowDown");
  await expect(cell(left?.x === right?.x ? "f" : "e")).toBeFocused();
  // One more step of the tab key is the next wave, and back again it is where it was.
  await page.keyboard.press("Home");
  await page.keyboard.press("Tab");
  await expect(cell("g")).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(cell("e")).toBeFocused();
  expect(await faults(page), "axe with the focus on a cell").toEqual([]);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/previews\/[^/?]+$/);
});

test("the focus is where it was after a field is left, a table is sorted, or a page that is not there is left", async ({ page, tenant, watch }) => {
  await leaveReleases(tenant.namespace, ["one", "two"].map((name) => ({ name, chart: "web", version: "1.3.2", status: "deployed" as const })));
  await signedIn(page);
  await open(page, `/tenants/${tenant.slug}`);
  await expect(page.locator(".release-table tbody tr")).toHaveCount(2);

  await page.keyboard.press("Tab");
  await expect(link(page, "To the content")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(main(page)).toBeFocused();

  await tabTo(page, link(page, "two"));
  await page.keyboard.press("/");
  await page.keyboard.type("on");
  await page.keyboard.press("Escape");
  await expect(link(page, "two")).toBeFocused();
  await expect(page.getByRole("searchbox")).toHaveValue("on");

  const chart = page.getByRole("columnheader", { name: "Chart" }).getByRole("link");
  await press(page, chart, "Shift+Tab");
  await expect(page).toHaveURL(/sort=chart/);
  await expect(page.getByRole("columnheader", { name: "Chart" })).toHaveAttribute("aria-sort", "ascending");
  await expect(chart).toBeFocused();

  // A page without a search leads to the one that has all releases.
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Batches");
  await expect(main(page)).toBeFocused();
  await page.keyboard.press("/");
  await expect(page).toHaveURL(/\/releases$/);
  await expect(page.getByRole("searchbox")).toBeFocused();

  watch.forgive(/404/);
  await open(page, "/tenants/nobody-here");
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Tenants");
  await expect(main(page)).toBeFocused();
});
