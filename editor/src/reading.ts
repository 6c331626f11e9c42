// Values as text, read: the values, what cannot be read and where, and where in the text a path stands. Changes no
// text: `edit.ts` does.

import { type Document, type Node, type Pair, isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument } from "yaml";

import { type Json, type Path, isFields } from "./json.ts";

/** Something that YAML itself does not allow. */
export interface Fault {
  from: number;
  to: number;
  message: string;
  severity: "error" | "warning";
}

/** A text that was read. */
export interface Reading {
  text: string;
  document: Document;
  /** The values; an empty text has none set. Undefined where the text cannot be read. */
  values: Json | undefined;
  faults: Fault[];
}

const MOST_FAULTS = 50;
const MOST_ALIASES = 100;

/** Reads a text as the values of a chart. */
export function read(text: string): Reading {
  const unreadable = (message: string): Reading => {
    return { text, document: parseDocument(""), values: undefined, faults: [{ from: 0, to: 0, message, severity: "error" }] };
  };
  let document: Document;
  try {
    document = parseDocument(text, { prettyErrors: false, merge: true, logLevel: "silent" });
  } catch {
    return unreadable("This cannot be read: it nests too deep.");
  }
  const faults = [...document.errors, ...document.warnings].slice(0, MOST_FAULTS).map((fault): Fault => {
    const [from, to] = fault.pos;
    return { from, to: Math.max(from, to), message: sentence(fault.code, fault.message), severity: fault.name === "YAMLParseError" ? "error" : "warning" };
  });
  if (document.errors.length > 0) return { text, document, values: undefined, faults };
  try {
    const values = (document.toJS({ maxAliasCount: MOST_ALIASES }) ?? {}) as Json;
    if (!isFields(values)) {
      return { ...unreadable("Values are keys, each with its value: “replicas: 2”."), document };
    }
    return { text, document, values, faults };
  } catch {
    return unreadable("This cannot be read: its aliases grow too large or lead nowhere, or it nests too deep.");
  }
}

function sentence(code: string, message: string): string {
  switch (code) {
    case "DUPLICATE_KEY":
      return "This key stands here already.";
    case "TAB_AS_INDENT":
      return "YAML is indented by spaces, not by tabs.";
    case "MULTIPLE_DOCS":
      return "Only one document is read: take the line “---” out.";
    default:
      return message.endsWith(".") ? message : `${message}.`;
  }
}

/** The node at a path, the pair above it, and what holds that. */
export interface Found {
  node: Node | undefined;
  pair: Pair | undefined;
  parent: Node | undefined;
}

/** Looks a path up in the document. */
export function find(document: Document, path: Path): Found | undefined {
  let found: Found = { node: asNode(document.contents), pair: undefined, parent: undefined };
  for (const key of path) {
    const parent = isAlias(found.node) ? found.node.resolve(document) : found.node;
    if (isMap(parent)) {
      const pair = parent.items.find((item) => keyOf(item) === String(key));
      if (!pair) return undefined;
      found = { node: asNode(pair.value), pair, parent };
    } else if (isSeq(parent)) {
      const item = parent.items[Number(key)];
      if (item === undefined) return undefined;
      found = isPair(item) ? { node: asNode(item.value), pair: item, parent } : { node: asNode(item), pair: undefined, parent };
    } else {
      return undefined;
    }
  }
  return found;
}

/** A pair's key as the values have it. */
export function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function asNode(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined;
}

/** Where in the text a path stands, or the nearest thing above it that does. */
export function whereIs(reading: Reading, path: Path, key = false): { from: number; to: number } {
  for (let length = path.length; length > 0; length -= 1) {
    const found = find(reading.document, path.slice(0, length));
    if (!found) continue;
    const whole = length === path.length && !key && isScalar(found.node) && found.node.source !== "" ? found.node : undefined;
    const marked = whole ?? (isNode(found.pair?.key) ? found.pair.key : found.node);
    if (marked?.range) return { from: marked.range[0], to: firstLine(reading.text, marked.range[0], marked.range[1]) };
  }
  const all = reading.document.contents;
  const first = isMap(all) ? all.items[0]?.key : undefined;
  return isNode(first) && first.range ? { from: first.range[0], to: first.range[1] } : { from: 0, to: firstLine(reading.text, 0, reading.text.length) };
}

function firstLine(text: string, from: number, to: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 || end > to ? to : end;
}
