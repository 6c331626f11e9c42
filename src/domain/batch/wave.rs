//! Waves of a batch. Which release comes in which one is [`super::plan`]'s; nothing is begun or ended here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A part of a batch that has to be over before the next one begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Wave {
    /// Its name: a number, or the label's value; hostile text.
    pub name: String,
    /// Who let it begin, where that takes a person.
    pub approved_by: Option<String>,
    /// When it began.
    pub begun_at: Option<DateTime<Utc>>,
    /// When the last of its targets was over.
    pub over_at: Option<DateTime<Utc>>,
    /// Who took back what was changed in it: nothing more of it begins.
    #[serde(default)]
    pub back_by: Option<String>,
}

impl Wave {
    /// One that has not begun.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), approved_by: None, begun_at: None, over_at: None, back_by: None }
    }

    /// Its name, where it has another one than its number; `at` counts from 0.
    fn own_name(&self, at: usize) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| *name != (at + 1).to_string())
    }

    /// What it is called within a sentence: its name alone could be another one's number.
    pub fn called(&self, at: usize) -> String {
        let name = self.own_name(at).map(|name| format!(" ({name})")).unwrap_or_default();
        format!("wave {}{name}", at + 1)
    }

    /// What it is called on top of its column: in which order it comes is told, too.
    pub fn heading(&self, at: usize) -> String {
        self.own_name(at).map_or_else(|| format!("Wave {}", at + 1), |name| format!("{} {name}", at + 1))
    }

    /// Why nothing begins in it any more, where somebody took it back.
    pub fn taken_back(&self) -> Option<String> {
        self.back_by.as_ref().map(|by| format!("What was changed in its wave was rolled back by {by}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_without_a_name_of_its_own_is_called_by_its_number_once() {
        let words = |name: &str, at| (Wave::named(name).heading(at), Wave::named(name).called(at));
        assert_eq!(words("1", 0), ("Wave 1".to_owned(), "wave 1".to_owned()));
        assert_eq!(words("canary", 0), ("1 canary".to_owned(), "wave 1 (canary)".to_owned()));
        assert_eq!(words("2", 2), ("3 2".to_owned(), "wave 3 (2)".to_owned()), "a label may have a number for its value");
    }
}
