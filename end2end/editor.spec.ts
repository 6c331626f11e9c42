// The editor of values: what it offers from the chart's schema and its defaults, what it points out, the form beside the
// YAML, all of it by keyboard, and a schema that tries to run. That the field works without scripts is told in
// `before_wasm.spec.ts`.

import type { Locator, Page } from "@playwright/test";

import { expect, faults, open, signedIn, test, values, writeValues } from "./fixtures.ts";

const CHART = "chart=demo%2Fquery-engine&version=2.1.3";

/** Opens the install page of a chart that has a schema, and waits for its editor. */
async function openEditor(page: Page, slug: string, chart = CHART): Promise<Locator> {
  await open(page, `/tenants/${slug}/install?${chart}`);
  await page.locator("values-editor:defined").waitFor();
  await expect(page.getByRole("group", { name: "Shown as" })).toBeVisible();
  return values(page).editor;
}

const problems = (page: Page) => page.locator("values-editor").getByRole("status");
const completions = (page: Page) => page.getByRole("listbox", { name: "Completions" });

test.beforeEach(async ({ page }) => signedIn(page));

test("the editor stands over the field, which holds the same and is what is sent", async ({ page, tenant }) => {
  const editor = await openEditor(page, tenant.slug);
  const { sent } = values(page);
  await expect(sent).toBeHidden();
  await expect(editor).toHaveAccessibleDescription(/on top of the chart's defaults.*press Escape, then Tab/);
  await page.getByText("Values override", { exact: true }).click();
  await expect(editor).toBeFocused();
  await page.keyboard.type("replicas: 2\nengine:\nlogLevel: warn");
  // The line below a key without a value begins further in.
  await expect(sent).toHaveValue("replicas: 2\nengine:\n  logLevel: warn");
  await expect(problems(page)).toHaveText("✓ No problems");
  // What the chart brings can be read beside it, and not be changed.
  const defaults = page.getByRole("textbox", { name: "The chart's defaults" });
  await defaults.focus();
  await page.keyboard.type("x");
  await expect(defaults).toContainText("maxConcurrentQueries: 16");
  await expect(sent).toHaveValue("replicas: 2\nengine:\n  logLevel: warn");
});

test("keys and values are completed from the schema and the defaults, by keyboard", async ({ page, tenant }) => {
  const editor = await openEditor(page, tenant.slug);
  const { sent } = values(page);
  await editor.focus();
  await page.keyboard.press("Control+Space");
  await expect(completions(page).getByRole("option")).toHaveText([/^engine/, /^replicas/, /^image/, /^migration/, /^nodeSelector/, /^podAnnotations/, /^resources/, /^service/]);
  // The list minds no key in its first moments, lest somebody takes by accident what just appeared: axe needs longer.
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press("Enter");
  await expect(sent).toHaveValue("engine:\n  ");
  await page.keyboard.type("logL");
  await expect(completions(page).getByRole("option")).toHaveText([/^logLevel/]);
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press("Enter");
  // Its values are offered right away.
  await expect(completions(page).getByRole("option")).toHaveText([/^error/, /^warn/, /^info\s*default/, /^debug/]);
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(sent).toHaveValue("engine:\n  logLevel: warn");
  // What is set already is not offered again; what only the defaults know is.
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Space");
  await expect(completions(page).getByRole("option", { name: /^slowQueryMs/ })).toBeVisible();
  await expect(completions(page).getByRole("option", { name: /^logLevel/ })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(completions(page)).toBeHidden();
});

test("hovering over a key tells what the schema says, and so does the line below for the key at the cursor", async ({ page, tenant }) => {
  await openEditor(page, tenant.slug);
  await writeValues(page, "engine:\n  maxConcurrentQueries: 8\n");
  await page.locator("values-editor").getByText("maxConcurrentQueries", { exact: true }).hover();
  const tip = page.locator(".cm-tooltip-hover");
  await expect(tip).toContainText("Queries that one engine runs at a time; more of them wait.");
  await expect(tip).toContainText("a whole number, 1 to 256");
  await expect(tip).toContainText("Default: 16");
  await page.keyboard.press("ArrowUp");
  await expect(page.locator("values-editor .known")).toContainText("maxConcurrentQueries Queries that one engine runs at a time");
});

test("what is wrong is marked where it stands: by the YAML, by the schema, by the server", async ({ page, tenant }) => {
  await openEditor(page, tenant.slug);
  const tell = problems(page);
  await writeValues(page, "replicas: 1\nengine:\n  logLevel: info\n  logLevel: warn\n");
  await expect(tell).toContainText("1 problem · Line 4: This key stands here already.");
  await writeValues(page, "replicas: 12\nengin:\n  logLevel: info\n");
  await expect(tell).toContainText("1 problem, 1 note · Line 1: Has to be at most 9.");
  await expect(page.locator("values-editor .cm-lintRange-error")).toHaveText("12");
  await expect(page.locator("values-editor .cm-lintRange-info")).toHaveText("engin");
  // Patterns are looked at by the server alone.
  await writeValues(page, "engine:\n  spill:\n    sizeLimit: much\n");
  await expect(tell).toContainText("1 problem · Line 3:");
  await expect(page.locator("values-editor .cm-lintRange-error")).toHaveText("much");
  await tell.getByRole("button", { name: "Line 3" }).press("Enter");
  await expect(values(page).editor).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.press("Control+Backspace");
  await page.keyboard.type("4Gi");
  await expect(tell).toHaveText("✓ No problems");
});

test("the form and the YAML are one document, and comments stay", async ({ page, tenant }) => {
  await openEditor(page, tenant.slug);
  const { sent } = values(page);
  const show = (name: string) => page.getByRole("button", { name, exact: true }).press("Enter");
  const before = "# For the quarter's end\nreplicas: 3 # until July\n\nengine:\n  # as in May\n  logLevel: \"debug\" # loud\nimage:\n  tag: x\n";
  await writeValues(page, before);
  await show("Form");
  await expect(page.getByLabel("Engines")).toHaveValue("3");
  await expect(page.getByLabel("Log level")).toHaveValue("3");
  await expect(page.getByLabel("Concurrent queries")).toHaveAttribute("placeholder", "Default: 16");
  await expect(page.locator("values-editor .form")).toContainText(/Only in YAML: .*image/);

  await page.getByLabel("Engines").fill("4");
  await expect(sent).toHaveValue(before.replace("replicas: 3", "replicas: 4"));
  await page.getByLabel("Log level").selectOption("warn");
  await page.getByLabel("Concurrent queries").fill("32");
  const after = before.replace("replicas: 3", "replicas: 4").replace('"debug"', "warn").replace("# loud\n", "# loud\n  maxConcurrentQueries: 32\n");
  await expect(sent).toHaveValue(after);
  await page.getByLabel("Engines").fill("40");
  await expect(page.getByLabel("Engines")).toHaveAccessibleDescription(/Has to be at most 9/);
  await expect(page.getByLabel("Engines")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Engines").fill("four");
  await expect(page.getByLabel("Engines")).toHaveAccessibleDescription(/Has to be a whole number/);
  await expect(page.getByLabel("Engines")).toHaveValue("four");
  await page.getByLabel("Engines").fill("4");
  await page.getByLabel("Concurrent queries").fill("");
  await expect(sent).toHaveValue(after.replace("  maxConcurrentQueries: 32\n", ""));
  expect(await faults(page)).toEqual([]);

  await show("YAML");
  await writeValues(page, "replicas: 5\nengine:\n  memoryPercent: 60\n");
  await show("Form");
  await expect(page.getByLabel("Engines")).toHaveValue("5");
  await expect(page.getByLabel("Log level")).toHaveValue("");
  await expect(page.getByLabel("Memory for queries, %")).toHaveValue("60");
  await show("YAML");
  await writeValues(page, "replicas: [\n");
  await show("Form");
  await expect(page.locator("values-editor .fields")).toContainText("The YAML cannot be read as it is.");
});

test("Tab indents, and Escape or Ctrl-M let it leave", async ({ page, tenant }) => {
  const editor = await openEditor(page, tenant.slug);
  const { sent } = values(page);
  await editor.focus();
  await page.keyboard.type("a: 1");
  await page.keyboard.press("Home");
  await page.keyboard.press("Tab");
  await expect(sent).toHaveValue("  a: 1");
  await page.keyboard.press("Shift+Tab");
  await expect(sent).toHaveValue("a: 1");
  // Letters are text here, not the page's keys.
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await expect(editor).not.toBeFocused();
  await editor.focus();
  await page.keyboard.press("Control+m");
  await page.keyboard.press("Tab");
  await expect(editor).not.toBeFocused();
});

test("another version of the chart brings its own defaults and schema, and what was typed stays", async ({ page, tenant }) => {
  await openEditor(page, tenant.slug);
  await writeValues(page, "engine:\n  spill:\n    enabled: false\n");
  await expect(problems(page)).toHaveText("✓ No problems");
  await page.locator("select[name=version]").selectOption("2.0.1");
  await page.getByRole("button", { name: "Look at it" }).click();
  await page.getByRole("button", { name: `Install query-engine 2.0.1 in ${tenant.slug}` }).waitFor();
  await expect(page.getByRole("textbox", { name: "The chart's defaults" })).toContainText("maxConcurrentQueries: 8");
  await expect(values(page).sent).toHaveValue("engine:\n  spill:\n    enabled: false\n");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the editor and its form can be read in ${colorScheme} colours and on a narrow screen`, async ({ page, tenant }) => {
    await page.emulateMedia({ colorScheme });
    await openEditor(page, tenant.slug);
    await writeValues(page, "# note\nreplicas: 12\nengin: true\nengine:\n  logLevel: \"loud\"\n");
    await expect(problems(page)).toContainText("2 problems, 1 note");
    for (const name of ["YAML", "Form"]) {
      await page.getByRole("button", { name, exact: true }).click();
      for (const width of [1360, 360]) {
        await page.setViewportSize({ width, height: 800 });
        expect.soft(await faults(page), `${name} at ${width}`).toEqual([]);
        expect.soft(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} at ${width}`).toBe(true);
      }
    }
  });
}
