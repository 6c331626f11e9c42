//! What Pilothouse costs, each figure against a peer in the same run: `cargo xtask bench list|sync|operate|batch|diff`.
//! Prints figures and ratios; judges nothing, and is no test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a bench may panic, and prints")]

mod batch;
mod board;
mod diff;
mod fleet;
mod list;
mod operate;
mod server;
mod sync;
mod texts;

use std::time::Duration;

fn main() {
    let verb = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match verb.as_deref() {
            Some("list") => list::run().await,
            Some("sync") => sync::run().await,
            Some("operate") => operate::run().await,
            Some("batch") => batch::run().await,
            Some("diff") => diff::run().await,
            _ => println!("say which: list, sync, operate, batch or diff; run it by cargo xtask bench, which starts what it needs"),
        }
    });
}

/// The real parts that `cargo xtask bench` has started.
fn part(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run cargo xtask bench"))
}

/// Median and 95th percentile.
fn spread(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 95 / 100])
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
