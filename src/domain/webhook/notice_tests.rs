//! Which notices a batch's steps come to, and what stands in them.

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::*;
use crate::domain::{
    batch::{Selection, Strategy, TargetState, Threshold, Wave},
    change::RunOptions,
};

/// Told nothing.
const NOTHING: [NoticeKind; 0] = [];

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn definition(aim: Aim) -> Definition {
    let selection = Selection { chart: Some("web".into()), ..Selection::default() };
    Definition { aim, selection, strategy: Strategy::default(), options: RunOptions::default(), start: false }
}

fn upgrade() -> Definition {
    definition(Aim::Upgrade { chart: "demo/web".into(), version: "1.4.0".into() })
}

fn batch(state: BatchState) -> Batch {
    Batch {
        id: BatchId(Uuid::from_u128(7)),
        title: "web to 1.4.0".into(),
        state,
        why: Some("geheim".into()),
        strategy: Strategy { threshold: Threshold::Count(2), ..Strategy::default() },
        requested_by: "mira".into(),
        reason: Some("geheim".into()),
        created_at: at(0),
        started_at: Some(at(1)),
        finished_at: None,
        waves: vec![Wave { begun_at: Some(at(1)), ..Wave::named("geheim") }, Wave::named("2")],
        counts: Counts::of([(TargetState::Running, false), (TargetState::Failed, true), (TargetState::SetAside, false)]),
        version: 3,
        forgiven: 0,
    }
}

fn kinds(before: &Batch, after: &Batch) -> Vec<NoticeKind> {
    Notice::of_step(before, after, None, &upgrade(), at(9)).into_iter().map(|notice| notice.kind).collect()
}

#[test]
fn a_step_that_changes_nothing_worth_telling_is_not_told() {
    let running = batch(BatchState::Running);
    assert_eq!(kinds(&running, &running), NOTHING);
    let paused = Batch { state: BatchState::Paused, ..batch(BatchState::Running) };
    assert_eq!(kinds(&running, &paused), NOTHING, "a person paused it");
    assert_eq!(kinds(&paused, &running), NOTHING);
}

#[test]
fn a_start_the_end_of_a_wave_and_the_end_are_told_in_this_order() {
    let ready = Batch { started_at: None, ..batch(BatchState::Ready) };
    assert_eq!(kinds(&ready, &batch(BatchState::Running)), [NoticeKind::BatchStarted]);
    let mut over = Batch { finished_at: Some(at(9)), ..batch(BatchState::Finished) };
    over.waves.iter_mut().for_each(|wave| wave.over_at = Some(at(9)));
    assert_eq!(kinds(&batch(BatchState::Running), &over), [NoticeKind::WaveDone, NoticeKind::WaveDone, NoticeKind::BatchEnded]);
}

#[test]
fn a_stop_by_itself_is_told_with_its_wave_and_why_by_its_kind() {
    let running = batch(BatchState::Running);
    for state in [BatchState::Paused, BatchState::Aborted] {
        let stopped = batch(state);
        let told = Notice::of_step(&running, &stopped, Some(Some(0)), &upgrade(), at(9));
        assert_eq!(told.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [NoticeKind::ThresholdHit], "{state:?}");
        assert!(told[0].body.contains(r#""wave":{"number":1,"of":2}"#), "{}", told[0].body);
    }
    let told = Notice::of_step(&running, &batch(BatchState::Paused), Some(None), &upgrade(), at(9));
    assert_eq!(
        told.iter().map(|notice| notice.kind).collect::<Vec<_>>(),
        [NoticeKind::BatchPaused],
        "too many failures were not the reason"
    );
}

#[test]
fn the_same_step_has_the_same_id_and_another_one_another() {
    let mut done = batch(BatchState::Running);
    done.waves[0].over_at = Some(at(5));
    let ids = |before: &Batch, after: &Batch| -> Vec<NoticeId> {
        Notice::of_step(before, after, None, &upgrade(), at(9)).into_iter().map(|notice| notice.id).collect()
    };
    let before = batch(BatchState::Running);
    let first = ids(&before, &done);
    assert_eq!((first.len(), &first), (1, &ids(&before, &done)));
    // The same wave once more, after what failed in it was tried again.
    assert_ne!(first, ids(&Batch { version: 8, ..before.clone() }, &done));
    done.waves[1].over_at = Some(at(5));
    let both = ids(&before, &done);
    assert_eq!(both[0], first[0]);
    assert_ne!(both[0], both[1]);
}

#[test]
fn a_notice_says_which_and_how_far_and_repeats_nobodys_words() {
    let mut done = batch(BatchState::Running);
    done.waves[0].over_at = Some(at(5));
    let notice = &Notice::of_step(&batch(BatchState::Running), &done, None, &upgrade(), at(9))[0];
    let body: Value = serde_json::from_str(&notice.body).unwrap();
    let id = "00000000-0000-0000-0000-000000000007";
    assert_eq!(
        body,
        json!({
            "type": "batch.wave_done", "timestamp": "1970-01-01T00:00:09Z",
            "data": {
                "batchId": id, "path": format!("/batches/{id}"), "aim": "upgrade", "chart": "web", "version": "1.4.0", "order": "sequential",
                "state": "running", "wave": {"number": 1, "of": 2}, "startedAt": "1970-01-01T00:00:01Z", "finishedAt": null,
                "counts": {"waiting": 0, "running": 1, "done": 0, "failed": 1, "rolledBack": 0, "setAside": 1, "failures": 1},
            },
        })
    );
    let patch: Map<String, Value> = json!({"geheim": "geheim"}).as_object().cloned().unwrap();
    let values = Notice::of_step(&batch(BatchState::Running), &done, None, &definition(Aim::Values { patch }), at(9));
    assert!(!values[0].body.contains("geheim") && values[0].body.contains("\"aim\":\"values\""), "{}", values[0].body);
}

#[test]
fn each_kind_is_written_as_it_is_read() {
    for kind in NoticeKind::ALL {
        assert_eq!((NoticeKind::parse(kind.as_str()), json!(kind)), (Some(kind), json!(kind.as_str())));
    }
    assert_eq!(Notice::ping(NoticeId(Uuid::nil()), at(0)).body, r#"{"type":"ping","timestamp":"1970-01-01T00:00:00Z","data":null}"#);
}
