// How CodeMirror looks: made of the page's own custom properties, so that it follows light and dark by itself.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "var(--r)", fontSize: "0.75rem" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-1px" },
  ".cm-scroller": { font: "var(--code)", maxHeight: "var(--editor-most, 70vh)", overflow: "auto" },
  ".cm-content, .cm-gutter": { minHeight: "var(--editor-least, 18rem)" },
  ".cm-content": { padding: "5px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 calc(2 * var(--u))" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--sunk) 60%, transparent)" },
  ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--ink-2)", border: "none", borderRight: "1px solid var(--line)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 2px 0 calc(2 * var(--u))" },
  ".cm-foldGutter .cm-gutterElement": { padding: "0 var(--u)", cursor: "pointer" },
  ".cm-gutter-lint": { width: "1rem" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0" },
  ".cm-lint-marker": { width: "1rem", height: "1.25rem", content: "none", font: "var(--code)", fontWeight: "700", textAlign: "center" },
  ".cm-lint-marker-error": { color: "var(--bad)", content: "none" },
  ".cm-lint-marker-warning": { color: "var(--warn)", content: "none" },
  ".cm-lint-marker-info": { color: "var(--accent)", content: "none" },
  ".cm-lint-marker-error::before": { content: "'✕'" },
  ".cm-lint-marker-warning::before": { content: "'!'" },
  ".cm-lint-marker-info::before": { content: "'i'" },
  ".cm-lintRange": { backgroundImage: "none", paddingBottom: "0", textDecorationLine: "underline", textDecorationStyle: "wavy", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecorationColor: "var(--bad)" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecorationColor: "var(--warn)" },
  ".cm-lintRange-info": { backgroundImage: "none", textDecorationColor: "var(--accent)", textDecorationStyle: "dotted" },
  ".cm-lintPoint::after": { display: "none" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunk)", border: "1px solid var(--line-strong)", color: "var(--ink-2)", padding: "0 4px", margin: "0 4px" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-wash)", outline: "1px solid var(--edge)" },
  ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "var(--warn-wash)", outline: "1px solid var(--edge)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--accent-wash)", outline: "2px solid var(--accent)" },
  ".cm-panels": { backgroundColor: "var(--sunk)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panel.cm-search": { font: "var(--text)", padding: "calc(2 * var(--u)) calc(8 * var(--u)) calc(2 * var(--u)) calc(2 * var(--u))" },
  ".cm-panel.cm-search label": { fontSize: "var(--small)", whiteSpace: "nowrap" },
  ".cm-textfield": { backgroundColor: "var(--sheet)", border: "1px solid var(--edge)", borderRadius: "var(--r)", fontSize: "var(--small)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--sheet)", border: "1px solid var(--edge)", borderRadius: "var(--r)", color: "var(--ink)", fontSize: "var(--small)", cursor: "pointer" },
  ".cm-panel.cm-search [name=close]": { color: "var(--ink-2)", fontSize: "1rem", padding: "0 var(--u)", cursor: "pointer" },
  ".cm-tooltip": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "var(--r)", boxShadow: "0 4px 16px var(--shade)" },
  ".cm-tooltip-hover, .cm-completionInfo": { font: "var(--text)", maxWidth: "min(26rem, 90vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { font: "var(--code)", maxHeight: "14rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px calc(2 * var(--u))", lineHeight: "1.25rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-wash)", color: "var(--ink)", boxShadow: "inset 2px 0 0 var(--accent)" },
  ".cm-completionDetail": { color: "var(--ink-2)", fontStyle: "normal" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip.cm-completionInfo": { padding: "calc(2 * var(--u)) calc(2.5 * var(--u))" },
  ".cm-tooltip-lint": { font: "var(--text)" },
  ".cm-diagnostic": { padding: "var(--u) calc(2.5 * var(--u))", borderLeft: "3px solid var(--edge)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--accent)" },
});

const words = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: tags.comment, color: "var(--ink-2)", fontStyle: "italic" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.typeName, tags.labelName, tags.meta, tags.keyword], color: "var(--warn)" },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--ink-2)" },
]);

/** The look of every editor. */
export const theme = [look, syntaxHighlighting(words)];
