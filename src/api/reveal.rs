//! Revealing one hidden value, for its page. The value itself comes with the answer to the form alone, never by an address.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{
    prelude::{server, use_context},
    server_fn::codec::GetUrl,
};
use serde::{Deserialize, Serialize};

use super::{ApiError, releases::Place};
use crate::domain::{release::Release, revision::BodyPart};

/// The page that asks which hidden value to reveal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevealLook {
    /// The release.
    pub release: Release,
    /// The revision.
    pub revision: u32,
    /// The part.
    pub part: BodyPart,
    /// The paths of what is hidden there.
    pub paths: Vec<String>,
}

/// A value that was revealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    /// Of which revision.
    pub revision: u32,
    /// In which part.
    pub part: BodyPart,
    /// Where in it.
    pub path: String,
    /// The value.
    pub value: String,
}

/// The value that this page answers with, where it answers the form. Only the server knows; the page passes it on to the
/// browser.
pub fn revealed() -> Option<Revealed> {
    use_context::<Revealed>()
}

/// The page; the newest revision where none is named.
#[server(prefix = "/api/fn", endpoint = "reveal", input = GetUrl)]
pub async fn see_reveal(place: Place, revision: Option<u32>, of: BodyPart) -> Result<RevealLook, ApiError> {
    use super::{
        context::{actor, manager, refuse},
        find,
    };
    let actor = actor().await?;
    let manager = manager()?;
    let release = find::at(&manager, &actor, &place).await.map_err(refuse)?;
    let revision = revision.unwrap_or(release.revision);
    let paths = manager.hidden_paths(&actor, release.id, revision, of).await.map_err(refuse)?;
    Ok(RevealLook { release, revision, part: of, paths })
}
