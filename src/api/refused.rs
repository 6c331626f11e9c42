//! A form that was refused, on its way back to its page: why, and everything that had been typed. Does not keep
//! passwords: sign-in has a way of its own.

use std::collections::BTreeMap;

use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};

use crate::domain::problem::Problem;

/// A refused form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why.
    pub problem: Problem,
    /// The form's fields as they were sent.
    pub fields: BTreeMap<String, String>,
}

/// The form that this page answers, where it was refused. Only the server knows; pages pass it on to the browser.
pub fn refused() -> Option<Refused> {
    use_context::<Refused>()
}
