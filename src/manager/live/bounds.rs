//! The bounds of live looks, each of which costs the API server connections: how many somebody may have under way at a
//! time, and how many there are in all. Looks at nothing.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    domain::{
        actor::{Actor, Door},
        problem::{Code, Problem},
    },
    manager::counted::{Counted, Counts},
};

/// How many logs somebody may follow at a time.
const LOGS_OF_ONE: usize = 4;
/// How many logs are followed at a time.
const LOGS: usize = 32;
/// How many other looks somebody may have under way or waiting.
const LOOKS_OF_ONE: usize = 8;
/// How many other looks are under way at a time.
const LOOKS: usize = 16;
/// How many looks of batches are under way beside those of people.
const LOOKS_OF_BATCHES: usize = 4;
/// How long a look may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The live looks that are under way.
pub(in crate::manager) struct Looks {
    logs: Counted,
    looks: Counted,
    turns: Arc<Semaphore>,
    batches: Arc<Semaphore>,
}

/// A look's turn; it ends when this is dropped.
pub(in crate::manager) struct Turn {
    _permit: OwnedSemaphorePermit,
    counts: Option<Counts>,
}

impl Turn {
    /// Ends the turn for others to have; it counts as its person's until what is returned is dropped.
    pub(super) fn over(self) -> Option<Counts> {
        self.counts
    }
}

impl Looks {
    /// Nothing is under way.
    pub fn new() -> Self {
        Self {
            logs: Counted::default(),
            looks: Counted::default(),
            turns: Arc::new(Semaphore::new(LOOKS)),
            batches: Arc::new(Semaphore::new(LOOKS_OF_BATCHES)),
        }
    }

    /// Counts a log that is to be followed; refused where there are too many.
    pub(super) fn follow(&self, actor: &Actor) -> Result<Counts, Problem> {
        if self.logs.all() >= LOGS {
            return Err(too_many("Too many logs are being followed. Read the log without following it, or try again in a moment."));
        }
        self.logs.one_more(actor, LOGS_OF_ONE).ok_or_else(|| {
            too_many(format!("You follow {LOGS_OF_ONE} logs already. Close one of their pages, or read the log without following it."))
        })
    }

    /// Waits for a turn to look; refused where the actor has too many looks under way, or where too many others wait. What a
    /// batch looks at waits for as long as it takes.
    pub(in crate::manager) async fn turn(&self, actor: &Actor) -> Result<Turn, Problem> {
        if matches!(actor.door(), Door::Batch | Door::System) {
            let permit = self.batches.clone().acquire_owned().await.map_err(|_| Problem::internal())?;
            return Ok(Turn { _permit: permit, counts: None });
        }
        let counts = self.looks.one_more(actor, LOOKS_OF_ONE).ok_or_else(|| {
            too_many(format!("You have {LOOKS_OF_ONE} looks at what runs under way already. Wait for one to end, then try again."))
        })?;
        match tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit, counts: Some(counts) }),
            _ => Err(too_many("Too many people look at what runs at this moment. Try again in a few seconds.")),
        }
    }
}

fn too_many(text: impl Into<String>) -> Problem {
    Problem::new(Code::TooManyLooks, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::Role;

    fn person(name: &str) -> Actor {
        Actor::person(name, Role::Support, vec![], Door::Api)
    }

    #[test]
    fn nobody_follows_more_than_so_many_logs_and_all_together_no_more_than_so_many() {
        let looks = Looks::new();
        let mut mias: Vec<Counts> = (0..LOGS_OF_ONE).map(|_| looks.follow(&person("mia")).ok().unwrap()).collect();
        assert_eq!(looks.follow(&person("mia")).err().unwrap().code, Code::TooManyLooks);
        let others: Vec<Counts> = (LOGS_OF_ONE..LOGS).map(|one| looks.follow(&person(&format!("p{one}"))).ok().unwrap()).collect();
        assert!(looks.follow(&person("ada")).err().unwrap().detail.starts_with("Too many logs"));
        mias.pop();
        let adas = looks.follow(&person("ada")).ok();
        assert!(adas.is_some(), "one has ended");
        drop((mias, others, adas));
        assert_eq!(looks.logs.all(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn looks_wait_for_their_turn_and_those_of_a_batch_do_not_wait_for_people() {
        let looks = Looks::new();
        let mut turns = Vec::new();
        for name in ["mia", "ada"] {
            for _ in 0..LOOKS_OF_ONE {
                turns.push(looks.turn(&person(name)).await.ok().unwrap());
            }
            assert_eq!(looks.turn(&person(name)).await.err().unwrap().code, Code::TooManyLooks);
        }
        assert_eq!(turns.len(), LOOKS);
        assert!(looks.turn(&person("sue")).await.err().unwrap().detail.starts_with("Too many people"), "nobody ended while it waited");
        let batch = Actor::person("mia", Role::Admin, vec![], Door::Batch);
        assert!(looks.turn(&batch).await.is_ok());
        turns.pop();
        assert!(looks.turn(&person("sue")).await.is_ok() && looks.turn(&person("ada")).await.is_ok());
    }
}
