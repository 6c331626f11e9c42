// The three kinds of people who share the dashboard, each in a browser of their own: an admin who makes a tenant,
// reveals a hidden value and finds it all in the audit; support, who looks everywhere and changes nothing; a viewer,
// for whom other tenants do not exist.

import type { Page } from "@playwright/test";

import { expect, faults, hydrated, open, signedIn, test } from "./fixtures.ts";
import { dropNamespace, makeNamespace, unique } from "./support/surroundings.ts";

const SECRET = "correct-horse-battery-staple";
const PASSWORD = "a-password-of-their-own";

/** Signs somebody in as a person does. */
async function enter(page: Page, name: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL("/");
  await hydrated(page);
}

async function accessible(page: Page): Promise<void> {
  expect(await faults(page), `axe on ${page.url()}`).toEqual([]);
}

test("an admin makes a tenant, freezes it, and everything is in the audit", async ({ page }) => {
  test.setTimeout(120_000);
  const slug = unique("made");
  await signedIn(page);
  await open(page, "/tenants");
  await page.getByRole("link", { name: "New tenant…" }).click();
  await page.getByLabel("Slug").fill(slug);
  await page.getByLabel("Name (optional)").fill("Made in a browser");
  await accessible(page);
  await page.getByRole("button", { name: "Make the tenant" }).click();
  await page.waitForURL(`/tenants/${slug}`);
  await hydrated(page);
  await expect(page.locator("main")).toContainText("set up");
  await accessible(page);

  await page.locator("form", { has: page.getByRole("button", { name: "Freeze" }) }).getByLabel("Reason").fill("the quarter is closing");
  await page.getByRole("button", { name: "Freeze" }).click();
  await expect(page.locator("main")).toContainText("the quarter is closing");
  await hydrated(page);
  await accessible(page);

  await open(page, `/audit?tenant=${slug}`);
  await expect(page.locator("main")).toContainText("tenant.freeze");
  await expect(page.locator("main")).toContainText("tenant.create");
  await expect(page.locator("main")).toContainText("the quarter is closing");
  await accessible(page);
  await dropNamespace(slug);
});

test("an admin reveals one hidden value, with a reason that the audit keeps", async ({ page, server, tenant }) => {
  const { slug, namespace } = tenant;
  await server.install(slug, "web", "1.3.2", { replicaCount: 1, adminPassword: SECRET });
  await signedIn(page);
  await open(page, `/tenants/${slug}/releases/${namespace}/web`);
  await expect(page.locator("main")).not.toContainText(SECRET);
  await page.getByRole("link", { name: "Reveal a hidden value…" }).click();
  await page.waitForURL(/\/reveal/);
  await hydrated(page);
  await accessible(page);
  await page.locator("select[name=path]").selectOption({ label: "/adminPassword" });
  await page.getByLabel("Reason").fill("the customer has lost it");
  await page.getByRole("button", { name: "Reveal it" }).click();
  await expect(page.getByLabel("The revealed value")).toContainText(SECRET);
  expect(page.url()).not.toContain(SECRET);
  await accessible(page);
  await open(page, `/audit?tenant=${slug}`);
  await expect(page.locator("main")).toContainText("value.reveal");
  await expect(page.locator("main")).toContainText("the customer has lost it");
  await expect(page.locator("main")).not.toContainText(SECRET);
});

test("support sees every tenant, no secret, and changes nothing", async ({ page, server, tenant, watch }) => {
  const { slug, namespace } = tenant;
  await server.install(slug, "web", "1.3.2", { replicaCount: 1, adminPassword: SECRET });
  const name = unique("sue");
  await server.api("POST", "/users", { name, role: "support", password: PASSWORD });
  await enter(page, name);
  await open(page, "/tenants");
  await expect(page.getByRole("button", { name: "New tenant…" })).toBeDisabled();
  await open(page, `/tenants/${slug}`);
  await expect(page.getByRole("button", { name: "Install…" })).toBeDisabled();
  await open(page, `/tenants/${slug}/releases/${namespace}/web`);
  for (const button of ["Upgrade…", "Roll back…", "Uninstall…", "Reveal a hidden value…"]) {
    await expect(page.getByRole("button", { name: button })).toBeDisabled();
    await expect(page.getByRole("button", { name: button })).toHaveAttribute("title", /role/);
  }
  await expect(page.locator("main")).toContainText("adminPassword");
  await expect(page.locator("main")).not.toContainText(SECRET);
  await accessible(page);
  await open(page, "/audit");
  await expect(page.locator("main")).toContainText("release.install");
  watch.forgive(/403/);
  await page.goto("/settings/users");
  await expect(page.locator("main")).toContainText("does not allow");
});

test("a viewer sees their own tenant, and no other exists", async ({ page, server, tenant, watch }) => {
  test.setTimeout(120_000);
  const other = unique("t");
  const otherNamespace = await makeNamespace(other);
  const otherId = await server.tenantId(other);
  const { slug, namespace } = tenant;
  await server.install(slug, "web", "1.3.2", { replicaCount: 1 });
  const { releaseId } = await server.install(other, "secret-project", "1.3.2", { replicaCount: 1 });
  const name = unique("vic");
  await server.api("POST", "/users", { name, role: "viewer", tenants: [await server.tenantId(slug)], password: PASSWORD });
  await enter(page, name);
  for (const path of ["/", "/tenants", "/releases", "/operations", "/audit", "/charts"]) {
    await open(page, path);
    await expect(page.locator("body")).not.toContainText(other);
    await expect(page.locator("body")).not.toContainText("secret-project");
    await accessible(page);
  }
  await open(page, "/releases");
  await expect(page.locator("main")).toContainText("web");
  await open(page, `/tenants/${slug}/releases/${namespace}/web`);
  await expect(page.getByRole("button", { name: "Upgrade…" })).toBeDisabled();
  await accessible(page);

  watch.forgive(/404/);
  const heading = async (path: string) => {
    await page.goto(path);
    return (await page.locator("main").innerText()).replaceAll(other, "…").replaceAll(otherNamespace, "…");
  };
  expect(await heading(`/tenants/${other}`)).toBe(await heading("/tenants/nothing-there"));
  const release = (at: string, under: string) => `/tenants/${at}/releases/${under}/secret-project`;
  expect(await heading(release(other, otherNamespace))).toBe(await heading(release("nothing-there", "nothing-there")));
  for (const path of [`/tenants/${otherId}`, `/helm/releases/${releaseId}`, `/helm/releases/tenant/${otherId}`]) {
    expect((await page.request.get(`/api/v1${path}`)).status()).toBe(404);
  }
  await dropNamespace(otherNamespace);
});

test("signing out everywhere ends the other browser's session", async ({ page, browser, server, baseURL }) => {
  const name = unique("ann");
  await server.api("POST", "/users", { name, role: "support", password: PASSWORD });
  const elsewhere = await browser.newPage({ baseURL });
  await enter(elsewhere, name);
  await enter(page, name);
  await open(page, "/account");
  await accessible(page);
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.waitForURL(/\/sign-in/);
  await elsewhere.goto("/tenants");
  await expect(elsewhere).toHaveURL(/\/sign-in/);
  await elsewhere.close();
});
