// A chart whose schema and defaults are hostile in every word: titles, descriptions, keys, choices, references that go
// round and round. Its words are text in the editor, in completions, in what hovering tells and in the form; nothing
// runs, and the page stays alive; and a chart with a secret, which nobody sees. The watch that every journey stands on does the judging.

import { expect, faults, open, signedIn, test as plain, values, writeValues } from "./fixtures.ts";
import { CORPUS, RAN } from "./support/hostile.ts";
import { Server } from "./support/server.ts";
import { shelve } from "./support/shelf.ts";

const texts = CORPUS.filter((one) => !one.includes("\u0000"));
const property = (text: string, number: number) => [`key${number}`, { title: text, description: text, type: "string", default: text, enum: number % 2 ? undefined : [text, "x"] }];

const SCHEMA = {
  title: texts[0],
  properties: {
    ...Object.fromEntries(texts.map(property)),
    ...Object.fromEntries(texts.map((text) => [text, { description: text, type: "object", properties: { [text]: { type: "boolean" } } }])),
    again: { $ref: "#" },
    wide: { allOf: Array.from({ length: 200 }, () => ({ $ref: "#/properties/wide" })) },
    slow: { type: "string", pattern: "^(a+)+$" },
  },
};

const SECRET = { properties: { password: { title: "Password", type: "string", minLength: 8 }, level: { title: "Level", enum: ["low", "high"] } } };

const test = plain.extend<{}, {}>({
  server: [
    async ({}, use) => {
      const shelf = await shelve("hostile", `# ${texts[0]}\nkey0: ${JSON.stringify(texts[0])}\n`, SCHEMA);
      const secret = await shelve("secret", "password: \"\"\nlevel: low\n", SECRET);
      const server = await Server.start({ sources: { shelf: shelf.url, other: secret.url } });
      await use(server);
      await server.stop();
      await shelf.stop();
      await secret.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

test("a hostile schema is text wherever it is shown, and is walked within bounds", async ({ page, tenant, watch }) => {
  page.on("console", (message) => {
    if (message.text().includes(RAN)) watch.hear(`ran on ${page.url()}`);
  });
  await signedIn(page);
  await open(page, `/tenants/${tenant.slug}/install?chart=shelf%2Fhostile&version=1.0.0`);
  await page.getByRole("group", { name: "Shown as" }).waitFor();
  const { editor, sent } = values(page);
  await writeValues(page, `key0: x\nslow: ${"a".repeat(40)}!\nagain:\n  again:\n    again:\n      key1: y\n`);
  await page.locator("values-editor").getByText("key0", { exact: true }).hover();
  await expect(page.locator(".cm-tooltip-hover")).toContainText(texts[0]?.slice(0, 8) ?? "");
  await editor.focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Control+Space");
  await expect(page.getByRole("listbox", { name: "Completions" })).toBeVisible();
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(sent).not.toHaveValue(/\n$/);
  await writeValues(page, "key0: x\n");
  await page.getByRole("button", { name: "Form", exact: true }).click();
  await expect(page.locator("values-editor .form")).toContainText(texts[15]?.slice(0, 8) ?? "");
  await page.locator("values-editor select").first().selectOption({ index: 1 });
  await expect(sent).not.toHaveValue("key0: x\n");
  expect(await page.locator("values-editor .form .field").count()).toBeLessThanOrEqual(300);
});

test("a hidden value is shown as hidden in the form, and kept until another one is typed", async ({ page, tenant, server }) => {
  const { slug, namespace } = tenant;
  const installed = await server.install(slug, "secret", "1.0.0", { password: "correct-horse-battery" }, { chartName: "other/secret" });
  expect(installed.status).toBe("succeeded");
  await signedIn(page);
  await open(page, `/tenants/${slug}/releases/${namespace}/secret/upgrade?chart=other%2Fsecret&version=1.0.0`);
  await page.getByRole("button", { name: "Form", exact: true }).click();
  const { sent } = values(page);
  const password = page.getByLabel("Password");
  await expect(sent).toHaveValue("password: hidden\n");
  await expect(page.locator("values-editor").getByRole("status")).toHaveText("✓ No problems");
  await expect(password).toHaveAttribute("placeholder", "hidden, stays as it is");
  await page.getByLabel("Level").selectOption("high");
  await expect(sent).toHaveValue("password: hidden\nlevel: high\n");
  await password.fill("another");
  await expect(sent).toHaveValue("password: another\nlevel: high\n");
  await expect(password).toHaveAccessibleDescription(/at least 8 characters/);
  await password.fill("");
  await expect(sent).toHaveValue("password: hidden\nlevel: high\n");
});
