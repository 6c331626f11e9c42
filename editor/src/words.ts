// What is known of a place, in words: for hovering and beside completions. A stranger's words become text nodes, never
// markup.

import { brief, isScalar } from "./json.ts";
import { typeOf, typeWords } from "./schema.ts";
import type { Told } from "./sources.ts";

/** What a value there is, such as “whole number, 1 to 9”. */
export function kindOf({ place, standard }: Told): string {
  if (place?.choices) return place.choices.slice(0, 12).map(brief).join(" | ");
  const types = place?.types.length ? place.types : standard === undefined || standard === null ? [] : [typeOf(standard)];
  const least = place?.numbers("minimum").at(0);
  const most = place?.numbers("maximum").at(0);
  const range = least !== undefined && most !== undefined ? `, ${least} to ${most}` : least !== undefined ? `, at least ${least}` : most !== undefined ? `, at most ${most}` : "";
  return typeWords(types) + range;
}

/** The chart's own value, or else the one that its schema names, where it is short. */
export function standardOf({ place, standard }: Told): string | undefined {
  const value = standard ?? place?.fallback;
  return value !== undefined && (isScalar(value) || JSON.stringify(value).length <= 40) ? brief(value) : undefined;
}

/** All of it, as an element; nothing where nothing is known. */
export function describe(name: string, told: Told): HTMLElement | undefined {
  const { place } = told;
  const standard = standardOf(told);
  const kind = kindOf(told);
  if (!place?.known && standard === undefined && kind === "") return undefined;
  const box = document.createElement("div");
  box.className = "told";
  const add = (tag: string, text: string, kind = "") => {
    if (text === "") return;
    const line = document.createElement(tag);
    line.textContent = text;
    line.className = kind;
    box.append(line);
  };
  add("code", name);
  if (place?.title && place.title !== name) add("b", place.title);
  add("p", place?.description ?? "");
  add("p", kind, "muted");
  if (standard !== undefined) add("p", `Default: ${standard}`, "muted");
  if (place?.deprecated) add("p", "Deprecated.", "muted");
  return box;
}
