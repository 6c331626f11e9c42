// A chart of the test's own, packaged by the real Helm and offered by a chart source of its own.

import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { helm } from "./surroundings.ts";

/** A chart source that runs. */
export interface Shelf {
  url: string;
  stop: () => Promise<void>;
}

/** Offers one chart with these values and this schema, in version 1.0.0. */
export async function shelve(name: string, values: string, schema: unknown): Promise<Shelf> {
  const dir = await mkdtemp(join(tmpdir(), "pilothouse-shelf-"));
  const chart = join(dir, name);
  await mkdir(join(chart, "templates"), { recursive: true });
  await writeFile(join(chart, "Chart.yaml"), `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
  await writeFile(join(chart, "values.yaml"), values);
  await writeFile(join(chart, "values.schema.json"), JSON.stringify(schema));
  await helm("package", chart, "--destination", dir);
  await helm("repo", "index", dir);
  const server = createServer((request, answer) => {
    const file = request.url?.split("/").at(-1) ?? "";
    readFile(join(dir, file)).then(
      (bytes) => answer.end(bytes),
      () => answer.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await rm(dir, { recursive: true, force: true });
    },
  };
}
