//! The screens: server-rendered pages that are complete before any wasm runs, made live in the browser afterwards.
//!
//! May use: `api`, `domain`. No SQL, no feature gates, no business rules.

mod address;
mod app;
mod focus;
mod frame;
mod live;
mod pages;
mod parts;
mod shell;

pub use address::new_batch;
pub use app::App;
pub use shell::shell;
