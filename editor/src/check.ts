// What is wrong with values by their schema, as far as it is sure, and which keys the chart's defaults do not know.
// The last word is the server's: patterns, alternatives and formats are judged there.

import { type Json, type Path, HIDDEN, at, brief, isFields, own, same } from "./json.ts";
import { type Place, type Schema, typeOf, typeWords } from "./schema.ts";

/** Something to put right; `key` when it is about the key and not about its value. */
export interface Finding {
  path: Path;
  message: string;
  severity: "error" | "warning" | "info";
  key?: boolean;
}

const DEEPEST = 40;
const MOST_VALUES = 20_000;
const MOST_FINDINGS = 100;

/** Looks at the values, which lie on top of the defaults. */
export function check(values: Json, schema: Schema | undefined, defaults: Json | undefined): Finding[] {
  const found: Finding[] = [];
  let left = MOST_VALUES;
  const tell = (path: Path, message: string, more: Partial<Finding> = {}) => {
    if (found.length < MOST_FINDINGS) found.push({ path, message, severity: "error", ...more });
  };
  const walk = (value: Json, path: Path, place: Place | undefined, beside: Json | undefined): void => {
    left -= 1;
    // A hidden value is not known here, and null takes a default away.
    if (left < 0 || path.length > DEEPEST || value === HIDDEN || value === null) return;
    if (place) for (const message of troubles(value, place)) tell(path, message);
    if (Array.isArray(value)) value.forEach((item, number) => walk(item, [...path, number], place?.child(number), undefined));
    if (!isFields(value)) return;
    for (const key of place?.required ?? []) {
      if (own(value, key) === undefined && own(beside, key) === undefined) tell(path, `“${brief(key)}” is needed here.`, { key: true });
    }
    const known = isFields(beside) && Object.keys(beside).length > 0;
    for (const [key, inner] of Object.entries(value)) {
      const here = [...path, key];
      const below = place?.child(key);
      if (place?.forbids(key)) tell(here, "The chart's schema allows no such key here.", { key: true });
      // Every chart may be given `global`, whether or not its defaults name it.
      else if (known && !below?.known && own(beside, key) === undefined && !(path.length === 0 && key === "global")) {
        tell(here, "The chart's defaults have no such key here; it may do nothing.", { key: true, severity: "info" });
      }
      walk(inner, here, below, own(beside, key));
    }
  };
  walk(values, [], schema?.at([]), defaults);
  return found;
}

/** What is wrong with a value itself. */
export function troubles(value: Json, place: Place): string[] {
  const { types, choices } = place;
  const type = typeOf(value);
  if (types.length > 0 && !types.includes(type) && !(type === "integer" && types.includes("number"))) return [`Has to be ${typeWords(types)}.`];
  if (choices && !place.open && !choices.some((choice) => same(choice, value))) return [`Has to be one of ${choices.slice(0, 20).map(brief).join(", ")}.`];
  const told: string[] = [];
  const bound = (word: string, broken: (limit: number) => boolean, say: (limit: number) => string) => {
    const limit = place.numbers(word).find(broken);
    if (limit !== undefined) told.push(say(limit));
  };
  if (typeof value === "number") {
    bound("minimum", (limit) => value < limit, (limit) => `Has to be at least ${limit}.`);
    bound("maximum", (limit) => value > limit, (limit) => `Has to be at most ${limit}.`);
    bound("exclusiveMinimum", (limit) => value <= limit, (limit) => `Has to be more than ${limit}.`);
    bound("exclusiveMaximum", (limit) => value >= limit, (limit) => `Has to be less than ${limit}.`);
  } else if (typeof value === "string") {
    const length = [...value].length;
    bound("minLength", (limit) => length < limit, (limit) => `Has to have at least ${count(limit, "character")}.`);
    bound("maxLength", (limit) => length > limit, (limit) => `Has to have at most ${count(limit, "character")}.`);
  } else if (Array.isArray(value)) {
    bound("minItems", (limit) => value.length < limit, (limit) => `Has to have at least ${count(limit, "entry", "entries")}.`);
    bound("maxItems", (limit) => value.length > limit, (limit) => `Has to have at most ${count(limit, "entry", "entries")}.`);
  }
  return told;
}

/** Drops what is said about values that are hidden here and known to the server alone. */
export function withoutHidden(found: Finding[], values: Json): Finding[] {
  return found.filter(({ path }) => at(values, path) !== HIDDEN);
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
