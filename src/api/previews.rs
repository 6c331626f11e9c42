//! Previews, for their page.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    preview::{PartOfBatch, Preview},
    problem::Problem,
    release::Release,
    tenant::Tenant,
};

/// A preview's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewLook {
    /// What it is of.
    pub preview: Preview,
    /// The tenant.
    pub tenant: Tenant,
    /// The release as it is now; `None` before it is installed.
    pub release: Option<Release>,
    /// The batch that it is part of, for those who may look at batches.
    pub part: Option<PartOfBatch>,
    /// Why nobody does it by itself, where that is so.
    pub refused: Option<Problem>,
}

/// A preview's page.
#[server(prefix = "/api/fn", endpoint = "preview", input = GetUrl)]
pub async fn see_preview(id: String) -> Result<PreviewLook, ApiError> {
    use super::context::{actor, manager, refuse};
    use crate::{domain::problem::Code, manager::Previewed};
    let actor = actor().await?;
    let manager = manager()?;
    let id = id.parse().map_err(|_| refuse(Problem::preview_not_found()))?;
    let Previewed { preview, part, refused } = manager.previewed(&actor, id).await.map_err(refuse)?;
    let tenant = manager.tenant_by_id(&actor, preview.tenant_id).await.map_err(refuse)?;
    let release = match manager.release(&actor, preview.release_id).await {
        Ok(release) => Some(release),
        Err(problem) if problem.code == Code::ReleaseNotFound => None,
        Err(problem) => return Err(refuse(problem)),
    };
    Ok(PreviewLook { preview, tenant, release, part, refused })
}
