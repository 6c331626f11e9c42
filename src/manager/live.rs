//! Looks at what a release has in the cluster right now, for everybody who may see the release: objects, events, logs.
//! Read as the tenant's own service account, and without what is secret in the release. Changes nothing.

use futures::{Stream, StreamExt};

use super::{ReleaseManager, look::off_thread};
use crate::{
    cluster::{ClusterError, LogError, Sighting},
    domain::{
        actor::Actor,
        ids::ReleaseId,
        names::ReleaseKey,
        pod_log::{LogLine, LogQuery, PodLog},
        problem::{Code, Problem},
        redact::{Carried, Secrets},
        release::{Release, ReleaseState},
        resource::{Happening, Resource, Resources, wanted},
    },
};

/// The most events that are shown of a release.
const EVENTS: usize = 200;

/// A look into the namespace of a release.
struct Inside {
    sighting: Sighting,
    /// What the release has there.
    resources: Resources,
    secrets: Secrets,
}

impl ReleaseManager {
    /// What a release has in the cluster right now.
    pub async fn resources(&self, actor: &Actor, id: ReleaseId) -> Result<Resources, Problem> {
        let inside = self.look_inside(actor, id).await?;
        Ok(inside.resources.hidden(&inside.secrets))
    }

    /// What happened to the objects of a release lately, or to one pod of it, the newest first.
    pub async fn happenings(&self, actor: &Actor, id: ReleaseId, pod: Option<&str>) -> Result<Vec<Happening>, Problem> {
        let inside = self.look_inside(actor, id).await?;
        happenings(&inside, pod).await
    }

    /// What a release has in the cluster with what happened to it lately.
    pub async fn resources_and_happenings(&self, actor: &Actor, id: ReleaseId) -> Result<(Resources, Vec<Happening>), Problem> {
        let inside = self.look_inside(actor, id).await?;
        let events = happenings(&inside, None).await?;
        Ok((inside.resources.hidden(&inside.secrets), events))
    }

    /// One pod of a release, with what happened to it lately.
    pub async fn pod(&self, actor: &Actor, id: ReleaseId, pod: &str) -> Result<(Resource, Vec<Happening>), Problem> {
        let mut inside = self.look_inside(actor, id).await?;
        let events = happenings(&inside, Some(pod)).await?;
        inside.resources.items.retain(|item| item.pod.is_some() && item.name == pod);
        let found = inside.resources.hidden(&inside.secrets).items.pop();
        Ok((found.ok_or_else(Problem::pod_not_found)?, events))
    }

    /// The names of the tests that a release's chart brings.
    pub async fn tests(&self, actor: &Actor, id: ReleaseId) -> Result<Vec<String>, Problem> {
        let release = self.release(actor, id).await?;
        let body = self.body(actor, id, release.revision).await?;
        let tests = body.hooks.iter().filter(|hook| hook.is_test()).map(|hook| format!("{}/{}", hook.kind, hook.name));
        let tests: Vec<String> = tests.collect();
        let secrets = self.secrets_of_body(body).await;
        Ok(tests.iter().map(|name| secrets.hide(name).into_owned()).collect())
    }

    /// The newest lines that a container of a release wrote.
    pub async fn pod_log(&self, actor: &Actor, id: ReleaseId, query: LogQuery) -> Result<PodLog, Problem> {
        let (inside, query) = self.log_of(actor, id, query).await?;
        let (lines, cut) = inside.sighting.log(&query).await.map_err(|error| no_log(error, &inside.secrets))?;
        let lines = off_thread(move || LogLine::hidden(lines, &inside.secrets)).await?;
        Ok(PodLog { container: query.container.unwrap_or_default(), lines, cut })
    }

    /// The newest lines that a container of a release wrote, and every further one until it ends.
    pub async fn follow_log(
        &self,
        actor: &Actor,
        id: ReleaseId,
        query: LogQuery,
    ) -> Result<impl Stream<Item = LogLine> + Send + Unpin + use<>, Problem> {
        let (inside, query) = self.log_of(actor, id, query).await?;
        let lines = inside.sighting.follow(&query).await.map_err(|error| no_log(error, &inside.secrets))?;
        let (secrets, mut carried) = (inside.secrets, Carried::default());
        Ok(lines.map(move |line| LogLine { line: secrets.hide_next(&mut carried, &line.line), ..line }))
    }

    /// The query with its container spelled out, once its pod has been found to be the release's.
    async fn log_of(&self, actor: &Actor, id: ReleaseId, query: LogQuery) -> Result<(Inside, LogQuery), Problem> {
        let query = query.checked()?;
        let inside = self.look_inside(actor, id).await?;
        let pod = inside.resources.pod(&query.pod).and_then(|item| item.pod.as_ref()).ok_or_else(Problem::pod_not_found)?;
        let container = match &query.container {
            Some(name) => pod.containers.iter().find(|one| one.name == *name),
            None => pod.containers.iter().find(|one| !one.init).or(pod.containers.first()),
        };
        let Some(container) = container.map(|one| one.name.clone()) else {
            let names: Vec<&str> = pod.containers.iter().map(|one| one.name.as_str()).collect();
            let text = match names.is_empty() {
                true => "No container of this pod has been made yet. Its events say what it waits for.".to_owned(),
                false => format!("The pod has no such container. It has: {}.", names.join(", ")),
            };
            return Err(Problem::new(Code::LogMissing, text));
        };
        let query = LogQuery { container: Some(container), ..query };
        Ok((inside, query))
    }

    async fn look_inside(&self, actor: &Actor, id: ReleaseId) -> Result<Inside, Problem> {
        let release = self.release(actor, id).await?;
        if release.tenant.is_none() {
            return Err(unassigned());
        }
        if release.status == ReleaseState::Uninstalled {
            return Err(uninstalled());
        }
        let body = self.body(actor, id, release.revision).await?;
        let wanted = off_thread(move || wanted(&body)).await?;
        let sighting = self.inner.cluster.look_into(&release.namespace).await.map_err(|error| error.problem())?;
        let (resources, secrets) = tokio::join!(sighting.resources(wanted), self.secrets_of_release(&release));
        let resources = resources.map_err(|error| not_looked(&release, &error))?;
        Ok(Inside { sighting, resources, secrets })
    }

    /// What is secret in a release as it is, and as it was before: pods of both may be there.
    pub(super) async fn secrets_of_release(&self, release: &Release) -> Secrets {
        let key: ReleaseKey = release.key();
        let newest = self.secrets_of_revision(&key, release.revision).await.unwrap_or_else(Secrets::unknown);
        // One that is under way is not in the projection yet.
        let (before, next) = tokio::join!(
            async { if release.revision > 1 { self.secrets_of_revision(&key, release.revision - 1).await } else { None } },
            self.secrets_of_revision(&key, release.revision + 1)
        );
        before.iter().chain(&next).fold(newest, |all, more| all.and(more))
    }
}

async fn happenings(inside: &Inside, pod: Option<&str>) -> Result<Vec<Happening>, Problem> {
    let items = &inside.resources.items;
    let concerns = |kind: &str, name: &str| match pod {
        Some(pod) => kind == "Pod" && name == pod && inside.resources.pod(pod).is_some(),
        // Pods that are gone by now are known by the name of what made them.
        None => items.iter().any(|item| {
            let made = kind == "Pod" && name.strip_prefix(item.name.as_str()).is_some_and(|rest| rest.starts_with('-'));
            (item.kind == kind && item.name == name)
                || (made && matches!(item.kind.as_str(), "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job"))
        }),
    };
    let found = inside.sighting.events(concerns, EVENTS).await.map_err(|error| error.problem())?;
    Ok(found.into_iter().map(|event| event.hidden(&inside.secrets)).collect())
}

/// There is nobody as whom to look.
pub(super) fn unassigned() -> Problem {
    let text = "The release belongs to no tenant, so that there is no account to look at it with. Give its namespace to a tenant first.";
    Problem::new(Code::ReleaseUnassigned, text)
}

/// There is nothing to look at.
pub(super) fn uninstalled() -> Problem {
    let text = "The release has been uninstalled: nothing of it is in the cluster. Its history has its manifests.";
    Problem::new(Code::ReleaseNotInstalled, text)
}

/// Why the tenant's account could not look.
pub(super) fn not_looked(release: &Release, error: &ClusterError) -> Problem {
    if !matches!(error, ClusterError::Refused(_)) {
        return error.problem();
    }
    tracing::debug!(release = %release.key(), %error, "the tenant's account could not look");
    let text = format!(
        "What runs is looked at as the tenant's own service account, and in the namespace {} that one cannot be used yet or any more. \
         The first change of a release sets it up; so does an administrator on the tenant's page.",
        release.namespace
    );
    Problem::new(Code::TenantAccessMissing, text)
}

fn no_log(error: LogError, secrets: &Secrets) -> Problem {
    match error {
        LogError::Gone => Problem::pod_not_found(),
        LogError::None(words) => {
            let words: String = words.chars().filter(|c| !c.is_control()).take(300).collect();
            let text = format!("There is no such log. The cluster says: {}.", secrets.hide_cut(words.trim_end_matches('.')));
            Problem::new(Code::LogMissing, text)
        }
        LogError::Node => Problem::new(
            Code::NodeUnreachable,
            "The pod's node did not hand out the log. It may be down or on its way; look at the pod's events, and try again in a moment.",
        ),
        LogError::Cluster(error) => error.problem(),
    }
}
