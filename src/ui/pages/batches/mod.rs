//! Batches: the list, the page that makes one, the board, and the strip of those under way.

pub mod board;
mod chosen;
mod control;
mod dangerous;
mod failed;
mod found;
mod how;
pub mod list;
mod named;
pub mod new;
mod progress;
pub mod strip;
mod waves;
mod words;

use crate::{
    domain::batch::{Batch, BatchState, TargetState},
    ui::parts::state::Mark,
};

/// The mark of a batch's state.
fn batch_mark(batch: &Batch) -> (Mark, String) {
    let word = |text: &str| text.to_owned();
    match batch.state {
        BatchState::Preflight => (Mark::Busy, word("preflight")),
        BatchState::Ready => (Mark::Waiting, word("ready to start")),
        BatchState::Running => match batch.awaited() {
            Some(wave) => (Mark::Warn, format!("{} waits for a go-ahead", batch.waves[wave].called(wave))),
            None => {
                let now = batch.waves.iter().filter(|wave| wave.begun_at.is_some()).count();
                (Mark::Busy, format!("wave {} of {} running", now.max(1), batch.waves.len()))
            }
        },
        BatchState::Paused => (Mark::Warn, word("paused")),
        BatchState::Aborted if batch.finished_at.is_none() => (Mark::Busy, word("ending")),
        BatchState::Aborted => (Mark::Stopped, word("ended early")),
        BatchState::Finished if batch.counts.failures > 0 => (Mark::Bad, word("finished with failures")),
        BatchState::Finished => (Mark::Good, word("finished")),
    }
}

/// Whether what has not begun in it never will.
fn is_ended(batch: &Batch) -> bool {
    matches!(batch.state, BatchState::Aborted | BatchState::Finished)
}

/// The mark of a target's state.
fn target_mark(state: TargetState) -> Mark {
    match state {
        TargetState::Waiting => Mark::Waiting,
        TargetState::Running | TargetState::Settling | TargetState::Soaking | TargetState::RollingBack => Mark::Busy,
        TargetState::Done => Mark::Good,
        TargetState::Failed => Mark::Bad,
        TargetState::RolledBack => Mark::Warn,
        TargetState::SetAside => Mark::Stopped,
    }
}

/// The word for a target's state, in a batch that has ended or has not.
fn target_word(state: TargetState, ended: bool) -> &'static str {
    match state {
        TargetState::Waiting if ended => "not begun",
        state => state.word(),
    }
}
