//! Where a target that is under way is by now, from what is seen of its operation and its release. Begins nothing: [`super::step`]
//! does.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Batch,
    step::{Move, Sight},
    strategy::GoesBack,
    target::{Target, TargetState},
};
use crate::domain::{
    operation::OperationStatus,
    release::{Health, ReleaseState},
};

/// Where a target that is under way is by now, where that is somewhere else.
pub(super) fn moved(batch: &Batch, target: &Target, sight: &Sight, patience: TimeDelta, now: DateTime<Utc>) -> Option<Move> {
    let to = |to, why: Option<String>| Move { to, ..target.stays(why) };
    let operation = sight.operation.as_ref();
    let revision = sight.release.as_ref().filter(|release| release.state != ReleaseState::Uninstalled).map(|release| release.revision);
    match target.state {
        TargetState::Running => {
            let ended = operation.filter(|operation| operation.status.is_settled())?;
            if ended.status == OperationStatus::Succeeded {
                return Some(match ended.made {
                    Some(made) => Move { result_revision: Some(made), made: Some(made), ..to(TargetState::Settling, None) },
                    None if ended.uninstalls => to(TargetState::Done, None),
                    None => to(TargetState::SetAside, Some("It was changed elsewhere at the same time.".into())),
                });
            }
            // What somebody else has made meanwhile is not ours to set right.
            let made = ended.made;
            if let Some(now) = revision.filter(|revision| made.is_none() && Some(*revision) > target.base_revision) {
                return Some(to(TargetState::SetAside, Some(format!("It was changed elsewhere before its turn came: revision {now}."))));
            }
            let back = target.back || batch.strategy.rollback != GoesBack::None;
            let why = ended.error.clone().or_else(|| Some(format!("Its operation was {}.", ended.status.as_str())));
            Some(Move { result_revision: made, made, failed: true, back: back && made.is_some(), ..to(TargetState::Failed, why) })
        }
        TargetState::Settling | TargetState::Soaking => {
            let result = target.result_revision?;
            let failed = |why: String| Move {
                failed: true,
                back: target.back || batch.strategy.rollback != GoesBack::None,
                ..to(TargetState::Failed, Some(why))
            };
            if let Some(why) = &sight.stranger {
                return Some(to(TargetState::SetAside, Some(why.clone())));
            }
            match (revision, &sight.release) {
                (None, Some(_)) => Some(to(TargetState::SetAside, Some("It was uninstalled while it was being watched.".into()))),
                (Some(now), _) if now > result => {
                    Some(to(TargetState::SetAside, Some(format!("It was changed elsewhere while it was being watched: revision {now}."))))
                }
                (Some(now), Some(release)) if now == result && release.state == ReleaseState::Failed => {
                    Some(failed(format!("Revision {now} failed.")))
                }
                // What it comes to is for the last look to say.
                _ if is_well(target, sight) && target.state == TargetState::Soaking => None,
                _ if is_well(target, sight) => Some(to(TargetState::Soaking, None)),
                (_, release) => {
                    let detail = release.as_ref().and_then(|release| release.detail.clone());
                    if late(batch, target, sight, patience, now) {
                        let seconds = patience.num_seconds();
                        let words = detail.unwrap_or_else(|| "its new revision was not seen".into());
                        return Some(failed(format!("Not healthy {seconds} s after the change: {words}.")));
                    }
                    (target.state == TargetState::Soaking || target.why != detail).then(|| to(TargetState::Settling, detail))
                }
            }
        }
        TargetState::RollingBack => {
            let ended = operation.filter(|operation| operation.status.is_settled())?;
            Some(match ended.status {
                OperationStatus::Succeeded => Move { back: false, made: ended.made, ..to(TargetState::RolledBack, target.why.clone()) },
                _ => {
                    let words = ended.error.clone().unwrap_or_default();
                    let why = Some(format!("It could not be rolled back. {words}"));
                    let now = ended.made.or(target.result_revision);
                    Move { failed: true, back: false, result_revision: now, made: ended.made, ..to(TargetState::Failed, why) }
                }
            })
        }
        _ => None,
    }
}

/// Whether a target has had all the time that there is to be healthy.
pub(super) fn late(batch: &Batch, target: &Target, sight: &Sight, patience: TimeDelta, now: DateTime<Utc>) -> bool {
    let ended = sight.operation.as_ref().and_then(|operation| operation.ended).unwrap_or(target.since);
    now - ended > patience + TimeDelta::seconds(i64::from(batch.strategy.soak))
}

/// Whether the watch has seen the very revision that the change made, and nothing of it that does not run.
pub(super) fn is_well(target: &Target, sight: &Sight) -> bool {
    sight.release.as_ref().is_some_and(|release| {
        Some(release.revision) == target.result_revision
            && release.state == ReleaseState::Deployed
            // Nothing to run is nothing that could be ill; whether that is so is confirmed in the end.
            && matches!(release.health, Health::Healthy | Health::Unknown)
    })
}
