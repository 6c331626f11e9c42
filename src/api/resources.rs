//! What a release has in the cluster right now, for its pages; and the page that runs its tests.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{ApiError, releases::Place};
use crate::domain::{
    pod_log::PodLog,
    problem::Problem,
    release::Release,
    resource::{Happening, Resource, Resources},
};

/// The page of a release's resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcesLook {
    /// The release.
    pub release: Release,
    /// What it has, with what happened to it; or why that cannot be seen.
    pub found: Result<(Resources, Vec<Happening>), Problem>,
}

/// A pod's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodLook {
    /// The release.
    pub release: Release,
    /// The pod.
    pub pod: Resource,
    /// What happened to it.
    pub events: Vec<Happening>,
    /// What a container of it wrote, or why there is nothing.
    pub log: Result<PodLog, Problem>,
}

/// Which log a pod's page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogChoice {
    /// The container; the first one where none is named.
    pub container: Option<String>,
    /// What it wrote before it was started anew.
    #[serde(default)]
    pub previous: bool,
    /// How many lines.
    pub tail: Option<u32>,
}

/// The page that runs a release's tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestLook {
    /// The release.
    pub release: Release,
    /// What will be run.
    pub tests: Vec<String>,
    /// The form's idempotency key.
    pub key: String,
}

/// The page of a release's resources.
#[server(prefix = "/api/fn", endpoint = "resources", input = GetUrl)]
pub async fn see_resources(place: Place) -> Result<ResourcesLook, ApiError> {
    use super::{
        context::{actor, manager, refuse},
        find,
    };
    let actor = actor().await?;
    let manager = manager()?;
    let release = find::at(&manager, &actor, &place).await.map_err(refuse)?;
    let found = manager.resources_and_happenings(&actor, release.id).await;
    Ok(ResourcesLook { release, found })
}

/// A pod's page.
#[server(prefix = "/api/fn", endpoint = "pod", input = GetUrl)]
pub async fn see_pod(place: Place, pod: String, #[server(default)] log: LogChoice) -> Result<PodLook, ApiError> {
    use super::{
        context::{actor, manager, refuse},
        find,
    };
    use crate::domain::pod_log::{LogQuery, USUAL_LINES};
    let actor = actor().await?;
    let manager = manager()?;
    let release = find::at(&manager, &actor, &place).await.map_err(refuse)?;
    let (found, events) = manager.pod(&actor, release.id, &pod).await.map_err(refuse)?;
    let LogChoice { container, previous, tail } = log;
    let query = LogQuery { pod, container, previous, tail: tail.unwrap_or(USUAL_LINES) };
    let log = manager.pod_log(&actor, release.id, query).await;
    Ok(PodLook { release, pod: found, events, log })
}

/// The page that runs a release's tests.
#[server(prefix = "/api/fn", endpoint = "test", input = GetUrl)]
pub async fn see_test(place: Place) -> Result<TestLook, ApiError> {
    use super::{
        context::{actor, fresh_key, manager, refuse},
        find,
    };
    let actor = actor().await?;
    let manager = manager()?;
    let release = find::at(&manager, &actor, &place).await.map_err(refuse)?;
    let tests = manager.tests(&actor, release.id).await.map_err(refuse)?;
    Ok(TestLook { release, tests, key: fresh_key()? })
}
