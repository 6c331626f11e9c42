//! Who a batch would be over, asked before it is made: on the page that makes one and over the API; and that a form which nobody
//! touches is the strategy that its order comes with.

use std::collections::BTreeSet;

use pilothouse::domain::revision::HelmStatus;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    store::fixture::{SeenExt, id, namespace, seen},
    support::{App, Shelf, app::answer, shelf::Edition},
};

const WHO: &str = "/api/v1/batches/selected";
/// One minute in four years: closed whenever this runs, but for that minute.
const HARDLY_EVER: &str = "0 0 29 2 *";

fn edition(version: &str) -> Edition<'_> {
    Edition { name: "web", version, about: "", files: &[("values.yaml", "a: 1\n")] }
}

/// A source that offers web up to 1.4.1, and its releases: behind, early, failed there, there, and newer; of a tenant that is pinned,
/// and of one whose window is closed.
async fn furnished(app: &App) -> Shelf {
    let shelf = Shelf::editions(&[edition("1.4.1"), edition("1.3.2")], None).await;
    offer(app, "shelf", &shelf).await;
    let tenants = ["acme", "globex", "initech"].map(|slug| namespace(slug, Some(slug), &[]));
    let releases = [
        seen("acme/behind", 1).chart("web", "1.3.2"),
        seen("acme/early", 1).chart("web", "1.3.0-rc.1"),
        seen("acme/failed", 1).chart("web", "1.4.1").status(HelmStatus::Failed),
        seen("acme/newer", 1).chart("web", "1.5.0"),
        seen("acme/there", 1).chart("web", "1.4.1"),
        seen("acme/other", 1).chart("db", "1.0.0"),
        seen("globex/pinned", 1).chart("web", "1.3.2"),
        seen("initech/closed", 1).chart("web", "1.3.2"),
    ];
    let rows = app.fill(&tenants, &releases).await;
    let tenant = |slug: &str| rows.iter().find(|row| row.tenant.slug.as_str() == slug).unwrap().tenant.id.to_string();
    let pinned = app.post(&format!("/api/v1/tenants/{}/pin", tenant("globex")), &json!({"reason": "an audit"})).await;
    assert!(pinned.status.is_success(), "{pinned:?}");
    let windows = json!({"windows": [{"cron": HARDLY_EVER, "minutes": 1, "timeZone": "UTC"}]});
    let path = format!("/api/v1/tenants/{}", tenant("initech"));
    let edited = answer(app.request(Method::PATCH, &path).json(&windows).send().await.unwrap()).await;
    assert!(edited.status.is_success(), "{edited:?}");
    shelf
}

async fn offer(app: &App, name: &str, shelf: &Shelf) {
    let added = app.post("/api/v1/charts/sources", &json!({"name": name, "url": shelf.url})).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
}

fn upgrade(chart: &str, version: &str, selection: Value) -> Value {
    json!({"aim": {"kind": "upgrade", "chart": chart, "version": version}, "selection": selection})
}

/// The names of releases, each with its part.
fn parts(list: &Value) -> Vec<(&str, &str)> {
    list.as_array().unwrap().iter().map(|one| (one["releaseName"].as_str().unwrap(), one["part"].as_str().unwrap())).collect()
}

/// The releases of a board by name.
fn names(board: &Value) -> BTreeSet<&str> {
    board["targets"].as_array().unwrap().iter().map(|target| target["releaseName"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_would_take_part_and_who_would_not_is_told_with_the_reason_and_nothing_is_made() {
    let app = App::without_cluster().await;
    let _shelf = furnished(&app).await;
    let told = app.post(WHO, &upgrade("web", "1.4.1", json!({"chart": "web"}))).await;
    assert_eq!(told.status, StatusCode::OK, "{told:?}");
    let (takes, left) = (&told.body["takesPart"], &told.body["leftOut"]);
    assert_eq!(parts(takes), [("behind", "changed"), ("early", "changed"), ("failed", "changed"), ("closed", "closed")], "{told:?}");
    assert_eq!(parts(left), [("newer", "setAside"), ("there", "there"), ("pinned", "setAside")], "{told:?}");
    let whys: Vec<&str> = left.as_array().unwrap().iter().map(|one| one["why"].as_str().unwrap()).collect();
    let newer = "It is at 1.5.0, which is newer. Tick it, or select it by a constraint, to go back.";
    assert_eq!(whys, [newer, "It is at 1.4.1 already.", "Its tenant was pinned by admin: an audit"]);
    let closed = &takes[3];
    assert!(closed["why"].as_str().unwrap().contains("maintenance window is closed; it opens "), "{closed}");
    assert!(closed["opensAt"].as_str().unwrap().contains("-02-29T00:00:00Z"), "{closed}");
    assert_eq!((&closed["tenant"], &closed["version"], &takes[0]["why"]), (&json!("initech"), &json!("1.3.2"), &Value::Null));

    // What goes back was ticked, or a constraint takes it.
    for selection in [json!({"releases": [id("acme/newer")]}), json!({"chart": "web", "versions": ">1.4.1"})] {
        let told = app.post(WHO, &upgrade("web", "1.4.1", selection)).await;
        assert_eq!((parts(&told.body["takesPart"]), &told.body["leftOut"]), (vec![("newer", "changed")], &json!([])), "{told:?}");
    }
    // Where each stays at its version nobody is there already.
    let told = app.post(WHO, &json!({"aim": {"kind": "restart"}, "selection": {"releases": [id("acme/there")]}})).await;
    assert_eq!(parts(&told.body["takesPart"]), [("there", "changed")], "{told:?}");

    for (body, status, code) in [
        (upgrade("web", "9.9.9", json!({"chart": "web"})), 404, "chart_version_not_found"),
        (upgrade("web", "1.4.1", json!({"chart": "db"})), 422, "invalid_combination"),
        (upgrade("web", "1.4.1", json!({"chart": "web", "versions": "nonsense"})), 422, "invalid_selection"),
        (json!({"aim": {"kind": "restart"}}), 422, "invalid_selection"),
        (json!({"aim": {"kind": "restart"}, "selection": {"chart": "web"}, "start": true}), 400, "invalid_request"),
        (json!({"aim": {"kind": "restart", "version": "2"}, "selection": {"chart": "web"}}), 400, "invalid_request"),
    ] {
        let refused = app.post(WHO, &body).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (status, &json!(code)), "{body}: {refused:?}");
    }
    assert_eq!(app.get("/api/v1/batches").await["total"], 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_is_made_of_just_those_that_were_told_by_either_of_its_doors() {
    let app = App::without_cluster().await;
    let _shelf = furnished(&app).await;
    let made = app.post("/api/v1/batches", &upgrade("web", "1.4.1", json!({"chart": "web"}))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let all = app.post("/api/v1/helm/releases/chart/web/batch-upgrade?targetVersion=1.4.1", &json!({})).await;
    assert_eq!(all.status, StatusCode::ACCEPTED, "{all:?}");
    for board in [&made.body, &all.body] {
        assert_eq!(names(board), ["behind", "early", "failed", "closed", "newer", "pinned"].into(), "{board}");
        let newer = board["targets"].as_array().unwrap().iter().find(|target| target["releaseName"] == "newer").unwrap();
        assert_eq!(newer["state"], "setAside", "{newer}");
        assert!(newer["why"].as_str().unwrap().starts_with("It is at 1.5.0, which is newer."), "{newer}");
    }
    // Where all are left out there is nothing to make, and it is said why.
    let none = app.post("/api/v1/batches", &upgrade("web", "1.3.2", json!({"chart": "web", "states": ["FAILED"]}))).await;
    assert_eq!((none.status.as_u16(), &none.body["code"]), (422, &json!("nothing_selected")), "{none:?}");
    assert!(none.body["detail"].as_str().unwrap().contains("acme: It is at 1.4.1, which is newer."), "{none:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_page_lists_who_waits_for_a_window_who_is_left_out_and_who_is_there_apart_from_who_is_changed() {
    let app = App::without_cluster().await;
    let _shelf = furnished(&app).await;
    let cookie = app.sign_in().await;
    let (status, page) = app.page(&cookie, "/batches/new?kind=upgrade&chart=web&to=1.4.1").await;
    assert_eq!(status, StatusCode::OK);
    for part in [
        "4 releases",
        "1 of them is outside of its maintenance window now",
        "00:00 UTC",
        "2 left out",
        "It is at 1.5.0, which is newer. Tick it, or select it by a constraint, to go back.",
        "Its tenant was pinned by admin: an audit",
        "1 there already, and left out",
        "Render what each of them gets",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let lists: Vec<&str> = page.split("class=\"who-list").skip(1).map(|rest| rest.split("</ul>").next().unwrap()).collect();
    let [changed, closed, aside, there] = lists[..] else { panic!("four lists: {page}") };
    for (list, has) in [
        (changed, &["behind", "early", "failed"][..]),
        (closed, &["closed"][..]),
        (aside, &["newer", "pinned"][..]),
        (there, &["there"][..]),
    ] {
        assert!(has.iter().all(|name| list.contains(name)) && list.matches("<li>").count() == has.len(), "{has:?}: {list}");
    }
    // Before there is a version, nobody is there, and nobody is newer.
    let (_, page) = app.page(&cookie, "/batches/new?kind=upgrade&chart=web").await;
    assert!(page.contains("6 releases") && !page.contains("which is newer") && !page.contains("there already"), "{page}");
    // Who would be changed by nobody gets no form to change them.
    let (_, page) = app.page(&cookie, "/batches/new?kind=upgrade&chart=web&to=1.4.1&versions=1.4.1&state=deployed").await;
    assert!(page.contains("1 there already, and left out") && !page.contains("Render what each of them gets"), "{page}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_head_of_a_column_takes_just_as_many_as_the_column_counts_early_versions_among_them() {
    let app = App::without_cluster().await;
    let _shelf = furnished(&app).await;
    let matrix = app.get("/api/v1/helm/releases/matrix").await;
    let column = matrix["charts"].as_array().unwrap().iter().find(|column| column["name"] == "web").unwrap();
    assert_eq!((&column["newest"], &column["behind"]), (&json!("1.4.1"), &json!(4)), "{column}");
    let cookie = app.sign_in().await;
    let (_, page) = app.page(&cookie, "/").await;
    let (_, rest) = page.split_once("href=\"/batches/new?chart=web").unwrap();
    let query = rest.split('"').next().unwrap().replace("&amp;", "&");
    let (_, page) = app.page(&cookie, &format!("/batches/new?chart=web{query}")).await;
    assert!(page.contains("3 releases") && page.contains("1 left out"), "{page}");
    let who = page.split("class=\"who-list").nth(1).unwrap().split("</ul>").next().unwrap();
    assert!(who.contains("behind") && who.contains("1.3.0-rc.1"), "{who}");
    assert!(!page.contains("there already") && !page.contains("which is newer"), "{page}");
    assert!(page.contains("early versions such as 1.3.0-rc.1 count only where it names one"), "{page}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_that_nobody_touches_means_what_its_order_comes_with() {
    let app = App::without_cluster().await;
    let _shelf = furnished(&app).await;
    let cookie = app.sign_in().await;
    let release = id("acme/behind").to_string();
    let (_, page) = app.page(&cookie, &format!("/batches/new?kind=restart&release={release}")).await;
    let numbers = ["percent", "size", "parallel", "delay", "soak", "threshold"];
    for name in numbers {
        assert!(page.contains(&format!("name=\"{name}\" value=\"\"")), "{name} is empty: {page}");
    }
    let fields = |order: &'static str| {
        let chosen =
            [("kind", "restart"), ("releases", release.as_str()), ("order", order), ("onThreshold", "pause"), ("rollback", "none")];
        let stages = [("label", "ring"), ("values-of-label", "canary, early, broad"), ("timeout", "300")];
        [&chosen[..], &stages[..], &numbers.map(|name| (name, ""))[..]].concat()
    };
    for order in ["sequential", "rolling", "canary", "staged"] {
        let sent = app.form(&cookie, "/batches/new", &fields(order)).await;
        assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{order}");
        let place = sent.headers()["location"].to_str().unwrap().to_owned();
        let by_form = app.get(&format!("/api/v1{place}")).await["strategy"].clone();
        let strategy = match order {
            "staged" => json!({"order": order, "label": "ring", "values": ["canary", "early", "broad"]}),
            _ => json!({"order": order}),
        };
        let wish = json!({"aim": {"kind": "restart"}, "selection": {"releases": [release]}, "strategy": strategy});
        let by_api = app.post("/api/v1/batches", &wish).await;
        assert_eq!(by_form, by_api.body["strategy"], "{order}");
    }
    // What cannot be meant is refused, and what was typed stays.
    let mut odd = fields("canary");
    odd.retain(|(name, _)| *name != "threshold" && *name != "soak");
    odd.extend([("threshold", "lots"), ("soak", "77")]);
    let refused = app.form(&cookie, "/batches/new", &odd).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let page = refused.text().await.unwrap();
    assert!(page.contains("name=\"threshold\" value=\"lots\"") && page.contains("name=\"soak\" value=\"77\""), "{page}");
    // And so is more than one at once in a batch that changes one after another.
    let mut at_once = fields("sequential");
    at_once.retain(|(name, _)| *name != "parallel");
    at_once.push(("parallel", "4"));
    assert_eq!(app.form(&cookie, "/batches/new", &at_once).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_chart_that_two_sources_offer_the_one_to_upgrade_from_is_chosen_by_its_full_name() {
    let app = App::without_cluster().await;
    let _shelf = furnished(&app).await;
    let rival = Shelf::editions(&[edition("1.4.1")], None).await;
    offer(&app, "rival", &rival).await;
    let bare = app.post(WHO, &upgrade("web", "1.4.1", json!({"chart": "web"}))).await;
    assert_eq!((bare.status.as_u16(), &bare.body["code"]), (409, &json!("chart_ambiguous")), "{bare:?}");
    for (chart, of) in [("shelf/web", "web"), ("web", "shelf/web"), ("shelf/web", "shelf/web")] {
        let told = app.post(WHO, &upgrade(chart, "1.4.1", json!({"chart": of}))).await;
        assert_eq!(told.body["takesPart"].as_array().map(Vec::len), Some(4), "{chart} and {of}: {told:?}");
    }
    let other = app.post(WHO, &upgrade("rival/web", "1.4.1", json!({"chart": "shelf/web"}))).await;
    assert_eq!((other.status.as_u16(), &other.body["code"]), (422, &json!("invalid_combination")), "{other:?}");

    let cookie = app.sign_in().await;
    let (_, page) = app.page(&cookie, "/batches/new?kind=upgrade&chart=web&to=1.4.1").await;
    for part in ["value=\"shelf/web\"", "value=\"rival/web\"", "More than one source has web. Choose rival/web or shelf/web as the chart"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, page) = app.page(&cookie, "/batches/new?kind=upgrade&chart=shelf%2Fweb&to=1.4.1").await;
    assert!(page.contains("4 releases") && !page.contains("More than one source"), "{page}");
    assert!(page.contains("<option value=\"1.4.1\""), "what that source offers can be chosen: {page}");
    let fields = [("kind", "upgrade"), ("chart", "shelf/web"), ("to", "1.4.1"), ("order", "rolling")];
    let sent = app.form(&cookie, "/batches/new", &fields).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    let board = app.get(&format!("/api/v1{}", sent.headers()["location"].to_str().unwrap())).await;
    assert_eq!((&board["title"], names(&board).len()), (&json!("web to 1.4.1"), 6), "{board}");
    app.stop().await;
}
