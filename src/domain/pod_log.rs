//! What containers write: the chart's own text, hostile, and shown without secrets. Does not read it: `cluster` does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    problem::{Code, Problem},
    redact::Secrets,
};

/// The most lines of a log that are given out at once.
pub const MOST_LINES: u32 = 5_000;
/// The lines that are given out where nobody says how many.
pub const USUAL_LINES: u32 = 500;

/// Whose log, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogQuery {
    /// The pod.
    pub pod: String,
    /// The container; `None` is for the only or the first one.
    pub container: Option<String>,
    /// What it wrote before it was started anew.
    pub previous: bool,
    /// How many of the newest lines.
    pub tail: u32,
}

impl LogQuery {
    /// Refuses what is out of bounds.
    pub fn checked(self) -> Result<Self, Problem> {
        if !(1..=MOST_LINES).contains(&self.tail) {
            return Err(Problem::new(Code::InvalidRequest, format!("tail is 1 to {MOST_LINES} lines.")));
        }
        Ok(self)
    }
}

/// What a container wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PodLog {
    /// Which one.
    pub container: String,
    /// The newest lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Whether lines are missing at the beginning because they were too many bytes.
    pub cut: bool,
}

/// A line that a container wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LogLine {
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// What.
    pub line: String,
}

impl LogLine {
    /// Reads a line as Kubernetes hands it out: a time, a space, and what was written.
    pub fn parse(text: &str) -> Self {
        let stamped = text.split_once(' ').and_then(|(at, line)| Some((DateTime::parse_from_rfc3339(at).ok()?, line)));
        match stamped {
            Some((at, line)) => Self { at: Some(at.to_utc()), line: line.to_owned() },
            None => Self { at: None, line: text.to_owned() },
        }
    }

    /// Lines without what is secret in them; a secret may go over several.
    pub fn hidden(lines: Vec<Self>, secrets: &Secrets) -> Vec<Self> {
        let whole = lines.iter().map(|line| line.line.as_str()).collect::<Vec<_>>().join("\n");
        let shown = secrets.hide_cut(&whole);
        if shown == whole.as_str() {
            return lines;
        }
        if shown.split('\n').count() == lines.len() {
            let times = lines.into_iter().map(|line| line.at);
            return times.zip(shown.split('\n')).map(|(at, line)| Self { at, line: line.to_owned() }).collect();
        }
        // What went over several lines is one now: which time is whose is not known any more.
        shown.split('\n').map(|line| Self { at: None, line: line.to_owned() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::redact::Rules;

    #[test]
    fn a_secret_in_a_log_is_hidden_also_where_it_goes_over_two_lines() {
        let values = json!({"password": "correct-horse-battery"}).as_object().unwrap().clone();
        let secrets = Rules::default().secrets_of_values(&values);
        let log = ["2026-11-23T07:00:00.5Z connecting with correct-horse-battery", "correct-horse-", "battery", "no time"];
        let lines = LogLine::hidden(log.into_iter().map(LogLine::parse).collect(), &secrets);
        let text: Vec<_> = lines.iter().map(|line| line.line.as_str()).collect();
        assert_eq!(text.join("|"), "connecting with hidden|hidden|no time");
        let plain = LogLine::hidden(vec![LogLine::parse("2026-11-23T07:00:00.5Z fine")], &secrets);
        assert_eq!(plain[0].at.unwrap().to_rfc3339(), "2026-11-23T07:00:00.500+00:00");
    }
}
