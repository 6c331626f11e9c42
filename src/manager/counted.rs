//! How many of a kind of work somebody has under way, so that nobody takes what is there for all. Does not bound anything by
//! itself: whoever counts says how many are too many.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use crate::domain::actor::Actor;

/// How many are under way, by who asked for them; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Counted(Arc<Mutex<HashMap<String, usize>>>);

/// Something that counts until this is dropped.
pub(super) struct Counts {
    counted: Counted,
    who: String,
}

impl Counted {
    /// Counts one more of that actor's; `None` where they have the most already.
    pub fn one_more(&self, actor: &Actor, most: usize) -> Option<Counts> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = all.get(actor.name()).copied().unwrap_or_default();
        (theirs < most).then(|| {
            all.insert(actor.name().to_owned(), theirs + 1);
            Counts { counted: self.clone(), who: actor.name().to_owned() }
        })
    }

    /// How many there are in all.
    pub fn all(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for Counts {
    fn drop(&mut self) {
        let mut all = self.counted.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut theirs) = all.entry(std::mem::take(&mut self.who)) {
            if *theirs.get() > 1 {
                *theirs.get_mut() -= 1;
            } else {
                theirs.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::{Door, Role};

    #[test]
    fn nobody_is_remembered_who_has_nothing_under_way() {
        let (counted, mia) = (Counted::default(), Actor::person("mia", Role::Admin, vec![], Door::Api));
        let both = [counted.one_more(&mia, 2), counted.one_more(&mia, 2)];
        assert!(both.iter().all(Option::is_some) && counted.one_more(&mia, 2).is_none());
        drop(both);
        assert!(counted.0.lock().unwrap().is_empty());
        assert!(counted.one_more(&mia, 0).is_none() && counted.0.lock().unwrap().is_empty());
    }
}
