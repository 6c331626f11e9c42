//! The nouns of Pilothouse and the rules that hold for them, pure: no I/O, no clock, no randomness. Compiles to
//! wasm, since screens show the same types that the API answers with.
//!
//! May use: nothing of ours.

pub mod actor;
pub mod ago;
pub mod audit;
pub mod batch;
mod beside;
pub mod change;
pub mod chart;
pub mod clock;
pub mod constraint;
pub mod diff;
pub mod drift;
pub mod fleet;
pub mod hold;
pub mod ids;
pub mod labels;
pub mod lag;
pub mod limits;
pub mod live;
pub mod manifest;
pub mod matrix;
pub mod names;
pub mod offer;
pub mod operation;
pub mod page;
pub mod people;
pub mod pod_log;
pub mod preview;
pub mod problem;
pub mod provenance;
pub mod reach;
pub mod redact;
pub mod release;
pub mod resource;
pub mod revision;
pub mod seen;
pub mod setup;
pub mod source;
pub mod tenant;
pub mod values;
pub mod webhook;
pub mod whole;
pub mod window;
