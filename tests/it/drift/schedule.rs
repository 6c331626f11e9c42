//! Checks that happen by themselves, at the times of a clock that the test turns.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use pilothouse::{
    charts::ChartSources,
    cluster::Cluster,
    domain::{
        actor::Actor,
        clock::{Clock, Entropy},
        drift::{DriftVerdict, IgnoreRules},
        ids::ReleaseId,
        problem::Code,
        redact::Rules,
    },
    helm::Helm,
    manager::{Courier, DriftSettings, Parts, ReleaseManager, executor::LocalProcess},
    store::{seal::Sealer, sqlite::Sqlite},
};

use super::with_web;
use crate::support::{App, Env, env, wait::within};

/// A clock that stands where the test sets it.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

struct Dice;

impl Entropy for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).unwrap();
    }
}

/// A manager of that data, whose clock the test turns; it checks each release every six hours.
async fn manager(env: &Env, data: &Path, clock: Arc<Hands>) -> ReleaseManager {
    let entropy = Arc::new(Dice);
    let sealer = Sealer::new(&pilothouse::config::seal_key(data, &Dice).unwrap(), entropy.clone());
    let database = Sqlite::open(&data.join("pilothouse.db"), sealer).await.unwrap();
    let cluster = Cluster::connect(Some(env.server_kubeconfig.clone())).await.unwrap();
    ReleaseManager::new(Parts {
        stores: database.stores(),
        workloads: cluster.workloads(clock.clone()),
        charts: ChartSources::new(vec![], data.join("charts"), true).unwrap(),
        executor: Arc::new(LocalProcess::new(Helm::find(Some(&env.helm)).await.unwrap(), cluster.clone(), data.join("run"))),
        cluster,
        rules: Rules::default(),
        drift: DriftSettings { every: Some(TimeDelta::hours(6)), rules: IgnoreRules::default() },
        courier: Courier::new(false, vec![]).unwrap(),
        clock,
        entropy,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_release_is_checked_by_itself_when_its_turn_has_come_and_not_before() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let (tenant, release) = with_web(&app, &env).await;
    env.kubectl(&["delete", "service", "web", "--namespace", &tenant.namespace]).await;
    let updated: DateTime<Utc> = app.get(&release).await["updatedAt"].as_str().unwrap().parse().unwrap();
    let data = app.stop().await;
    let clock = Arc::new(Hands(AtomicI64::new(updated.timestamp_micros())));
    let turn = |to: DateTime<Utc>| clock.0.store(to.timestamp_micros(), Ordering::Relaxed);
    let manager = manager(&env, data.path(), clock.clone()).await;
    let (id, me): (ReleaseId, _) = (tenant.release("web").parse().unwrap(), Actor::system("test"));
    let synced = tokio::spawn(manager.clone().sync());
    manager.synced().wait_for(|synced| *synced).await.unwrap();

    // Other tests' releases may be due; this one is not.
    turn(updated + TimeDelta::hours(5));
    assert!(!manager.check_due().await.contains(&id));
    assert_eq!(manager.drift(&me, id).await.unwrap_err().code, Code::DriftUnknown);
    turn(updated + TimeDelta::hours(6) + TimeDelta::minutes(1));
    // Those of all other tests come before it, one at a time.
    let found = within(Duration::from_secs(300), "its turn has come", || async {
        // The schedule's own tick may take it, or this.
        manager.check_due().await;
        manager.drift(&me, id).await.ok()
    })
    .await;
    assert_eq!((found.verdict, found.requested_by, found.checked_at), (DriftVerdict::Drifted, None, manager.now()));
    assert!(!manager.check_due().await.contains(&id), "not again at once");
    let audit = manager.audit(&me, &Default::default()).await.unwrap();
    assert!(audit.items.iter().all(|row| row.entry.act != "drift.check"), "only what people ask for is told");
    synced.abort();
}
