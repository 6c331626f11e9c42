//! When to ask why the pods of a workload are not ready: soon, and then ever more seldom. Does not ask.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};

use super::object::Place;

/// What gets ready within so long needs no explanation.
const FIRST: Duration = Duration::seconds(3);
/// The first pause between two questions; each is twice the one before.
const PAUSE: Duration = Duration::seconds(5);
/// The longest.
const LONGEST: Duration = Duration::seconds(60);

/// The workloads that are not healthy, and when to ask about each.
#[derive(Default)]
pub(super) struct Inquiries(HashMap<Place, Inquiry>);

struct Inquiry {
    selector: String,
    next: DateTime<Utc>,
    pause: Duration,
}

impl Inquiries {
    /// Notes a workload that is not healthy, with the selector of its pods.
    pub(super) fn note(&mut self, place: &Place, selector: String, now: DateTime<Utc>) {
        let inquiry = self.0.entry(place.clone()).or_insert_with(|| Inquiry { selector: String::new(), next: now + FIRST, pause: PAUSE });
        inquiry.selector = selector;
    }

    /// Notes that there is nothing to ask about it.
    pub(super) fn forget(&mut self, place: &Place) {
        self.0.remove(place);
    }

    /// At most so many of those to ask about now.
    pub(super) fn due(&mut self, now: DateTime<Utc>, most: usize) -> Vec<(Place, String)> {
        let due = self.0.iter_mut().filter(|(_, inquiry)| inquiry.next <= now).take(most);
        due.map(|(place, inquiry)| {
            inquiry.next = now + inquiry.pause;
            inquiry.pause = (inquiry.pause * 2).min(LONGEST);
            (place.clone(), inquiry.selector.clone())
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::object::Kind, *};

    #[test]
    fn questions_become_rarer_until_there_is_nothing_to_ask() {
        let place = Place { kind: Kind::Deployment, namespace: "acme".parse().unwrap(), name: "web".into() };
        let at = |seconds| DateTime::UNIX_EPOCH + Duration::seconds(seconds);
        let mut inquiries = Inquiries::default();
        inquiries.note(&place, "app=web".into(), at(0));
        let asked: Vec<i64> = (0..200).filter(|second| !inquiries.due(at(*second), 8).is_empty()).collect();
        assert_eq!(asked, [3, 8, 18, 38, 78, 138, 198]);
        inquiries.forget(&place);
        assert!(inquiries.due(at(1_000), 8).is_empty());
        inquiries.note(&place, "app=web".into(), at(1_000));
        assert!(inquiries.due(at(1_003), 0).is_empty());
        assert_eq!(inquiries.due(at(1_003), 1), [(place, "app=web".into())]);
    }
}
