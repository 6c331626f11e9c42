//! Where a target that is under way is by now, from what is seen of its operation and its release. Begins nothing: [`super::step`]
//! does.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Batch,
    step::{Move, Sight},
    strategy::GoesBack,
    target::CUT_SHORT,
    target::{Target, TargetState},
};
use crate::domain::{
    operation::OperationStatus,
    problem::Code,
    release::{Health, ReleaseState},
};

/// How often a change that a stop of the server has cut short is begun anew.
const MOST_INTERRUPTED: u32 = 3;

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
            let made = ended.made;
            // Also where Helm itself was told to stop, by somebody who stopped the server with it.
            let stopped = ended.status == OperationStatus::Interrupted || ended.code == Some(Code::Interrupted);
            if stopped && target.interrupted < MOST_INTERRUPTED {
                return interrupted(batch, target, sight, made, patience, now);
            }
            // What somebody else has made meanwhile is not ours to set right.
            if let Some(now) = revision.filter(|revision| made.is_none() && Some(*revision) > target.base_revision) {
                return Some(to(TargetState::SetAside, Some(format!("It was changed elsewhere before its turn came: revision {now}."))));
            }
            // Helm was never asked: that is no failure of the change.
            if made.is_none() && ended.code.is_some_and(is_refusal) {
                return Some(to(TargetState::SetAside, ended.error.clone()));
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

/// Where a target is whose change a stop of the server has cut short. Where what it left was set right, and the release runs at what
/// it had before, nothing speaks against the change, which is begun anew.
fn interrupted(batch: &Batch, target: &Target, sight: &Sight, made: Option<u32>, patience: TimeDelta, now: DateTime<Utc>) -> Option<Move> {
    let (release, ended) = (sight.release.as_ref()?, sight.operation.as_ref()?);
    let home = made.or(target.base_revision);
    let failed = |why: String| {
        let back = made.is_some() && (target.back || batch.strategy.rollback != GoesBack::None);
        Some(Move { to: TargetState::Failed, failed: true, back, result_revision: made, made, ..target.stays(Some(why)) })
    };
    let why = || ended.error.clone().unwrap_or_else(|| "The server stopped.".to_owned());
    if release.state == ReleaseState::Uninstalled || Some(release.revision) > home {
        let why =
            format!("The server stopped while it was being changed, and it was changed elsewhere since: revision {}.", release.revision);
        return Some(Move { to: TargetState::SetAside, back: false, ..target.stays(Some(why)) });
    }
    match (Some(release.revision) == home, release.state) {
        (true, ReleaseState::Deployed) if target.back => {
            Some(Move { to: TargetState::RolledBack, back: false, made, ..target.stays(Some(why())) })
        }
        // What Helm has written down as failed because it was told to stop is no worse a place to begin from.
        (true, state) if state == ReleaseState::Deployed || ended.status == OperationStatus::Failed && !target.back => {
            Some(Move { to: TargetState::Waiting, made, anew: true, ..target.stays(Some(CUT_SHORT.to_owned())) })
        }
        (true, ReleaseState::Failed) => failed(why()),
        // The watch is behind, or what is pending is looked into.
        _ if late(batch, target, sight, patience, now) => failed(why()),
        _ => None,
    }
}

/// Whether an operation that ended so was refused before Helm was asked: because of a hold, or because it was about something else by
/// then.
fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::TenantFrozen
            | Code::TenantRetired
            | Code::NamespaceNotOfTenant
            | Code::ReleaseUnassigned
            | Code::RevisionMoved
            | Code::PreviewStale
            | Code::ReleaseNotInstalled
            | Code::ReleaseExists
    )
}

/// Whether a target has had all the time that there is to be healthy, of which only counts what it was watched for.
pub(super) fn late(batch: &Batch, target: &Target, sight: &Sight, patience: TimeDelta, now: DateTime<Utc>) -> bool {
    let ended = sight.operation.as_ref().and_then(|operation| operation.ended).unwrap_or(target.since);
    let watched = sight.watched_since.map_or(ended, |since| since.max(ended));
    now - watched > patience + TimeDelta::seconds(i64::from(batch.strategy.soak))
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
