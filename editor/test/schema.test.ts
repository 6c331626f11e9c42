import assert from "node:assert/strict";
import { test } from "node:test";

import { check } from "../src/check.ts";
import type { Json } from "../src/json.ts";
import { read, whereIs } from "../src/reading.ts";
import { Schema } from "../src/schema.ts";

const SCHEMA: Json = {
  type: "object",
  required: ["replicas", "name"],
  additionalProperties: false,
  properties: {
    replicas: { $ref: "#/$defs/count", description: "How many." },
    name: { type: "string", minLength: 2, default: "web" },
    level: { enum: ["info", "debug"] },
    ports: { type: "array", items: { type: "integer" }, maxItems: 2 },
    either: { anyOf: [{ type: "string" }, { type: "integer" }] },
    labels: { type: "object", additionalProperties: { type: "string" } },
  },
  $defs: { count: { allOf: [{ type: "integer" }, { minimum: 1, maximum: 9 }], title: "Count" } },
};

const found = (values: Json, schema: Json = SCHEMA, defaults?: Json) =>
  check(values, new Schema(schema), defaults).map(({ path, message }) => `${path.join(".")}: ${message}`);

test("references and allOf are put together", () => {
  const place = new Schema(SCHEMA).at(["replicas"]);
  assert.equal(place.title, "Count");
  assert.equal(place.description, "How many.");
  assert.deepEqual(place.types, ["integer"]);
  assert.deepEqual(place.numbers("maximum"), [9]);
});

test("what a schema surely refuses is told, with the place", () => {
  const values = { replicas: 12, name: "x", level: "loud", ports: [1, "two", 3], labels: { a: 1 }, other: 1, either: 1.5 };
  assert.deepEqual(found(values), [
    "replicas: Has to be at most 9.",
    "name: Has to have at least 2 characters.",
    "level: Has to be one of info, debug.",
    "ports: Has to have at most 2 entries.",
    "ports.1: Has to be a whole number.",
    "labels.a: Has to be a text.",
    "other: The chart's schema allows no such key here.",
  ]);
});

test("what is needed may come from the defaults", () => {
  assert.deepEqual(found({ name: "web" }), [": “replicas” is needed here."]);
  assert.deepEqual(found({}, SCHEMA, { replicas: 1, name: "web" }), []);
});

test("hidden values and those taken away are not judged", () => {
  assert.deepEqual(found({ replicas: "hidden", name: null }, SCHEMA, { name: "x" }), []);
});

test("a key that neither schema nor defaults know is pointed out", () => {
  const defaults = { image: { tag: "" }, nodeSelector: {} };
  const told = check({ image: { tga: "1" }, nodeSelector: { disk: "ssd" }, global: { a: 1 } }, undefined, defaults);
  assert.deepEqual(told.map(({ path, severity }) => [path.join("."), severity]), [["image.tga", "info"]]);
});

test("a schema that goes round and round, or grows without end, is walked within bounds", () => {
  const round = { $ref: "#", allOf: [{ $ref: "#/allOf/0" }, { $ref: "#" }], properties: { again: { $ref: "#" } } };
  const deep = Array.from({ length: 30 }).reduce<Json>((inner) => ({ again: inner }), 1);
  assert.deepEqual(found(deep, round), []);
  const wide: Json = { allOf: Array.from({ length: 50 }, () => ({ allOf: Array.from({ length: 50 }, () => ({ anyOf: [{}, {}, {}] })) })) };
  assert.deepEqual(found({ a: { b: 1 } }, wide), []);
  const nested = JSON.parse(`${'{"properties":{"a":'.repeat(4000)}{}${"}}".repeat(4000)}`) as Json;
  assert.deepEqual(new Schema(nested).at(["a", "a"]).keys, ["a"]);
});

test("keys that every object inherits are not taken for the schema's", () => {
  assert.deepEqual(found(JSON.parse('{"constructor": 1, "__proto__": {"x": 1}, "toString": 2}') as Json, { properties: {} }), []);
  assert.equal(new Schema({ properties: {} }).at(["constructor"]).known, false);
  assert.equal(new Schema(SCHEMA).at(["labels", "__proto__"]).known, true);
});

test("references to elsewhere lead nowhere", () => {
  for (const target of ["http://10.0.0.1/x", "file:///etc/passwd", "other.json", "#nowhere", "#/%zz", "#/$defs/none", "#/__proto__"]) {
    assert.equal(new Schema({ properties: { a: { $ref: target, title: "A" } } }).at(["a"]).title, "A");
  }
});

test("faults of YAML are told once, with the place", () => {
  const faults = (text: string) => read(text).faults.map(({ from, message }) => [from, message]);
  assert.deepEqual(faults("a: 1\nb: 2\na: 3\n"), [[10, "This key stands here already."]]);
  assert.equal(faults("a: [1\nb: 2\n").length > 0, true);
  assert.deepEqual(faults("- a\n"), [[0, "Values are keys, each with its value: “replicas: 2”."]]);
  assert.equal(read("").values !== undefined, true);
  assert.equal(read(`${"[".repeat(20_000)}`).values, undefined);
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh".split("").map((key, at) => `${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[at]}`)}]`).join("\n")}\n`;
  assert.equal(read(bomb).values, undefined);
});

test("a finding is shown at its value, at its key, or at what is nearest above", () => {
  const text = "engine:\n  level: loud\n  more: 1\n";
  const reading = read(text);
  const cut = (path: string[], key = false) => {
    const { from, to } = whereIs(reading, path, key);
    return text.slice(from, to);
  };
  assert.equal(cut(["engine", "level"]), "loud");
  assert.equal(cut(["engine", "more"], true), "more");
  assert.equal(cut(["engine", "absent", "deeper"]), "engine");
  assert.equal(cut([]), "engine");
});
