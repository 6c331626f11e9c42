// Batches as people drive them: from the matrix to the end through a canary that fails, goes back and is tried again; paused and
// resumed; with a go-ahead, and a wave rolled back.

import type { Locator, Page } from "@playwright/test";

import { expect, faults, hydrated, open, signedIn, type Tenant, test } from "./fixtures.ts";
import type { Server } from "./support/server.ts";
import { kubectl } from "./support/surroundings.ts";

const state = (page: Page) => page.locator(".page-head .state");
const reason = (page: Page) => page.getByLabel("Reason (optional)");
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });

/** Sends a form by that button, and waits until the page that answers it is alive. */
async function send(page: Page, by: Locator): Promise<void> {
  const answered = page.waitForEvent("domcontentloaded");
  await by.click();
  await answered;
  await hydrated(page);
}

/** Installs web 1.3.2 under those names, with nothing that has to run. */
async function installed(server: Server, { slug }: Tenant, names: string[]): Promise<void> {
  const all = await Promise.all(names.map((name) => server.install(slug, name, "1.3.2", { replicaCount: 0 })));
  expect(all.map((operation) => operation.status)).toEqual(names.map(() => "succeeded"));
}

/** Opens a batch that takes all of a tenant's releases to 1.4.1, once it can be started. */
async function opened(page: Page, server: Server, { slug }: Tenant, strategy: object): Promise<void> {
  const releases = (await server.releases(slug)).map((release) => release.id);
  const wish = { aim: { kind: "upgrade", chart: "web", version: "1.4.1" }, selection: { releases }, strategy, timeout: 60 };
  const { id } = await server.api("POST", "/batches", wish);
  await signedIn(page);
  await open(page, `/batches/${id}`);
  await expect(button(page, `Start: change ${releases.length} releases`)).toBeVisible({ timeout: 60_000 });
}

/** What the audit says of batches. */
async function audited(page: Page, ...texts: string[]): Promise<void> {
  await open(page, "/audit");
  for (const text of texts) await expect(page.locator("main")).toContainText(text);
}

test("from the matrix through a canary that fails and goes back, tried again by its button, to every release upgraded", async ({ page, tenant, server }) => {
  test.setTimeout(300_000);
  const { slug, namespace } = tenant;
  const ring = `b${slug.slice(-8)}`;
  await kubectl(["label", "namespace", namespace, `tenant.pilothouse.dev/ring=${ring}`]);
  // Pods of 1.4.0 never become ready. The first of them has some; the others have none, and come through.
  expect((await server.install(slug, "web", "1.3.2", {})).status).toBe("succeeded");
  await installed(server, tenant, ["web-blue", "web-green"]);
  await signedIn(page);
  await open(page, `/?q=${slug}`);
  const matrix = page.getByRole("region", { name: "Who runs what" });
  await matrix.locator("thead a", { hasText: "behind" }).first().click();
  await page.waitForURL(/\/batches\/new\?chart=web&below=/);
  await expect(page.getByRole("heading", { name: "New batch" })).toBeVisible();
  const typed = (name: string) => page.locator(`input[name=${name}]:not([type=hidden])`);
  await typed("labels").fill(`ring=${ring}`);
  await typed("to").fill("1.4.0");
  await typed("versions").fill("<1.4.0");
  await button(page, "Show who that is").click();
  await expect(page.getByRole("heading", { name: "3 releases" })).toBeVisible();
  await hydrated(page);
  expect(await faults(page), "axe on the page that makes a batch").toEqual([]);

  await page.locator("[name=percent]").fill("30");
  await page.locator("[name=threshold]").fill("1");
  await page.locator("[name=soak]").fill("0");
  await page.locator("[name=timeout]").fill("8");
  await page.locator("select[name=rollback]").selectOption("wave");
  await page.locator("[name=reason]").last().fill("a security fix");
  await send(page, button(page, "Render what each of them gets"));
  await page.waitForURL(/\/batches\/[0-9a-f-]{36}$/);
  const start = button(page, "Start: change 3 releases");
  await expect(start).toBeVisible({ timeout: 60_000 });
  // Everything that starting it will do is told before.
  await expect(page.locator(".page-head .facts")).toContainText("30 % first, then the rest");
  await expect(page.locator(".page-head .facts")).toContainText("pauses at the first failure");
  await expect(page.locator(".page-head .facts")).toContainText("at too many failures their whole wave");
  expect(await faults(page), "axe on the board").toEqual([]);

  await test.step("a group opens to what each of it gets", async () => {
    await page.getByRole("link", { name: /^\d gets? exactly this, from 1\.3\.2$/ }).click();
    await page.waitForURL(/\/previews\/[^/?]+$/);
    await expect(page.locator("main")).toContainText("arm-next");
    await page.goBack();
    await expect(start).toBeVisible();
  });

  await test.step("a reason that is typed goes along, and starts nothing by itself", async () => {
    await reason(page).fill("everybody was told");
    await page.keyboard.press("Enter");
    await expect(start).toBeVisible();
    await expect(state(page)).toContainText("ready to start");
    await send(page, start);
  });

  const first = page.locator(".wave").first();
  await test.step("the canary fails, goes back, and the others are left alone", async () => {
    await expect(state(page)).toContainText("paused", { timeout: 60_000 });
    await expect(first.locator(".cell.warn")).toContainText(`${slug} web`, { timeout: 60_000 });
    // The word is there to be read, as for all but what waits and what is done.
    await expect(first.locator(".cell.warn .word")).toHaveText("rolled back");
    expect((await first.locator(".cell.warn .word").boundingBox())?.width).toBeGreaterThan(20);
    await expect(first.locator(".cell.warn")).toHaveAttribute("title", new RegExp(`^${slug}: ${namespace}/web, rolled back: .+`));
    await expect(page.locator(".batch-progress")).toContainText("2 waiting");
    const releases = await server.releases(slug);
    expect(releases.map((release) => release.chartVersion)).toEqual(["1.3.2", "1.3.2", "1.3.2"]);
  });

  const failed = page.locator(".batches.failed li");
  await test.step("its line tells what to do next, and leads to what failed and to the rollback", async () => {
    await expect(failed).toHaveCount(1);
    await expect(failed).toContainText("It is where it was before. Mend what is wrong, then try again.");
    expect(await faults(page), "axe on a board with a failure").toEqual([]);
    for (const [link, title] of [["Its operation", /^Upgrade of web in /], ["Its rollback", /^Rollback of web in /]] as const) {
      await failed.getByRole("link", { name: link }).click();
      await page.waitForURL(/\/operations\/[^/]+$/);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
      await page.goBack();
      await expect(failed).toHaveCount(1);
    }
    await expect(failed.getByRole("link", { name: "What runs" })).toHaveAttribute("href", `/tenants/${slug}/releases/${namespace}/web/resources`);
  });

  await test.step("the fleet page says so, too", async () => {
    const board = page.url();
    await open(page, "/");
    const strip = page.locator("section", { has: page.getByRole("heading", { name: "Batches under way" }) });
    await expect(strip.locator("li", { hasText: "web to 1.4.0" }).first()).toContainText(/paused.*wave 1 of 2.*0 of 3 done, 1 failed/s);
    expect(await faults(page), "axe on the fleet page with a batch under way").toEqual([]);
    await open(page, board);
  });

  await test.step("what made it fail is mended, and it is tried again by its own button", async () => {
    const web = (await server.releases(slug)).find((release) => release.releaseName === "web");
    expect((await server.upgrade(web?.id, "1.3.2", { replicaCount: 0 })).status).toBe("succeeded");
    await reason(page).fill("nothing of it has to run any more");
    await send(page, failed.getByRole("button", { name: new RegExp(`^Try again\\s*: ${slug} web$`) }));
    await expect(state(page)).toHaveText("finished", { timeout: 120_000 });
    await expect(page.locator(".batch-progress")).toContainText("3 done");
    await expect(failed).toHaveCount(0);
    const releases = await server.releases(slug);
    expect(releases.map((release) => release.chartVersion)).toEqual(["1.4.0", "1.4.0", "1.4.0"]);
  });

  await open(page, "/batches");
  await expect(page.locator(".batches li").first()).toContainText(/web to 1\.4\.0 on 3 releases/);
  expect(await faults(page), "axe on the list").toEqual([]);
  await audited(page, "batch.start", "everybody was told", "batch.retry-failed", "nothing of it has to run any more");
});

test("a batch is paused, stands still, tells so to who is read to, and goes on when it is resumed", async ({ page, tenant, server }) => {
  test.setTimeout(180_000);
  const { slug } = tenant;
  await installed(server, tenant, ["web", "web-blue", "web-green"]);
  await opened(page, server, tenant, { order: "rolling", size: 1, parallel: 1, delay: 0, soak: 5 });
  await send(page, button(page, "Start: change 3 releases"));
  await reason(page).fill("the network is slow");
  await send(page, button(page, "Pause"));
  await expect(state(page)).toHaveText("paused");
  await expect(page.locator(".batch-why")).toContainText("the network is slow");
  const said = page.locator("p[role=status]", { hasText: "The batch:" });
  await expect(said).toContainText("The batch: paused.");
  // What had begun comes to its end, and nothing more begins.
  await expect(page.locator(".cell.busy")).toHaveCount(0);
  await expect(page.locator(".batch-progress")).toContainText(/[12] waiting/);
  expect(await faults(page), "axe on a paused board").toEqual([]);
  const versions = (await server.releases(slug)).map((release) => release.chartVersion);
  expect(versions).toContain("1.3.2");

  await reason(page).fill("it is fast again");
  await send(page, button(page, "Resume"));
  await expect(state(page)).toHaveText("finished", { timeout: 90_000 });
  await expect(said).toContainText("The batch: finished. 3 done.");
  await audited(page, "batch.pause", "the network is slow", "batch.resume", "it is fast again");
});

test("a wave waits for its go-ahead, and is rolled back with a reason once it is done", async ({ page, tenant, server }) => {
  test.setTimeout(180_000);
  const { slug } = tenant;
  await installed(server, tenant, ["web", "web-blue"]);
  await opened(page, server, tenant, { order: "rolling", size: 1, parallel: 1, delay: 0, soak: 0, approval: true });
  await send(page, button(page, "Start: change 2 releases"));
  await expect(state(page)).toHaveText("wave 2 waits for a go-ahead", { timeout: 60_000 });
  const [first, second] = [page.locator(".wave").first(), page.locator(".wave").nth(1)];
  await expect(first.locator(".cell.good")).toHaveCount(1);
  await expect(second.locator("header")).toContainText("waits for a go-ahead");
  await expect(second.getByText("Roll this wave back…")).toHaveCount(0);
  await reason(page).fill("looked at the first one");
  await send(page, button(page, "Let wave 2 go ahead"));
  await expect(state(page)).toHaveText("finished", { timeout: 60_000 });

  // The form opens within the wave's sheet, all of it in sight.
  await second.getByText("Roll this wave back…").click();
  const form = second.locator("form");
  const sure = form.getByRole("button", { name: "Roll back wave 2" });
  await sure.scrollIntoViewIfNeeded();
  await expect(sure).toBeInViewport({ ratio: 1 });
  const [sheet, inner] = [await second.boundingBox(), await form.boundingBox()];
  expect(inner && sheet && inner.y + inner.height <= sheet.y + sheet.height && inner.x >= sheet.x, "the sheet cuts nothing off").toBe(true);
  expect(await faults(page), "axe on the form that rolls a wave back").toEqual([]);
  await form.getByLabel("Reason").fill("it is too slow");
  await send(page, sure);
  await expect(second.locator(".cell.warn")).toContainText("rolled back", { timeout: 60_000 });
  await expect(second.locator("header")).toContainText("rolled back by admin");
  await expect(first.locator(".cell.good")).toHaveCount(1);
  await expect(second.getByText("Roll this wave back…")).toHaveCount(0);
  await expect.poll(async () => (await server.releases(slug)).map(({ releaseName, chartVersion }) => `${releaseName} ${chartVersion}`).sort()).toEqual(["web 1.4.1", "web-blue 1.3.2"]);
  await audited(page, "batch.go-ahead", "looked at the first one", "batch.roll-back", "it is too slow");
});
