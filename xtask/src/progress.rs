//! One line of progress per step, with the time it took.
//! It knows nothing of what the steps do.

use std::time::{Duration, Instant};

use anyhow::Result;

/// A step under way; ends with [`Step::done`].
pub struct Step {
    name: String,
    started: Instant,
}

impl Step {
    /// Begins a step. Nothing is printed yet, so that whatever the step says comes before its line.
    pub fn start(name: &str) -> Self {
        Self { name: name.to_owned(), started: Instant::now() }
    }

    /// Prints the step's line: name, time, and what came of it.
    pub fn done(self, outcome: impl AsRef<str>) {
        line(&self.name, Some(self.started.elapsed()), outcome.as_ref());
    }
}

/// Runs a step and prints its line; what the closure returns is shown at the end of the line.
pub fn step<T: AsRef<str>>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<()> {
    let step = Step::start(name);
    let outcome = work()?;
    step.done(outcome);
    Ok(())
}

/// Prints a line for something that took no time worth telling, such as a step that was skipped.
pub fn note(name: &str, text: &str) {
    line(name, None, text);
}

fn line(name: &str, took: Option<Duration>, text: &str) {
    let took = took.map(|took| format!("{:.1} s", took.as_secs_f64())).unwrap_or_default();
    println!("{}", format!("  {name:<22} {took:>8}  {text}").trim_end());
}

/// A size as a person would say it.
pub fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{} kB", count / 1_000),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}
