//! Five fields of cron as sets of numbers, and the next minute that is in all of them, by a calendar without zones: what
//! clocks on walls do to it is [`super`]'s. By the rules of Kubernetes' CronJobs, without their `@daily` and their zones.

use std::str::FromStr;

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// The longest wait for a day that comes at all: a 29th of February over a century that is no leap year.
const LONGEST_WAIT: usize = 8 * 366;

/// When something opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// Numbers below 64, one bit each, and whether the field named any rather than all, by a star.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set {
    bits: u64,
    named: bool,
}

/// A field: its name, its smallest and largest number, and words for its numbers from the smallest on.
struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    words: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MINUTE: Field = Field { name: "minute", low: 0, high: 59, words: &[] };
const HOUR: Field = Field { name: "hour", low: 0, high: 23, words: &[] };
const DAY: Field = Field { name: "day of the month", low: 1, high: 31, words: &[] };
const MONTH: Field = Field { name: "month", low: 1, high: 12, words: &MONTHS };
/// Sunday is 0 and 7.
const WEEKDAY: Field = Field { name: "day of the week", low: 0, high: 7, words: &WEEKDAYS };

impl FromStr for Cron {
    type Err = String;

    /// What is wrong completes "It does not say when: …".
    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err("it has to have five fields: minute, hour, day of the month, month and day of the week".into());
        };
        let mut weekdays = WEEKDAY.read(weekday)?;
        weekdays.bits |= weekdays.bits >> 7;
        Ok(Self { minutes: MINUTE.read(minute)?, hours: HOUR.read(hour)?, days: DAY.read(day)?, months: MONTH.read(month)?, weekdays })
    }
}

impl Field {
    fn read(&self, text: &str) -> Result<Set, String> {
        let mut bits = 0;
        for part in text.split(',') {
            bits |= self.part(part).ok_or_else(|| {
                let part: String = part.chars().take(20).collect();
                format!("“{part}” is not for the {}, which takes {} to {}, ranges, lists, steps and *", self.name, self.low, self.high)
            })?;
        }
        Ok(Set { bits, named: !text.split(',').any(is_star) })
    }

    /// One number, a range or all, by steps or not.
    fn part(&self, part: &str) -> Option<u64> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(digits(step).filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (low, high) = match range.split_once('-') {
            Some((low, high)) => (self.number(low)?, self.number(high)?),
            // The seventh day of the week is there to be named, and is Sunday again.
            None if range == "*" => (self.low, if self.high == 7 { 6 } else { self.high }),
            None => {
                let low = self.number(range)?;
                (low, if step.is_some() { self.high } else { low })
            }
        };
        let step = usize::try_from(step.unwrap_or(1)).ok()?;
        (low <= high).then(|| (low..=high).step_by(step).fold(0, |bits, number| bits | 1 << number))
    }

    fn number(&self, text: &str) -> Option<u32> {
        let word = self.words.iter().zip(self.low..).find(|(word, _)| word.eq_ignore_ascii_case(text));
        word.map(|(_, number)| number).or_else(|| digits(text)).filter(|number| (self.low..=self.high).contains(number))
    }
}

/// Whether a part leaves its field open. As in Kubernetes, steps of one are no steps, and a longer step names numbers, which
/// Vixie's cron takes for a star, too.
fn is_star(part: &str) -> bool {
    part == "*" || part.strip_prefix("*/").and_then(digits) == Some(1)
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl Set {
    fn has(self, number: u32) -> bool {
        self.bits >> number & 1 == 1
    }

    /// The smallest that is at least that large.
    fn from(self, number: u32) -> Option<u32> {
        let rest = self.bits.checked_shr(number)?;
        (rest != 0).then(|| number + rest.trailing_zeros())
    }
}

impl Cron {
    /// Whether any day of any year is meant.
    pub(super) fn ever_opens(&self) -> bool {
        NaiveDate::from_ymd_opt(2000, 1, 1).and_then(|day| self.after(day.into())).is_some()
    }

    /// The first minute that is meant, after the one that is given. Looks at each day once, for eight years at most.
    pub(super) fn after(&self, minute: NaiveDateTime) -> Option<NaiveDateTime> {
        let from = minute.with_second(0)?.with_nanosecond(0)?.checked_add_signed(Duration::minutes(1))?;
        let mut time = Some(from.time());
        let days = from.date().iter_days().take(LONGEST_WAIT + 2);
        days.filter_map(|day| {
            let earliest = time.take().unwrap_or(NaiveTime::MIN);
            if self.has_day(day) { self.time_from(earliest).map(|time| day.and_time(time)) } else { None }
        })
        .next()
    }

    /// Where both kinds of days are named, one of them is enough.
    fn has_day(&self, day: NaiveDate) -> bool {
        let (of_month, of_week) = (self.days.has(day.day()), self.weekdays.has(day.weekday().num_days_from_sunday()));
        let both = self.days.named && self.weekdays.named;
        self.months.has(day.month()) && if both { of_month || of_week } else { of_month && of_week }
    }

    fn time_from(&self, time: NaiveTime) -> Option<NaiveTime> {
        let same_hour = self.hours.has(time.hour()).then(|| self.minutes.from(time.minute())).flatten();
        let (hour, minute) = match same_hour {
            Some(minute) => (time.hour(), minute),
            None => (self.hours.from(time.hour() + 1)?, self.minutes.from(0)?),
        };
        NaiveTime::from_hms_opt(hour, minute, 0)
    }
}
