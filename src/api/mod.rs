//! Server functions for the pages: one file per noun, each a few lines that ask the release manager as the actor of
//! the request. Reads only: whatever changes something is a plain form ([`forms`]) or the REST API.
//!
//! May use: `auth`, `manager`, store traits, `domain`. Decides nothing: the manager does.

pub mod audit;
pub mod batches;
pub mod charts;
pub mod drift;
pub mod error;
pub mod fleet;
pub mod made;
pub mod operations;
pub mod people;
pub mod previews;
pub mod provenance;
pub mod refused;
pub mod releases;
pub mod resources;
pub mod reveal;
pub mod session;
pub mod sources;
pub mod tenants;
pub mod webhooks;

#[cfg(feature = "ssr")]
mod context;
#[cfg(feature = "ssr")]
mod find;
#[cfg(feature = "ssr")]
pub mod forms;

#[cfg(feature = "ssr")]
pub use context::Context;
pub use error::ApiError;

/// Sets the HTTP status of the page that is being rendered; nothing in the browser.
pub fn answer_with_status(status: u16) {
    #[cfg(feature = "ssr")]
    context::set_status(status);
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}
