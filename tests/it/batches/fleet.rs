//! A fleet for a batch: tenants with a release each of a chart of the test's own, and looks at what became of them.

use std::time::Duration;

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{
    App, Env,
    app::Tenant,
    env::unique,
    shelf::{Edition, Shelf},
    until,
};

/// A ConfigMap; from 1.1.0 on one that the cluster refuses where the values ask for it.
const TEMPLATE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ if and .Values.bad (ne .Chart.Version \"1.0.0\") }}Not_A_Name{{ else }}{{ .Release.Name }}{{ end }}}\n\
    data: {version: {{ .Chart.Version | quote }}, motto: {{ .Values.motto | default \"none\" | quote }}}\n";
const VERSIONS: [&str; 5] = ["1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0"];

/// Tenants with a release each.
pub struct Fleet {
    pub tenants: Vec<Tenant>,
    pub chart: String,
    _shelf: Shelf,
}

impl Fleet {
    /// A chart of the test's own, and the environment whose source offers it.
    pub async fn shelf(env: Env) -> (Env, Shelf, String) {
        let chart = unique("wave");
        let files = [("values.yaml", "{}\n"), ("templates/all.yaml", TEMPLATE)];
        let editions = VERSIONS.map(|version| Edition { name: &chart, version, about: "", files: &files });
        let shelf = Shelf::editions(&editions, None).await;
        (Env { charts_url: shelf.url.clone(), ..env }, shelf, chart)
    }

    /// So many tenants with version 1.0.0; those numbers get values that later versions fail with. Rings go round.
    pub async fn of(app: &App, env: &Env, shelf: Shelf, chart: String, count: usize, bad: &[usize]) -> Self {
        let tenants: Vec<Tenant> = stream::iter(0..count).map(|_| app.tenant(env)).buffered(4).collect().await;
        let ready = tenants.iter().enumerate().map(|(at, tenant)| {
            let wish = tenant.install("app", &chart, "1.0.0", &json!({"bad": bad.contains(&at), "secretToken": format!("hush-hush-{at}")}));
            settle(app, &tenant.id, at, wish)
        });
        stream::iter(ready).buffer_unordered(6).collect::<Vec<_>>().await;
        Self { tenants, chart, _shelf: shelf }
    }

    /// The releases' ids.
    pub fn releases(&self) -> Vec<String> {
        self.tenants.iter().map(|tenant| tenant.release("app")).collect()
    }

    /// A batch to that version.
    pub fn upgrade(&self, version: &str, strategy: &Value) -> Value {
        json!({
            "aim": {"kind": "upgrade", "chart": self.chart, "version": version}, "selection": {"releases": self.releases()},
            "strategy": strategy, "timeout": 60,
        })
    }

    /// Version and revision of each release, as the watch has seen them.
    pub async fn seen(&self, app: &App) -> Vec<(String, u64)> {
        let look = |tenant: &Tenant| {
            let path = format!("/api/v1/helm/releases/{}", tenant.release("app"));
            async move {
                let row = app.get(&path).await;
                (row["chartVersion"].as_str().unwrap().to_owned(), row["revision"].as_u64().unwrap())
            }
        };
        stream::iter(&self.tenants).map(look).buffered(8).collect().await
    }
}

/// Labels a tenant and installs its release.
async fn settle(app: &App, tenant: &str, at: usize, wish: Value) {
    let ring = ["canary", "early", "broad"][at % 3];
    let labelled = app.request(reqwest::Method::PATCH, &format!("/api/v1/tenants/{tenant}")).json(&json!({"labels": {"ring": ring}}));
    assert!(labelled.send().await.unwrap().status().is_success());
    let done = app.change("/api/v1/helm/releases", &wish).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
}

/// Puts something in the way of whatever would change a release: the cluster refuses it, and Helm's revision fails.
pub async fn forbid(env: &Env, tenant: &Tenant) {
    let patch = json!({"immutable": true}).to_string();
    env.kubectl(&["patch", "configmap", "app", "--namespace", &tenant.namespace, "--type=merge", "--patch", &patch]).await;
}

/// Takes it out of the way, which goes only together with the object.
pub async fn allow(env: &Env, tenant: &Tenant) {
    env.kubectl(&["delete", "configmap", "app", "--namespace", &tenant.namespace]).await;
}

/// Makes a batch and waits for the end of its preflight; answers its path.
pub async fn made(app: &App, wish: &Value) -> String {
    let made = app.post("/api/v1/batches", wish).await;
    assert_eq!(made.status.as_u16(), 201, "{made:?}");
    let path = format!("/api/v1/batches/{}", made.body["id"].as_str().unwrap());
    board(app, &path, "rendered", |board| board["state"] != "preflight").await;
    path
}

/// Does that with a batch.
pub async fn act(app: &App, path: &str, verb: &str, body: &Value) -> Value {
    let done = app.post(&format!("{path}/{verb}"), body).await;
    assert!(done.status.is_success(), "{verb}: {done:?}");
    done.body
}

/// The board once it is so.
pub async fn board(app: &App, path: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    until(what, || async { Some(app.get(path).await).filter(&is) }).await
}

/// The board once nothing is left to do.
pub async fn over(app: &App, path: &str) -> Value {
    let end = Instant::now() + Duration::from_secs(300);
    loop {
        let board = app.get(path).await;
        if !board["finishedAt"].is_null() {
            return board;
        }
        assert!(Instant::now() < end, "gave up waiting until the batch is over: {board}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// The state of each target, in the order of its number.
pub fn states(board: &Value) -> Vec<String> {
    board["targets"].as_array().unwrap().iter().map(|target| target["state"].as_str().unwrap().to_owned()).collect()
}
