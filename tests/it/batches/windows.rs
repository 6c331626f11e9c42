//! Maintenance windows of tenants on the real cluster: waited for, or a reason to set the target aside, as the batch says.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use pilothouse::{domain::clock::Clock, server::SystemClock};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Fleet,
    fleet::{act, board, made, over, states},
};
use crate::support::{
    App,
    app::{Tenant, answer},
    env,
};

/// One minute in four years: closed whenever this runs, but for that minute.
const HARDLY_EVER: &str = "0 0 29 2 *";

/// Gives a tenant one window, of UTC.
async fn opens(app: &App, tenant: &Tenant, cron: &str, minutes: u32) {
    let windows = json!({"windows": [{"cron": cron, "minutes": minutes, "timeZone": "UTC"}]});
    let path = format!("/api/v1/tenants/{}", tenant.id);
    let edited = answer(app.request(Method::PATCH, &path).json(&windows).send().await.unwrap()).await;
    assert!(edited.status.is_success(), "{edited:?}");
}

/// The beginning of the next minute that is far enough away to be waited for.
fn soon() -> DateTime<Utc> {
    let then = SystemClock.now() + TimeDelta::seconds(80);
    then.with_second(0).and_then(|then| then.with_nanosecond(0)).unwrap()
}

fn of<'a>(board: &'a Value, tenant: &Tenant) -> &'a Value {
    let release = tenant.release("app");
    board["targets"].as_array().unwrap().iter().find(|target| target["releaseId"] == release.as_str()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_waits_for_each_tenants_window_and_begins_no_sooner() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 4, &[]).await;
    let [always, open, opened, later] = &fleet.tenants[..] else { panic!("four tenants") };
    opens(&app, open, "* * * * *", 5).await;
    opens(&app, opened, HARDLY_EVER, 1).await;
    let at = soon();
    opens(&app, later, &format!("{} {} * * *", at.minute(), at.hour()), 30).await;
    // Two at once: who waits takes no place of those that can begin.
    let strategy = json!({"order": "rolling", "size": 4, "parallel": 2, "delay": 0, "soak": 0, "waitForWindow": true});
    let path = made(&app, &fleet.upgrade("1.1.0", &strategy)).await;
    act(&app, &path, "start", &json!({})).await;
    let now = board(&app, &path, "those whose windows are open are done", |board| {
        [always, open].iter().all(|tenant| of(board, tenant)["state"] == "done")
    })
    .await;
    assert_eq!((&of(&now, opened)["state"], &now["state"]), (&json!("waiting"), &json!("running")), "{now}");

    // Opened by a person, it is not waited for any longer.
    opens(&app, opened, "* * * * *", 5).await;
    board(&app, &path, "the one that was opened is done", |board| of(board, opened)["state"] == "done").await;

    // And by time alone.
    let done = over(&app, &path).await;
    assert_eq!((states(&done), &done["state"]), (vec!["done".to_owned(); 4], &json!("finished")), "{done}");
    let begun: DateTime<Utc> = of(&done, later)["begunAt"].as_str().unwrap().parse().unwrap();
    assert!(begun >= at, "begun {begun}, before it opened at {at}");
    assert_eq!(fleet.seen(&app).await, vec![("1.1.0".to_owned(), 2); 4]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_tenant_outside_of_its_window_is_set_aside_where_nobody_waits_and_left_as_it_is() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 2, &[]).await;
    let (closed, open) = (&fleet.tenants[0], &fleet.tenants[1]);
    opens(&app, closed, HARDLY_EVER, 1).await;
    opens(&app, open, "* * * * *", 5).await;
    let strategy = json!({"order": "sequential", "waitForWindow": false});
    let path = made(&app, &fleet.upgrade("1.1.0", &strategy)).await;
    act(&app, &path, "start", &json!({})).await;
    let done = over(&app, &path).await;
    let (closed, open) = (of(&done, closed), of(&done, open));
    assert_eq!((&closed["state"], &open["state"], &closed["failed"]), (&json!("setAside"), &json!("done"), &json!(false)), "{done}");
    let why = closed["why"].as_str().unwrap();
    assert!(why.contains("maintenance window is closed") && why.contains("-02-29 00:00 UTC"), "{why}");
    // A window binds batches alone.
    let release = format!("/api/v1/helm/releases/{}", fleet.tenants[0].release("app"));
    assert_eq!(app.get(&release).await["revision"], 1);
    let single = app.change(&format!("{release}/upgrade"), &json!({"chartVersion": "1.1.0", "timeout": 60})).await;
    assert_eq!(single.body["status"], "succeeded", "{single:?}");
    app.stop().await;
}
