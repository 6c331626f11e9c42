//! Windows by example, and against an oracle that walks minute by minute over thousands of them.

use chrono::NaiveDateTime;

use super::*;

fn window(cron: &str, minutes: u32, zone: &str) -> Window {
    Window { cron: cron.into(), minutes, time_zone: zone.into() }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The first openings after an instant.
fn openings(window: &Window, after: &str, count: usize) -> Vec<String> {
    let mut now = at(after);
    let next = || {
        now = next_opening(std::slice::from_ref(window), now)?;
        Some(now.format("%m-%dT%H:%MZ").to_string())
    };
    std::iter::from_fn(next).take(count).collect()
}

#[test]
fn without_windows_it_is_always_open() {
    assert!(is_open(&[], at("2026-11-23T12:00:00Z")));
    assert_eq!(next_opening(&[], at("2026-11-23T12:00:00Z")), None);
}

#[test]
fn a_window_is_open_from_its_opening_on_for_its_minutes() {
    let nights = [window("0 22 * * 1-5", 240, "Europe/Berlin")];
    for (now, open) in [
        ("2026-11-23T20:59:59Z", false),
        ("2026-11-23T21:00:00Z", true),
        ("2026-11-24T00:59:59Z", true),
        ("2026-11-24T01:00:00Z", false),
        // On Saturday it only closes.
        ("2026-11-28T00:30:00Z", true),
        ("2026-11-28T21:30:00Z", false),
    ] {
        assert_eq!(is_open(&nights, at(now)), open, "{now}");
    }
    assert_eq!(next_opening(&nights, at("2026-11-27T21:00:00Z")), Some(at("2026-11-30T21:00:00Z")));
}

#[test]
fn of_several_windows_any_that_is_open_counts_and_the_next_is_the_nearest() {
    let both = [window("0 2 * * sun", 120, "UTC"), window("30 12 24 dec *", 10, "Asia/Kathmandu")];
    assert!(is_open(&both, at("2026-11-29T03:00:00Z")));
    assert_eq!(next_opening(&both, at("2026-12-20T02:00:00Z")), Some(at("2026-12-24T06:45:00Z")));
}

#[test]
fn an_opening_in_the_hour_that_is_skipped_is_at_the_shift() {
    let early = window("30 2 * * *", 60, "Europe/Berlin");
    assert_eq!(openings(&early, "2026-03-27T12:00:00Z", 3), ["03-28T01:30Z", "03-29T01:00Z", "03-30T00:30Z"]);
    let often = window("*/15 2 * * *", 5, "Europe/Berlin");
    assert_eq!(openings(&often, "2026-03-28T12:00:00Z", 2), ["03-29T01:00Z", "03-30T00:00Z"]);
}

#[test]
fn an_opening_in_the_hour_that_comes_twice_is_one() {
    let early = window("30 2 * * *", 60, "Europe/Berlin");
    assert_eq!(openings(&early, "2026-10-24T12:00:00Z", 2), ["10-25T00:30Z", "10-26T01:30Z"]);
    assert_eq!(openings(&early, "2026-10-25T00:45:00Z", 1), ["10-26T01:30Z"]);
    // The minutes are minutes that pass: the second half past two is after the end.
    assert!(is_open(std::slice::from_ref(&early), at("2026-10-25T01:29:00Z")));
    assert!(!is_open(std::slice::from_ref(&early), at("2026-10-25T01:30:00Z")));
}

#[test]
fn an_opening_on_a_day_that_a_country_left_out_is_at_the_next_midnight() {
    // Samoa went from the 29th straight to the 31st.
    let noon = window("0 12 30 12 *", 60, "Pacific/Apia");
    assert_eq!(next_opening(&[noon], at("2011-12-29T00:00:00Z")), Some(at("2011-12-30T10:00:00Z")));
}

#[test]
fn where_both_kinds_of_days_are_named_one_is_enough() {
    let either = window("0 0 1 * mon", 60, "UTC");
    assert_eq!(openings(&either, "2026-11-24T00:00:00Z", 3), ["11-30T00:00Z", "12-01T00:00Z", "12-07T00:00Z"]);
}

#[test]
fn steps_of_one_name_no_days() {
    let mondays = openings(&window("0 0 * * mon", 60, "UTC"), "2026-11-24T00:00:00Z", 3);
    assert_eq!(mondays, ["11-30T00:00Z", "12-07T00:00Z", "12-14T00:00Z"]);
    for star in ["*/1", "*/01", "1,*", "*,5"] {
        let window = window(&format!("0 0 {star} * mon"), 60, "UTC");
        assert_eq!(openings(&window, "2026-11-24T00:00:00Z", 3), mondays, "{star}");
    }
    let firsts = window("0 0 1 * */1", 60, "UTC");
    assert_eq!(openings(&firsts, "2026-11-24T00:00:00Z", 2), ["12-01T00:00Z", "01-01T00:00Z"]);
    // Longer ones do, as in Kubernetes: every second day, and Mondays.
    let either = window("0 0 */2 * mon", 60, "UTC");
    assert_eq!(openings(&either, "2026-11-28T00:00:00Z", 3), ["11-29T00:00Z", "11-30T00:00Z", "12-01T00:00Z"]);
}

#[test]
fn what_never_opens_is_refused_and_says_so() {
    for never in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30-31 feb *"] {
        let problem = checked(vec![window(never, 60, "UTC")]).unwrap_err();
        assert_eq!(problem.code, Code::InvalidWindow);
        assert!(problem.detail.contains("never opens"), "{}", problem.detail);
        assert_eq!(next_opening(&[window(never, 60, "UTC")], at("2026-01-01T00:00:00Z")), None);
    }
    // Rare is not never, also over a century without its leap year.
    let rare = window("0 0 29 2 *", 60, "UTC");
    assert!(checked(vec![rare.clone()]).is_ok());
    assert_eq!(next_opening(&[rare], at("2096-03-01T00:00:00Z")), Some(at("2104-02-29T00:00:00Z")));
}

#[test]
fn what_cannot_be_read_is_refused_in_words() {
    for (bad, word) in [
        (window("0 24 * * *", 60, "UTC"), "hour"),
        (window("60 * * * *", 60, "UTC"), "minute"),
        (window("* * 0 * *", 60, "UTC"), "day of the month"),
        (window("* * * 13 *", 60, "UTC"), "month"),
        (window("* * * * 8", 60, "UTC"), "day of the week"),
        (window("* * * *", 60, "UTC"), "five fields"),
        (window("0 * * * * *", 60, "UTC"), "five fields"),
        (window("@daily", 60, "UTC"), "five fields"),
        (window("*/0 * * * *", 60, "UTC"), "minute"),
        (window("5-3 * * * *", 60, "UTC"), "minute"),
        (window("1,,2 * * * *", 60, "UTC"), "minute"),
        (window("+1 * * * *", 60, "UTC"), "minute"),
        (window("1/99999999999 * * * *", 60, "UTC"), "minute"),
        (window("* * * foo *", 60, "UTC"), "month"),
        (window(&"1,".repeat(200), 60, "UTC"), "200 characters"),
        (window("0 2 * * *", 0, "UTC"), "10080"),
        (window("0 2 * * *", 10_081, "UTC"), "10080"),
        (window("0 2 * * *", 60, "Mars/Olympus"), "IANA"),
        (window("0 2 * * *", 60, ""), "IANA"),
        (window("0 2 * * *", 60, "../etc/passwd"), "IANA"),
    ] {
        let problem = checked(vec![bad.clone()]).unwrap_err();
        assert!(problem.detail.contains(word) && problem.code == Code::InvalidWindow, "{bad:?}: {}", problem.detail);
        assert!(problem.detail.chars().count() < 300);
    }
    // Stored before and not readable any more: closed, not open.
    assert!(!is_open(&[window("0 2 * * *", 60, "Mars/Olympus")], at("2026-11-23T02:30:00Z")));
}

#[test]
fn windows_are_read_as_they_are_shown() {
    let windows = parse("0 22 * * 1-5  240  Europe/Berlin\r\n\n 0 2 * * SUN 90 UTC \n0 2 * * SUN 90 UTC").unwrap();
    assert_eq!(windows, [window("0 22 * * 1-5", 240, "Europe/Berlin"), window("0 2 * * SUN", 90, "UTC")]);
    assert_eq!(parse(&text(&windows)).unwrap(), windows);
    assert!(parse(" \n").unwrap().is_empty());
    for bad in ["0 22 * * *", "0 22 * * * UTC", "0 22 * * * x UTC", "0 22 * * * 60 UTC more", "0 22 * * * -1 UTC"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
    let many: String = (0..21).map(|minute| format!("{minute} 1 * * * 5 UTC\n")).collect();
    assert!(parse(&many).unwrap_err().detail.contains("at most 20"));
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    let always = [window("* * * * *", 10_080, "Pacific/Apia"), window("0 0 29 2 *", 1, "America/Havana")];
    for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, DateTime::UNIX_EPOCH] {
        let _ = (is_open(&always, now), next_opening(&always, now));
    }
}

/// A seeded row of numbers, so that what fails fails again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % u64::from(most)).unwrap()
    }

    /// A field as text, and the numbers that it means.
    fn field(&mut self, low: u32, high: u32) -> (String, Vec<u32>) {
        let (a, b) = (low + self.below(high - low + 1), low + self.below(high - low + 1));
        let step = 1 + self.below(7);
        let (first, last) = (a.min(b), a.max(b));
        match self.below(6) {
            0 | 1 => ("*".into(), (low..=high).collect()),
            2 => (a.to_string(), vec![a]),
            3 => (format!("{a},{b}"), vec![a, b]),
            4 => (format!("{first}-{last}/{step}"), (first..=last).filter(|n| (n - first).is_multiple_of(step)).collect()),
            _ => (format!("*/{step}"), (low..=high).filter(|n| (n - low).is_multiple_of(step)).collect()),
        }
    }
}

/// What a window means, without the code that is tried.
struct Meant {
    fields: [Vec<u32>; 5],
    both_days: bool,
    zone: Tz,
}

impl Meant {
    fn has(&self, minute: NaiveDateTime) -> bool {
        use chrono::{Datelike, Timelike};
        let [minutes, hours, days, months, weekdays] = &self.fields;
        let day = days.contains(&minute.day());
        let weekday = weekdays.contains(&minute.weekday().num_days_from_sunday());
        let days = if self.both_days { day || weekday } else { day && weekday };
        minutes.contains(&minute.minute()) && hours.contains(&minute.hour()) && months.contains(&minute.month()) && days
    }

    /// Walks over the minutes between two instants, with an eye on the clock on the wall, and notes each opening.
    fn openings(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let minute = Duration::minutes(1);
        let wall = |now: DateTime<Utc>| now.with_timezone(&self.zone).naive_local();
        let (mut now, mut latest, mut found) = (from, wall(from), Vec::new());
        while now < to {
            now += minute;
            let mut opens = false;
            while latest < wall(now) {
                latest += minute;
                opens |= self.has(latest);
            }
            found.extend(opens.then_some(now));
        }
        found
    }
}

#[test]
fn openings_are_those_that_a_walk_minute_by_minute_finds() {
    const ZONES: [&str; 8] = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Africa/Casablanca",
        "America/Havana",
        "UTC",
    ];
    // Days before clocks are changed somewhere, and one of no importance.
    const DAYS: [&str; 8] =
        ["2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-04-04", "2026-10-03", "2026-02-14", "2024-02-28"];
    let mut dice = Dice(0x5eed_0001);
    let mut opened = 0;
    for round in 0..600 {
        let made = [dice.field(0, 59), dice.field(0, 23), dice.field(1, 31), dice.field(1, 12), dice.field(0, 6)];
        let cron = made.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" ");
        let star = |text: &str| matches!(text, "*" | "*/1");
        let both_days = !star(&made[2].0) && !star(&made[4].0);
        let zone = ZONES[dice.below(8) as usize];
        let window = window(&cron, 1 + dice.below(200), zone);
        let meant = Meant { fields: made.map(|(_, numbers)| numbers), both_days, zone: zone.parse().unwrap() };

        let start = at(&format!("{}T12:00:00Z", DAYS[dice.below(8) as usize]));
        let end = start + Duration::hours(40);
        let walked = meant.openings(start - Duration::hours(6), end);
        for _ in 0..20 {
            let now = start + Duration::seconds(dice.below(30 * 3_600).into());
            let next = walked.iter().find(|opening| **opening > now).copied();
            let found = next_opening(std::slice::from_ref(&window), now).filter(|found| *found <= end);
            assert_eq!(found, next, "round {round}: {window:?} after {now}");
            let span = Duration::minutes(window.minutes.into());
            opened += usize::from(next.is_some());
            let open = walked.iter().any(|opening| *opening <= now && now < *opening + span);
            assert_eq!(is_open(std::slice::from_ref(&window), now), open, "round {round}: {window:?} at {now}");
        }
    }
    assert!(opened > 2_000, "{opened} openings were compared");
}
