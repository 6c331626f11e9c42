//! What a form held when it was refused: the reason goes on top of its page, the fields back into the form.

use leptos::prelude::*;

use super::problem::ProblemNote;
use crate::{
    api::refused::{Refused, refused},
    domain::problem::Code,
};

/// What somebody had typed, where the page answers a refused form.
#[derive(Clone, Copy)]
pub struct Typed(StoredValue<Option<Refused>>);

/// Takes over what the server knows of a refused form, so that the browser writes the same page.
pub fn typed() -> Typed {
    Typed(StoredValue::new(SharedValue::new(refused).into_inner()))
}

impl Typed {
    /// A field as it was typed, or else as the page proposes it.
    pub fn text(self, name: &str, proposed: impl Into<String>) -> String {
        self.0.with_value(|refused| match refused {
            Some(refused) if !refused.fields.is_empty() => refused.fields.get(name).cloned().unwrap_or_default(),
            _ => proposed.into(),
        })
    }

    /// The key that the form was sent with, so that it is carried out once; another one where that has made something else.
    pub fn key(self, fresh: String) -> String {
        let usable = |refused: &Refused| refused.problem.code != Code::IdempotencyKeyReused;
        let sent = self.0.with_value(|refused| refused.as_ref().filter(|refused| usable(refused))?.fields.get("key").cloned());
        sent.filter(|key| !key.is_empty()).unwrap_or(fresh)
    }

    /// A field as it was typed, where the page answers a refused form.
    pub fn field(self, name: &str) -> Option<String> {
        self.0.with_value(|refused| refused.as_ref()?.fields.get(name).cloned())
    }

    /// Whether a box was ticked; a box that is not ticked is not sent.
    pub fn ticked(self, name: &str, proposed: bool) -> bool {
        self.0.with_value(|refused| match refused {
            Some(refused) if !refused.fields.is_empty() => refused.fields.contains_key(name),
            _ => proposed,
        })
    }

    /// Whether the page answers a refused form.
    pub fn is_refused(self) -> bool {
        self.0.with_value(Option::is_some)
    }

    /// What was typed into the form that has this field; nothing, where another form of the same page was refused.
    pub fn of_form_with(self, name: &str) -> Self {
        if self.field(name).is_some() { self } else { Self(StoredValue::new(None)) }
    }

    /// Why the form was refused.
    pub fn note(self) -> impl IntoView + use<> {
        self.0.with_value(|refused| refused.as_ref().map(|refused| view! { <ProblemNote problem=refused.problem.clone()/> }))
    }
}
