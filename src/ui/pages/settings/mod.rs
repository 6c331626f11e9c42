//! Settings: what only platform admins look at.

mod sources;
mod tokens;
mod user;
mod users;

use leptos::prelude::*;

pub use self::{sources::SourcesPage, tokens::TokensPage, user::UserPage, users::UsersPage};
use crate::ui::parts::tabs::Tabs;

/// The way between the settings: word and address.
const WAYS: [(&str, &str); 3] = [("Users", "/settings/users"), ("Tokens", "/settings/tokens"), ("Chart sources", "/settings/sources")];

/// The tabs on top of every settings page.
fn tabs(here: &str) -> impl IntoView + use<> {
    let tabs = WAYS.into_iter().map(|(word, href)| (word.to_owned(), href.to_owned(), href == here)).collect();
    view! { <div class="settings-tabs"><Tabs label="Settings" tabs/></div> }
}
