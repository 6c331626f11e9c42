//! Thirty secrets, the values that hold them, and a chart that spreads them over its objects, notes and errors in every
//! encoding; served as a chart source on the loopback.

use std::{io::Write, net::SocketAddr};

use axum::{Router, routing::get};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

/// How many secrets there are.
pub const SECRETS: usize = 30;
/// The chart's name and version.
pub const CHART: (&str, &str) = ("leaky", "1.0.0");

/// A secret of its own for each number: with quotes, an ampersand, a plus sign and spaces in some of them.
pub fn secret(number: usize) -> String {
    let odd = match number % 5 {
        0 => "+x/y&z",
        1 => " and some more words",
        2 => "\"q'q",
        3 => "=é%",
        _ => "plain",
    };
    // No text of its own that anything else could hold.
    format!("zq{:x}Zk{odd}Wv{:x}", number * 0x9e3b + 0x5117c, number * 0x1f1d + 0xd3a5)
}

/// A key file: it counts as the last of the secrets, line by line.
pub fn key_file() -> String {
    let line = |number: usize| STANDARD.encode(format!("{:>036}", secret(number).len() * 7919 + number * 104_729));
    format!("-----BEGIN PRIVATE KEY-----\n{}\n{}\n{}\n-----END PRIVATE KEY-----\n", line(101), line(102), line(103))
}

/// Values under all kinds of keys.
pub fn values() -> Value {
    let mut values = json!({
        "db": {"password": secret(0), "url": format!("postgres://app:{}@db/x", "plainpart"), "replica": {"adminPassword": secret(1)}},
        "auth": {"token": secret(2), "clientSecret": secret(3), "apiKey": secret(4)},
        "aws": {"secretAccessKey": secret(5), "accessKeyId": secret(6)},
        "env": [{"name": "DB_PASSWORD", "value": secret(7)}, {"name": "API_TOKEN", "value": secret(8)}],
        "smtp": {"credentials": {"user": "mail", "pass": secret(9)}},
        "oauth": {"cookieSecret": secret(10), "signing_key": secret(11)},
        "stores": [{"name": "a", "dsn": format!("mysql://root:{}@m", "x"), "passphrase": secret(12)}, {"name": "b", "passwd": secret(13)}],
        "tls": {"privateKey": key_file()},
        "data": {"one": secret(14), "two": secret(15), "three": secret(16)},
        "motd": format!("remember {} and {}", secret(3), secret(2)),
        "boom": "",
    });
    let tokens: Vec<Value> = (17..SECRETS - 1).map(secret).map(Value::from).collect();
    values["tokens"] = Value::from(tokens);
    values
}

/// What must not be seen anywhere.
pub fn all() -> Vec<String> {
    let lines = key_file().lines().filter(|line| !line.starts_with("-----")).map(str::to_owned).collect::<Vec<_>>();
    (0..SECRETS - 1).map(secret).chain(lines).collect()
}

const CHART_YAML: &str = "apiVersion: v2\nname: leaky\nversion: 1.0.0\nappVersion: '1'\ndescription: spreads secrets\n";

const DEFAULTS: &str = "# Values of a chart that spreads secrets.\nboom: \"\"\n";

const SCHEMA: &str = r#"{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
 "properties": {"strict": {"type": "object", "properties": {"secret": {"type": "string", "pattern": "^[a-z]$"}}}}}"#;

/// A Secret with what is under keys that say nothing, and one under `stringData`.
const SECRET_YAML: &str = r#"apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}-a}
data:
{{- range $key, $value := .Values.data }}
  {{ $key }}: {{ $value | b64enc }}
{{- end }}
  key.pem: {{ .Values.tls.privateKey | b64enc }}
---
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}-b}
stringData:
{{- range $index, $value := .Values.tokens }}
  t{{ $index }}: {{ $value | quote }}
{{- end }}
"#;

/// All of them, in every encoding that templates have at hand.
const CONFIG_YAML: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
data:
  # {{ .Values.db.password | quote }} in a comment
  plain: {{ .Values.db.password | quote }}
  base64: {{ printf "app:%s@db" .Values.db.replica.adminPassword | b64enc }}
  url: {{ printf "https://u:%s@h/" (.Values.auth.token | urlquery) | quote }}
  json: {{ .Values.auth | toJson | quote }}
  hex: {{ printf "%x" .Values.auth.apiKey }}
  HEX: {{ printf "%X" .Values.aws.secretAccessKey }}
  folded: >-
    {{ substr 0 7 .Values.aws.accessKeyId }}
    {{ substr 7 99 .Values.aws.accessKeyId }}
  split: |
{{ regexReplaceAll "(.{5})" .Values.oauth.cookieSecret "${1}\n" | indent 8 }}
  pem: |
{{ .Values.tls.privateKey | indent 8 }}
  env: {{ .Values.env | toJson | b64enc }}
  quoted: {{ (index .Values.stores 0).passphrase | replace "'" "''" | squote }}
  stores: {{ .Values.stores | toJson | toJson }}
  tokens: {{ join "," .Values.tokens | quote }}
  data: {{ range .Values.data }}{{ . | b64enc }}{{ end }}
"#;

const FAIL_YAML: &str = r#"{{- if eq .Values.boom "template" }}{{ fail (printf "cannot log in with %s, nor with %x" .Values.db.password .Values.auth.token) }}{{ end }}
{{- if eq .Values.boom "object" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Values.db.password | quote }}, labels: {token: {{ .Values.auth.token | quote }}}}
{{- end }}
"#;

const NOTES: &str = r#"Log in with {{ .Values.db.password }}.
{{ .Values.auth.token | b64enc }} {{ .Values.auth.clientSecret | urlquery }} {{ .Values.auth.apiKey | quote }}
{{ printf "%x" .Values.aws.secretAccessKey }}
{{ range .Values.tokens }}{{ . }} {{ . | b64enc }}
{{ end }}{{ range .Values.data }}{{ . }} {{ printf "user:%s" . | b64enc }}
{{ end }}{{ range .Values.env }}{{ .value }}{{ end }}
{{ .Values.tls.privateKey }}
"#;

fn archive() -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in [
        ("Chart.yaml", CHART_YAML),
        ("values.yaml", DEFAULTS),
        ("values.schema.json", SCHEMA),
        ("templates/secret.yaml", SECRET_YAML),
        ("templates/config.yaml", CONFIG_YAML),
        ("templates/fail.yaml", FAIL_YAML),
        ("templates/NOTES.txt", NOTES),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("leaky/{name}"), text.as_bytes()).unwrap();
    }
    let mut gz = tar.into_inner().unwrap();
    gz.flush().unwrap();
    gz.finish().unwrap()
}

/// Serves the chart until the test ends; answers the source's address.
pub async fn serve() -> String {
    let index =
        "apiVersion: v1\nentries:\n  leaky:\n  - {apiVersion: v2, name: leaky, version: 1.0.0, appVersion: '1', urls: [leaky-1.0.0.tgz]}\n";
    let archive = archive();
    let router = Router::new()
        .route("/index.yaml", get(move || async move { index }))
        .route("/leaky-1.0.0.tgz", get(move || async move { archive.clone() }));
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/")
}
