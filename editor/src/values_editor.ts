// <values-editor>: an editor over the one textarea inside it. The textarea keeps the form's value and is what there is
// where no scripts run; everything else lives in a shadow root, so that whoever renders the page finds it as it was.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, Transaction } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";

import { completing, hovering, indenting } from "./assist.ts";
import { type Finding, check, withoutHidden } from "./check.ts";
import { el } from "./dom.ts";
import { change, difference } from "./edit.ts";
import { Form } from "./form.ts";
import { type Json, type Path, isFields } from "./json.ts";
import { keyOn } from "./place.ts";
import { read, whereIs } from "./reading.ts";
import { askFindings, askSchema } from "./server.ts";
import { type Sources, LONGEST, linesOf, readingOf, told } from "./sources.ts";
import { Status } from "./status.ts";
import { theme } from "./theme.ts";

const PAUSE = 250;
const LONG_PAUSE = 700;
/** The most characters of defaults that are read; reading them stops the page for a moment. */
const LONGEST_DEFAULTS = 300_000;

export class ValuesEditor extends HTMLElement {
  static readonly observedAttributes = ["schema", "defaults"];

  private readonly sources: Sources = { schema: undefined, defaults: undefined };
  private textarea: HTMLTextAreaElement | undefined;
  private view: EditorView | undefined;
  private form: Form | undefined;
  private readonly status = new Status((from) => this.go(from));
  private fromServer: Finding[] = [];
  private pending: ReturnType<typeof setTimeout> | undefined;
  private learning: AbortController | undefined;
  private asking: AbortController | undefined;
  private leaving: AbortController | undefined;
  private asForm = false;

  connectedCallback(): void {
    const textarea = this.querySelector("textarea");
    if (!textarea) return;
    this.textarea = textarea;
    this.leaving = new AbortController();
    if (!this.view) this.build(textarea);
    const { signal } = this.leaving;
    const again = () => this.take(textarea.value);
    // A browser puts back what was typed when one goes back to the page; scripts may write, too.
    for (const event of ["input", "change"]) textarea.addEventListener(event, again, { signal });
    window.addEventListener("pageshow", again, { signal });
    textarea.form?.addEventListener("reset", () => queueMicrotask(again), { signal });
    for (const label of textarea.labels ?? []) label.addEventListener("click", () => this.view?.focus(), { signal });
    again();
    void this.learn();
  }

  disconnectedCallback(): void {
    this.leaving?.abort();
    this.learning?.abort();
    this.asking?.abort();
    clearTimeout(this.pending);
  }

  attributeChangedCallback(_: string, before: string | null): void {
    if (before !== null && this.isConnected) void this.learn();
  }

  /** Fetches the schema and reads the defaults. */
  private async learn(): Promise<void> {
    this.learning?.abort();
    const learning = new AbortController();
    this.learning = learning;
    const address = this.getAttribute("schema");
    const schema = address ? await askSchema(address, learning.signal) : undefined;
    if (learning.signal.aborted) return;
    const beside = document.getElementById(this.getAttribute("defaults") ?? "")?.textContent ?? "";
    this.sources.schema = schema;
    this.sources.defaults = beside.length <= LONGEST_DEFAULTS ? read(beside).values : undefined;
    this.fromServer = [];
    const form = schema ? new Form(this.sources, (path, value) => this.write(path, value)) : undefined;
    this.form = form?.any ? form : undefined;
    this.judge();
    void this.askServer();
  }

  private build(textarea: HTMLTextAreaElement): void {
    const root = this.attachShadow({ mode: "open" });
    const label = textarea.labels?.[0]?.textContent ?? "Values";
    const hint = el("p", { class: "hint keys", id: "keys" });
    hint.textContent = "Ctrl-Space completes, Ctrl-F searches. Tab indents; to leave the editor press Escape, then Tab. Ctrl-M turns the indenting off and on.";
    const text = textarea.getAttribute("aria-describedby");
    const described = el("p", { id: "described", hidden: true }, (text && document.getElementById(text)?.textContent) || "");
    const yamlBox = el("div", { class: "yaml" });
    this.view = new EditorView({ parent: yamlBox, root, state: this.state(textarea.value, label) });
    const views = el("div", { class: "views", role: "group", "aria-label": "Shown as", hidden: true });
    for (const [name, asForm] of [["YAML", false], ["Form", true]] as const) {
      const button = el("button", { type: "button", "aria-pressed": String(!asForm) }, name);
      button.addEventListener("click", () => this.show(asForm));
      views.append(button);
    }
    // The page's own sheets: what holds for its fields holds for these.
    const sheets = [...document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')].map((sheet) => el("link", { rel: "stylesheet", href: sheet.href }));
    root.append(...sheets, el("div", { class: "values-editor" }, views, yamlBox, el("div", { class: "fields", hidden: true }), this.status.dom, hint, described));
  }

  private state(doc: string, label: string): EditorState {
    return EditorState.create({
      doc,
      extensions: [
        lineNumbers(),
        foldGutter(),
        lintGutter(),
        codeFolding(),
        history(),
        drawSelection(),
        EditorState.allowMultipleSelections.of(true),
        indentUnit.of("  "),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        search({ top: true }),
        yaml(),
        indenting,
        autocompletion({ override: [completing(() => this.sources)], icons: false }),
        hovering(() => this.sources),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, "aria-describedby": "described keys", spellcheck: "false", autocapitalize: "none" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) this.changed(update.transactions.some((one) => one.annotation(Transaction.remote)));
          if (update.docChanged || update.selectionSet) this.about(update.state);
        }),
        theme,
      ],
    });
  }

  /** Takes over what the textarea holds. */
  private take(text: string): void {
    const view = this.view;
    if (!view || view.state.doc.toString() === text) return;
    view.dispatch({ changes: difference(view.state.doc.toString(), text), annotations: Transaction.remote.of(true) });
  }

  private changed(remote: boolean): void {
    const { view, textarea } = this;
    if (!view || !textarea) return;
    if (!remote) textarea.value = view.state.doc.toString();
    this.fromServer = [];
    this.asking?.abort();
    clearTimeout(this.pending);
    if (this.asForm) this.judge();
    this.pending = setTimeout(() => {
      this.judge();
      this.pending = setTimeout(() => void this.askServer(), LONG_PAUSE - PAUSE);
    }, PAUSE);
  }

  /** Marks what is wrong, as far as it is known. */
  private judge(): void {
    const view = this.view;
    if (!view) return;
    const long = view.state.doc.length > LONGEST;
    const views = this.shadowRoot?.querySelector<HTMLElement>(".views");
    if (views) views.hidden = long || !this.form;
    if (views?.hidden && this.asForm) return this.show(false);
    if (long) return this.status.tell("These values are too long to be checked while you type; the server checks them.");
    const reading = readingOf(view.state);
    const { values } = reading;
    const known = values === undefined ? [] : check(values, this.sources.schema, this.sources.defaults);
    const places = new Set(known.filter(({ severity }) => severity === "error").map(({ path }) => path.join("/")));
    const findings = values === undefined ? [] : [...known, ...withoutHidden(this.fromServer, values).filter(({ path }) => !places.has(path.join("/")))];
    const marks = [
      ...reading.faults,
      ...findings.map(({ path, key, message, severity }) => ({ ...whereIs(reading, path, key), message, severity })),
    ].toSorted((left, right) => left.from - right.from || left.to - right.to);
    view.dispatch(setDiagnostics(view.state, marks));
    this.status.show(marks.map((mark) => ({ ...mark, line: view.state.doc.lineAt(mark.from).number })));
    if (this.asForm) this.fill(values, findings);
  }

  private fill(values: Json | undefined, findings: Finding[]): void {
    const fields = this.shadowRoot?.querySelector<HTMLElement>(".fields");
    if (!fields || !this.form) return;
    const broken = values === undefined;
    fields.replaceChildren(broken ? el("p", { class: "hint" }, "The YAML cannot be read as it is. Put it right there; then the form shows it.") : this.form.dom);
    if (!broken) this.form.show(values, findings);
  }

  private async askServer(): Promise<void> {
    const address = this.getAttribute("check");
    const { view } = this;
    if (!address || !view || !this.sources.schema || view.state.doc.length > LONGEST) return;
    const { values } = readingOf(view.state);
    if (!isFields(values)) return;
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const found = await askFindings(address, values, asking.signal);
    if (asking.signal.aborted) return;
    this.fromServer = found;
    this.judge();
  }

  /** Writes what the form was told into the text. */
  private write(path: Path, value: Json | undefined): boolean {
    const view = this.view;
    if (!view) return false;
    const before = view.state.doc.toString();
    const after = change(before, path, value);
    if (after === undefined) return false;
    if (after !== before) view.dispatch({ changes: difference(before, after), userEvent: "input.form" });
    return true;
  }

  private show(asForm: boolean): void {
    this.asForm = asForm;
    const root = this.shadowRoot;
    for (const [name, hidden] of [[".yaml", asForm], [".keys", asForm], [".known", asForm], [".fields", !asForm]] as const) {
      const part = root?.querySelector<HTMLElement>(name);
      if (part) part.hidden = hidden;
    }
    root?.querySelectorAll(".views button").forEach((button, number) => button.setAttribute("aria-pressed", String((number === 1) === asForm)));
    this.judge();
  }

  /** Goes to a place in the text. */
  private go(from: number): void {
    this.show(false);
    this.view?.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    this.view?.focus();
  }

  /** Says what is known of the key that the cursor is on. */
  private about(state: EditorState): void {
    const line = state.doc.lineAt(state.selection.main.head);
    const key = keyOn(linesOf(state), line.number - 1);
    this.status.about(key ? String(key.path.at(-1)) : "", key && told(this.sources, key.path));
  }
}
