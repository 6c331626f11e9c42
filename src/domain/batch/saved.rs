//! Saved selections: which releases, under a name. The rule is kept and never what it came to: each use looks anew. Keeps
//! none: `store` does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Selection;
use crate::domain::{ids::SelectionId, problem::Problem};

/// The most saved selections: more than somebody chooses from in a list.
pub const MOST_SAVED: usize = 200;
/// The longest name, in characters.
const LONGEST_NAME: usize = 80;

/// A saved selection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SavedSelection {
    /// Its id.
    pub id: SelectionId,
    /// Its name; hostile text.
    pub name: String,
    /// Which releases it takes, looked up anew each time.
    pub selection: Selection,
    /// Who saved it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// A name for a saved selection, without the space around it.
pub fn name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let rule = format!("has to have 1 to {LONGEST_NAME} characters, all on one line");
        return Err(Problem::invalid_name("name for a selection", name, &rule));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use uuid::Uuid;

    use super::*;
    use crate::domain::problem::Code;
    use crate::domain::{ids::ReleaseId, names::ChartRef, release::ReleaseState};

    fn rule() -> Selection {
        Selection {
            chart: Some("web".into()),
            versions: Some("<1.4.0".into()),
            labels: BTreeMap::from([("ring".into(), "early".into())]),
            states: vec![ReleaseState::Failed, ReleaseState::Deployed],
            releases: BTreeSet::from([ReleaseId(Uuid::nil())]),
            saved: None,
        }
    }

    fn asked(chart: Option<&str>) -> Selection {
        Selection { chart: chart.map(str::to_owned), saved: Some(SelectionId(Uuid::nil())), ..Selection::default() }
    }

    #[test]
    fn a_selection_says_in_words_what_it_takes() {
        assert_eq!(rule().words(), "web, version <1.4.0, ring=early, failed or deployed, 1 named release");
        assert_eq!(Selection { states: vec![ReleaseState::Failed], ..Selection::default() }.words(), "failed");
    }

    #[test]
    fn a_saved_selection_is_taken_as_it_is_and_narrowed_by_a_chart_alone() {
        assert_eq!(asked(None).with(rule()), Ok(rule()));
        assert_eq!(asked(Some("web")).with(rule()), Ok(rule()));
        let any = Selection { chart: None, ..rule() };
        assert_eq!(asked(Some("web")).with(any).map(|found| found.chart), Ok(Some("web".into())));
        assert_eq!(asked(Some("cache")).with(rule()).map_err(|problem| problem.code), Err(Code::InvalidCombination));
        let more = Selection { labels: rule().labels, ..asked(None) };
        assert_eq!(more.with(rule()).map_err(|problem| problem.code), Err(Code::InvalidCombination));
    }

    #[test]
    fn a_source_before_a_chart_says_where_it_is_taken_from_and_not_which_releases_are_meant() {
        let of = |chart: &str| Selection { chart: Some(chart.into()), ..Selection::default() };
        let (plain, full) = (of("web"), of("demo/web"));
        assert_eq!((plain.chart_name(), full.chart_name(), Selection::default().chart_name()), (Some("web"), Some("web"), None));
        assert_eq!((plain.chart_of_source(), full.chart_of_source()), (None, "demo/web".parse::<ChartRef>().ok()));
        assert!(full.clone().checked().is_ok() && of("demo/../web").checked().is_err());

        let goes = |selection: &Selection, chart: &str| {
            let found = selection.upgraded_to(chart.parse().unwrap());
            found.map(|chart| chart.to_string()).map_err(|problem| problem.code)
        };
        for (selection, chart, to) in [
            (&plain, "web", "web"),
            (&plain, "demo/web", "demo/web"),
            (&full, "web", "demo/web"),
            (&full, "demo/web", "demo/web"),
            (&Selection::default(), "web", "web"),
        ] {
            assert_eq!(goes(selection, chart).as_deref(), Ok(to), "{selection:?} and {chart}");
        }
        for (selection, chart) in [(&plain, "db"), (&full, "demo/db"), (&full, "other/web")] {
            assert_eq!(goes(selection, chart), Err(Code::InvalidCombination), "{selection:?} and {chart}");
        }

        // Of a saved one and what stands beside it, the one that names a source.
        let saved = |chart: &str| Selection { chart: Some(chart.into()), ..rule() };
        let with = |asked_for: &str, kept: &str| asked(Some(asked_for)).with(saved(kept)).map(|found| found.chart.unwrap_or_default());
        for (asked_for, kept) in [("web", "demo/web"), ("demo/web", "web"), ("demo/web", "other/web")] {
            assert_eq!(with(asked_for, kept).as_deref(), Ok("demo/web"), "{asked_for} beside {kept}");
        }
    }

    #[test]
    fn a_saved_selection_cannot_stand_for_another_one_and_names_are_bounded() {
        assert_eq!(asked(None).checked().map_err(|problem| problem.code), Err(Code::InvalidCombination));
        let many = (0..1_001).map(|n| ReleaseId(Uuid::from_u128(n))).collect();
        assert!(Selection { releases: many, ..Selection::default() }.checked().is_err());
        assert_eq!(name("  early web  ").as_deref(), Ok("early web"));
        for bad in ["", "  ", "a\nb", "a\u{7f}", &"x".repeat(81)] {
            assert_eq!(name(bad).map_err(|problem| problem.code), Err(Code::InvalidName), "{bad}");
        }
    }

    #[test]
    fn what_was_stored_before_selections_could_be_saved_is_still_read() {
        let read: Selection = serde_json::from_str(r#"{"chart":"web","versions":null,"labels":{},"states":[],"releases":[]}"#).unwrap();
        assert_eq!(read, Selection { chart: Some("web".into()), ..Selection::default() });
        assert!(!serde_json::to_string(&read).unwrap().contains("saved"));
    }
}
