//! What surrounds every page: who looks, what time it is, when the cluster was last seen. Does not sign anybody in:
//! `auth` does.

use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::actor::Role;

/// What surrounds a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Who looks; `None` before signing in.
    pub viewer: Option<Viewer>,
    /// The server's time; every relative time on the page is told from it.
    pub now: DateTime<Utc>,
    /// When the watch last gave a sign of life.
    pub seen_at: Option<DateTime<Utc>>,
}

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
}

impl Default for Frame {
    fn default() -> Self {
        Self { viewer: None, now: DateTime::UNIX_EPOCH, seen_at: None }
    }
}

/// The frame of the page that is being rendered; empty in the browser, which is handed the server's.
pub fn frame_now() -> Frame {
    #[cfg(feature = "ssr")]
    if let Some(context) = use_context::<super::Context>() {
        let viewer = super::context::actor_now().map(|actor| Viewer { name: actor.name().to_owned(), role: actor.role() });
        // Who is not signed in learns nothing of the cluster.
        let seen_at = viewer.as_ref().and_then(|_| context.manager.seen_at());
        return Frame { viewer, now: context.manager.now(), seen_at };
    }
    Frame::default()
}

/// What the sign-in page calls the identity provider, where there is one. Only the server knows; the page passes it on to
/// the browser.
pub fn provider_name() -> Option<String> {
    #[cfg(feature = "ssr")]
    return use_context::<super::Context>().and_then(|context| context.auth.provider_name().map(str::to_owned));
    #[cfg(not(feature = "ssr"))]
    None
}

/// The frame again, for a page that has been open for a while.
#[server(prefix = "/api/fn", endpoint = "frame", input = GetUrl)]
pub async fn see_frame() -> Result<Frame, ApiError> {
    super::context::actor().await?;
    Ok(frame_now())
}

/// Says that somebody moves about in a page that is open, so that the session does not end under their hands.
#[server(prefix = "/api/fn", endpoint = "here")]
pub async fn say_here() -> Result<(), ApiError> {
    super::context::actor().await.map(|_| ())
}
