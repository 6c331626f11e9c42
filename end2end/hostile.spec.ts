// Fifty texts that try to run, in every place where a stranger may write: chart name, version, description, notes,
// icon, links, keys and values, manifests, the words of a request, an address. Looked at in the real browser under the
// real content policy: nothing runs, and the policy has nothing to report, since it is the second line and not the
// first. The watch that every journey stands on does the judging.

import { expect, open, signedIn, test as plain } from "./fixtures.ts";
import { CORPUS, RAN, hostileSource, leaveHostileReleases, text } from "./support/hostile.ts";
import { Server, until } from "./support/server.ts";
import { dropNamespace, makeNamespace, unique } from "./support/surroundings.ts";

interface Hostile {
  slug: string;
  namespace: string;
  names: string[];
}

const test = plain.extend<{}, { source: string; hostile: Hostile }>({
  source: [
    async ({}, use) => {
      const source = await hostileSource();
      await use(source.url);
      await source.stop();
    },
    { scope: "worker" },
  ],
  server: [
    async ({ source }, use) => {
      const server = await Server.start({ sources: { hostile: source } });
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  hostile: [
    async ({ server }, use) => {
      const slug = unique("t");
      const namespace = await makeNamespace(slug);
      const names = await leaveHostileReleases(namespace);
      await until("all hostile releases are seen and read", async () => {
        const seen = await server.releases(slug);
        return seen.length === names.length && seen.every((release) => release.revision === 2 && release.chartName !== "");
      });
      await use({ slug, namespace, names });
      await dropNamespace(namespace);
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

test.beforeEach(async ({ page, watch }) => {
  page.on("dialog", (dialog) => {
    watch.hear(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.text().includes(RAN)) watch.hear(`ran on ${page.url()}`);
  });
  await signedIn(page);
});

test("there are fifty texts and no two alike", () => {
  expect(new Set(CORPUS).size).toBe(50);
});

test("hostile releases are shown as text in every table and on every page of theirs", async ({ page, hostile }) => {
  test.setTimeout(400_000);
  const { slug, namespace, names } = hostile;
  for (const path of ["/", `/tenants/${slug}?size=100`, "/releases?size=100", "/tenants"]) await open(page, path);
  for (const [number, name] of names.entries()) {
    const part = ["override", "computed", "manifest", "notes"][number % 4];
    await open(page, `/tenants/${slug}/releases/${namespace}/${name}?from=1&to=2&of=${part}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
    // The text is there, to be read.
    const wanted = text(number).replaceAll(/[\s\u0000\u2028]+/g, " ").trim().slice(0, 12).trim();
    await expect(page.locator("main")).toContainText(wanted);
  }
});

test("hostile values reach the editor as text", async ({ page, hostile }) => {
  test.setTimeout(200_000);
  const { slug, namespace, names } = hostile;
  for (const number of [0, 1, 6, 7, 12, 15, 20, 26, 39, 48]) {
    await open(page, `/tenants/${slug}/releases/${namespace}/${names[number]}/upgrade`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
});

test("a hostile chart source is shown as text", async ({ page, hostile, watch }) => {
  // It has no archives, so that the editor gets no schema.
  watch.forgive(/502.*\/schema\)/);
  await open(page, "/charts");
  await expect(page.locator("main")).toContainText("chart-49");
  await expect(page.locator("main")).toContainText(text(0).slice(0, 8));
  await open(page, `/tenants/${hostile.slug}/install?chart=hostile%2Fchart-0&version=1.0.0`);
  await open(page, "/charts/hostile/chart-0");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("chart-0");
});

test("hostile words in an address come back as text", async ({ page }) => {
  test.setTimeout(200_000);
  for (const word of CORPUS.filter((one) => !one.includes("\u0000"))) {
    const encoded = encodeURIComponent(word);
    await page.goto(`/releases?q=${encoded}&chart=${encoded}`);
    await expect(page.getByRole("searchbox")).toHaveValue(word.replaceAll(/[\n\r]/g, ""));
  }
  for (const next of [text(0), text(31), text(35), "//evil.example", "/\\evil.example"]) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await expect(page.locator("body")).toBeVisible();
  }
});

test("a hostile reason is shown as text", async ({ page, server, tenant }) => {
  const reason = text(15);
  const ended = await server.install(tenant.slug, "web", "1.3.2", { replicaCount: 1 }, { description: reason });
  expect(ended.status).toBe("succeeded");
  for (const path of [`/operations/${ended.id}`, "/operations", `/tenants/${tenant.slug}/releases/${tenant.namespace}/web`, "/"]) {
    await open(page, path);
    await expect(page.locator("main")).toContainText("<img src=x");
  }
});
