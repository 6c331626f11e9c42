//! Batches on the real cluster: what is selected, each strategy and each kind of change, failures and what goes back,
//! maintenance windows, people in between, a server that is killed.

mod back;
mod control;
pub mod fleet;
mod killed;
mod kinds;
mod selections;
mod strategies;
mod windows;

pub use fleet::Fleet;
