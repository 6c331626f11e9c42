// One field of the form: how its kind of value is shown and read. Knows no text and no document.

import { el } from "./dom.ts";
import { type Json, HIDDEN, brief, isScalar, same } from "./json.ts";
import type { Place, Type } from "./schema.ts";

/** A control and how its value is read and shown. */
export interface Control {
  dom: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
  /** The value that it stands for; undefined takes the default. */
  read(): Json | undefined;
  /** Shows a value; tells whether it can. */
  show(value: Json | undefined): boolean;
}

/** The control for a place; none where only YAML will do. `standard` says what is in force without a value. */
export function control(place: Place, standard: string | undefined): Control | undefined {
  const types = place.types.filter((type) => type !== "null");
  if (place.choices?.every(isScalar)) return choice(place.choices, standard);
  const [type] = types;
  if (types.length !== 1 || type === undefined) return undefined;
  if (type === "boolean") return choice([true, false], standard);
  if (type === "string" || type === "integer" || type === "number") return line(type, standard);
  const inner = type === "array" ? place.child(0).types : [];
  const item = inner[0];
  if (inner.length === 1 && (item === "string" || item === "integer" || item === "number")) return list(item, standard);
  return undefined;
}

/** One of few values. */
function choice(choices: Json[], standard: string | undefined): Control {
  const option = (value: string, text: string) => el("option", { value }, text);
  const dom = el("select", {}, option("", standard === undefined ? "Not set" : `Default: ${standard}`));
  dom.append(...choices.map((value, number) => option(String(number), brief(value))));
  // What stands there without being one of them can be kept, and can be chosen again.
  const other = option("other", "");
  let kept: Json | undefined;
  return {
    dom,
    read: () => (dom.value === "" ? undefined : dom.value === "other" ? kept : choices[Number(dom.value)]),
    show(value) {
      const number = choices.findIndex((one) => same(one, value));
      if (value !== undefined && number === -1) {
        kept = value;
        other.textContent = value === HIDDEN ? "hidden, stays as it is" : brief(value);
        dom.append(other);
      }
      dom.value = value === undefined ? "" : number === -1 ? "other" : String(number);
      return true;
    },
  };
}

/** A text or a number on one line. Left empty it takes the default; a hidden value it keeps. */
function line(type: Type, standard: string | undefined): Control {
  const dom = el("input", { type: "text", autocapitalize: "none", autocomplete: "off", spellcheck: "false", inputmode: type === "string" ? undefined : "decimal" });
  let hidden = false;
  return {
    dom,
    read: () => (dom.value === "" ? (hidden ? HIDDEN : undefined) : parsed(type, dom.value)),
    show(value) {
      hidden ||= value === HIDDEN;
      const shown = value === undefined || value === HIDDEN ? "" : isScalar(value) ? String(value ?? "") : undefined;
      const empty = new Map<Json | undefined, string>([[HIDDEN, "hidden, stays as it is"], ["", "empty"], [null, "no value"]]);
      dom.placeholder = empty.get(value) ?? (standard === undefined ? "" : `Default: ${standard}`);
      if (shown === undefined || shown.includes("\n")) return false;
      dom.value = shown;
      return true;
    },
  };
}

/** A list with one entry on each line. */
function list(type: Type, standard: string | undefined): Control {
  const dom = el("textarea", { rows: "3", class: "text-area code", spellcheck: "false", placeholder: standard === undefined ? undefined : `Default: ${standard}` });
  const lines = () => dom.value.split("\n").filter((one) => one.trim() !== "");
  return {
    dom,
    read: () => (lines().length === 0 ? undefined : lines().map((one) => parsed(type, one.trim()))),
    show(value) {
      const plain = (one: Json) => isScalar(one) && one !== null && !/^\s*$|\n|^\s|\s$/.test(String(one));
      if (value !== undefined && (!Array.isArray(value) || value.length === 0 || !value.every(plain))) return false;
      dom.value = (value ?? []).join("\n");
      return true;
    },
  };
}

/** What was typed, as the type where it is one; the check tells of the rest. */
function parsed(type: Type, text: string): Json {
  if (type === "string") return text;
  const number = Number(text);
  return /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text.trim()) && Number.isFinite(number) ? number : text;
}
