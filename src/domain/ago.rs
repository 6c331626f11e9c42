//! Times in words: relative, from an instant that is passed in, so that server and browser write the same.

use chrono::{DateTime, Utc};

/// How long before `now`, in one short phrase; a date once it is more than a month.
pub fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - then).num_seconds();
    match seconds {
        ..5 => "just now".into(),
        5..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..172_800 => "1 day ago".into(),
        172_800..2_592_000 => format!("{} days ago", seconds / 86_400),
        _ => then.format("%-d %b %Y").to_string(),
    }
}

/// How long after `now`, in one short phrase.
pub fn ahead(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = ((then - now).num_seconds() + 59) / 60;
    match minutes {
        ..1 => "now".into(),
        1..60 => format!("in {minutes} min"),
        60..1_440 => format!("in {} h", minutes / 60),
        1_440..2_880 => "in 1 day".into(),
        _ => format!("in {} days", minutes / 1_440),
    }
}

/// The instant for people who look a few weeks ahead; the year where it is another than this one is in the title.
pub fn plain(then: DateTime<Utc>) -> String {
    then.format("%a %-d %b, %H:%M UTC").to_string()
}

/// A span between two instants, such as `6 min 12 s`.
pub fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let millis = (to - from).num_milliseconds().max(0);
    match millis {
        ..10_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        10_000..60_000 => format!("{} s", millis / 1_000),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
    }
}

/// The exact instant, for titles and `datetime` attributes.
pub fn exact(then: DateTime<Utc>) -> String {
    then.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    #[test]
    fn times_are_told_in_words() {
        let now = DateTime::UNIX_EPOCH + Duration::days(400);
        for (back, words) in [
            (Duration::seconds(-3), "just now"),
            (Duration::seconds(42), "42 s ago"),
            (Duration::minutes(12), "12 min ago"),
            (Duration::hours(5), "5 h ago"),
            (Duration::days(1), "1 day ago"),
            (Duration::days(9), "9 days ago"),
            (Duration::days(400), "1 Jan 1970"),
        ] {
            assert_eq!(ago(now - back, now), words);
        }
        for (on, words) in [
            (Duration::seconds(-3), "now"),
            (Duration::seconds(61), "in 2 min"),
            (Duration::minutes(59), "in 59 min"),
            (Duration::minutes(200), "in 3 h"),
            (Duration::hours(30), "in 1 day"),
            (Duration::days(9), "in 9 days"),
        ] {
            assert_eq!(ahead(now + on, now), words);
        }
        assert_eq!(plain(now), "Fri 5 Feb, 00:00 UTC");
        assert_eq!(span(now, now + Duration::milliseconds(372_400)), "6 min 12 s");
        assert_eq!(span(now, now + Duration::milliseconds(1_250)), "1.2 s");
    }
}
