// What the server is asked: a chart version's schema, and what it has against values. An answer that does not come is no
// news: the server judges the values again when the form is sent.

import { type Finding } from "./check.ts";
import { type Fields, type Json, type Path, isFields } from "./json.ts";
import { Schema } from "./schema.ts";

const MOST_FINDINGS = 100;

/** The schema at that address; undefined where it says nothing. */
export async function askSchema(address: string, signal: AbortSignal): Promise<Schema | undefined> {
  const found = await ask(address, { signal });
  return isFields(found) && Object.keys(found).length > 0 ? new Schema(found) : undefined;
}

/** What the server has against values. */
export async function askFindings(address: string, values: Fields, signal: AbortSignal): Promise<Finding[]> {
  const body = JSON.stringify({ valuesOverride: values });
  const found = await ask(address, { method: "POST", headers: { "content-type": "application/json" }, body, signal });
  if (!Array.isArray(found)) return [];
  return found.slice(0, MOST_FINDINGS).flatMap((one): Finding[] => {
    if (!isFields(one) || typeof one["path"] !== "string" || typeof one["message"] !== "string") return [];
    return [{ path: pointer(one["path"]), message: one["message"], severity: "error" }];
  });
}

/** A JSON pointer as a path. */
export function pointer(text: string): Path {
  return text
    .split("/")
    .slice(1)
    .map((word) => word.replaceAll("~1", "/").replaceAll("~0", "~"));
}

async function ask(address: string, request: RequestInit): Promise<Json | undefined> {
  try {
    const answer = await fetch(address, { ...request, headers: { accept: "application/json", ...request.headers } });
    return answer.ok ? ((await answer.json()) as Json) : undefined;
  } catch {
    return undefined;
  }
}
