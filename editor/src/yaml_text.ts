// <yaml-text>: the text of the one <pre> inside it to read, with its mappings folded where it is long. Without scripts the
// <pre> is what there is.

import { yaml } from "@codemirror/lang-yaml";
import { codeFolding, ensureSyntaxTree, foldEffect, foldGutter, foldKeymap, foldable } from "@codemirror/language";
import { searchKeymap, search } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { standardKeymap } from "@codemirror/commands";

import { el } from "./dom.ts";
import { theme } from "./theme.ts";

/** A text of more lines begins folded. */
const FOLDED_ABOVE = 60;
/** A mapping of more lines is folded there. */
const LONG = 12;
const PATIENCE_MS = 50;

export class YamlText extends HTMLElement {
  private view: EditorView | undefined;
  private watch: MutationObserver | undefined;

  connectedCallback(): void {
    const pre = this.querySelector("pre");
    if (!pre) return;
    if (!this.view) {
      const root = this.attachShadow({ mode: "open" });
      const box = el("div", { class: "yaml-text" });
      this.view = new EditorView({ parent: box, root, state: this.state(pre.textContent ?? "") });
      root.append(box);
      this.fold();
    }
    // Another version is shown in the same place.
    this.watch = new MutationObserver(() => {
      if (this.view?.state.doc.toString() === pre.textContent) return;
      this.view?.setState(this.state(pre.textContent ?? ""));
      this.fold();
    });
    this.watch.observe(pre, { characterData: true, childList: true, subtree: true });
  }

  disconnectedCallback(): void {
    this.watch?.disconnect();
  }

  private state(doc: string): EditorState {
    return EditorState.create({
      doc,
      extensions: [
        lineNumbers(),
        foldGutter(),
        codeFolding(),
        yaml(),
        search({ top: true }),
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": this.getAttribute("label") ?? "YAML" }),
        keymap.of([...standardKeymap, ...searchKeymap, ...foldKeymap]),
        theme,
      ],
    });
  }

  /** Folds the long mappings of a long text, so that its keys are seen at once. */
  private fold(): void {
    const { view } = this;
    if (!view || view.state.doc.lines <= FOLDED_ABOVE) return;
    const { state } = view;
    ensureSyntaxTree(state, state.doc.length, PATIENCE_MS);
    const effects = [];
    for (let number = 1; number <= state.doc.lines; number += 1) {
      const line = state.doc.line(number);
      const range = /^[^\s#-]/.test(line.text) ? foldable(state, line.from, line.to) : null;
      if (range && state.doc.lineAt(range.to).number - number > LONG) effects.push(foldEffect.of(range));
    }
    view.dispatch({ effects });
  }
}
