//! Settings: what only platform admins look at.

mod sources;
mod tokens;
mod user;
mod users;
mod webhook;
mod webhooks;

use leptos::prelude::*;

pub use self::{sources::SourcesPage, tokens::TokensPage, user::UserPage, users::UsersPage, webhook::WebhookPage, webhooks::WebhooksPage};
use crate::ui::parts::tabs::Tabs;

/// The way between the settings: word and address.
const WAYS: [(&str, &str); 4] = [
    ("Users", "/settings/users"),
    ("Tokens", "/settings/tokens"),
    ("Chart sources", "/settings/sources"),
    ("Webhooks", "/settings/webhooks"),
];

/// The tabs on top of every settings page.
fn tabs(here: &str) -> impl IntoView + use<> {
    let tabs = WAYS.into_iter().map(|(word, href)| (word.to_owned(), href.to_owned(), href == here)).collect();
    view! { <div class="settings-tabs"><Tabs label="Settings" tabs/></div> }
}
