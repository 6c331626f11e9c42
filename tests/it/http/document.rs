//! The API's document: made from the handlers, served with nothing from outside.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::App;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_document_describes_every_kind_of_thing_the_api_has() {
    let app = App::without_cluster().await;
    let document = app.get("/api/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    for (path, verb) in [
        ("/api/v1/helm/releases", "post"),
        ("/api/v1/helm/releases/{release}", "delete"),
        ("/api/v1/helm/releases/{release}/upgrade", "post"),
        ("/api/v1/helm/releases/{release}/diff", "get"),
        ("/api/v1/tenants/{tenant}", "get"),
        ("/api/v1/charts/{chart}/versions", "get"),
        ("/api/v1/operations/{operation}/events", "get"),
    ] {
        let described = &document["paths"][path][verb];
        assert!(described["summary"].is_string(), "{verb} {path}");
        assert!(described["responses"]["404"]["content"]["application/problem+json"].is_object(), "{verb} {path}");
    }
    assert_eq!(document["components"]["schemas"]["Release"]["properties"]["status"]["$ref"], "#/components/schemas/ReleaseState");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_reference_of_the_document_leads_somewhere() {
    let app = App::without_cluster().await;
    let document = app.get("/api/openapi.json").await;
    let mut wanting = vec![&document];
    let mut found = 0;
    while let Some(value) = wanting.pop() {
        if let Some(place) = value.get("$ref").and_then(|place| place.as_str()) {
            assert!(document.pointer(place.trim_start_matches('#')).is_some(), "{place}");
            found += 1;
        }
        wanting.extend(value.as_object().into_iter().flat_map(|map| map.values()));
        wanting.extend(value.as_array().into_iter().flatten());
    }
    assert!(found > 50, "{found}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_page_about_the_api_names_every_path_and_loads_nothing_from_elsewhere() {
    let app = App::without_cluster().await;
    let document = app.get("/api/openapi.json").await;
    let answer = app.request(Method::GET, "/api/reference").send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let page = answer.text().await.unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.contains(path.as_str()), "{path}");
    }
    assert!(!page.contains("src=") && !page.contains("<script"));
    assert!(page.split("href=").skip(1).all(|link| link.starts_with('/')), "every link leads to a path of ours");
    for field in ["<code>releaseName</code><td>string, required", "<code>strategy.percent</code><td>integer", "<code>aim.version</code>"] {
        assert!(page.contains(field), "{field}");
    }
    app.stop().await;
}

/// What a schema comes to: its own object, or those that it is one of.
fn objects<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(place) = schema["$ref"].as_str() {
        return objects(document, document.pointer(place.trim_start_matches('#')).unwrap());
    }
    match ["oneOf", "anyOf", "allOf"].into_iter().find_map(|how| schema[how].as_array()) {
        Some(several) => several.iter().flat_map(|one| objects(document, one)).collect(),
        None => vec![schema],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_body_says_that_it_holds_nothing_but_its_fields() {
    let app = App::without_cluster().await;
    let document = app.get("/api/openapi.json").await;
    let mut bodies = 0;
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() {
                continue;
            }
            bodies += 1;
            let mut wanting = objects(&document, schema);
            while let Some(shape) = wanting.pop() {
                let Some(fields) = shape["properties"].as_object() else { continue };
                assert_eq!(shape["additionalProperties"], false, "{verb} {path}: {shape}");
                wanting.extend(fields.values().flat_map(|field| objects(&document, field)));
                wanting.extend(
                    fields.values().filter(|field| field["items"].is_object()).flat_map(|field| objects(&document, &field["items"])),
                );
            }
        }
    }
    assert!(bodies > 20, "{bodies}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_field_that_nobody_knows_is_refused_by_its_name_with_those_that_are_known() {
    let app = App::without_cluster().await;
    let release = "/api/v1/helm/releases/018f0000-0000-7000-8000-000000000000";
    let batch = |more: Value| {
        let mut body = json!({"aim": {"kind": "restart"}, "selection": {"chart": "web"}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (path, body, unknown, known) in [
        (format!("{release}/upgrade"), json!({"version": "1.4.1"}), "version", "chartVersion"),
        (format!("{release}/preview"), json!({"chartVersion": "1.4.1", "dryRun": true}), "dryRun", "historyMax"),
        (format!("{release}/rollback"), json!({"targetRevision": 1, "to": 2}), "to", "baseRevision"),
        (format!("{release}/test"), json!({"filter": "x"}), "filter", "timeout"),
        ("/api/v1/batches".to_owned(), batch(json!({"startNow": true})), "startNow", "start"),
        ("/api/v1/batches".to_owned(), batch(json!({"strategy": {"paralell": 3}})), "paralell", "parallel"),
        ("/api/v1/batches".to_owned(), batch(json!({"aim": {"kind": "restart", "version": "2"}})), "version", "kind"),
        ("/api/v1/users".to_owned(), json!({"name": "sue", "role": "support", "admin": true}), "admin", "role"),
    ] {
        let refused = app.post(&path, &body).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (400, &json!("invalid_request")), "{path}: {refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("unknown field `{unknown}`")) && detail.contains(&format!("`{known}`")), "{path}: {detail}");
    }
    // What belongs to another order is not left out in silence either.
    let refused = app.post("/api/v1/batches", &batch(json!({"strategy": {"order": "canary", "size": 5}}))).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("invalid_batch")), "{refused:?}");
    app.stop().await;
}
