// Help while typing: completion of keys and values, and what hovering over a key tells. Both from the chart's schema and
// its defaults. Judges nothing.

import { type Completion, type CompletionContext, type CompletionResult, startCompletion } from "@codemirror/autocomplete";
import { indentService, syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import { type EditorView, type Tooltip, hoverTooltip } from "@codemirror/view";
import { stringify } from "yaml";

import { type Json, type Path, at, brief, isFields, isScalar } from "./json.ts";
import { columnAfter, keyOn, spot } from "./place.ts";
import { typeOf } from "./schema.ts";
import { type Sources, LONGEST, type Told, keysOf, linesOf, readingOf, told } from "./sources.ts";
import { describe, kindOf } from "./words.ts";

/** Where words mean nothing to us. */
const SILENT = new Set(["Comment", "QuotedLiteral", "BlockLiteralContent", "FlowMapping", "FlowSequence"]);

/** Completes keys and values. */
export function completing(sources: () => Sources) {
  return (context: CompletionContext): CompletionResult | null => {
    const { state, pos } = context;
    if (silent(state, pos)) return null;
    const line = state.doc.lineAt(pos);
    const here = spot(linesOf(state), line.number - 1, pos - line.from);
    if (!here) return null;
    const from = line.from + here.from;
    if (!context.explicit && from === pos) return null;
    const about = told(sources(), here.path);
    const options = here.kind === "key" ? keys(sources(), state, here.path, here.column, about) : values(about, context.explicit);
    // A value that is typed to its end is left alone: Enter ends its line.
    const done = here.kind === "value" && !context.explicit && options.some(({ label }) => label === state.sliceDoc(from, pos));
    return options.length > 0 && !done ? { from, options } : null;
  };
}

function silent(state: EditorState, pos: number): boolean {
  for (let node: { name: string; parent: unknown } | null = syntaxTree(state).resolveInner(pos, -1); node; node = node.parent as typeof node) {
    if (SILENT.has(node.name)) return true;
  }
  return false;
}

function keys(sources: Sources, state: EditorState, path: Path, column: number, about: Told): Completion[] {
  const reading = state.doc.length <= LONGEST ? readingOf(state) : undefined;
  // In the middle of typing there are no values: what the library made of the rest is good enough.
  const set = reading?.values === undefined ? partly(reading?.document.toJSON.bind(reading.document)) : reading.values;
  const there = at(set, path);
  const taken = isFields(there) ? there : {};
  const required = new Set(about.place?.required ?? []);
  const word = state.sliceDoc(state.doc.lineAt(state.selection.main.head).from, state.selection.main.head).trim();
  return keysOf(about)
    .filter((key) => !Object.hasOwn(taken, key) || key === word)
    .map((key): Completion => {
      const inner = told(sources, [...path, key]);
      return {
        label: key,
        type: "property",
        detail: detail(inner),
        boost: required.has(key) ? 1 : 0,
        info: () => describe(key, inner) ?? null,
        apply: (view, _, from, to) => put(view, from, to, key, column, inner),
      };
    });
}

function partly(read: (() => unknown) | undefined): Json | undefined {
  try {
    return read?.() as Json | undefined;
  } catch {
    return undefined;
  }
}

/** A few words beside a completion. */
function detail(inner: Told): string {
  return kindOf(inner).slice(0, 40);
}

/** Writes a key and what has to follow it, and goes on to its value. */
function put(view: EditorView, from: number, to: number, key: string, column: number, inner: Told): void {
  const type = inner.place?.types[0] ?? (inner.standard === undefined ? undefined : typeOf(inner.standard));
  const written = /[\n\r]/.test(key) ? JSON.stringify(key) : stringify(key, { lineWidth: 0 }).trimEnd();
  // What follows on the line stays the key's value.
  const rest = view.state.sliceDoc(to, view.state.doc.lineAt(to).to);
  const below = type === "object" || type === "array" ? `:\n${" ".repeat(column + 2)}${type === "array" ? "- " : ""}` : ": ";
  const insert = written + (/^\s*:/.test(rest) ? "" : below);
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.complete", scrollIntoView: true });
  if (insert.endsWith(": ") && values(inner, true).length > 0) startCompletion(view);
}

/** The values that a key may have; what is only usual is offered to who asks, lest Enter takes it for what was typed. */
function values({ place, standard }: Told, asked: boolean): Completion[] {
  const offered: Json[] = [...(place?.choices ?? [])];
  if (place?.types.includes("boolean") || typeof standard === "boolean") offered.push(true, false);
  const usual = standard ?? place?.fallback;
  if (asked && usual !== undefined && isScalar(usual) && usual !== "") offered.push(usual);
  const seen = new Set<string>();
  return offered.filter(isScalar).flatMap((value, number): Completion[] => {
    const label = stringify(value, { lineWidth: 0 }).trimEnd();
    if (seen.has(label) || label.includes("\n")) return [];
    seen.add(label);
    // In the schema's order.
    return [{ label, sortText: String(number).padStart(4, "0"), type: "enum", detail: value === usual ? "default" : "", displayLabel: brief(label) }];
  });
}

/** A line begins below the key before it, and further in where that has no value yet. */
export const indenting = indentService.of((context, pos) => {
  // Lines that are there already stay as they are: in YAML their indentation has a meaning.
  if (context.simulatedBreak !== pos) return context.lineIndent(pos);
  const line = context.state.doc.lineAt(pos);
  return columnAfter(line.text.slice(0, pos - line.from)) ?? null;
});

/** What hovering over a key tells. */
export function hovering(sources: () => Sources) {
  return hoverTooltip((view, pos): Tooltip | null => {
    const line = view.state.doc.lineAt(pos);
    const key = keyOn(linesOf(view.state), line.number - 1);
    if (!key || pos < line.from + key.from || pos > line.from + key.to || silent(view.state, pos)) return null;
    const dom = describe(String(key.path.at(-1)), told(sources(), key.path));
    return dom ? { pos: line.from + key.from, end: line.from + key.to, above: true, create: () => ({ dom }) } : null;
  });
}
