//! The lives of a release: where a revision that was seen belongs in what is known. Pure; writes nothing.
//!
//! Helm counts revisions from 1 again once a release's Secrets are gone, so a number alone does not name a revision.
//! A Secret's uid does, and the revisions between one install and the end of what it made are one life.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{revision::HelmStatus, seen::SeenRevision},
    store::sqlite::micros,
};

/// A life and a revision number in it.
pub(super) type Place = (u32, u32);

/// An older revision may be met after a newer one, but was not made after it. Clocks of several API servers differ;
/// beyond this it is a newer one that happens to have a lower number.
const CLOCKS_DIFFER: i64 = 10 * 60 * 1_000_000;

/// A revision as it is kept, without what only its body tells.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize)]
pub(super) struct Kept {
    pub(super) life: u32,
    pub(super) revision: u32,
    pub(super) uid: String,
    pub(super) resource_version: String,
    /// The resource version whose body was read.
    pub(super) read_version: Option<String>,
    pub(super) status: String,
    pub(super) created_at: i64,
    pub(super) modified_at: i64,
    pub(super) made_by: Option<String>,
    pub(super) pruned: bool,
}

/// All that is known of one release, and what of it is to be written.
#[derive(Debug, Default)]
pub(super) struct Lives {
    kept: BTreeMap<Place, Kept>,
    /// New or changed.
    pub(super) dirty: BTreeSet<Place>,
    /// No longer there: another life has them now.
    pub(super) left: BTreeSet<Place>,
    /// Whether anything changed that somebody can see.
    pub(super) visible: bool,
}

impl Lives {
    /// Adds what is kept in the database.
    pub(super) fn add(&mut self, row: Kept) {
        self.kept.insert((row.life, row.revision), row);
    }

    /// A revision by its place.
    pub(super) fn at(&self, place: Place) -> Option<&Kept> {
        self.kept.get(&place)
    }

    /// Takes over a revision that was seen. Answers its place where its body is news. Revisions of one listing have to
    /// come in the order in which they were made.
    pub(super) fn take(&mut self, seen: &SeenRevision) -> Option<Place> {
        let sight = &seen.sight;
        let known = self.kept.iter().find(|(_, row)| row.revision == sight.revision && row.uid == sight.uid).map(|(place, _)| *place);
        let place = known.unwrap_or_else(|| (self.life_of_new(seen), sight.revision));
        let before = self.kept.get(&place).filter(|_| known.is_some());

        let read_before = before.and_then(|row| row.read_version.clone());
        let read_now = seen.decoded.as_ref().map(|_| sight.resource_version.clone());
        let news = read_now.is_some() && read_now != read_before;
        let row = Kept {
            life: place.0,
            revision: place.1,
            uid: sight.uid.clone(),
            resource_version: sight.resource_version.clone(),
            read_version: read_now.or(read_before),
            status: sight.status.as_str().to_owned(),
            created_at: micros(sight.created_at),
            modified_at: micros(sight.modified_at),
            // Who made it is not unlearned by a later sight that does not tell.
            made_by: seen.made_by.map(|id| id.to_string()).or_else(|| before?.made_by.clone()),
            pruned: false,
        };
        if before == Some(&row) {
            return None;
        }
        self.visible |= news || before.is_none_or(|before| before.pruned || before.status != row.status || before.made_by != row.made_by);
        self.kept.insert(place, row);
        self.dirty.insert(place);
        self.outlive(place);
        news.then_some(place)
    }

    /// Takes over the body of a revision that was seen before and read later. One that was pruned meanwhile stays pruned,
    /// and one that nobody knows any more is let be: what is there is for the watch to say.
    pub(super) fn take_late(&mut self, seen: &SeenRevision) -> Option<Place> {
        let known = |row: &&Kept| row.revision == seen.sight.revision && row.uid == seen.sight.uid;
        let before = self.kept.values().find(known)?.clone();
        let news = self.take(seen);
        let place = (before.life, before.revision);
        if let Some(row) = self.kept.get_mut(&place).filter(|_| before.pruned) {
            row.pruned = true;
        }
        news
    }

    /// The life to which a revision belongs whose Secret has not been seen before.
    fn life_of_new(&mut self, seen: &SeenRevision) -> u32 {
        let Some((&(life, _), newest)) = self.kept.last_key_value() else {
            return 1;
        };
        let number = seen.sight.revision;
        let created_at = micros(seen.sight.created_at);
        let ended = newest.status == HelmStatus::Uninstalled.as_str() || self.kept.range((life, 0)..).all(|(_, row)| row.pruned);
        let begins = if self.kept.contains_key(&(life, number)) {
            true
        } else if number > newest.revision {
            ended
        } else {
            created_at > newest.created_at + if ended { 0 } else { CLOCKS_DIFFER }
        };
        if !begins {
            return life;
        }
        // Newer ones that were met before the first of their life are of that life, too.
        let follow: Vec<Place> =
            self.kept.range((life, number + 1)..).filter(|(_, row)| row.created_at > created_at).map(|(place, _)| *place).collect();
        for place in follow {
            self.relocate(place, life + 1);
        }
        life + 1
    }

    /// Moves a revision to another life. Its body was sealed for its old place, so it has to be read again.
    fn relocate(&mut self, place: Place, life: u32) {
        if let Some(mut row) = self.kept.remove(&place) {
            row.life = life;
            row.read_version = None;
            self.visible = true;
            self.dirty.remove(&place);
            self.left.insert(place);
            self.dirty.insert((life, row.revision));
            self.kept.insert((life, row.revision), row);
        }
    }

    /// Two Secrets of one name cannot be there at once: an earlier life's revision of this number is gone.
    fn outlive(&mut self, place: Place) {
        for (other, row) in &mut self.kept {
            if other.1 == place.1 && other.0 < place.0 && !row.pruned {
                row.pruned = true;
                self.dirty.insert(*other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration, Utc};

    use super::*;
    use crate::domain::{
        names::ReleaseKey,
        revision::RevisionBody,
        seen::{DecodedRevision, SecretSight},
    };

    /// A revision made at that minute.
    fn seen(revision: u32, uid: &str, minute: i64, status: HelmStatus) -> SeenRevision {
        let at: DateTime<Utc> = DateTime::UNIX_EPOCH + Duration::minutes(minute);
        SeenRevision {
            sight: SecretSight {
                key: ReleaseKey { namespace: "a".parse().unwrap(), name: "web".parse().unwrap() },
                revision,
                status,
                uid: uid.into(),
                resource_version: "1".into(),
                created_at: at,
                modified_at: at,
                operation: None,
            },
            decoded: None,
            made_by: None,
        }
    }

    fn places(lives: &Lives) -> Vec<(Place, &str)> {
        lives.kept.iter().map(|(place, row)| (*place, row.uid.as_str())).collect()
    }

    fn after(sights: &[SeenRevision]) -> Lives {
        let mut lives = Lives::default();
        for one in sights {
            lives.take(one);
        }
        lives
    }

    use HelmStatus::{Deployed, Superseded, Uninstalled};

    #[test]
    fn a_number_met_again_with_another_secret_begins_a_new_life() {
        let lives = after(&[seen(1, "a", 0, Superseded), seen(2, "b", 1, Deployed), seen(1, "c", 2, Deployed), seen(2, "d", 3, Deployed)]);
        assert_eq!(places(&lives), [((1, 1), "a"), ((1, 2), "b"), ((2, 1), "c"), ((2, 2), "d")]);
        assert!(lives.kept[&(1, 1)].pruned && lives.kept[&(1, 2)].pruned, "names are unique: the former are gone");
    }

    #[test]
    fn older_revisions_met_after_the_newest_belong_to_its_life() {
        let lives = after(&[seen(12, "l", 90, Deployed), seen(10, "j", 70, Superseded), seen(11, "k", 80, Superseded)]);
        assert_eq!(places(&lives), [((1, 10), "j"), ((1, 11), "k"), ((1, 12), "l")]);
    }

    #[test]
    fn an_install_over_a_kept_history_counts_on_in_a_new_life() {
        let lives = after(&[seen(3, "c", 0, Uninstalled), seen(2, "b", -5, Superseded), seen(4, "d", 9, Deployed)]);
        assert_eq!(places(&lives), [((1, 2), "b"), ((1, 3), "c"), ((2, 4), "d")]);
    }

    #[test]
    fn a_lower_number_made_much_later_begins_a_new_life_even_where_its_number_was_never_seen() {
        let lives = after(&[seen(14, "n", 0, Deployed), seen(1, "a", 60, Deployed)]);
        assert_eq!(places(&lives), [((1, 14), "n"), ((2, 1), "a")]);
    }

    fn decoded() -> DecodedRevision {
        DecodedRevision {
            chart_name: "web".into(),
            chart_version: "1.0.0".into(),
            app_version: String::new(),
            description: String::new(),
            first_deployed: None,
            last_deployed: None,
            body: RevisionBody::default(),
        }
    }

    #[test]
    fn a_newer_revision_met_before_the_first_of_its_life_follows_it() {
        let newest = SeenRevision { decoded: Some(decoded()), ..seen(5, "z", 70, Deployed) };
        let lives = after(&[seen(3, "c", 0, Deployed), newest, seen(3, "x", 60, Superseded), seen(4, "y", 65, Superseded)]);
        assert_eq!(places(&lives), [((1, 3), "c"), ((2, 3), "x"), ((2, 4), "y"), ((2, 5), "z")]);
        assert_eq!(lives.kept[&(2, 5)].read_version, None, "its body was sealed for another place");
        assert!(lives.left.contains(&(1, 5)));
    }

    #[test]
    fn a_body_that_was_read_late_brings_nothing_back() {
        let mut lives = after(&[seen(1, "a", 0, Superseded), seen(2, "b", 1, Deployed)]);
        lives.kept.get_mut(&(1, 1)).unwrap().pruned = true;
        let late = |revision, uid| SeenRevision { decoded: Some(decoded()), ..seen(revision, uid, 0, Superseded) };
        assert_eq!(lives.take_late(&late(1, "a")), Some((1, 1)), "what it was is kept");
        assert!(lives.kept[&(1, 1)].pruned, "and it stays gone");
        assert_eq!(lives.take_late(&late(1, "x")), None, "nobody knows this one");
        assert_eq!(places(&lives), [((1, 1), "a"), ((1, 2), "b")]);
    }

    #[test]
    fn what_is_known_is_nothing_new() {
        let mut lives = after(&[seen(1, "a", 0, Deployed)]);
        lives.dirty.clear();
        assert_eq!(lives.take(&seen(1, "a", 0, Deployed)), None);
        assert!(lives.dirty.is_empty());
    }
}
