// Where in the values a line stands, told by indentation alone, so that it works in the middle of typing, where the
// text is no YAML. Knows the block style; inside of braces and brackets it has nothing to say.

import type { Path } from "./json.ts";

/** What a place in the text is about. */
export interface Spot {
  /** The mapping for a key, the key for a value. */
  path: Path;
  kind: "key" | "value";
  /** Where the word begins that is being typed. */
  from: number;
  /** The column at which keys of this mapping stand. */
  column: number;
}

/** Lines, from 0. */
export interface Lines {
  line(number: number): string;
}

interface Element {
  column: number;
  /** A key's name; a dash has none. */
  key?: string;
}

const KEY = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#"'[\]{},&*!|>%@`-][^#]*?|-[^\s#][^#]*?))\s*:(?=\s|$)/;

/** What stands before the cursor of a line: dashes, and a key if there is one. */
export function elements(text: string): { found: Element[]; rest: number; value: boolean } {
  const found: Element[] = [];
  let at = text.length - text.trimStart().length;
  while (/^-(?:\s|$)/.test(text.slice(at))) {
    found.push({ column: at });
    at += 1;
    at += text.slice(at).length - text.slice(at).trimStart().length;
  }
  const key = KEY.exec(text.slice(at));
  if (!key) return { found, rest: at, value: false };
  found.push({ column: at, key: key[1] ?? key[2] ?? key[3] ?? "" });
  at += key[0].length;
  return { found, rest: at + (text.slice(at).length - text.slice(at).trimStart().length), value: true };
}

/** What the cursor, at a column of a line, is about. */
export function spot(lines: Lines, number: number, column: number): Spot | undefined {
  const before = lines.line(number).slice(0, column);
  if (/(^|\s)#/.test(before)) return undefined;
  const { found, rest, value } = elements(before);
  // Right behind its colon a value cannot begin.
  if (value && (column < rest || before.endsWith(":"))) return undefined;
  const indent = value ? (found.at(-1)?.column ?? 0) : rest;
  const own = found.at(-1);
  const dashes = value ? found.slice(0, -1) : found;
  const above = enclosing(lines, number, indent, dashes);
  const from = rest;
  return value ? { path: [...above, own?.key ?? ""], kind: "value", from, column: indent } : { path: above, kind: "key", from, column: indent };
}

/** The path of the key on a line, and which columns it takes. */
export function keyOn(lines: Lines, number: number): { path: Path; from: number; to: number } | undefined {
  const text = lines.line(number);
  const { found, value } = elements(text);
  const own = found.at(-1);
  if (!value || !own?.key) return undefined;
  const path = [...enclosing(lines, number, own.column, found.slice(0, -1)), own.key];
  return { path, from: own.column, to: text.indexOf(":", own.column + own.key.length) };
}

/** The column at which the line after this one begins; undefined where only the line before it can tell. */
export function columnAfter(text: string): number | undefined {
  const { found, rest, value } = elements(text);
  const own = found.at(-1);
  if (text.trim() === "" || !own) return undefined;
  const behind = text.slice(rest).replace(/(^|\s)#.*$/, "").trim();
  const opens = value && (behind === "" || /^[|>][-+0-9]*$/.test(behind));
  return value ? own.column + (opens ? 2 : 0) : own.column;
}

/** The path of what encloses a column, going up line by line. */
function enclosing(lines: Lines, number: number, column: number, dashes: Element[]): Path {
  const path: (string | number)[] = [];
  let limit = column;
  let item: number | undefined;
  const meet = (element: Element): void => {
    if (element.key === undefined) {
      if (item !== undefined && element.column === limit) item += 1;
      else if (element.column < limit) {
        if (item !== undefined) path.unshift(item);
        [limit, item] = [element.column, 0];
      }
    } else if (element.column < limit || (item !== undefined && element.column === limit)) {
      if (item !== undefined) path.unshift(item);
      path.unshift(element.key);
      [limit, item] = [element.column, undefined];
    }
  };
  for (const dash of dashes.toReversed()) meet(dash);
  for (let above = number - 1; above >= 0 && (limit > 0 || item !== undefined); above -= 1) {
    const text = lines.line(above);
    if (text.trim() === "" || text.trimStart().startsWith("#")) continue;
    for (const element of elements(text).found.toReversed()) meet(element);
  }
  if (item !== undefined) path.unshift(item);
  return path;
}
