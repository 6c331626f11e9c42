//! Everything that leaves the process: every answer that somebody who may not see secrets can get about a release, and
//! what other users of the machine can see of the processes.

use reqwest::Method;
use serde_json::Value;

use super::trace::Traces;
use crate::support::{App, app::TOKEN};

/// A release with its tenant.
pub struct Place<'a> {
    pub tenant: &'a str,
    pub slug: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    pub id: &'a str,
    pub revisions: u32,
    pub operations: &'a [String],
    pub previews: &'a [String],
    pub batch: &'a str,
}

/// The paths of all that can be read of a release: the API, the pages, the server functions, the event streams.
pub fn paths(place: &Place<'_>) -> Vec<String> {
    let Place { tenant, slug, namespace, name, id, revisions, operations, previews, batch } = place;
    let release = format!("/api/v1/helm/releases/{id}");
    let page = format!("/tenants/{slug}/releases/{namespace}/{name}");
    let mut paths = vec![
        "/api/v1/helm/releases".into(),
        "/api/v1/helm/releases/summary".into(),
        "/api/v1/selections".into(),
        "/api/v1/helm/releases/matrix?group=ring&size=500".into(),
        format!("/api/v1/helm/releases/tenant/{tenant}"),
        release.clone(),
        format!("{release}/history"),
        format!("{release}/resources"),
        format!("{release}/events"),
        format!("{release}/provenance"),
        format!("{release}/drift"),
        format!("{page}/drift"),
        format!("{page}/resources"),
        format!("{page}/values"),
        format!("{page}/test"),
        "/api/v1/helm/releases/chart/leaky/versions".into(),
        "/api/v1/helm/releases/chart/leaky/needs-upgrade?targetVersion=2.0.0".into(),
        "/api/v1/tenants".into(),
        format!("/api/v1/tenants/{tenant}"),
        "/api/v1/charts".into(),
        "/api/v1/charts/leaky/versions".into(),
        "/api/v1/charts/demo/leaky/versions".into(),
        "/api/v1/charts/demo/leaky/1.0.0/defaults".into(),
        "/api/v1/charts/demo/leaky/1.0.0/schema".into(),
        "/charts/demo/leaky/1.0.0?show=values".into(),
        "/charts/demo/leaky/1.0.0?show=facts".into(),
        "/api/fn/chart?source=demo&chart=leaky".into(),
        "/api/fn/chart_schema?chart=demo/leaky&version=1.0.0".into(),
        "/api/v1/operations".into(),
        "/api/v1/audit?size=500".into(),
        "/api/v1/audit?format=csv".into(),
        "/api/v1/audit?format=json".into(),
        "/".into(),
        "/tenants".into(),
        format!("/tenants/{slug}"),
        format!("/tenants/{slug}/install?chart=demo/leaky&version=1.0.0"),
        "/releases".into(),
        "/operations".into(),
        "/charts".into(),
        "/audit".into(),
        format!("{page}/upgrade"),
        format!("{page}/rollback?to=1"),
        format!("{page}/uninstall"),
        "/api/fn/fleet".into(),
        "/api/fn/charts".into(),
        "/api/fn/releases?query[paging][page]=0&query[paging][size]=50".into(),
        "/api/fn/operations?query[paging][page]=0&query[paging][size]=50".into(),
        "/api/fn/audit?query[paging][page]=0&query[paging][size]=50&query[sort]=newest".into(),
        "/api/fn/tenants?retired=false".into(),
        format!("/api/fn/tenant?slug={slug}&query[paging][page]=0&query[paging][size]=50"),
        format!("/api/fn/tenant_edit?slug={slug}"),
        "/settings/sources".into(),
        "/settings/webhooks".into(),
        "/api/fn/webhooks".into(),
        "/api/v1/webhooks".into(),
        "/batches".into(),
        "/batches/new?kind=values&chart=leaky".into(),
        format!("/batches/{batch}"),
        format!("/api/v1/batches/{batch}"),
        "/api/v1/batches".into(),
        format!("/api/fn/batch?id={batch}"),
        "/api/fn/sources".into(),
        format!("/api/fn/install?slug={slug}&chart=demo/leaky&version=1.0.0"),
    ];
    for key in ["db.password", "auth", "motd", "tokens", "env"] {
        paths.push(format!("/values?key={key}"));
        paths.push(format!("/api/fn/search_values?key={key}"));
        paths.push(format!("/api/v1/helm/releases/values?key={key}"));
    }
    for verb in ["upgrade", "rollback", "uninstall", "reveal", "resources", "test", "provenance", "drift"] {
        paths.push(format!(
            "/api/fn/{verb}?place[tenant]={slug}&place[namespace]={namespace}&place[name]={name}&to=1&revision=1&of=computed"
        ));
    }
    for part in ["override", "computed", "manifest", "notes"] {
        paths.push(format!("{page}?from=1&to={revisions}&of={part}"));
        paths.push(format!("{page}/reveal?of={part}"));
        for to in 1..=*revisions {
            paths.push(format!("{release}/diff?from=1&to={to}&of={part}"));
            paths.push(format!("{page}?from={to}&to={to}&of={part}"));
            paths.push(format!(
                "/api/fn/release?place[tenant]={slug}&place[namespace]={namespace}&place[name]={name}&from={to}&to={to}&of={part}"
            ));
        }
    }
    for revision in 1..=*revisions {
        paths.push(format!("{release}/revisions/{revision}/values?of=override"));
        paths.push(format!("{release}/revisions/{revision}/values?of=computed"));
        paths.push(format!("{release}/revisions/{revision}/manifest"));
    }
    for preview in *previews {
        paths.push(format!("/api/v1/previews/{preview}"));
        paths.push(format!("/previews/{preview}"));
        paths.push(format!("/api/fn/preview?id={preview}"));
    }
    for operation in *operations {
        paths.push(format!("/api/v1/operations/{operation}"));
        paths.push(format!("/api/v1/operations/{operation}/events"));
        paths.push(format!("/operations/{operation}"));
        paths.push(format!("/api/fn/operation?id={operation}"));
    }
    paths
}

/// Status and body of an answer to that token.
pub async fn answer(app: &App, token: &str, path: &str) -> (u16, Vec<u8>) {
    let answer = app.anonymous(Method::GET, path).bearer_auth(token).header("accept", "*/*").send().await.unwrap();
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
}

/// Asks for every path by the tokens of support and of a viewer, and as an admin; insists on answers without any trace.
pub async fn insist_on_none_in_answers(app: &App, [support, viewer]: [&str; 2], paths: &[String], traces: &Traces) {
    for (role, token) in [("support", support), ("viewer", viewer), ("admin", TOKEN)] {
        for path in paths {
            let (status, body) = answer(app, token, path).await;
            assert!(status < 500 && is_look(status, &body), "{role} {path}: {status}");
            traces.insist_on_none(&format!("{path} as {role}"), &body);
        }
    }
}

/// Insists on no trace in the database and in whatever else the server has written.
pub fn insist_on_none_in_files(app: &App, traces: &Traces) {
    for file in std::fs::read_dir(app.data.path()).unwrap().map(|file| file.unwrap().path()) {
        if file.is_file() {
            traces.insist_on_none(&file.display().to_string(), &std::fs::read(&file).unwrap());
        }
    }
}

/// A token of that role, for that tenant.
pub async fn token(app: &App, role: &str, tenant: &str) -> String {
    let tenants = if role == "viewer" { serde_json::json!([tenant]) } else { serde_json::json!([]) };
    let body = serde_json::json!({"name": format!("canary-{role}"), "role": role, "tenants": tenants, "expiresInSeconds": 3600});
    let made = app.post("/api/v1/tokens", &body).await;
    made.body["token"].as_str().unwrap_or_else(|| panic!("no token: {made:?}")).to_owned()
}

/// Arguments and environments of the server and of what it has started, seen again and again until told to stop.
pub async fn watch_processes(server: u32, stop: tokio::sync::oneshot::Receiver<()>) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut stop = stop;
    let mut looks = tokio::time::interval(std::time::Duration::from_millis(5));
    loop {
        tokio::select! {
            _ = &mut stop => return seen,
            _ = looks.tick() => for process in family(server) {
                for file in ["cmdline", "environ"] {
                    let text = std::fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
                    if seen.len() < 64 << 20 {
                        seen.extend(text);
                        seen.push(b'\n');
                    }
                }
            }
        }
    }
}

fn family(server: u32) -> Vec<u32> {
    let children = std::fs::read_dir(format!("/proc/{server}/task")).into_iter().flatten().flatten();
    let children = children.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> =
        children.flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect();
    [vec![server], children].concat()
}

/// Whether an answer is one that something could leak through.
pub fn is_look(status: u16, body: &[u8]) -> bool {
    (200..300).contains(&status) && serde_json::from_slice::<Value>(body).is_ok_and(|value| !value.is_null()) || !body.is_empty()
}
