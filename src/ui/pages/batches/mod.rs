//! Batches: the list, the page that makes one, the board, and the strip of those under way.

pub mod board;
mod chosen;
mod control;
mod how;
pub mod list;
pub mod new;
pub mod strip;

use crate::{
    domain::batch::{Batch, BatchState, GoesBack, Order, Strategy, TargetState, Threshold},
    ui::parts::state::Mark,
};

/// The mark of a batch's state.
fn batch_mark(batch: &Batch) -> (Mark, String) {
    let word = |text: &str| text.to_owned();
    match batch.state {
        BatchState::Preflight => (Mark::Busy, word("preflight")),
        BatchState::Ready => (Mark::Waiting, word("ready to start")),
        BatchState::Running => match batch.awaited() {
            Some(wave) => (Mark::Warn, format!("{} waits for a go-ahead", batch.waves[wave].name)),
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

/// A strategy in words, one fact each.
fn words(strategy: &Strategy) -> Vec<String> {
    let order = match &strategy.order {
        Order::Sequential => "one after another".to_owned(),
        Order::Rolling { size } => format!("{size} at a time"),
        Order::Canary { percent } => format!("{percent} % first, then the rest"),
        Order::Staged { label, values } => format!("by {label}: {}", values.join(", ")),
    };
    let stops = match strategy.threshold {
        Threshold::Never => "goes on whatever fails".to_owned(),
        Threshold::Count(1) => "stops at the first failure".to_owned(),
        Threshold::Count(most) => format!("stops at {most} failures"),
        Threshold::Percent(most) => format!("stops at {most} % failures"),
    };
    let back = match strategy.rollback {
        GoesBack::None => None,
        GoesBack::Target => Some("rolls back what fails"),
        GoesBack::Wave => Some("rolls back what fails, and then its wave"),
        GoesBack::All => Some("rolls back what fails, and then everything"),
    };
    let soak = (strategy.soak > 0).then(|| format!("watches each for {} s", strategy.soak));
    let asks = strategy.approval.then(|| "asks before each wave".to_owned());
    [Some(order), Some(stops), back.map(str::to_owned), soak, asks].into_iter().flatten().collect()
}
