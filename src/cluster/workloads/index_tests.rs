//! What the index says of releases, with a clock that the tests own.

use super::*;
use crate::domain::names::Namespace;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(seconds)
}

fn key(name: &str) -> ReleaseKey {
    ReleaseKey { namespace: "acme".parse().unwrap(), name: name.parse().unwrap() }
}

fn workload(release: &str, kind: Kind, name: &str, health: Health, ready: u32) -> Sighted {
    let namespace: Namespace = "acme".parse().unwrap();
    Sighted {
        owner: Some(key(release)),
        place: Place { kind, namespace, name: name.into() },
        generation: 1,
        verdict: Verdict { health, ready, wanted: 3, reason: None, has_deadline: false, since: None },
    }
}

fn listed() -> Index {
    let mut index = Index::default();
    for kind in Kind::ALL {
        index.replace(kind, std::iter::empty(), at(0));
    }
    index
}

#[test]
fn health_is_unknown_until_all_kinds_are_listed_and_then_all_releases_have_changed() {
    let mut index = Index::default();
    index.replace(Kind::Deployment, [workload("web", Kind::Deployment, "web", Health::Healthy, 3)].into_iter(), at(0));
    index.replace(Kind::StatefulSet, std::iter::empty(), at(0));
    index.replace(Kind::DaemonSet, std::iter::empty(), at(0));
    assert_eq!(index.health(&key("web")).0, Health::Unknown);
    assert_eq!(index.replace(Kind::Job, std::iter::empty(), at(0)), [key("web")]);
    assert_eq!(index.health(&key("web")), (Health::Healthy, Some("3 of 3 ready".into())));
}

#[test]
fn a_release_is_as_healthy_as_its_worst_workload() {
    let mut index = listed();
    index.put(workload("web", Kind::Deployment, "web", Health::Healthy, 3), at(0));
    let mut job = workload("web", Kind::Job, "migrate", Health::Degraded, 0);
    job.verdict.reason = Some("too many failures".into());
    index.put(job, at(0));
    assert_eq!(index.health(&key("web")), (Health::Degraded, Some("3 of 3 ready; Job/migrate: too many failures".into())));
    let names: Vec<_> = index.readiness(&key("web")).into_iter().map(|line| line.name).collect();
    assert_eq!(names, ["Deployment/web", "Job/migrate"]);
}

#[test]
fn only_what_differs_is_a_change() {
    let mut index = listed();
    assert_eq!(index.put(workload("web", Kind::Deployment, "web", Health::Progressing, 1), at(0)), [key("web")]);
    assert!(index.put(workload("web", Kind::Deployment, "web", Health::Progressing, 1), at(1)).is_empty());
    assert_eq!(index.put(workload("web", Kind::Deployment, "web", Health::Progressing, 2), at(2)), [key("web")]);
}

#[test]
fn a_new_list_forgets_what_is_not_on_it() {
    let mut index = listed();
    index.put(workload("web", Kind::Deployment, "web", Health::Healthy, 3), at(0));
    index.put(workload("db", Kind::StatefulSet, "db", Health::Healthy, 3), at(0));
    assert_eq!(index.replace(Kind::Deployment, std::iter::empty(), at(1)), [key("web")]);
    assert_eq!(index.health(&key("web")).0, Health::Unknown);
    assert_eq!(index.health(&key("db")).0, Health::Healthy);
}

#[test]
fn a_workload_may_pass_from_one_release_to_another_or_to_none() {
    let mut index = listed();
    index.put(workload("web", Kind::Deployment, "w", Health::Healthy, 3), at(0));
    assert_eq!(index.put(workload("shop", Kind::Deployment, "w", Health::Healthy, 3), at(1)), [key("web"), key("shop")]);
    let mut orphan = workload("shop", Kind::Deployment, "w", Health::Healthy, 3);
    orphan.owner = None;
    assert_eq!(index.put(orphan, at(2)), [key("shop")]);
    assert!(index.releases.is_empty() && index.owners.is_empty());
}

#[test]
fn what_was_healthy_and_is_not_for_a_minute_is_degraded() {
    let mut index = listed();
    index.put(workload("db", Kind::StatefulSet, "db", Health::Healthy, 3), at(0));
    index.put(workload("db", Kind::StatefulSet, "db", Health::Progressing, 2), at(100));
    assert!(index.grow_impatient(at(159)).is_empty());
    assert_eq!(index.grow_impatient(at(160)), [key("db")]);
    assert_eq!(index.health(&key("db")).0, Health::Degraded);
    assert!(index.put(workload("db", Kind::StatefulSet, "db", Health::Progressing, 2), at(200)).is_empty(), "it stays degraded");
    index.put(workload("db", Kind::StatefulSet, "db", Health::Healthy, 3), at(201));
    assert_eq!(index.health(&key("db")).0, Health::Healthy);
}

#[test]
fn what_never_was_healthy_has_ten_minutes_from_its_last_move() {
    let mut index = listed();
    index.put(workload("db", Kind::StatefulSet, "db", Health::Progressing, 0), at(0));
    index.put(workload("db", Kind::StatefulSet, "db", Health::Progressing, 1), at(500));
    assert!(index.grow_impatient(at(1_099)).is_empty());
    assert_eq!(index.grow_impatient(at(1_100)), [key("db")]);
}

#[test]
fn what_has_a_deadline_of_its_own_is_never_late() {
    let mut index = listed();
    let mut job = workload("web", Kind::Job, "long", Health::Progressing, 0);
    job.verdict.has_deadline = true;
    index.put(job, at(0));
    assert!(index.grow_impatient(at(1_000_000)).is_empty());
}

#[test]
fn what_says_since_when_it_is_unavailable_is_believed_after_a_restart() {
    let mut index = listed();
    let mut broken = workload("web", Kind::Deployment, "web", Health::Progressing, 0);
    broken.verdict.since = Some(at(0));
    index.put(broken, at(10_000));
    assert_eq!(index.health(&key("web")).0, Health::Degraded);
}
