import assert from "node:assert/strict";
import { test } from "node:test";

import { change, difference } from "../src/edit.ts";
import type { Json, Path } from "../src/json.ts";
import { same, withAt } from "../src/json.ts";
import { read } from "../src/reading.ts";

const TEXT = `# Ours
replicas: 3   # three, since May

engine:
  # too many before
  maxConcurrentQueries: 16
  logLevel: "info" # quoted
  spill:
    enabled: true

list:
  - one # first
  # about two
  - 'two'
flow: { a: 1, b: [x, y] }
text: |
  several
  lines
empty:
none: {}
# the end
`;

function becomes(path: Path, value: Json | undefined, ...edits: [string, string][]): void {
  const expected = edits.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `the text has ${from}`);
    return text.replace(from, to);
  }, TEXT);
  assert.equal(change(TEXT, path, value), expected);
}

test("a scalar is replaced where it stands, and its comment stays", () => {
  becomes(["replicas"], 4, ["replicas: 3", "replicas: 4"]);
  becomes(["engine", "logLevel"], "debug", ['"info"', "debug"]);
  becomes(["list", 1], "three", ["'two'", "three"]);
  becomes(["flow", "a"], 2, ["a: 1", "a: 2"]);
});

test("a text that looks like something else is quoted", () => {
  for (const word of ["true", "12", "", "null", "a: b", "# no", "- x", "@at", "*star", "{", "1e3", "~", "two\nlines", "  blanks "]) {
    const text = change(TEXT, ["engine", "logLevel"], word);
    assert.ok(text, word);
    assert.equal((read(text).values as any).engine.logLevel, word);
    assert.equal(text.split("\n").length, TEXT.split("\n").length, word);
  }
});

test("a new key comes after the last one of its mapping", () => {
  becomes(["engine", "memoryPercent"], 70, ["    enabled: true\n", "    enabled: true\n  memoryPercent: 70\n"]);
  becomes(["engine", "spill", "sizeLimit"], "2Gi", ["enabled: true\n", "enabled: true\n    sizeLimit: 2Gi\n"]);
  becomes(["service", "port"], 80, ["none: {}\n", "none: {}\nservice:\n  port: 80\n"]);
  becomes(["flow", "c"], true, ["[x, y] }", '[x, y], "c":true }']);
});

test("a key takes the place of nothing, of braces and of a text", () => {
  becomes(["empty", "a", "b"], 1, ["empty:\n", "empty:\n  a:\n    b: 1\n"]);
  becomes(["empty"], "x", ["empty:\n", "empty: x\n"]);
  becomes(["none", "a"], 1, ["none: {}\n", "none:\n  a: 1\n"]);
  becomes(["text"], "one", ["|\n  several\n  lines\n", "one\n"]);
});

test("a key goes with its lines, and with the mapping that would be left empty", () => {
  becomes(["replicas"], undefined, ["replicas: 3   # three, since May\n", ""]);
  becomes(["engine", "logLevel"], undefined, ['  logLevel: "info" # quoted\n', ""]);
  becomes(["engine", "spill", "enabled"], undefined, ["  spill:\n    enabled: true\n", ""]);
  becomes(["text"], undefined, ["text: |\n  several\n  lines\n", ""]);
  assert.equal(change("# kept\na:\n  b:\n    c: 1\n", ["a", "b", "c"], undefined), "# kept\n");
});

test("entries of a list come and go one by one", () => {
  becomes(["list"], ["one", "two", "three"], ["- 'two'\n", "- 'two'\n  - three\n"]);
  becomes(["list"], ["zero", "one", "two"], ["  - one", "  - zero\n  - one"]);
  becomes(["list"], ["uno", "dos"], ["- one", "- uno"], ["'two'", "dos"]);
  becomes(["list"], ["one"], ["  - 'two'\n", ""]);
  becomes(["list"], [], ["\n  - one # first\n  # about two\n  - 'two'\n", " []\n"]);
  becomes(["flow", "b"], ["z"], ["[x, y] }", '["z"] }']);
});

test("an empty text takes its first key, below its comments", () => {
  assert.equal(change("", ["a"], 1), "a: 1\n");
  assert.equal(change("# note\n\n", ["a", "b"], 1), "# note\na:\n  b: 1\n");
  assert.equal(change("{}\n", ["a"], 1), "a: 1\n");
});

test("what is shared by an anchor, and what cannot be read, is left alone", () => {
  assert.equal(change("a: &x {b: 1}\nc: *x\n", ["a", "b"], 2), undefined);
  assert.equal(change("a: [1\n", ["a"], 2), undefined);
});

test("whatever is changed, nothing else is", () => {
  let seed = 7;
  const next = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const keys = ["a", "b", "c", "weird key", "true", "1"];
  const values: (Json | undefined)[] = [1, "x", "yes", true, "", null, ["p", "q"], ["p"], undefined, undefined, 2.5, "two words: yes"];
  let text = "# top\na: 1 # one\nb:\n  # inside\n  c: x\n";
  let done = 0;
  for (let round = 0; round < 600; round += 1) {
    const path = Array.from({ length: 1 + next(3) }, () => keys[next(keys.length)] ?? "a");
    const value = values[next(values.length)];
    const before = read(text).values;
    const changed = change(text, path, value);
    if (changed === undefined) continue;
    done += 1;
    if (value !== undefined) assert.ok(same(read(changed).values, withAt(before, path, value)), `${path.join(".")} in\n${text}`);
    assert.ok(changed.includes("# top"), changed);
    const { from, to, insert } = difference(text, changed);
    assert.equal(text.slice(0, from) + insert + text.slice(to), changed);
    text = changed.length > 2000 ? "# top\n" : changed;
  }
  assert.ok(done > 500, `${done}`);
});
