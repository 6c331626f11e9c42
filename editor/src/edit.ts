// Changing one value in a text and leaving every other line, comment and quote as it is. What cannot be done line by
// line is written anew by the YAML library; what would change anything else is not done at all.

import { type Node, type Pair, isCollection, isMap, isNode, isScalar as isScalarNode, isSeq, stringify } from "yaml";

import { type Json, type Path, isFields, isScalar, same, withAt } from "./json.ts";
import { type Reading, find, read } from "./reading.ts";

const STYLE = { lineWidth: 0, indent: 2 } as const;

/** The text with that value at that path, or with none there; undefined where that would change something else. */
export function change(text: string, path: Path, value: Json | undefined): string | undefined {
  const reading = read(text);
  if (reading.values === undefined || path.length === 0) return undefined;
  const wanted = pruned(withAt(reading.values, path, value), path, value);
  const right = (candidate: string | undefined) => candidate !== undefined && same(read(candidate).values, wanted);
  const candidates = [() => byLine(reading, path, value), () => anew(reading, path, value)];
  for (const candidate of candidates) {
    const changed = candidate();
    if (right(changed)) return changed;
  }
  return undefined;
}

/** The one stretch in which two texts differ. */
export function difference(before: string, after: string): { from: number; to: number; insert: string } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

/** Mappings that a removal has emptied go, too: an empty one says nothing that its absence does not. */
function pruned(values: Json | undefined, path: Path, value: Json | undefined): Json {
  let kept = values;
  for (let above = path.slice(0, -1); value === undefined && above.length > 0; above = above.slice(0, -1)) {
    const left = above.reduce<Json | undefined>((inner, key) => (isFields(inner) ? inner[String(key)] : Array.isArray(inner) ? inner[Number(key)] : undefined), kept);
    if (!isFields(left) || Object.keys(left).length > 0 || typeof above.at(-1) === "number") break;
    kept = withAt(kept, above, undefined);
  }
  return kept ?? {};
}

function byLine(reading: Reading, path: Path, value: Json | undefined): string | undefined {
  if (value === undefined) return without(reading, path);
  const found = find(reading.document, path);
  if (!found) return inserted(reading, path, value);
  const { node, pair, parent } = found;
  if (isScalar(value) && isScalarNode(node) && node.source !== "" && node.range) return replaced(reading.text, node.range, scalar(value));
  if (Array.isArray(value) && isSeq(node) && !node.flow) return listed(reading, path, value);
  if (isMap(parent) && parent.flow && node?.range) return replaced(reading.text, node.range, JSON.stringify(value));
  // A list or a mapping instead of whatever is there.
  return pair ? valued(reading, pair, value) : undefined;
}

/** Another scalar in the place of one. A block of lines ends with a line break, which stays. */
function replaced(text: string, [from, to]: readonly [number, number, number], written: string): string {
  const end = text.slice(from, to).endsWith("\n") ? "\n" : "";
  return text.slice(0, from) + written + end + text.slice(to);
}

/** Another value behind a key, on the key's line and the lines below it. */
function valued({ text }: Reading, pair: Pair, value: Json): string | undefined {
  const key = isNode(pair.key) ? pair.key.range : undefined;
  if (!key) return undefined;
  const colon = text.indexOf(":", key[1]);
  if (colon === -1) return undefined;
  const column = key[0] - lineStart(text, key[0]);
  const node = isNode(pair.value) ? pair.value : undefined;
  const empty = !node?.range || node.range[0] === node.range[1];
  const to = empty ? colon + 1 : lastEnd(text, node);
  return text.slice(0, colon + 1) + behind(value, column) + text.slice(to);
}

/** A new key, with everything on the way to it. */
function inserted(reading: Reading, path: Path, value: Json): string | undefined {
  const { text, document } = reading;
  let depth = path.length - 1;
  while (depth > 0 && !find(document, path.slice(0, depth))) depth -= 1;
  const rest = path.slice(depth);
  if (rest.some((key) => typeof key === "number")) return undefined;
  const inner = rest.slice(1).reduceRight<Json>((below, key) => ({ [String(key)]: below }), value);
  const added = { [String(rest[0])]: inner };
  const above = find(document, path.slice(0, depth));
  const node = above?.node;
  if (isMap(node) && node.items.length > 0) {
    const first = node.items[0]?.key;
    const last = node.items.at(-1);
    if (!isNode(first) || !first.range || !last) return undefined;
    if (node.flow) {
      const end = (node.range?.[1] ?? 0) - 1;
      const before = text.slice(0, end).trimEnd();
      return `${before}, ${flow(added)}${text.slice(before.length, end)}${text.slice(end)}`;
    }
    const at = lineEnd(text, endOf(text, last));
    return `${text.slice(0, at)}\n${block(added, first.range[0] - lineStart(text, first.range[0]))}${text.slice(at)}`;
  }
  if (above?.pair) return valued(reading, above.pair, added);
  if (depth > 0) return undefined;
  // Nothing is set yet: comments stay above.
  const empty = isMap(node) && node.range ? text.slice(0, node.range[0]) + text.slice(node.range[1]) : text;
  const kept = empty.trimEnd();
  return `${kept === "" ? "" : `${kept}\n`}${block(added, 0)}\n`;
}

/** The text without a key and its value, and without the mapping above it where that becomes empty. */
function without(reading: Reading, path: Path): string | undefined {
  const { text, document } = reading;
  let found = find(document, path);
  for (let above = path.slice(0, -1); above.length > 0 && isMap(found?.parent) && found.parent.items.length === 1; above = above.slice(0, -1)) {
    if (typeof above.at(-1) === "number") return undefined;
    found = find(document, above);
  }
  const key = found?.pair?.key;
  if (!found?.pair || !isNode(key) || !key.range || (isMap(found.parent) && found.parent.flow)) return undefined;
  const from = lineStart(text, key.range[0]);
  if (text.slice(from, key.range[0]).trim() !== "") return undefined;
  const to = lineEnd(text, endOf(text, found.pair));
  return text.slice(0, from) + text.slice(Math.min(to + 1, text.length));
}

/** A list whose entries become others, one by one; what is equal at its beginning and its end stays. */
function listed(reading: Reading, path: Path, wanted: Json[]): string | undefined {
  const found = find(reading.document, path);
  if (!isSeq(found?.node) || !found.pair) return undefined;
  const nodes = found.node.items.filter(isNode);
  const now = path.reduce<Json | undefined>((inner, key) => (isFields(inner) ? inner[String(key)] : undefined), reading.values);
  if (!Array.isArray(now) || nodes.length !== now.length || now.length === 0 || wanted.length === 0) return valued(reading, found.pair, wanted);
  let start = 0;
  while (start < Math.min(now.length, wanted.length) && same(now[start], wanted[start])) start += 1;
  let end = 0;
  while (end < Math.min(now.length, wanted.length) - start && same(now.at(-1 - end), wanted.at(-1 - end))) end += 1;
  const { text } = reading;
  const lines = (node: Node | undefined): [number, number] => [lineStart(text, node?.range?.[0] ?? 0), lineEnd(text, lastEnd(text, node))];
  const [first] = lines(nodes[0]);
  const dash = text.slice(first, nodes[0]?.range?.[0]);
  if (!/^ *- +$/.test(dash)) return undefined;
  const middle = wanted.slice(start, wanted.length - end).map((item, number) => {
    const there = start + number < nodes.length - end ? nodes[start + number] : undefined;
    if (!there?.range) return `${dash}${scalar(item)}`;
    const [from, to] = lines(there);
    return text.slice(from, there.range[0]) + scalar(item) + text.slice(there.range[1], to);
  });
  const old = nodes.slice(start, nodes.length - end);
  if (old.length > 0) {
    const [from] = lines(old[0]);
    const [, to] = lines(old.at(-1));
    // Comments between the entries stay where as many entries come as go.
    if (old.length === middle.length) return sprinkled(text, old, wanted.slice(start));
    return text.slice(0, from) + (middle.length > 0 ? middle.join("\n") + text.slice(to) : text.slice(Math.min(to + 1, text.length)));
  }
  const at = start > 0 ? lines(nodes[start - 1])[1] : first - 1;
  return at < 0 ? `${middle.join("\n")}\n${text}` : `${text.slice(0, at)}\n${middle.join("\n")}${text.slice(at)}`;
}

/** Every one of these entries replaced where it stands. */
function sprinkled(text: string, nodes: Node[], wanted: Json[]): string {
  return nodes.reduceRight((done, node, number) => (node.range ? replaced(done, node.range, scalar(wanted[number] ?? null)) : done), text);
}

/** The whole text as the YAML library writes it. */
function anew({ text }: Reading, path: Path, value: Json | undefined): string | undefined {
  const { document } = read(text);
  try {
    if (value === undefined) {
      document.deleteIn(path);
      for (let above = path.slice(0, -1); above.length > 0; above = above.slice(0, -1)) {
        const left = find(document, above)?.node;
        if (!isMap(left) || left.items.length > 0 || typeof above.at(-1) === "number") break;
        document.deleteIn(above);
      }
    } else document.setIn(path, document.createNode(value));
    return document.toString(STYLE);
  } catch {
    return undefined;
  }
}

/** A scalar as it stands on one line. */
function scalar(value: Json): string {
  if (typeof value === "string" && /[\n\r\u0085\u2028\u2029]/.test(value)) return JSON.stringify(value);
  return isScalar(value) ? stringify(value, { ...STYLE, defaultStringType: "PLAIN" }).trimEnd() : flow(value);
}

/** Any value on one line; JSON is YAML. */
function flow(value: Json): string {
  const text = JSON.stringify(value);
  return isFields(value) ? text.slice(1, -1) : text;
}

/** A mapping as lines that begin at that column. */
function block(value: Json, column: number): string {
  const margin = " ".repeat(column);
  return stringify(value, STYLE)
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? line : margin + line))
    .join("\n");
}

/** What stands behind a key's colon: the rest of its line, or the lines below. */
function behind(value: Json, column: number): string {
  if (isScalar(value)) return ` ${scalar(value)}`;
  const empty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  return empty ? ` ${JSON.stringify(value)}` : `\n${block(value, column + 2)}`;
}

/** Where a pair's own text ends. */
function endOf(text: string, pair: Pair): number {
  const { key, value } = pair;
  if (isNode(value) && value.range && value.range[1] > value.range[0]) return lastEnd(text, value);
  return isNode(key) ? (key.range?.[1] ?? 0) : 0;
}

/** Where a node's own text ends, without the line breaks and comments after it. */
function lastEnd(text: string, node: Node | undefined): number {
  if (isCollection(node) && !node.flow) {
    const last = node.items.at(-1);
    if (isNode(last)) return lastEnd(text, last);
    if (last && typeof last === "object" && "key" in last) return endOf(text, last as Pair);
  }
  const end = node?.range?.[1] ?? 0;
  return text[end - 1] === "\n" ? end - 1 : end;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}
