//! What becomes of the releases that a selection takes: who is changed, whose window is closed, who is left out and why. Pure;
//! looks nobody up: `store` does.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Selection;
use crate::domain::{
    chart::parse,
    ids::ReleaseId,
    names::{Namespace, ReleaseName, TenantSlug},
    release::ReleaseState,
    window::{self, Window},
};

/// What becomes of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// It is changed.
    Changed,
    /// Its tenant's maintenance window is closed now. If it still is when its turn comes, it waits or is set aside, as the
    /// strategy says.
    Closed,
    /// It stays as it is, and stands in the batch as set aside.
    SetAside,
    /// It is where it is to go, and is no part of the batch.
    There,
}

/// A release that a selection takes, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Chosen {
    /// Its id.
    pub release_id: ReleaseId,
    /// Its tenant's slug.
    pub tenant: TenantSlug,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub release_name: ReleaseName,
    /// Its chart; hostile text.
    pub chart: String,
    /// The version that it runs; hostile text.
    pub version: String,
    /// What becomes of it.
    pub part: Part,
    /// Why, where it is not simply changed; hostile text.
    pub why: Option<String>,
    /// When its tenant's maintenance window opens, where that is closed now; never where this is missing.
    pub opens_at: Option<DateTime<Utc>>,
}

impl Chosen {
    /// Whether a batch changes it, now or once its window opens.
    pub fn takes_part(&self) -> bool {
        matches!(self.part, Part::Changed | Part::Closed)
    }
}

/// Who a batch would be over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// Who would be changed, now or once a maintenance window opens.
    pub takes_part: Vec<Chosen>,
    /// Who is selected and would stay as it is, each with the reason.
    pub left_out: Vec<Chosen>,
}

impl Choice {
    /// Those that a selection takes, apart.
    pub fn of(all: Vec<Chosen>) -> Self {
        let (takes_part, left_out) = all.into_iter().partition(Chosen::takes_part);
        Self { takes_part, left_out }
    }
}

/// How a release stands before a batch.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The version that it runs.
    pub version: &'a str,
    /// Its state.
    pub state: ReleaseState,
    /// Why its tenant may not be changed by a batch.
    pub held: Option<&'a str>,
    /// Its tenant's maintenance windows.
    pub windows: &'a [Window],
}

/// What is to become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What.
    pub part: Part,
    /// Why.
    pub why: Option<String>,
    /// When its tenant's maintenance window opens, where that is closed now.
    pub opens_at: Option<DateTime<Utc>>,
}

impl Selection {
    /// What becomes of one of those that this takes. `to` is the version that all go to, where there is one.
    pub fn verdict(&self, to: Option<&str>, one: Standing<'_>, now: DateTime<Utc>) -> Verdict {
        let plain = |part: Part, why: Option<String>| Verdict { part, why, opens_at: None };
        // One that failed there has not arrived.
        if one.state == ReleaseState::Deployed && to.is_some_and(|to| is_same(one.version, to)) {
            return plain(Part::There, Some(format!("It is at {} already.", one.version)));
        }
        if let Some(held) = one.held {
            return plain(Part::SetAside, Some(held.to_owned()));
        }
        if to.is_some_and(|to| !self.is_meant_exactly() && is_newer(one.version, to)) {
            let text = format!("It is at {}, which is newer. Tick it, or select it by a constraint, to go back.", one.version);
            return plain(Part::SetAside, Some(text));
        }
        if window::is_open(one.windows, now) {
            return plain(Part::Changed, None);
        }
        let opens_at = window::next_opening(one.windows, now);
        let why = match opens_at {
            Some(at) => format!("Its tenant's maintenance window is closed; it opens {}.", at.format("%Y-%m-%d %H:%M UTC")),
            None => "Its tenant's maintenance window is closed and never opens again.".to_owned(),
        };
        Verdict { part: Part::Closed, why: Some(why), opens_at }
    }

    /// Whether it says itself at which versions a release is meant, by naming releases or by a constraint.
    fn is_meant_exactly(&self) -> bool {
        self.versions.is_some() || !self.releases.is_empty()
    }
}

/// Whether a version comes after another one; nobody knows of what is none.
fn is_newer(version: &str, than: &str) -> bool {
    let both = parse(version).zip(parse(than));
    both.is_some_and(|(version, than)| version.cmp_precedence(&than) == Ordering::Greater)
}

/// Whether two versions are the same, however they are written; another build is another one.
fn is_same(version: &str, other: &str) -> bool {
    version == other || parse(version).zip(parse(other)).is_some_and(|(version, other)| version == other)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn at(version: &str) -> Standing<'_> {
        Standing { version, state: ReleaseState::Deployed, held: None, windows: &[] }
    }

    fn of_chart() -> Selection {
        Selection { chart: Some("web".into()), ..Selection::default() }
    }

    #[test]
    fn only_what_is_deployed_at_the_wanted_version_has_arrived() {
        let verdict = |one| of_chart().verdict(Some("1.4.0"), one, now()).part;
        assert_eq!(verdict(at("1.4.0")), Part::There);
        assert_eq!(verdict(Standing { held: Some("Its tenant was frozen"), ..at("1.4.0") }), Part::There);
        for state in [ReleaseState::Failed, ReleaseState::PendingUpgrade] {
            assert_eq!(verdict(Standing { state, ..at("1.4.0") }), Part::Changed, "{state:?}");
        }
        assert_eq!(of_chart().verdict(None, at("1.4.0"), now()).part, Part::Changed, "where all stay at their own version nobody is there");
    }

    #[test]
    fn what_is_newer_goes_back_only_where_it_was_ticked_or_a_constraint_takes_it() {
        let ticked = Selection { releases: [ReleaseId(Uuid::nil())].into(), ..of_chart() };
        let constrained = Selection { versions: Some(">1.4.0".into()), ..of_chart() };
        for (newer, to) in [("1.5.0", "1.4.0"), ("1.10.0", "1.9.0"), ("1.4.0", "1.4.0-rc.1"), ("2.0.0-rc.1", "v1.9"), ("1.0.1", "1")] {
            let verdict = of_chart().verdict(Some(to), at(newer), now());
            assert_eq!(verdict.part, Part::SetAside, "{newer} to {to}");
            let why = verdict.why.unwrap();
            assert_eq!(why, format!("It is at {newer}, which is newer. Tick it, or select it by a constraint, to go back."));
            for meant in [&ticked, &constrained] {
                assert_eq!(meant.verdict(Some(to), at(newer), now()).part, Part::Changed, "{newer} to {to}");
            }
            assert_eq!(of_chart().verdict(Some(newer), at(to), now()).part, Part::Changed, "{to} to {newer}");
        }
        assert_eq!(of_chart().verdict(Some("1.4.0"), at("latest"), now()).part, Part::Changed, "nobody knows that it is newer");
    }

    #[test]
    fn who_is_held_is_set_aside_and_whose_window_is_closed_takes_part_once_it_opens() {
        let window = |cron: &str| Window { cron: cron.into(), minutes: 60, time_zone: "UTC".into() };
        let (later, open, broken) = ([window("0 22 * * *")], [window("0 0 * * *")], [window("nonsense")]);
        let verdict = |one| of_chart().verdict(Some("1.4.0"), one, now());
        let held = verdict(Standing { held: Some("Its tenant was pinned by mia: an audit"), windows: &later, ..at("1.3.2") });
        assert_eq!((held.part, held.why.as_deref()), (Part::SetAside, Some("Its tenant was pinned by mia: an audit")));
        let closed = verdict(Standing { windows: &later, ..at("1.3.2") });
        assert_eq!((closed.part, closed.opens_at), (Part::Closed, Some(now() + chrono::TimeDelta::hours(22))));
        assert_eq!(closed.why.as_deref(), Some("Its tenant's maintenance window is closed; it opens 1970-01-01 22:00 UTC."));
        assert_eq!(verdict(Standing { windows: &open, ..at("1.3.2") }).part, Part::Changed);
        let never = verdict(Standing { windows: &broken, ..at("1.3.2") });
        assert_eq!((never.part, never.opens_at), (Part::Closed, None));
        assert!(never.why.unwrap().contains("never opens again"));
    }
}
