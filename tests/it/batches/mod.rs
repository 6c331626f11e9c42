//! Batches on the real cluster: what is selected, what is found beforehand and who may look at it, each strategy and each kind of change,
//! failures and what goes back, maintenance windows, people in between, doors that are knocked at twice, releases that others change
//! meanwhile, a server that is killed, and what else cuts a batch short.

mod again;
mod back;
mod choice;
mod control;
mod cut_short;
mod doors;
pub mod fleet;
mod killed;
mod kinds;
mod preflight;
mod previews;
mod selections;
mod strategies;
mod windows;

pub use fleet::Fleet;
