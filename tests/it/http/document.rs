//! The API's document: made from the handlers, served with nothing from outside.

use reqwest::Method;

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
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"));
    app.stop().await;
}
