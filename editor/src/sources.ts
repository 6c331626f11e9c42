// What the editor knows beside the text: the chart's schema and its defaults; and the text's reading, made once for each
// text. Asks nobody: `server.ts` does.

import type { EditorState, Text } from "@codemirror/state";

import { type Json, type Path, at, isFields } from "./json.ts";
import { type Reading, read } from "./reading.ts";
import type { Place, Schema } from "./schema.ts";

/** The most characters of a text that is read again with every pause in typing. */
export const LONGEST = 65_536;

/** What the chart says of its values. */
export interface Sources {
  schema: Schema | undefined;
  defaults: Json | undefined;
}

const readings = new WeakMap<Text, Reading>();

/** The reading of a state's text. */
export function readingOf(state: EditorState): Reading {
  let reading = readings.get(state.doc);
  if (!reading) {
    reading = read(state.doc.toString());
    readings.set(state.doc, reading);
  }
  return reading;
}

/** A state's lines, from 0. */
export function linesOf(state: EditorState): { line(number: number): string } {
  return { line: (number) => (number < state.doc.lines ? state.doc.line(number + 1).text : "") };
}

/** What schema and defaults say of one place. */
export interface Told {
  place: Place | undefined;
  /** The chart's own value there. */
  standard: Json | undefined;
}

/** Looks a path up in both. */
export function told({ schema, defaults }: Sources, path: Path): Told {
  return { place: schema?.at(path), standard: at(defaults, path) };
}

/** The keys that may stand in a mapping. */
export function keysOf({ place, standard }: Told): string[] {
  return [...new Set([...(place?.keys ?? []), ...(isFields(standard) ? Object.keys(standard) : [])])];
}
