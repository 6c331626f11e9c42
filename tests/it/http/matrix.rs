//! The fleet page and the API's matrix over HTTP, with what a database holds and what a chart source offers.

use std::time::{Duration, Instant};

use pilothouse::domain::{revision::HelmStatus, seen::SeenRevision, tenant::SeenNamespace};
use serde_json::{Value, json};

use crate::{
    store::fixture::{SeenExt, namespace, seen},
    support::{App, Shelf, shelf::Edition},
};

const MATRIX: &str = "/api/v1/helm/releases/matrix";

fn edition<'a>(name: &'a str, version: &'a str, about: &'a str) -> Edition<'a> {
    Edition { name, version, about, files: &[("values.yaml", "a: 1\n")] }
}

/// Two tenants in two rings, a shelf with newer charts than theirs, and one whose chart of that name is another.
async fn furnished(app: &App) -> [Shelf; 2] {
    let editions = [
        edition("web", "2.0.0-rc.1", ""),
        edition("web", "1.5.0", "deprecated: true"),
        edition("web", "1.4.1", ""),
        edition("web", "1.3.2", ""),
    ];
    let shelves = [Shelf::editions(&editions, None).await, Shelf::editions(&[edition("web", "9.0.0", "")], None).await];
    for (name, shelf) in ["shelf", "another"].into_iter().zip(&shelves) {
        let added = app.post("/api/v1/charts/sources", &json!({"name": name, "url": shelf.url})).await;
        assert_eq!(added.status, 201, "{added:?}");
    }
    let tenants = [namespace("acme", Some("acme"), &[("ring", "canary")]), namespace("globex", Some("globex"), &[("ring", "broad")])];
    let releases = [
        seen("acme/web", 1).chart("web", "1.4.1"),
        seen("acme/own", 1).chart("own<script>", "1.0.0"),
        seen("globex/web", 1).chart("web", "1.3.2").status(HelmStatus::Failed),
        seen("globex/own", 1).chart("own<script>", "1.0.1"),
        seen("globex/shadow", 1).chart("web", "1.4.1"),
    ];
    app.fill(&tenants, &releases).await;
    shelves
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_matrix_tells_how_far_behind_what_the_source_offers_each_release_is() {
    let app = App::without_cluster().await;
    let _shelves = furnished(&app).await;
    let matrix = app.get(&format!("{MATRIX}?group=ring")).await;
    assert_eq!(
        matrix["charts"],
        json!([
            {"name": "own<script>", "newest": "1.0.1", "source": null, "releases": 2, "behind": 1},
            {"name": "web", "newest": "1.4.1", "source": "shelf", "releases": 3, "behind": 1},
        ]),
        "neither early nor advised against, and of the source that has what is in use"
    );
    let rows = matrix["tenants"]["items"].as_array().unwrap();
    let lags = |row: &Value| {
        let cells = row["releases"].as_array().unwrap().iter();
        cells.map(|cell| format!("{} {} {}", cell["releaseName"], cell["status"], cell["lag"]).replace('"', "")).collect::<Vec<_>>()
    };
    assert_eq!((&rows[0]["tenant"], &rows[0]["group"]), (&json!("globex"), &json!("broad")));
    assert_eq!(lags(&rows[0]), ["own DEPLOYED none", "shadow DEPLOYED none", "web FAILED minor"]);
    assert_eq!(lags(&rows[1]), ["own DEPLOYED patch", "web DEPLOYED none"]);
    assert_eq!(app.get("/api/v1/helm/releases/summary").await["behind"], 2);
    assert_eq!(app.get(&format!("{MATRIX}?q=ring%3Dcanary&behind=1")).await["tenants"]["total"], 1);
    let canary = app.get(&format!("{MATRIX}?q=acme")).await;
    let columns: Vec<_> = canary["charts"].as_array().unwrap().iter().map(|chart| &chart["name"]).collect();
    assert_eq!(columns, ["own<script>", "web"], "what the tenant runs");
    assert_eq!(app.get(&format!("{MATRIX}?q=nobody")).await["charts"], json!([]));
    for wrong in ["behind=maybe", "size=0", "size=501", "page=-1"] {
        assert_eq!(app.look(&format!("{MATRIX}?{wrong}")).await.status, 400, "{wrong}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_fleet_page_shows_who_runs_what_in_shade_glyph_and_word() {
    let app = App::without_cluster().await;
    let _shelves = furnished(&app).await;
    let cookie = app.sign_in().await;
    let (status, page) = app.page(&cookie, "/?group=ring").await;
    assert_eq!(status, 200);
    for part in [
        "class=\"lag-2\"",
        "href=\"/tenants/globex/releases/globex/web\"",
        "web in globex: failed, a minor version behind",
        "ring broad",
        "/batches/new?chart=web&amp;below=1.4.1",
        "The newest version that shelf offers",
        "no chart source offers this chart",
        "own&lt;script&gt;",
        "/?behind=1",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.find("ring broad") < page.find("ring canary") && !page.contains("own<script>"), "{page}");
    let (_, page) = app.page(&cookie, "/?q=acme").await;
    assert!(page.contains("own in acme: deployed") && !page.contains("own in globex"), "{page}");
    let (_, page) = app.page(&cookie, "/?q=%3Cscript%3Enone&group=%27&page=x").await;
    assert!(page.contains("No tenant matches.") && !page.contains("<script>none"), "{page}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_way_from_a_chart_that_is_behind_leads_to_a_batch_over_just_those_releases() {
    let app = App::without_cluster().await;
    let _shelves = furnished(&app).await;
    let cookie = app.sign_in().await;
    let (_, page) = app.page(&cookie, "/").await;
    let (_, rest) = page.split_once("href=\"/batches/new?chart=web").unwrap();
    let (query, _) = rest.split_once('"').unwrap();
    let (status, page) = app.page(&cookie, &format!("/batches/new?chart=web{}", query.replace("&amp;", "&"))).await;
    assert_eq!(status, 200);
    let who = page.split_once("class=\"who-list\"").unwrap().1.split_once("</ul>").unwrap().0;
    assert!(who.contains("globex") && who.contains("1.3.2"), "{who}");
    assert!(!who.contains("acme") && !who.contains("1.4.1"), "who is there already has nothing to do: {who}");
    assert!(page.contains("value=\"1.4.1\"") && page.contains("1 release"), "where to, and how many: {page}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_may_not_change_has_no_way_to_a_batch_and_a_viewer_sees_their_own_row() {
    let app = App::without_cluster().await;
    let _shelves = furnished(&app).await;
    let tenants = app.get("/api/v1/tenants").await;
    let acme = tenants.as_array().unwrap().iter().find(|tenant| tenant["slug"] == "acme").unwrap()["id"].clone();
    for (role, of) in [("support", json!([])), ("viewer", json!([acme]))] {
        let body = json!({"name": role, "role": role, "tenants": of, "password": "a-password-of-their-own"});
        assert_eq!(app.post("/api/v1/users", &body).await.status, 201);
        let cookie = app.sign_in_as(role, "a-password-of-their-own").await.unwrap();
        let (_, page) = app.page(&cookie, "/").await;
        assert!(page.contains("/tenants/acme/releases/acme/web") && !page.contains("/batches/new"), "{role}: {page}");
        assert_eq!(page.contains("globex"), role == "support", "{role}: {page}");
    }
    app.stop().await;
}

/// How long the fleet page and the API take with 500 tenants of 10 charts each. Not a test of anything: prints what it measures.
/// `cargo test --release --test it fleet_of_500 -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "measures, and takes a while"]
#[expect(clippy::print_stdout, reason = "it measures, and somebody reads it")]
async fn fleet_of_500_tenants_and_10_charts() {
    let app = App::without_cluster().await;
    let rings = ["canary", "early", "broad"];
    let slug = |n: usize| format!("tenant-{n:03}");
    let tenants: Vec<SeenNamespace> = (0..500).map(|n| namespace(&slug(n), Some(&slug(n)), &[("ring", rings[n % 3])])).collect();
    let releases: Vec<SeenRevision> = (0..5_000_usize)
        .map(|n| seen(&format!("{}/chart-{}", slug(n / 10), n % 10), 1).chart(&format!("chart-{}", n % 10), &format!("1.{}.0", n % 13)))
        .collect();
    app.fill(&tenants, &releases).await;
    let cookie = app.sign_in().await;
    for path in ["/", "/?group=ring", "/?group=ring&page=10", "/?behind=1", MATRIX, &format!("{MATRIX}?size=500&group=ring")] {
        let mut times: Vec<Duration> = Vec::new();
        let mut length = 0;
        for _ in 0..30 {
            let start = Instant::now();
            let (status, page) = app.page(&cookie, path).await;
            times.push(start.elapsed());
            assert_eq!(status, 200);
            length = page.len();
        }
        times.sort();
        println!("{:>10.2?} {path}, {} KiB (of 30 the slowest: {:.2?})", times[15], length / 1024, times[29]);
    }
    app.stop().await;
}
