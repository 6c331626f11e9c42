// The real cluster, helm, kubectl and charts that `cargo xtask test` has set up, and what a test does to them from
// outside of Pilothouse. Starts no cluster and downloads nothing.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

const run = promisify(execFile);

/** A variable that `cargo xtask test` sets. */
export function told(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the journeys are run by \`cargo xtask test\``);
  return value;
}

/** A name that no other test has. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString("hex")}`;
}

/** Runs the real helm to its end and insists on success. */
export async function helm(...words: string[]): Promise<string> {
  const { stdout } = await run(told("PILOTHOUSE_TEST_HELM"), words, {
    env: { ...process.env, KUBECONFIG: told("PILOTHOUSE_TEST_KUBECONFIG") },
  });
  return stdout;
}

/** Runs the real kubectl to its end, with objects on its standard input. */
export async function kubectl(words: string[], input?: unknown): Promise<string> {
  const command = run(told("PILOTHOUSE_TEST_KUBECTL"), ["--kubeconfig", told("PILOTHOUSE_TEST_KUBECONFIG"), ...words], {
    maxBuffer: 64 * 1024 * 1024,
  });
  command.child.stdin?.end(input === undefined ? undefined : JSON.stringify(input));
  const { stdout } = await command;
  return stdout;
}

/** A tenant's namespace, which is all that makes a tenant. */
export async function makeNamespace(slug: string): Promise<string> {
  const name = `ns-${slug}`;
  await kubectl(["create", "-f", "-"], {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "pilothouse.dev/tenant": slug } },
  });
  return name;
}

/** Begins the end of a namespace. */
export async function dropNamespace(name: string): Promise<void> {
  await kubectl(["delete", "namespace", name, "--wait=false", "--ignore-not-found"]);
}

/** A release as Helm would have left it, without asking Helm: for tables that need many. */
export interface Left {
  name: string;
  chart: string;
  version: string;
  status: "deployed" | "failed";
}

/** Writes the Secrets in which Helm keeps releases. */
export async function leaveReleases(namespace: string, releases: Left[]): Promise<void> {
  const at = new Date().toISOString();
  const items = releases.map(({ name, chart, version, status }) => {
    const release = {
      name,
      namespace,
      version: 1,
      info: { first_deployed: at, last_deployed: at, status, description: status === "failed" ? "it broke" : "Install complete" },
      chart: { metadata: { apiVersion: "v2", name: chart, version, appVersion: "1.0" }, templates: [], values: {} },
      config: {},
      manifest: "",
    };
    return {
      apiVersion: "v1",
      kind: "Secret",
      type: "helm.sh/release.v1",
      metadata: {
        namespace,
        name: `sh.helm.release.v1.${name}.v1`,
        labels: { owner: "helm", name, status, version: "1", modifiedAt: String(Math.floor(Date.now() / 1000)) },
      },
      // Helm's own encoding, inside of the Secret's.
      stringData: { release: gzipSync(JSON.stringify(release)).toString("base64") },
    };
  });
  await kubectl(["create", "-f", "-"], { apiVersion: "v1", kind: "List", items });
}
