//! Charts: all there are, and one of them with its versions.

mod list;
mod look;

pub use self::{list::ChartsPage, look::ChartPage};
