// A Pilothouse of the tests' own: a child process on a free port with a fresh database, and its API for what a test
// needs before it begins. Builds nothing; ends the child by its id, and no other process.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { told, unique } from "./surroundings.ts";

const TOKEN = "test-token-with-enough-characters";
export const USER = "admin";
export const PASSWORD = "test-password-with-enough-characters";

type Json = Record<string, any>;

export class Server {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly data: string,
    private readonly said: string[],
  ) {}

  static async start({ sources = {} }: { sources?: Record<string, string> } = {}): Promise<Server> {
    const data = await mkdtemp(join(tmpdir(), "pilothouse-e2e-"));
    const port = await freePort();
    const words = [
      `--listen=127.0.0.1:${port}`,
      `--data=${data}`,
      `--kubeconfig=${told("PILOTHOUSE_TEST_SERVER_KUBECONFIG")}`,
      `--helm=${told("PILOTHOUSE_TEST_HELM")}`,
      `--chart-sources=${Object.entries({ demo: told("PILOTHOUSE_TEST_CHARTS_URL"), ...sources }).map(([name, url]) => `${name}=${url}`)}`,
      "--charts-allow-private=true",
      `--admin-password=${PASSWORD}`,
      `--admin-token=${TOKEN}`,
    ];
    const child = spawn(told("PILOTHOUSE_BIN"), words, {
      cwd: data,
      env: { ...process.env, PILOTHOUSE_LOG: "warn" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => said.push(String(text)));
    const server = new Server(`http://127.0.0.1:${port}`, child, data, said);
    await until("the server is ready", async () => {
      if (child.exitCode !== null) throw new Error(`the server has ended:\n${said.join("")}`);
      const answer = await fetch(`${server.url}/readyz`).catch(() => undefined);
      return answer?.ok;
    });
    return server;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill("SIGKILL");
      await ended;
    }
    await rm(this.data, { recursive: true, force: true });
  }

  /** What the server has written since it was started. */
  log(): string {
    return this.said.join("");
  }

  async api(method: string, path: string, body?: Json): Promise<any> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  /** The tenant's id, once the server knows the tenant. */
  tenantId(slug: string): Promise<string> {
    return until(`the tenant ${slug} is discovered`, async () => {
      const tenants: Json[] = await this.api("GET", "/tenants");
      return tenants.find((tenant) => tenant.slug === slug)?.id as string | undefined;
    });
  }

  /** The releases of a tenant, as far as the server knows them. */
  async releases(slug: string): Promise<Json[]> {
    return (await this.api("GET", `/helm/releases/tenant/${await this.tenantId(slug)}?size=200`)).items;
  }

  /** The operation, once it is settled. */
  settled(operation: Json): Promise<Json> {
    return until(`the operation ${operation.id} is settled`, async () => {
      const found = await this.api("GET", `/operations/${operation.id}`);
      return ["queued", "running"].includes(found.status) ? undefined : found;
    });
  }

  /** Installs and waits; answers the operation. */
  async install(slug: string, name: string, version: string, values: Json, more: Json = {}): Promise<Json> {
    const body = {
      tenantId: await this.tenantId(slug),
      releaseName: name,
      namespace: `ns-${slug}`,
      chartName: "web",
      chartVersion: version,
      valuesOverride: values,
      timeout: 90,
      ...more,
    };
    return this.settled(await this.api("POST", "/helm/releases", body));
  }

  /** Upgrades and waits; answers the operation. */
  async upgrade(release: string, version: string, values: Json): Promise<Json> {
    const body = { chartVersion: version, valuesOverride: values, description: unique("because") };
    return this.settled(await this.api("POST", `/helm/releases/${release}/upgrade`, body));
  }
}

/** Looks until there is an answer, for at most a minute and a half. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 90_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`gave up waiting: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (!address || typeof address === "string") throw new Error("no port");
  return address.port;
}
