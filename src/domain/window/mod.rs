//! Maintenance windows of tenants: when batches may change them. Pure: the instant is passed in. Holds nobody back by
//! itself, and never a person's single change: batches ask.

use std::{collections::BTreeSet, ops::RangeInclusive};

use chrono::{DateTime, Duration, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::problem::{Code, Problem};

mod cron;

use cron::Cron;

/// The most windows of a tenant.
const MOST: usize = 20;
/// The longest expression that is read, in bytes.
const LONGEST: usize = 200;
/// How long a window may stay open, in minutes: up to a week.
const MINUTES: RangeInclusive<u32> = 1..=10_080;

/// A time in which batches may change a tenant, again and again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// When it opens: minute, hour, day of the month, month, day of the week, as in crontab(5).
    pub cron: String,
    /// How long it stays open, in minutes that pass, whatever clocks on walls do meanwhile.
    pub minutes: u32,
    /// Whose clock: a name of the IANA database, such as `Europe/Berlin`.
    pub time_zone: String,
}

/// How a tenant's windows stand at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Whether batches may change the tenant.
    pub open: bool,
    /// When the next window opens.
    pub next: Option<DateTime<Utc>>,
}

impl Opening {
    /// How they stand.
    pub fn of(windows: &[Window], now: DateTime<Utc>) -> Self {
        Self { open: is_open(windows, now), next: next_opening(windows, now) }
    }
}

/// Whether one of the windows is open. Without windows it always is; a window that cannot be read never is.
pub fn is_open(windows: &[Window], now: DateTime<Utc>) -> bool {
    windows.is_empty() || windows.iter().any(|window| window.is_open(now))
}

/// When the next of the windows opens after that instant; `None` where none ever does. A window that is open at the instant
/// does not count before it opens again.
pub fn next_opening(windows: &[Window], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    windows.iter().filter_map(|window| window.opens_after(now)).min()
}

/// Refuses windows that cannot be read, never open, or are too many; the same one twice is one.
pub fn checked(windows: Vec<Window>) -> Result<Vec<Window>, Problem> {
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for window in windows {
        let window = window.checked()?;
        if seen.insert(window.clone()) {
            kept.push(window);
        }
    }
    if kept.len() > MOST {
        return Err(refused(format!("A tenant has at most {MOST} maintenance windows. Lists and ranges in one expression do for many.")));
    }
    Ok(kept)
}

/// Reads windows as a form sends them: the five fields, the minutes and the zone, one window a line.
pub fn parse(text: &str) -> Result<Vec<Window>, Problem> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    checked(lines.map(line).collect::<Result<_, _>>()?)
}

/// Windows as a form shows them.
pub fn text(windows: &[Window]) -> String {
    windows.iter().map(|window| format!("{}  {}  {}\n", window.cron, window.minutes, window.time_zone)).collect()
}

fn line(line: &str) -> Result<Window, Problem> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [fields @ .., minutes, time_zone] = words.as_slice() else { return Err(unreadable(line)) };
    if fields.len() != 5 {
        return Err(unreadable(line));
    }
    let minutes = minutes.parse().map_err(|_| unreadable(line))?;
    Ok(Window { cron: fields.join(" "), minutes, time_zone: (*time_zone).to_owned() })
}

fn unreadable(line: &str) -> Problem {
    refused(format!(
        "“{}” is not a maintenance window. Write five fields of cron, the minutes and the time zone, such as “0 22 * * 1-5  240  \
         Europe/Berlin”; one window a line.",
        shown(line)
    ))
}

fn refused(text: String) -> Problem {
    Problem::new(Code::InvalidWindow, text)
}

/// Hostile text, short and on one line.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

impl Window {
    fn checked(self) -> Result<Self, Problem> {
        if self.cron.len() > LONGEST {
            return Err(refused(format!("When a window opens is written in at most {LONGEST} characters.")));
        }
        let cron: Cron =
            self.cron.parse().map_err(|why| refused(format!("“{}” does not say when a window opens: {why}.", shown(&self.cron))))?;
        if !cron.ever_opens() {
            return Err(refused(format!("“{}” never opens: no such day is in these months. Choose another day.", shown(&self.cron))));
        }
        if !MINUTES.contains(&self.minutes) {
            let text = format!("A window stays open for 1 to {} minutes, and not for {}.", MINUTES.end(), self.minutes);
            return Err(refused(text));
        }
        if self.time_zone.parse::<Tz>().is_err() {
            let zone = shown(&self.time_zone);
            return Err(refused(format!("“{zone}” is no time zone. Write its name in the IANA database, such as Europe/Berlin or UTC.")));
        }
        Ok(Self { cron: self.cron.split_whitespace().collect::<Vec<_>>().join(" "), ..self })
    }

    /// Open for its minutes from each opening on, the last of them not included.
    fn is_open(&self, now: DateTime<Utc>) -> bool {
        let span = Duration::minutes(self.minutes.into());
        now.checked_sub_signed(span).and_then(|then| self.opens_after(then)).is_some_and(|opened| opened <= now)
    }

    /// The first opening after the instant. An opening is when the zone's clock reaches a minute of the expression or goes
    /// past it: one in an hour that is skipped is at the shift, one in an hour that comes twice is in the first.
    fn opens_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (cron, zone) = (self.cron.parse::<Cron>().ok()?, self.time_zone.parse::<Tz>().ok()?);
        let offset = zone.offset_from_utc_datetime(&after.naive_utc()).fix();
        let mut minute = after.naive_utc().checked_add_offset(offset)?;
        loop {
            minute = cron.after(minute)?;
            // Reached before where the clock has been put back since: then a later minute counts.
            let reached = reached(zone, minute)?;
            if reached > after {
                return Some(reached);
            }
        }
    }
}

/// The longest that clocks were ever put forward: a day, where the date line was moved.
const LONGEST_SHIFT: i64 = 26 * 60;

/// When a zone's clock first reaches that minute or goes past it.
fn reached(zone: Tz, minute: chrono::NaiveDateTime) -> Option<DateTime<Utc>> {
    let minutes = (0..=LONGEST_SHIFT).map_while(|skipped| minute.checked_add_signed(Duration::minutes(skipped)));
    let first = minutes.map(|minute| zone.from_local_datetime(&minute)).find_map(|found| found.earliest())?;
    Some(first.with_timezone(&Utc))
}

#[cfg(test)]
mod tests;
