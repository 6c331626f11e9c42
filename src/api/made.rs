//! A secret that a form has just made, on its way to the page that shows it this once. It is in that one answer and
//! nowhere else: no address, no log, no database.

use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};

use crate::domain::people::Issued;

/// A secret that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// What it is, to complete "This is …".
    pub what: String,
    /// It.
    pub secret: Issued,
}

/// The secret that this page is to show. Only the server knows; pages pass it on to the browser.
pub fn made() -> Option<Made> {
    use_context::<Made>()
}
