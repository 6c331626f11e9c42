import assert from "node:assert/strict";
import { test } from "node:test";

import { columnAfter, keyOn, spot } from "../src/place.ts";

/** The spot at the bar in the text. */
function look(text: string) {
  const before = text.slice(0, text.indexOf("|"));
  const lines = text.replace("|", "").split("\n");
  const number = before.split("\n").length - 1;
  const found = spot({ line: (at) => lines[at] ?? "" }, number, before.length - before.lastIndexOf("\n") - 1);
  return found && { path: found.path.join("."), kind: found.kind, from: found.from };
}

test("a key is completed in the mapping that its column says", () => {
  assert.deepEqual(look("a:\n  b:\n    c: 1\n    |\n"), { path: "a.b", kind: "key", from: 4 });
  assert.deepEqual(look("a:\n  b:\n    c: 1\n  d|\n"), { path: "a", kind: "key", from: 2 });
  assert.deepEqual(look("a:\n  b: 1\nlo|"), { path: "", kind: "key", from: 0 });
  assert.deepEqual(look("a:\n\n  # note\n  |"), { path: "a", kind: "key", from: 2 });
});

test("a value is completed behind its colon", () => {
  assert.deepEqual(look("a:\n  b: in|"), { path: "a.b", kind: "value", from: 5 });
  assert.deepEqual(look("a:\n  b: |"), { path: "a.b", kind: "value", from: 5 });
  assert.equal(look("a:|"), undefined);
  assert.deepEqual(look('"a b": |'), { path: "a b", kind: "value", from: 7 });
});

test("entries of lists are counted, wherever their dash stands", () => {
  assert.deepEqual(look("a:\n  - x: 1\n    y: 2\n  - z|"), { path: "a.1", kind: "key", from: 4 });
  assert.deepEqual(look("a:\n- x: 1\n- x: 2\n  y: |"), { path: "a.1.y", kind: "value", from: 5 });
  assert.deepEqual(look("a:\n  - - b: |"), { path: "a.0.0.b", kind: "value", from: 9 });
  assert.deepEqual(look("a:\n- x\nb:\n  |"), { path: "b", kind: "key", from: 2 });
});

test("comments are left in peace", () => {
  assert.equal(look("a: 1 # wh|"), undefined);
  assert.equal(look("# wh|"), undefined);
});

test("the key of a line is found with its path", () => {
  const lines = ["a:", "  - 'b c': 1", "    d: 2"];
  const at = (number: number) => keyOn({ line: (line) => lines[line] ?? "" }, number);
  assert.deepEqual(at(0), { path: ["a"], from: 0, to: 1 });
  assert.deepEqual(at(1), { path: ["a", 0, "b c"], from: 4, to: 9 });
  assert.deepEqual(at(2), { path: ["a", 0, "d"], from: 4, to: 5 });
});

test("a new line begins where the next key belongs", () => {
  for (const [text, column] of [["a:", 2], ["a: # note", 2], ["  a: 1", 2], ["  - a: 1", 4], ["  - a:", 6], ["  - x", 2], ["a: |", 2], ["", undefined]] as const) {
    assert.equal(columnAfter(text), column, text);
  }
});
