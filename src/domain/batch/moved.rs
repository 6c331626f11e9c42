//! Where a target that is under way is by now, from what is seen of its operation and its release. Begins nothing: [`super::step`]
//! does.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Batch, BatchState,
    step::{Move, SeenOperation, SeenRelease, Sight},
    strategy::GoesBack,
    target::{CUT_SHORT, Target, TargetState},
};
use crate::domain::{
    operation::OperationStatus,
    problem::Code,
    release::{Health, ReleaseState},
};

/// How often what was cut short is tried once more by itself.
const MOST_CUT_SHORT: u32 = 3;
/// For how long what nobody answered rests in its place, before it is asked for once more.
const REST: TimeDelta = TimeDelta::seconds(15);

/// Where a target that is under way is by now, where that is somewhere else.
pub(super) fn moved(batch: &Batch, target: &Target, sight: &Sight, patience: TimeDelta, now: DateTime<Utc>) -> Option<Move> {
    let to = |to, why: Option<String>| Move { to, ..target.stays(why) };
    let operation = sight.operation.as_ref();
    let revision = sight.release.as_ref().filter(|release| release.state != ReleaseState::Uninstalled).map(|release| release.revision);
    let once_more = target.interrupted < MOST_CUT_SHORT;
    match target.state {
        TargetState::Running => {
            let ended = operation.filter(|operation| operation.status.is_settled())?;
            let made = ended.made;
            if ended.status == OperationStatus::Succeeded {
                return Some(match made {
                    Some(_) => Move { result_revision: made, made, ..to(TargetState::Settling, None) },
                    None if ended.uninstalls => to(TargetState::Done, None),
                    None => to(TargetState::SetAside, Some("It was changed elsewhere at the same time.".into())),
                });
            }
            if once_more && (is_stop(ended) || made.is_some() && is_outage(ended)) {
                return cut_short(batch, target, sight, patience, now);
            }
            // What somebody else has made meanwhile is not ours to set right.
            if let Some(now) = revision.filter(|revision| made.is_none() && Some(*revision) > target.base_revision) {
                return Some(to(TargetState::SetAside, Some(format!("It was changed elsewhere before its turn came: revision {now}."))));
            }
            let why = ended.error.clone().or_else(|| Some(format!("Its operation was {}.", ended.status.as_str())));
            let cancelled = ended.status == OperationStatus::Cancelled;
            // Nothing was changed, and not because of the change. Of what was to be uninstalled some may be gone, and no revision tells.
            let runs = sight.release.as_ref().is_some_and(|release| release.state == ReleaseState::Deployed);
            let untouched = made.is_none() && (!ended.uninstalls || runs);
            if made.is_none() && is_refused(ended) || cancelled && (untouched || ended.code.is_none()) {
                return Some(to(TargetState::SetAside, why));
            }
            if untouched && is_outage(ended) && once_more {
                return has_rested(ended, now).then(|| Move { cut_short: true, ..to(TargetState::Waiting, Some(CUT_SHORT.to_owned())) });
            }
            let back = target.back || batch.strategy.rollback != GoesBack::None;
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
            let (words, made) = (ended.error.as_deref().unwrap_or_default(), ended.made);
            if ended.status == OperationStatus::Succeeded {
                return Some(Move { back: false, made, ..to(TargetState::RolledBack, target.why.clone()) });
            }
            let (stop, untouched) = (is_stop(ended), made.is_none());
            let result_revision = made.or(target.result_revision);
            // Where nobody stood in its way it is on its way once more.
            let again = Move { back: true, made, result_revision, ..to(TargetState::Failed, target.why.clone()) };
            if (stop || !untouched && is_outage(ended)) && once_more {
                return Some(Move { cut_short: true, ..again });
            }
            if untouched && is_outage(ended) {
                return (has_rested(ended, now) && !sight.blind).then_some(again);
            }
            if untouched && (is_refused(ended) || ended.status == OperationStatus::Cancelled) {
                return Some(stays_changed(target, sight, target.why.as_deref(), words));
            }
            // Where it came from was no better, or it would be there; Helm goes on from what it has written down as failed.
            let is_failed = |release: &SeenRelease| Some(release.revision) == made && release.state == ReleaseState::Failed;
            if target.again && once_more && sight.release.as_ref().is_some_and(is_failed) && batch.state != BatchState::Aborted {
                return Some(Move { cut_short: true, made, ..to(TargetState::Waiting, Some(CUT_SHORT.to_owned())) });
            }
            let why = Some(format!("It could not be rolled back. {words}"));
            Some(Move { failed: true, back: false, again: false, result_revision, made, ..to(TargetState::Failed, why) })
        }
        TargetState::RolledBack if target.again && batch.state != BatchState::Aborted => {
            Some(to(TargetState::Waiting, Some(CUT_SHORT.to_owned())))
        }
        _ => None,
    }
}

/// Where a target is whose change was cut short, by a stop of the server or because the API server was gone. Nothing speaks against the
/// change, which is begun anew: where what was left was set right and the release runs at what it had before, at once; where Helm has
/// left a revision that is not deployed, once that is taken back.
fn cut_short(batch: &Batch, target: &Target, sight: &Sight, patience: TimeDelta, now: DateTime<Utc>) -> Option<Move> {
    let (release, ended) = (sight.release.as_ref()?, sight.operation.as_ref()?);
    let (made, to) = (ended.made, |to, why: String| Move { to, ..target.stays(Some(why)) });
    let home = made.or(target.base_revision);
    let told = || ended.error.clone().unwrap_or_else(|| "The server stopped.".to_owned());
    if release.state == ReleaseState::Uninstalled || Some(release.revision) > home {
        let why = format!("Its change was cut short, and it was changed elsewhere since: revision {}.", release.revision);
        return Some(Move { back: false, ..to(TargetState::SetAside, why) });
    }
    let (there, failed) = (Some(release.revision) == home, release.state == ReleaseState::Failed);
    // What is uninstalled by half is finished by who goes on, and by nobody else.
    let untouched = made.is_none() && (!ended.uninstalls || batch.state == BatchState::Running);
    if there && (release.state == ReleaseState::Deployed || failed && untouched) {
        let (state, why) = if target.back { (TargetState::RolledBack, told()) } else { (TargetState::Waiting, CUT_SHORT.to_owned()) };
        return Some(Move { back: false, made, cut_short: !target.back, ..to(state, why) });
    }
    // Nobody is at work any more on what Helm has left so; what an earlier server has left is set right before its operation ends.
    if there && made.is_some() && ended.status == OperationStatus::Failed && target.home_revision.is_some() {
        let first = Move { back: true, again: !target.back, cut_short: true, ..to(TargetState::Failed, told()) };
        return Some(Move { result_revision: made, made, ..first });
    }
    // Otherwise the watch is behind, or what is pending is looked into.
    let is_over = there && failed || late(batch, target, sight, patience, now);
    is_over.then(|| {
        let back = made.is_some() && (target.back || batch.strategy.rollback != GoesBack::None);
        Move { failed: true, back, result_revision: made, made, ..to(TargetState::Failed, told()) }
    })
}

/// A target that was to go back and may not. What somebody else has changed since is theirs, what runs stays as it was changed, and of
/// anything else that is a failure.
pub fn stays_changed(target: &Target, sight: &Sight, cause: Option<&str>, obstacle: &str) -> Move {
    let moved = |release: &SeenRelease| release.state == ReleaseState::Uninstalled || Some(release.revision) > target.result_revision;
    let elsewhere = sight.stranger.is_some() || sight.release.as_ref().is_some_and(moved);
    let to = match target.failed {
        false if elsewhere => TargetState::SetAside,
        false if is_well(target, sight) => TargetState::Done,
        _ => TargetState::Failed,
    };
    let why = [cause.unwrap_or_default(), "It was not rolled back.", obstacle].join(" ").trim().to_owned();
    Move { to, failed: to == TargetState::Failed, back: false, again: false, ..target.stays(Some(why)) }
}

/// Whether a stop of the server cut it short; also where Helm itself was told to stop, by somebody who stopped the server with it.
fn is_stop(ended: &SeenOperation) -> bool {
    ended.status == OperationStatus::Interrupted || ended.code == Some(Code::Interrupted)
}

/// Whether nobody answered who was needed for it.
fn is_outage(ended: &SeenOperation) -> bool {
    ended.code.is_some_and(Code::is_outage)
}

fn has_rested(ended: &SeenOperation, now: DateTime<Utc>) -> bool {
    ended.ended.is_none_or(|ended| now - ended >= REST)
}

/// Whether it was refused before Helm was asked: because of a hold, or because it was about something else by then.
fn is_refused(ended: &SeenOperation) -> bool {
    let refused = |code| {
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
    };
    ended.code.is_some_and(refused)
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
