// What a `values.schema.json` says of one place in the values. The schema is a stranger's: references are followed
// within it alone, nothing is walked without a bound, its regular expressions are never run, and its words are text.
// Judges no values: `check.ts` does.

import { type Fields, type Json, type Path, isFields, isScalar, own } from "./json.ts";

/** How many subschemas may be put together for one place. */
const MOST_PARTS = 64;
const MOST_KEYS = 1000;
const LONGEST_TEXT = 2000;

export type Type = "object" | "array" | "string" | "number" | "integer" | "boolean" | "null";

/** A subschema; a sure one always applies, others are alternatives. */
interface Part {
  schema: Fields;
  sure: boolean;
}

export class Schema {
  constructor(private readonly root: Json) {}

  /** What it says of the value at a path. */
  at(path: Path): Place {
    return path.reduce<Place>((place, key) => place.child(key), this.place([{ schema: this.root, sure: true }]));
  }

  /** Follows references and puts together what applies at one place. */
  place(starts: { schema: Json | undefined; sure: boolean }[]): Place {
    const parts: Part[] = [];
    const seen = new Set<Json>();
    const open = [...starts];
    for (let next = open.shift(); next && parts.length < MOST_PARTS; next = open.shift()) {
      const { schema, sure } = next;
      if (!isFields(schema) || seen.has(schema)) continue;
      seen.add(schema);
      parts.push({ schema, sure });
      const target = own(schema, "$ref");
      if (typeof target === "string") open.push({ schema: this.referred(target), sure });
      for (const [word, stays] of [["allOf", true], ["anyOf", false], ["oneOf", false]] as const) {
        const members = own(schema, word);
        if (Array.isArray(members)) for (const member of members.slice(0, MOST_PARTS)) open.push({ schema: member, sure: sure && stays });
      }
      for (const word of ["then", "else"]) open.push({ schema: own(schema, word), sure: false });
    }
    return new Place(this, parts);
  }

  /** The target of a reference within the schema. */
  private referred(target: string): Json | undefined {
    if (target === "#") return this.root;
    if (!target.startsWith("#/")) return undefined;
    return target
      .slice(2)
      .split("/")
      .map((word) => decoded(word).replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce<Json | undefined>(own, this.root);
  }
}

/** What a schema says of one place. */
export class Place {
  constructor(
    private readonly schema: Schema,
    private readonly parts: Part[],
  ) {}

  /** Whether the schema says anything of it. */
  get known(): boolean {
    return this.parts.length > 0;
  }

  get title(): string {
    return this.text("title");
  }

  get description(): string {
    return this.text("description");
  }

  get deprecated(): boolean {
    return this.parts.some(({ schema }) => own(schema, "deprecated") === true);
  }

  /** The default that the schema names. */
  get fallback(): Json | undefined {
    return this.first("default");
  }

  /** What it surely has to be one of; empty where it may be anything. */
  get types(): Type[] {
    const named = this.surely("type").map((type) => (Array.isArray(type) ? type : [type]) as Type[]);
    return named.length === 0 ? [] : named.reduce((left, right) => left.filter((type) => right.includes(type)));
  }

  /** The values that it may have, where they are few. */
  get choices(): Json[] | undefined {
    const only = this.first("const");
    if (only !== undefined) return [only];
    const listed = this.first("enum");
    return Array.isArray(listed) ? listed.slice(0, MOST_KEYS) : undefined;
  }

  /** Whether a value need not be one of the choices, since they belong to one of several alternatives. */
  get open(): boolean {
    return this.parts.some(({ sure }) => !sure);
  }

  /** The keys that it describes. */
  get keys(): string[] {
    const keys = new Set<string>();
    for (const { schema } of this.parts) {
      const properties = own(schema, "properties");
      if (isFields(properties)) for (const key of Object.keys(properties).slice(0, MOST_KEYS - keys.size)) keys.add(key);
    }
    return [...keys];
  }

  /** The keys that are surely needed. */
  get required(): string[] {
    return this.surely("required").flatMap((keys) => (Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : []));
  }

  /** Whether a key is surely not allowed. */
  forbids(key: string): boolean {
    const knows = ({ schema }: Part) => own(own(schema, "properties"), key) !== undefined || own(schema, "patternProperties") !== undefined;
    return this.parts.some((part) => part.sure && own(part.schema, "additionalProperties") === false && !knows(part));
  }

  /** The value of a key or an item. */
  child(key: string | number): Place {
    return this.schema.place(this.parts.map(({ schema, sure }) => ({ schema: below(schema, key), sure })));
  }

  /** What surely stands under a word of the schema. */
  surely(word: string): Json[] {
    return this.parts.flatMap(({ schema, sure }) => {
      const found = sure ? own(schema, word) : undefined;
      return found === undefined ? [] : [found];
    });
  }

  /** The limits that surely hold under a word. */
  numbers(word: string): number[] {
    return this.surely(word).filter((limit) => typeof limit === "number");
  }

  private first(word: string): Json | undefined {
    return this.parts.map(({ schema }) => own(schema, word)).find((value) => value !== undefined);
  }

  private text(word: string): string {
    const found = this.parts.map(({ schema }) => own(schema, word)).find((value) => typeof value === "string" && value.trim() !== "");
    return String(found ?? "").trim().slice(0, LONGEST_TEXT);
  }
}

function below(schema: Fields, key: string | number): Json | undefined {
  if (typeof key === "number") {
    const listed = [own(schema, "prefixItems"), own(schema, "items")].find(Array.isArray);
    return listed?.[key] ?? own(schema, listed === own(schema, "items") ? "additionalItems" : "items");
  }
  return own(own(schema, "properties"), key) ?? (own(schema, "patternProperties") === undefined ? own(schema, "additionalProperties") : undefined);
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** A type in words. */
export function typeWords(types: readonly Type[]): string {
  const words: Record<Type, string> = {
    object: "a mapping",
    array: "a list",
    string: "a text",
    number: "a number",
    integer: "a whole number",
    boolean: "true or false",
    null: "nothing",
  };
  return types.map((type) => words[type] ?? "something else").join(" or ");
}

/** The type of a value, a whole number being an `integer`. */
export function typeOf(value: Json): Type {
  if (Array.isArray(value)) return "array";
  if (isScalar(value)) {
    if (value === null) return "null";
    if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
    return typeof value as Type;
  }
  return "object";
}
