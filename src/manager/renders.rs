//! Who may have Helm render now: so many at the same time, people before batches, nobody so many that others have no place, and
//! nobody waits for long without being told.
//! Renders nothing: [`super::preview`] does.

use std::time::Duration;

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

use super::counted::{Counted, Counts};
use crate::domain::{
    actor::{Actor, Door},
    problem::{Code, Problem},
};

/// How many are rendered at the same time.
const AT_ONCE: usize = 4;
/// How many of those may be a batch's.
const OF_BATCHES: usize = 3;
/// How many one person may have under way or waiting: fewer than there are places.
const OF_ONE: usize = 3;

/// How people wait for a turn.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// How long at most.
    pub patience: Duration,
    /// How many of them at a time.
    pub room: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { patience: Duration::from_secs(20), room: 16 }
    }
}

/// The places, and who waits for one.
pub(super) struct Renders {
    places: Semaphore,
    of_batches: Semaphore,
    /// Where people stand who wait.
    room: Semaphore,
    /// Who has how many under way or waiting.
    theirs: Counted,
    bounds: Bounds,
}

/// A place; free again when this is dropped.
pub(super) struct Turn<'a> {
    _place: SemaphorePermit<'a>,
    _of_batches: Option<SemaphorePermit<'a>>,
    _counts: Option<Counts>,
}

impl Renders {
    /// All places are free.
    pub fn new(bounds: Bounds) -> Self {
        let (places, of_batches) = (Semaphore::new(AT_ONCE), Semaphore::new(OF_BATCHES));
        Self { places, of_batches, room: Semaphore::new(bounds.room), theirs: Counted::default(), bounds }
    }

    /// Waits for a turn: a batch for as long as it takes, a person for a while, and not behind too many others.
    pub async fn turn(&self, actor: &Actor) -> Result<Turn<'_>, Problem> {
        if actor.door() == Door::Batch { self.turn_of_batch().await } else { self.turn_of_person(actor).await }
    }

    async fn turn_of_person(&self, actor: &Actor) -> Result<Turn<'_>, Problem> {
        let too_many = |text: String| Problem::new(Code::TooManyPreviews, text);
        let counts = self
            .theirs
            .one_more(actor, OF_ONE)
            .ok_or_else(|| too_many(format!("You have {OF_ONE} previews under way already. Wait for one of them, then try again.")))?;
        let turn = |place| Turn { _place: place, _of_batches: None, _counts: Some(counts) };
        if let Ok(place) = self.places.try_acquire() {
            return Ok(turn(place));
        }
        let Ok(_standing) = self.room.try_acquire() else {
            return Err(too_many(format!("{} previews wait for their turn already. Try again in a minute.", self.bounds.room)));
        };
        match tokio::time::timeout(self.bounds.patience, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(turn(place)),
            _ => {
                let seconds = self.bounds.patience.as_secs();
                Err(too_many(format!(
                    "Other previews kept every place for {seconds} seconds, and nothing was rendered. Try again in a minute."
                )))
            }
        }
    }

    async fn turn_of_batch(&self) -> Result<Turn<'_>, Problem> {
        let of_batches = self.of_batches.acquire().await.map_err(|_| Problem::internal())?;
        let since = Instant::now();
        loop {
            let place = self.places.acquire().await.map_err(|_| Problem::internal())?;
            // However many people come one after the other: a batch is not kept waiting for ever.
            if self.room.available_permits() == self.bounds.room || since.elapsed() > 3 * self.bounds.patience {
                return Ok(Turn { _place: place, _of_batches: Some(of_batches), _counts: None });
            }
            // People wait: the place is theirs.
            drop(place);
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::Role;

    fn person(name: &str) -> Actor {
        Actor::person(name, Role::Admin, vec![], Door::Api)
    }

    fn batch() -> Actor {
        Actor::person("mia", Role::Admin, vec![], Door::Batch)
    }

    fn renders() -> Renders {
        Renders::new(Bounds { patience: Duration::from_secs(5), room: 1 })
    }

    #[tokio::test(start_paused = true)]
    async fn batches_never_take_the_last_place_and_wait_for_as_long_as_it_takes() {
        let renders = renders();
        let mut batches = Vec::new();
        for _ in 0..OF_BATCHES {
            batches.push(renders.turn(&batch()).await.ok());
        }
        let more = tokio::time::timeout(Duration::from_secs(3600), renders.turn(&batch())).await;
        assert!(more.is_err(), "it waits");
        assert!(renders.turn(&person("ada")).await.is_ok(), "a person has a place all the same");
        batches.pop();
        assert!(renders.turn(&batch()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_in_vain_or_behind_too_many_is_told_so() {
        let renders = renders();
        let mut taken = Vec::new();
        for name in 0..AT_ONCE {
            taken.push(renders.turn(&person(&name.to_string())).await.ok());
        }
        let (ada, sue) = (person("ada"), person("sue"));
        let (first, second) = tokio::join!(renders.turn(&ada), renders.turn(&sue));
        for (refused, why) in [(first, "5 seconds"), (second, "wait for their turn")] {
            let problem = refused.err().unwrap();
            assert_eq!(problem.code, Code::TooManyPreviews);
            assert!(problem.detail.contains(why), "{problem}");
        }
        taken.pop();
        assert!(renders.turn(&person("ada")).await.is_ok(), "nobody stands in the room any more");
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_becomes_free_goes_to_a_person_before_a_batch_that_waits_for_longer() {
        let renders = renders();
        let mut taken = Vec::new();
        for name in 0..AT_ONCE {
            taken.push(renders.turn(&person(&name.to_string())).await.ok());
        }
        let order = std::sync::Mutex::new(Vec::new());
        let wait = async |actor: Actor| {
            let turn = renders.turn(&actor).await;
            order.lock().unwrap().push(actor.door());
            // Kept for a while, so that the order tells who came first.
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(turn);
        };
        let free = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            taken.pop();
        };
        tokio::join!(wait(batch()), wait(person("sue")), free);
        assert_eq!(*order.lock().unwrap(), [Door::Api, Door::Batch]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_person_leaves_a_place_for_others() {
        let renders = Renders::new(Bounds::default());
        let mut mias = Vec::new();
        for _ in 0..OF_ONE {
            mias.push(renders.turn(&person("mia")).await.ok().unwrap());
        }
        let refused = renders.turn(&person("mia")).await.err().unwrap();
        assert_eq!(refused.code, Code::TooManyPreviews);
        assert!(refused.detail.starts_with("You have 3"), "{refused}");
        assert!(renders.places.available_permits() > 0 && renders.turn(&person("ada")).await.is_ok());
        mias.pop();
        assert!(renders.turn(&person("mia")).await.is_ok());
    }
}
