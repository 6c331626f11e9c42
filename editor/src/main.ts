// What the page loads: it makes the two elements known. Everything else is theirs.

import { ValuesEditor } from "./values_editor.ts";
import { YamlText } from "./yaml_text.ts";

customElements.define("values-editor", ValuesEditor);
customElements.define("yaml-text", YamlText);
