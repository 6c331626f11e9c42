//! The matrix itself: nobody, a viewer of the tenant, a viewer of another one, support and an admin, each asking every
//! route for something of the tenant and for something that does not exist.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    surface::{self, Route},
    table::{MORE, ROWS, Row},
};
use crate::support::{App, app::Tenant, env::Env, until};

/// Who asks, in the order of the table's columns; nobody comes first.
const ASKING: [&str; 5] = ["nobody", "viewer of it", "viewer of another", "support", "admin"];
/// What is no tenant's: the site's own files, and what chart sources offer.
const SHARED: [&str; 8] = [
    "/pkg/{*file}",
    "/charts/{source}/{chart}",
    "/charts/{source}/{chart}/{version}",
    "/api/v1/charts/{source}/{chart}/versions",
    "/api/v1/charts/{chart}/versions",
    "/api/v1/charts/{source}/{chart}/{version}/defaults",
    "/api/v1/charts/{source}/{chart}/{version}/schema",
    "/api/v1/charts/{source}/{chart}/{version}/check",
];
const MISSING: &str = "018f0000-0000-7000-8000-000000000000";

/// The tokens of those who ask.
struct Cast {
    tokens: [Option<String>; 5],
}

/// What stands for a placeholder in a path.
type Things = BTreeMap<&'static str, String>;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_route_answers_each_role_as_the_table_says() {
    let Some(env) = crate::support::env() else { return };
    let app = App::start(&env).await;
    let surface = surface::routes(app.surface());
    let rows: BTreeMap<Route, &Row> = ROWS.iter().map(|row| ((row.verb.to_owned(), row.path.to_owned()), row)).collect();
    let without_row: Vec<&Route> = surface.iter().filter(|route| !rows.contains_key(*route)).collect();
    let without_route: Vec<&Route> = rows.keys().filter(|route| !surface.contains(*route)).collect();
    assert!(without_row.is_empty(), "routes without a row in tests/it/access/table.rs: {without_row:#?}");
    assert!(without_route.is_empty(), "rows without a route: {without_route:#?}");

    let (own, missing, cast) = furnish(&app, &env).await;
    let mut wrong = Vec::new();
    for row in ROWS.iter().chain(MORE) {
        let mut found = [[0; 5]; 2];
        for (who, token) in cast.tokens.iter().enumerate() {
            let (theirs, theirs_body) = ask(&app, row, &own, token.as_deref()).await;
            let (nobodys, nobodys_body) = ask(&app, row, &missing, token.as_deref()).await;
            found[0][who] = theirs.as_u16();
            found[1][who] = nobodys.as_u16();
            // Somebody else's and nobody's are told apart by nothing.
            let (left, right) = (plain(&theirs_body, &own), plain(&nobodys_body, &missing));
            if who == 2 && row.path.contains('{') && !SHARED.contains(&row.path) && left != right {
                let at = left.chars().zip(right.chars()).take_while(|(l, r)| l == r).count().saturating_sub(60);
                let near = |text: &str| text.chars().skip(at).take(200).collect::<String>();
                let what = "a viewer can tell another tenant's from what does not exist";
                wrong.push(format!("{} {}: {what}:\n{}\n{}", row.verb, row.path, near(&left), near(&right)));
            }
        }
        if found != [row.theirs, row.missing] {
            wrong.push(format!(
                "{} {}: {:?} {:?} instead of {:?} {:?} ({ASKING:?})",
                row.verb, row.path, found[0], found[1], row.theirs, row.missing
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.stop().await;
}

#[test]
fn the_table_has_each_route_once() {
    for rows in [ROWS, MORE] {
        let routes: BTreeSet<_> = rows.iter().map(|row| (row.verb, row.path)).collect();
        assert_eq!(routes.len(), rows.len());
    }
}

/// A tenant with a release and its operation, things that do not exist, and those who ask.
async fn furnish(app: &App, env: &Env) -> (Things, Things, Cast) {
    let (tenant, other) = (app.tenant(env).await, app.tenant(env).await);
    let installed = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({"replicaCount": 1}))).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    // Of a release that has moved on since, so that it cannot be applied.
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    let preview = app.post(&format!("{release}/preview"), &json!({"valuesOverride": {"replicaCount": 3}})).await;
    let moved = app.change(&format!("{release}/upgrade"), &json!({"valuesOverride": {"replicaCount": 2}})).await;
    assert_eq!(moved.body["status"], "succeeded", "{moved:?}");
    let checked = app.post(&format!("{release}/drift"), &json!({})).await;
    assert_eq!(checked.status, StatusCode::OK, "{checked:?}");
    let operation = installed.body["id"].as_str().unwrap().to_owned();
    let batch = app.post("/api/v1/batches", &json!({"aim": {"kind": "restart"}, "selection": {"releases": [tenant.release("web")]}})).await;
    let board = format!("/api/v1/batches/{}", batch.body["id"].as_str().unwrap());
    let rendered = || async { app.get(&board).await["targets"][0]["previewId"].as_str().map(str::to_owned) };
    let batch_preview = until("the batch's target is rendered", rendered).await;
    let saved = app.post("/api/v1/selections", &json!({"name": "early", "selection": {"labels": {"ring": "early"}}})).await;
    // Nobody receives there.
    let webhook = json!({"name": "nobody", "url": "https://receiver.invalid/x", "reason": "test"});
    let webhook = app.post("/api/v1/webhooks", &webhook).await;
    assert_eq!(webhook.status, StatusCode::CREATED, "{webhook:?}");
    let webhook = webhook.body["id"].as_str().unwrap().to_owned();
    let ping = app.post(&format!("/api/v1/webhooks/{webhook}/test"), &json!({})).await;
    let mut tokens = [const { None }; 5];
    for (who, (role, of)) in
        [("viewer", Some(&tenant)), ("viewer", Some(&other)), ("support", None), ("admin", None)].into_iter().enumerate()
    {
        tokens[who + 1] = Some(token(app, role, of).await["token"].as_str().unwrap().to_owned());
    }
    let spare = || async { token(app, "viewer", Some(&tenant)).await["id"].as_str().unwrap().to_owned() };
    let user = app.post("/api/v1/users", &json!({"name": format!("u-{}", tenant.slug), "role": "viewer", "tenants": [tenant.id]})).await;
    let user = user.body["id"].as_str().or(user.body["user"]["id"].as_str()).unwrap_or(MISSING).to_owned();
    let own = BTreeMap::from([
        ("tenant", tenant.id.clone()),
        ("slug", tenant.slug.clone()),
        ("namespace", tenant.namespace.clone()),
        ("name", "web".to_owned()),
        ("release", tenant.release("web")),
        ("operation", operation),
        ("preview", preview.body["id"].as_str().unwrap().to_owned()),
        ("batch", batch.body["id"].as_str().unwrap().to_owned()),
        ("batch-preview", batch_preview),
        ("selection", saved.body["id"].as_str().unwrap().to_owned()),
        ("verb", "resume".to_owned()),
        ("act", "freeze".to_owned()),
        ("revision", "1".to_owned()),
        ("source", "demo".to_owned()),
        ("chart", "web".to_owned()),
        ("version", "1.3.2".to_owned()),
        ("token", spare().await),
        ("own-token", spare().await),
        ("other-token", spare().await),
        ("user", user),
        ("webhook", webhook),
        ("delivery", ping.body["id"].as_str().unwrap().to_owned()),
        ("pod", "nothing-there".to_owned()),
        ("file", "pilothouse.css".to_owned()),
    ]);
    let mut missing = own.clone();
    for name in [
        "tenant",
        "release",
        "operation",
        "preview",
        "batch",
        "batch-preview",
        "selection",
        "webhook",
        "delivery",
        "token",
        "own-token",
        "other-token",
        "user",
    ] {
        missing.insert(name, MISSING.to_owned());
    }
    for name in ["slug", "namespace", "name", "source", "chart", "file"] {
        missing.insert(name, "nothing-there".to_owned());
    }
    (own, missing, Cast { tokens })
}

async fn token(app: &App, role: &str, of: Option<&Tenant>) -> Value {
    let tenants: Vec<&str> = of.iter().map(|tenant| tenant.id.as_str()).collect();
    let name = crate::support::env::unique(role);
    let made = app.post("/api/v1/tokens", &json!({"name": name, "role": role, "tenants": tenants, "expiresInSeconds": 3600})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body
}

/// Asks, in a way that an admin gets past the question of rights and no further: nothing is changed.
async fn ask(app: &App, row: &Row, things: &Things, token: Option<&str>) -> (StatusCode, String) {
    // `{id}` is of what the path is about.
    let about = match row.path {
        path if path.starts_with("/settings/users") => "user",
        path if path.starts_with("/settings/webhooks") => "webhook",
        path if path.starts_with("/previews") => "preview",
        path if path.starts_with("/batches") => "batch",
        path if path.starts_with("/account/tokens") => "own-token",
        path if path.starts_with("/settings/tokens") => "other-token",
        _ => "operation",
    };
    let path = fill(&format!("{}{}", row.path, row.query).replace("{id}", &format!("{{{about}}}")), things);
    let mut request = app
        .anonymous(Method::from_bytes(row.verb.as_bytes()).unwrap(), &path)
        .header("accept", if row.path.starts_with("/api/") { "application/json" } else { "text/html" });
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if row.path.starts_with("/api/v1") && row.verb != "GET" {
        // No release and no tenant has come that far.
        request = request.header("if-match", "\"999999\"").json(&serde_json::from_str::<Value>(&fill(row.body, things)).unwrap());
    } else if row.verb == "POST" {
        request = request.header("content-type", "application/x-www-form-urlencoded").body(fill(row.body, things));
    }
    let mut answer = request.send().await.unwrap();
    let status = answer.status();
    let stream = answer.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let body = if stream { answer.chunk().await.unwrap().unwrap_or_default().to_vec() } else { answer.bytes().await.unwrap().to_vec() };
    (status, String::from_utf8_lossy(&body).into_owned())
}

fn fill(text: &str, things: &Things) -> String {
    things.iter().fold(text.replace("{*file}", "{file}"), |text, (name, thing)| text.replace(&format!("{{{name}}}"), thing))
}

/// An answer without what was asked for and without what differs from one answer to the next: nonces, which
/// parts of a page were ready first, and numbers such as the time.
fn plain(body: &str, things: &Things) -> String {
    let mut things: Vec<&String> = things.iter().filter(|(name, _)| **name != "file").map(|(_, thing)| thing).collect();
    things.retain(|thing| thing.len() > 2);
    things.sort_by_key(|thing| std::cmp::Reverse(thing.len()));
    let text = things.into_iter().fold(body.to_owned(), |text, thing| text.replace(thing.as_str(), "…"));
    let passing = [("nonce=\"", '"'), ("crossorigin=\"", '"'), ("__PENDING_RESOURCES=[", ']')];
    let text = passing.into_iter().fold(text, |text, (before, end)| emptied(&text, before, end));
    let text: String = text.split(|c: char| c.is_ascii_digit()).collect();
    text.replace("__RESOLVED_RESOURCES[] = \"null\";", "")
}

/// A text without what stands between those two.
fn emptied(text: &str, before: &str, end: char) -> String {
    let mut parts = text.split(before);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + before + part.find(end).map_or("", |end| &part[end..]))
}
