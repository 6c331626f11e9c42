// What every journey stands on: a server of our own, a tenant of its own, a browser that is signed in, and a watch on
// both: any error in the browser's console, on a page or of the content policy, and any panic of the server, fails the
// test. Tests nothing by itself.

import { AxeBuilder } from "@axe-core/playwright";
import { type Locator, type Page, test as plain } from "@playwright/test";

import { PASSWORD, Server, USER } from "./support/server.ts";
import { dropNamespace, makeNamespace, unique } from "./support/surroundings.ts";

export { expect } from "@playwright/test";

/** A tenant with a namespace of its own. */
export interface Tenant {
  slug: string;
  namespace: string;
}

/** What goes wrong in the browser. */
export class Watch {
  readonly troubles: string[] = [];
  private readonly forgiven: RegExp[] = [];

  /** Expects the browser to report the status of a page that is refused on purpose. */
  forgive(pattern: RegExp): void {
    this.forgiven.push(pattern);
  }

  hear(trouble: string): void {
    if (!this.forgiven.some((pattern) => pattern.test(trouble))) this.troubles.push(trouble);
  }
}

interface OfWorker {
  server: Server;
}

interface OfTest {
  watch: Watch;
  tenant: Tenant;
}

export const test = plain.extend<OfTest, OfWorker>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  watch: async ({ server }, use) => {
    const watch = new Watch();
    const before = server.log().length;
    await use(watch);
    // A handler that panics ends its connection; browsers try again, so that nobody would notice.
    const since = server.log().slice(before);
    if (since.includes("panicked at")) watch.hear(`the server: ${since.slice(since.indexOf("panicked at")).slice(0, 600)}`);
    if (watch.troubles.length > 0) throw new Error(`Something went wrong beside the test:\n${watch.troubles.join("\n")}`);
  },
  page: async ({ page, watch, server }, use, info) => {
    page.on("console", (message) => {
      if (message.type() === "error") watch.hear(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => watch.hear(`page: ${error.stack ?? error.message}`));
    // What the policy blocked, even where the console says nothing.
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI || "inline"}`);
      });
    });
    await use(page);
    if (info.status !== info.expectedStatus && server.log()) {
      await info.attach("the server's log", { body: server.log(), contentType: "text/plain" });
    }
  },
  tenant: async ({ server }, use) => {
    const slug = unique("t");
    const namespace = await makeNamespace(slug);
    await server.tenantId(slug);
    await use({ slug, namespace });
    await dropNamespace(namespace);
  },
});

/** Signs in on the page that asks for it. */
export async function signIn(page: Page): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Name").fill(USER);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("/");
}

/** Has the browser signed in already. */
export async function signedIn(page: Page): Promise<void> {
  const answer = await page.request.post("/sign-in", { form: { user: USER, password: PASSWORD, next: "/" }, maxRedirects: 0 });
  if (answer.status() !== 303) throw new Error(`signing in was answered with ${answer.status()}`);
}

/** Waits until the page is alive: before that, a click is a plain request. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator("body[data-hydrated]").waitFor({ state: "attached" });
}

/** Opens a page and waits until it is alive. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await hydrated(page);
}

/** The facts below a page's title. */
export function facts(page: Page): Locator {
  return page.locator(".page-head .facts");
}

/** The editor of the values override, once the page has one; and the field that is sent, which holds the same. */
export function values(page: Page): { editor: Locator; sent: Locator } {
  return { editor: page.getByRole("textbox", { name: "Values override" }), sent: page.locator("textarea[name=values]") };
}

/** Replaces what the editor of the values override holds, as somebody who pastes does. */
export async function writeValues(page: Page, text: string): Promise<void> {
  const { editor, sent } = values(page);
  await page.locator("values-editor:defined").waitFor();
  await editor.focus();
  await page.keyboard.press("Control+A");
  await editor.evaluate((element, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  if ((await sent.inputValue()) !== text) throw new Error(`the field to be sent holds ${await sent.inputValue()}`);
}

/** What axe finds serious or critical on the page, one line per place; nothing, if all is well. */
export async function faults(page: Page): Promise<string[]> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  // Legacy: in this page alone, which has no frames, and without opening another one.
  // Without preloading, for which axe would put a sheet into every shadow root, against the content policy.
  const { violations } = await new AxeBuilder({ page }).options({ preload: false }).setLegacyMode(true).withTags(tags).analyze();
  return violations
    .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
    .flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}
