// Texts that try to run in a reader's browser, and a chart source and releases that hold them wherever a stranger may
// write. Nothing here is expected to work: the journey that uses it proves so.

import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import { gzipSync } from "node:zlib";

import { kubectl } from "./surroundings.ts";

/** What each text would call if it ran. */
export const RAN = "xss-ran";
const CALL = `console.error('${RAN}')`;

/** Fifty ways to leave a text, an attribute, an address, a script or a style. */
export const CORPUS: string[] = [
  `<script>${CALL}</script>`,
  `</script><script>${CALL}</script>`,
  `<SCRIPT SRC=data:text/javascript,${CALL}></SCRIPT>`,
  `<scr<script>ipt>${CALL}</scr</script>ipt>`,
  `<script/x>${CALL}</script>`,
  `<script\n>${CALL}</script\n>`,
  `</textarea><script>${CALL}</script>`,
  `</title><script>${CALL}</script>`,
  `</style><script>${CALL}</script>`,
  `</noscript><script>${CALL}</script>`,
  `</template><script>${CALL}</script>`,
  `</pre></code></td></table><script>${CALL}</script>`,
  `--><script>${CALL}</script>`,
  `<!--><script>${CALL}</script>-->`,
  `]]><script>${CALL}</script>`,
  `<img src=x onerror=${CALL}>`,
  `"><img src=x onerror=${CALL}>`,
  `'><img src=x onerror=${CALL}>`,
  `<img src="x" onerror="${CALL}"`,
  `<img/src/onerror=${CALL}>`,
  `<svg onload=${CALL}>`,
  `<svg><script>${CALL}</script></svg>`,
  `<svg><animate onbegin=${CALL} attributeName=x dur=1s>`,
  `<svg><a xlink:href="javascript:${CALL}"><text x=20 y=20>x</text></a></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--><img src=1 onerror=${CALL}>">`,
  `<body onload=${CALL}>`,
  `<iframe srcdoc="<script>${CALL}</script>"></iframe>`,
  `<iframe src="javascript:${CALL}"></iframe>`,
  `<object data="data:text/html,<script>${CALL}</script>"></object>`,
  `<embed src="data:text/html,<script>${CALL}</script>">`,
  `<a href="javascript:${CALL}">x</a>`,
  `javascript:${CALL}`,
  `JaVaScRiPt:${CALL}`,
  `java\tscript:${CALL}`,
  ` javascript:${CALL}`,
  `data:text/html,<script>${CALL}</script>`,
  `data:text/html;base64,${Buffer.from(`<script>${CALL}</script>`).toString("base64")}`,
  `vbscript:msgbox(1)`,
  `<form action="javascript:${CALL}"><button autofocus>x</button></form>`,
  `<input autofocus onfocus=${CALL}>`,
  `<details open ontoggle=${CALL}><summary>x</summary></details>`,
  `<video><source onerror=${CALL}></video>`,
  `<audio src=x onerror=${CALL}>`,
  `<marquee onstart=${CALL}>x</marquee>`,
  `<meta http-equiv=refresh content="0;url=javascript:${CALL}">`,
  `<base href="data:text/html,//"><script src=x></script>`,
  `<link rel=stylesheet href="data:text/css,*{background:url(javascript:${CALL})}">`,
  `<style>@import 'data:text/css,';*{x:expression(${CALL})}</style>`,
  `" autofocus onfocus="${CALL}" x="`,
  `{{constructor.constructor('${CALL.replaceAll("'", "\\'")}')()}}\${${CALL}}\u2028<\u0000script>`,
];

/** Releases as Helm would keep them, whose every free text is one of the corpus; answers their names. */
export async function leaveHostileReleases(namespace: string): Promise<string[]> {
  const at = new Date().toISOString();
  const names = CORPUS.map((_, number) => `hostile-${number}`);
  const items = CORPUS.flatMap((text, number) =>
    [1, 2].map((revision) => {
      const metadata = {
        apiVersion: "v2",
        name: text,
        version: text,
        appVersion: text,
        description: text,
        icon: text,
        home: text,
        sources: [text],
        annotations: { [text]: text },
        maintainers: [{ name: text, email: text, url: text }],
      };
      const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", annotations: { link: text } }, data: { [text]: text } };
      const release = {
        name: names[number],
        namespace,
        version: revision,
        info: { first_deployed: at, last_deployed: at, status: revision === 2 ? "deployed" : "superseded", description: text, notes: `${text}\n${revision}` },
        chart: { metadata, templates: [], values: { [text]: text } },
        config: { [text]: `${text} ${revision}`, list: [text], plain: text },
        manifest: `---\n# Source: ${text.replaceAll(/[\n\r\u2028]/g, " ")}\n${JSON.stringify(object)}\n`,
        hooks: [{ name: text, kind: "Job", path: text, manifest: JSON.stringify(object), events: ["pre-upgrade"] }],
      };
      const status = release.info.status;
      return {
        apiVersion: "v1",
        kind: "Secret",
        type: "helm.sh/release.v1",
        metadata: {
          namespace,
          name: `sh.helm.release.v1.${names[number]}.v${revision}`,
          labels: { owner: "helm", name: names[number], status, version: String(revision), modifiedAt: String(Math.floor(Date.now() / 1000)) },
        },
        stringData: { release: gzipSync(JSON.stringify(release)).toString("base64") },
      };
    }),
  );
  await kubectl(["create", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  return names;
}

/** A chart source whose index says the corpus about each of its charts. */
export async function hostileSource(): Promise<{ url: string; stop: () => Promise<void> }> {
  const entries = Object.fromEntries(
    CORPUS.map((text, number) => [
      `chart-${number}`,
      [
        {
          name: text,
          version: "1.0.0",
          appVersion: text,
          description: text,
          icon: text,
          home: text,
          sources: [text],
          keywords: [text],
          urls: ["chart.tgz"],
          created: new Date().toISOString(),
        },
      ],
    ]),
  );
  const index = JSON.stringify({ apiVersion: "v1", entries });
  const server: HttpServer = createServer((request, answer) => {
    if (request.url?.endsWith("/index.yaml")) answer.end(index);
    else answer.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    stop: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

/** One of the corpus. */
export function text(number: number): string {
  const found = CORPUS[number];
  if (found === undefined) throw new Error(`there is no text ${number}`);
  return found;
}
