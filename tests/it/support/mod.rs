//! What tests share: a whole server of their own in this process or as a child, tenants in the real cluster, the real
//! `helm` beside it. Asserts nothing but that its own steps work.

pub mod app;
pub mod data;
pub mod env;
pub mod line;
pub mod ports;
pub mod shelf;
pub mod wait;

pub use app::App;
pub use env::{Env, env};
pub use shelf::Shelf;
pub use wait::until;
