//! Values checked against a chart's schema, and what an editor is given.

use serde_json::json;

use crate::support::{App, Shelf, shelf::Edition};

const SCHEMA: &str = r#"{"type": "object", "additionalProperties": false, "properties": {
    "replicas": {"type": "integer", "minimum": 1},
    "image": {"type": "object", "required": ["tag"], "properties": {"tag": {"type": "string"}}},
    "adminPassword": {"type": "string", "minLength": 8, "default": "pr0posed-secret"}}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn values_are_checked_on_top_of_the_charts_defaults_and_nothing_secret_is_told() {
    let files = [("values.yaml", "replicas: 1\nimage: {tag: a}\nadminPassword: s3cret-default\n"), ("values.schema.json", SCHEMA)];
    let plain = [("values.yaml", "a: 1\n")];
    let evil = [("values.yaml", ""), ("values.schema.json", r#"{"$ref": "file:///etc/passwd"}"#)];
    let edition = |name, files| Edition { name, version: "1.0.0", about: "", files };
    let shelf = Shelf::editions(&[edition("strict", &files), edition("plain", &plain), edition("evil", &evil)], None).await;
    let app = App::without_cluster_but(&[format!("--chart-sources=shelf={}", shelf.url)]).await;
    let check = async |chart: &str, values| {
        app.post(&format!("/api/v1/charts/shelf/{chart}/1.0.0/check"), &json!({"valuesOverride": values})).await
    };

    assert_eq!(check("strict", json!({"replicas": 3})).await.body, json!([]));
    let found = check("strict", json!({"replicas": 0, "image": {"tag": null}, "adminPassword": "short", "other": 1})).await.body;
    let paths: Vec<&str> = found.as_array().unwrap().iter().map(|problem| problem["path"].as_str().unwrap()).collect();
    for path in ["/replicas", "/image", "/adminPassword", ""] {
        assert!(paths.contains(&path), "{path}: {found}");
    }
    assert!(!found.to_string().contains("short\"") && !found.to_string().contains("s3cret"), "{found}");
    assert_eq!(check("plain", json!({"anything": 1})).await.body, json!([]));
    let refused = check("evil", json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.body["code"].as_str()), (422, Some("chart_rejected")), "{refused:?}");
    assert_eq!(check("missing", json!({})).await.status, 404);

    let schema = app.get("/api/v1/charts/shelf/strict/1.0.0/schema").await;
    assert_eq!(schema["properties"]["replicas"]["minimum"], 1);
    let defaults = app.look("/api/v1/charts/shelf/strict/1.0.0/defaults").await.body.to_string();
    assert!(defaults.contains("replicas: 1"), "{defaults}");
    assert!(!(schema.to_string() + &defaults).contains("s3cret") && !schema.to_string().contains("pr0posed"), "{schema} {defaults}");
    assert_eq!(app.get("/api/v1/charts/shelf/plain/1.0.0/schema").await, json!({}));
    app.stop().await;
}
