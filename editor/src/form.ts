// The form that a simple schema makes: a field for every value that fits on a line or in a list, a group for every
// mapping. What does not fit stays YAML, and says so. It holds no values: the text does, and every change goes there.

import { type Finding } from "./check.ts";
import { el } from "./dom.ts";
import { type Control, control } from "./fields.ts";
import { type Json, type Path, at, isFields, same } from "./json.ts";
import type { Place } from "./schema.ts";
import { type Sources, type Told, keysOf, told } from "./sources.ts";
import { standardOf } from "./words.ts";

const DEEPEST = 6;
const MOST_FIELDS = 300;

/** Writes a value, or takes it away; tells whether it could. */
export type Edit = (path: Path, value: Json | undefined) => boolean;

interface Shown {
  show(values: Json, findings: Finding[]): void;
}

export class Form {
  readonly dom = el("div", { class: "form" });
  private readonly shown: Shown[] = [];
  private count = 0;

  constructor(
    private readonly sources: Sources,
    private readonly edit: Edit,
  ) {
    this.mapping([], told(sources, []), this.dom);
  }

  /** Whether there is anything to fill in. */
  get any(): boolean {
    return this.count > 0;
  }

  /** Shows the values as they are now. */
  show(values: Json, findings: Finding[]): void {
    for (const one of this.shown) one.show(values, findings);
  }

  /** The fields of a mapping; tells how many there are. */
  private mapping(path: Path, about: Told, into: HTMLElement): number {
    const before = this.count;
    const only: string[] = [];
    const required = new Set(about.place?.required);
    for (const key of keysOf(about)) {
      if (this.count >= MOST_FIELDS || !this.value([...path, key], required.has(key), into)) only.push(key);
    }
    if (only.length > 0 && (this.count > before || path.length === 0)) {
      const names = only.slice(0, 20).flatMap((key, number) => [number > 0 ? ", " : "", el("code", {}, key)]);
      into.append(el("p", { class: "hint" }, "Only in YAML: ", ...names, only.length > 20 ? ` and ${only.length - 20} more.` : "."));
    }
    return this.count - before;
  }

  /** The field or the group of one value; tells whether there is one. */
  private value(path: Path, needed: boolean, into: HTMLElement): boolean {
    const about = told(this.sources, path);
    const { place } = about;
    if (!place?.known || path.length > DEEPEST) return false;
    const standard = standardOf(about);
    const made = control(place, standard);
    if (made) {
      this.field(path, place, made, needed && standard === undefined, into);
      return true;
    }
    if (!place.types.every((type) => type === "object" || type === "null") || place.keys.length === 0) return false;
    const key = String(path.at(-1));
    const set = el("span", { class: "muted small" });
    const group = el("details", { class: "group", open: path.length === 1 }, el("summary", {}, place.title || key, " ", set));
    if (place.description) group.append(el("p", { class: "hint" }, place.description));
    if (this.mapping(path, about, group) === 0) return false;
    this.shown.push({
      show: (values) => {
        const there = at(values, path);
        const number = isFields(there) ? Object.keys(there).length : 0;
        set.textContent = number > 0 ? `${number} set` : "";
      },
    });
    into.append(group);
    return true;
  }

  private field(path: Path, place: Place, { dom, read, show }: Control, needed: boolean, into: HTMLElement): void {
    this.count += 1;
    const key = String(path.at(-1));
    const id = `field-${this.count}`;
    dom.id = id;
    dom.setAttribute("aria-describedby", `${id}-hint ${id}-bad`);
    const label = el("label", { for: id }, place.title || key);
    if (place.title && place.title !== key) label.append(" ", el("code", { class: "muted" }, key));
    if (needed) label.append(" ", el("span", { class: "muted" }, "(needed)"));
    const bad = el("p", { class: "bad", id: `${id}-bad` });
    const hint = el("p", { class: "hint", id: `${id}-hint` }, place.description);
    into.append(el("div", { class: "field" }, label, dom, hint, bad));

    let refused = "";
    const write = () => {
      refused = this.edit(path, read()) ? "" : "This cannot be written here. Change it in the YAML.";
      tell([]);
    };
    const tell = (messages: string[]) => {
      bad.textContent = [refused, ...messages].filter(Boolean).join(" ");
      if (bad.textContent === "") dom.removeAttribute("aria-invalid");
      else dom.setAttribute("aria-invalid", "true");
    };
    dom.addEventListener("input", write);
    this.shown.push({
      show: (values, findings) => {
        const value = at(values, path);
        // What somebody is typing stays as it is typed.
        if (dom.disabled || !same(read(), value) || value === undefined) {
          const can = show(value);
          dom.disabled = !can;
          if (!can && dom instanceof HTMLInputElement) dom.placeholder = "set in the YAML";
          if (!can) dom.value = "";
        }
        const here = JSON.stringify(path.map(String));
        tell(findings.filter((one) => JSON.stringify(one.path.map(String)) === here).map((one) => one.message));
      },
    });
  }
}
