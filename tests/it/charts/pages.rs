//! The pages about charts: what is shown of a version, who is on which, what lies between two, and which are looked for.

use serde_json::json;

use crate::support::{App, Shelf, env, shelf::Edition, until};

const README: &str = "# Shop\n\nSee [docs](https://example.com/docs), not [this](javascript:alert(1)).\n\n<script>alert(1)</script>\n\n![x](https://evil.example.com/p.png)\n";

fn edition<'a>(version: &'a str, about: &'a str, files: &'a [(&'a str, &'a str)]) -> Edition<'a> {
    Edition { name: "shop", version, about, files }
}

async fn shelf() -> Shelf {
    let files = [
        ("values.yaml", "replicas: 1\nadminPassword: s3cret-default\n"),
        ("values.schema.json", r#"{"properties": {"replicas": {"type": "integer"}}}"#),
        ("README.md", README),
    ];
    let editions = [
        edition("2.0.0", "appVersion: \"9\"\nkubeVersion: \">=1.99.0\"", &files),
        edition("1.5.0", "appVersion: \"8\"\ndeprecated: true\nannotations:\n  artifacthub.io/changes: \"- faster <b>carts</b>\"", &files),
        edition("1.4.2", "appVersion: \"7\"\nannotations:\n  artifacthub.io/changes: mended tills", &files),
        edition("1.4.0", "appVersion: \"6\"\nhome: https://example.com/old", &files),
        edition("1.0.0", "appVersion: \"5\"", &files),
    ];
    Shelf::editions(&editions, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_chart_shows_its_readme_values_schema_and_facts_and_nothing_of_it_runs() {
    let shelf = shelf().await;
    let app = App::without_cluster_but(&[format!("--chart-sources=shelf={}", shelf.url)]).await;
    let cookie = app.sign_in().await;
    let (status, page) = app.page(&cookie, "/charts").await;
    assert!(status == 200 && page.contains("/charts/shelf/shop\"") && page.contains("no answer"), "{page}");
    let (status, page) = app.page(&cookie, "/charts/shelf/shop/1.4.2").await;
    assert!(status == 200 && page.contains("<h3>Shop</h3>") && page.contains("https://example.com/docs"), "{page}");
    for evil in ["javascript:alert", "<script>alert(1)", "evil.example.com"] {
        assert!(!page.contains(evil), "{evil}: {page}");
    }
    let (_, page) = app.page(&cookie, "/charts/shelf/shop/1.4.2?show=values").await;
    assert!(page.contains("replicas: 1") && page.contains("adminPassword: hidden") && !page.contains("s3cret-default"), "{page}");
    let (_, page) = app.page(&cookie, "/charts/shelf/shop/1.4.2?show=schema").await;
    assert!(page.contains("integer"), "{page}");
    let (_, page) = app.page(&cookie, "/charts/shelf/shop/1.4.2?show=facts").await;
    assert!(page.contains("annotation artifacthub.io/changes") && page.contains("mended tills"), "{page}");
    for missing in ["/charts/shelf/shop/9.9.9", "/charts/shelf/nothing", "/charts/nothing/shop"] {
        assert_eq!(app.page(&cookie, missing).await.0, 404, "{missing}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_are_looked_for_by_a_constraint_and_what_lies_between_is_told() {
    let shelf = shelf().await;
    let app = App::without_cluster_but(&[format!("--chart-sources=shelf={}", shelf.url)]).await;
    let cookie = app.sign_in().await;
    let (_, page) = app.page(&cookie, "/charts/shelf/shop/1.4.0?search=%5E1.4").await;
    let row = |version: &str| page.contains(&format!("/charts/shelf/shop/{version}\""));
    assert!(row("1.5.0") && row("1.4.2") && row("1.4.0") && !row("2.0.0") && !row("1.0.0"), "{page}");
    assert!(page.contains("deprecated"), "{page}");
    let (status, page) = app.page(&cookie, "/charts/shelf/shop?search=%3E%3E1").await;
    assert!(status == 200 && page.contains("is no constraint on versions"), "{page}");

    let (_, page) = app.page(&cookie, "/charts/shelf/shop/1.5.0?from=1.4.0").await;
    for part in [
        "From 1.4.0 to 1.5.0",
        "2 versions on the way",
        "mended tills",
        "- faster &lt;b&gt;carts&lt;/b&gt;",
        "appVersion",
        "https://example.com/old",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let found = app.get("/api/v1/charts/shelf/shop/versions?constraint=~1.4").await;
    assert_eq!((found["versions"].as_array().unwrap().len(), &found["total"]), (2, &json!(5)), "{found}");
    assert_eq!(app.look("/api/v1/charts/shelf/shop/versions?constraint=nonsense").await.status, 400);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_on_which_version_is_shown_as_far_as_the_reader_reaches() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let (tenant, other) = (app.tenant(&env).await, app.tenant(&env).await);
    for (tenant, version) in [(&tenant, "1.3.2"), (&other, "1.3.2")] {
        let done = app.change("/api/v1/helm/releases", &tenant.install("web", "demo/web", version, &json!({"replicaCount": 1}))).await;
        assert_eq!(done.body["status"], "succeeded", "{done:?}");
    }
    let link = |tenant: &crate::support::app::Tenant| format!("{} / {} / web", tenant.slug, tenant.namespace);
    let cookie = app.sign_in().await;
    let page = until("both releases are listed", || async {
        let (_, page) = app.page(&cookie, "/charts/demo/web/1.3.2").await;
        (page.contains(&link(&tenant)) && page.contains(&link(&other))).then_some(page)
    })
    .await;
    assert!(page.contains("The cluster runs Kubernetes v1."), "{page}");
    let viewer =
        app.post("/api/v1/tokens", &json!({"name": "one", "role": "viewer", "tenants": [tenant.id], "expiresInSeconds": 600})).await;
    let token = viewer.body["token"].as_str().unwrap();
    let seen = app.ask(reqwest::Method::GET, token, "/charts/demo/web/1.3.2", None).await.body.to_string();
    assert!(seen.contains(&link(&tenant)) && !seen.contains(&other.slug), "{seen}");
    // The upgrade page offers the versions, and says what lies between.
    let upgrade = format!("/tenants/{}/releases/{}/web/upgrade?search=1.x", tenant.slug, tenant.namespace);
    let (_, page) = app.page(&cookie, &upgrade).await;
    assert!(page.contains("name=\"search\"") && page.contains("as now") && page.contains("From 1.3.2 to "), "{page}");
    app.stop().await;
}
