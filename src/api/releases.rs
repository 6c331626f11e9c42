//! Releases, for their pages: the table, one release with two of its revisions compared, and what the pages that
//! change one have to show.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{ApiError, charts::Chosen};
use crate::domain::{
    audit::AuditRow,
    chart::Chart,
    diff::Diff,
    operation::Operation,
    page::Page,
    problem::Problem,
    release::{Release, ReleaseQuery},
    revision::{BodyPart, Revision},
};

/// Where a release is, as its address says; not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The tenant's slug; `None` for releases of no tenant.
    pub tenant: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// The release's name.
    pub name: String,
}

/// The releases' page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasesLook {
    /// A page of releases.
    pub releases: Page<Release>,
    /// The charts that the filter offers.
    pub charts: Vec<String>,
}

/// A release's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseLook {
    /// The release.
    pub release: Release,
    /// All its revisions, newest first.
    pub revisions: Vec<Revision>,
    /// Two of them compared; `None` while there is none.
    pub compared: Option<Compared>,
    /// Its latest operations.
    pub operations: Vec<Operation>,
    /// What the audit says of it lately.
    pub audit: Vec<AuditRow>,
}

/// Two revisions compared, or one shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The earlier one; `None` or the same as `to` shows `to` alone.
    pub from: Option<u32>,
    /// The later one.
    pub to: u32,
    /// Which part of them.
    pub part: BodyPart,
    /// What there is to see, or why there is nothing.
    pub content: Result<Content, Problem>,
}

/// What there is to see of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// What differs.
    Diff(Diff),
    /// The part of one revision.
    Text(String),
    /// Nothing: this revision is in the timeline, but its body has not been read.
    NotRead(u32),
}

/// The upgrade page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpgradeLook {
    /// The release.
    pub release: Release,
    /// Its present override as YAML, secrets hidden.
    pub values: String,
    /// The charts of that name, one per source, or why that is not known.
    pub offers: Result<Vec<Chart>, Problem>,
    /// The version that is looked at.
    pub chosen: Option<Result<Chosen, Problem>>,
    /// The form's idempotency key.
    pub key: String,
}

/// The rollback page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackLook {
    /// The release.
    pub release: Release,
    /// The earlier revisions of its present life that can be gone back to, newest first.
    pub candidates: Vec<Revision>,
    /// What going back to the chosen one changes; `None` where there is nothing to go back to.
    pub compared: Option<Compared>,
    /// The form's idempotency key.
    pub key: String,
}

/// The uninstall page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UninstallLook {
    /// The release.
    pub release: Release,
    /// The form's idempotency key.
    pub key: String,
}

/// The releases' page.
#[server(prefix = "/api/fn", endpoint = "releases", input = GetUrl)]
pub async fn see_releases(query: ReleaseQuery) -> Result<ReleasesLook, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    let manager = manager()?;
    let releases = manager.releases(&actor, &query).await.map_err(refuse)?;
    let charts = manager.charts_in_use(&actor).await.map_err(refuse)?;
    Ok(ReleasesLook { releases, charts })
}

/// A release's page.
#[server(prefix = "/api/fn", endpoint = "release", input = GetUrl)]
pub async fn see_release(place: Place, from: Option<u32>, to: Option<u32>, of: BodyPart) -> Result<ReleaseLook, ApiError> {
    use super::{
        context::{actor, manager, refuse},
        find,
    };
    use crate::domain::{audit::AuditQuery, operation::OperationQuery, page::Paging};
    let actor = actor().await?;
    let manager = manager()?;
    let release = find::at(&manager, &actor, &place).await.map_err(refuse)?;
    let revisions = manager.revisions(&actor, release.id).await.map_err(refuse)?;
    let compared = match find::choice(&revisions, from, to) {
        Some((from, to)) => Some(find::compare(&manager, &actor, &release, &revisions, (from, to), of).await),
        None => None,
    };
    let query = OperationQuery { release: Some(release.id), paging: Paging::new(0, 10), ..OperationQuery::default() };
    let operations = manager.operations(&actor, &query).await.map_err(refuse)?.items;
    let query = AuditQuery { subject: Some(release.key().to_string()), paging: Paging::new(0, 10), ..AuditQuery::default() };
    let audit = manager.audit(&actor, &query).await.map_err(refuse)?.items;
    Ok(ReleaseLook { release, revisions, compared, operations, audit })
}

/// The upgrade page, with the version that is looked at.
#[server(prefix = "/api/fn", endpoint = "upgrade", input = GetUrl)]
pub async fn see_upgrade(
    place: Place,
    chart: Option<String>,
    version: Option<String>,
    search: Option<String>,
) -> Result<UpgradeLook, ApiError> {
    use super::{
        context::{actor, fresh_key, manager, refuse},
        find,
    };
    let actor = actor().await?;
    let manager = manager()?;
    let release = find::at(&manager, &actor, &place).await.map_err(refuse)?;
    let values = manager.override_for_edit(&actor, release.id).await.map_err(refuse)?;
    let offers = manager.charts(&actor).await;
    let offers = offers.map(|all| all.into_iter().filter(|one| one.name.as_str() == release.chart_name).collect::<Vec<_>>());
    let chart = chart.or_else(|| offers.as_ref().ok()?.first().map(|first| format!("{}/{}", first.source, first.name)));
    let chosen = match chart {
        Some(chart) => {
            let now = Some(release.chart_version.as_str());
            Some(find::chosen(&manager, &actor, &chart, version, search.as_deref(), now).await)
        }
        None => None,
    };
    Ok(UpgradeLook { release, values, offers, chosen, key: fresh_key()? })
}

/// The rollback page, with the revision that is looked at.
#[server(prefix = "/api/fn", endpoint = "rollback", input = GetUrl)]
pub async fn see_rollback(place: Place, to: Option<u32>, of: BodyPart) -> Result<RollbackLook, ApiError> {
    use super::{
        context::{actor, fresh_key, manager, refuse},
        find,
    };
    let actor = actor().await?;
    let manager = manager()?;
    let release = find::at(&manager, &actor, &place).await.map_err(refuse)?;
    let revisions = manager.revisions(&actor, release.id).await.map_err(refuse)?;
    let candidates = find::candidates(&revisions, release.revision);
    let compared = match to.or_else(|| find::best(&candidates)) {
        Some(to) => Some(find::compare(&manager, &actor, &release, &revisions, (Some(release.revision), to), of).await),
        None => None,
    };
    Ok(RollbackLook { release, candidates, compared, key: fresh_key()? })
}

/// The uninstall page.
#[server(prefix = "/api/fn", endpoint = "uninstall", input = GetUrl)]
pub async fn see_uninstall(place: Place) -> Result<UninstallLook, ApiError> {
    use super::{
        context::{actor, fresh_key, manager, refuse},
        find,
    };
    let actor = actor().await?;
    let release = find::at(&manager()?, &actor, &place).await.map_err(refuse)?;
    Ok(UninstallLook { release, key: fresh_key()? })
}
