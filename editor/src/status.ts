// The lines below the editor: how many problems there are with the first of them, and what is known of the key that the
// cursor is on, for whoever does not hover.

import { el } from "./dom.ts";
import { brief } from "./json.ts";
import type { Told } from "./sources.ts";
import { kindOf, standardOf } from "./words.ts";

interface Mark {
  from: number;
  line: number;
  message: string;
  severity: "error" | "warning" | "info";
}

const GLYPHS = { error: "✕", warning: "!", info: "i" } as const;

export class Status {
  private readonly problems = el("div", { class: "problems", role: "status" });
  private readonly known = el("p", { class: "hint known" });
  readonly dom = el("div", { class: "state-of" }, this.problems, this.known);
  private said: string | undefined;

  constructor(private readonly go: (from: number) => void) {}

  /** Says one sentence instead of problems. */
  tell(sentence: string): void {
    if (sentence === this.said) return;
    this.said = sentence;
    this.problems.replaceChildren(sentence);
  }

  /** Shows what is wrong; again only where it has become something else, since it is read aloud. */
  show(marks: Mark[]): void {
    const errors = marks.filter(({ severity }) => severity === "error").length;
    const first = marks.find(({ severity }) => severity === "error") ?? marks[0];
    const notes = marks.length - errors;
    const word = (number: number, one: string) => `${number} ${one}${number === 1 ? "" : "s"}`;
    const count = [errors > 0 ? word(errors, "problem") : "", notes > 0 ? word(notes, "note") : ""].filter(Boolean).join(", ");
    const said = first ? `${count} ${first.line} ${first.message}` : "";
    if (said === this.said) return;
    this.said = said;
    if (!first) return this.problems.replaceChildren(el("span", { class: "good" }, "✓ No problems"));
    const jump = el("button", { type: "button", class: "link" }, `Line ${first.line}`);
    jump.addEventListener("click", () => this.go(first.from));
    this.problems.replaceChildren(el("span", { class: first.severity }, `${GLYPHS[first.severity]} ${count}`), " · ", jump, `: ${first.message}`);
  }

  /** Says what is known of a key. */
  about(name: string, told: Told | undefined): void {
    const standard = told && standardOf(told);
    const words = told ? [told.place?.description || told.place?.title || "", kindOf(told), standard === undefined ? "" : `default: ${standard}`] : [];
    const text = words.filter(Boolean).join(" · ");
    this.known.replaceChildren(...(text === "" ? [] : [el("code", {}, brief(name)), ` ${text}`]));
  }
}
