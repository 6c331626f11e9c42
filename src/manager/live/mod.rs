//! Looks at what a release has in the cluster right now, for everybody who may see the release: objects, events, logs.
//! Read as the tenant's own service account, within the bounds of [`bounds`], and without what is secret in the release.
//! Changes nothing.

mod bounds;

use futures::{Stream, StreamExt};

pub(super) use self::bounds::Looks;
use self::bounds::Turn;
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
        release::{Health, Release, ReleaseState},
        resource::{Happening, Resource, Resources, Wanted, wanted},
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
    turn: Turn,
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
        // Of a pod that is not the release's nothing is told.
        let pod = pod.map(|pod| inside.pod(pod).map_or(pod, |found| &found.name));
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
        let pod = inside.pod(pod).ok_or_else(Problem::pod_not_found)?.name.clone();
        let events = happenings(&inside, Some(&pod)).await?;
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
        let Inside { sighting, secrets, turn, .. } = inside;
        // A node that does not answer keeps nobody else waiting.
        let _counts = turn.over();
        let (lines, cut) = sighting.log(&query).await.map_err(|error| no_log(error, &secrets))?;
        let container = secrets.hide(&query.container.unwrap_or_default()).into_owned();
        let lines = off_thread(move || LogLine::hidden(lines, &secrets)).await?;
        Ok(PodLog { container, lines, cut })
    }

    /// The newest lines that a container of a release wrote, and every further one until it ends.
    pub async fn follow_log(
        &self,
        actor: &Actor,
        id: ReleaseId,
        query: LogQuery,
    ) -> Result<impl Stream<Item = LogLine> + Send + Unpin + use<>, Problem> {
        self.release(actor, id).await?;
        let counts = self.inner.looks.follow(actor)?;
        let (inside, query) = self.log_of(actor, id, query).await?;
        let Inside { sighting, secrets, turn, .. } = inside;
        drop(turn);
        let lines = sighting.follow(&query).await.map_err(|error| no_log(error, &secrets))?;
        let mut carried = Carried::default();
        Ok(lines.map(move |line| {
            // It counts for as long as it is followed.
            let _counts = &counts;
            LogLine { line: secrets.hide_next(&mut carried, &line.line), ..line }
        }))
    }

    /// The query with its container spelled out, once its pod has been found to be the release's.
    async fn log_of(&self, actor: &Actor, id: ReleaseId, query: LogQuery) -> Result<(Inside, LogQuery), Problem> {
        let query = query.checked()?;
        let inside = self.look_inside(actor, id).await?;
        let found = inside.pod(&query.pod).ok_or_else(Problem::pod_not_found)?;
        let pod = found.pod.as_ref().ok_or_else(Problem::pod_not_found)?;
        let container = match &query.container {
            Some(name) => shown_as(pod.containers.iter(), |one| &one.name, name, &inside.secrets),
            None => pod.containers.iter().find(|one| !one.init).or(pod.containers.first()),
        };
        let Some(container) = container.map(|one| one.name.clone()) else {
            let names: Vec<_> = pod.containers.iter().map(|one| inside.secrets.hide(&one.name)).collect();
            let text = match names.is_empty() {
                true => "No container of this pod has been made yet. Its events say what it waits for.".to_owned(),
                false => format!("The pod has no such container. It has: {}.", names.join(", ")),
            };
            return Err(Problem::new(Code::LogMissing, text));
        };
        let query = LogQuery { pod: found.name.clone(), container: Some(container), ..query };
        Ok((inside, query))
    }

    /// What of the objects that a release's manifest names does not run, in words without what is secret; `None` where all of them
    /// do. Of what they own nothing is looked at: what is on its way out there, or not in yet, they know themselves.
    pub(super) async fn ill(&self, actor: &Actor, id: ReleaseId) -> Result<Option<String>, Problem> {
        let (release, mut wanted, sighting, _turn) = self.before_a_look(actor, id).await?;
        wanted.retain(|one| !one.hook);
        let mut found = sighting.named(wanted).await.map_err(|error| not_looked(&release, &error))?;
        found.retain(|item| matches!(item.health, Health::Degraded | Health::Progressing));
        found.truncate(1);
        if found.is_empty() {
            return Ok(None);
        }
        let said = Resources { items: found, cut: false }.hidden(&self.secrets_of_release(&release).await);
        Ok(said.items.first().map(|item| format!("{}: {}", item.title(), item.reason.as_deref().unwrap_or(item.health.as_str()))))
    }

    async fn look_inside(&self, actor: &Actor, id: ReleaseId) -> Result<Inside, Problem> {
        let (release, wanted, sighting, turn) = self.before_a_look(actor, id).await?;
        let (resources, secrets) = tokio::join!(sighting.resources(wanted), self.secrets_of_release(&release));
        let resources = resources.map_err(|error| not_looked(&release, &error))?;
        Ok(Inside { sighting, resources, secrets, turn })
    }

    /// A release, what its manifest and its hooks name, and the account to look at that with.
    async fn before_a_look(&self, actor: &Actor, id: ReleaseId) -> Result<(Release, Vec<Wanted>, Sighting, Turn), Problem> {
        let release = self.release(actor, id).await?;
        if release.tenant.is_none() {
            return Err(unassigned());
        }
        if release.status == ReleaseState::Uninstalled {
            return Err(uninstalled());
        }
        let turn = self.inner.looks.turn(actor).await?;
        let body = self.body(actor, id, release.revision).await?;
        let wanted = off_thread(move || wanted(&body)).await?;
        let sighting = self.inner.cluster.look_into(&release.namespace).await.map_err(|error| error.problem())?;
        Ok((release, wanted, sighting, turn))
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

impl Inside {
    /// The pod that is shown under that name.
    fn pod(&self, shown: &str) -> Option<&Resource> {
        shown_as(self.resources.items.iter().filter(|item| item.pod.is_some()), |item| &item.name, shown, &self.secrets)
    }
}

/// What has that name or, where a name holds what is secret, is the only one that is shown by it.
fn shown_as<'a, T>(all: impl Iterator<Item = &'a T> + Clone, name: fn(&T) -> &str, shown: &str, secrets: &Secrets) -> Option<&'a T> {
    if let Some(found) = all.clone().find(|one| name(one) == shown) {
        return Some(found);
    }
    let mut alike = all.filter(|one| secrets.hide(name(one)) == shown);
    alike.next().filter(|_| alike.next().is_none())
}

async fn happenings(inside: &Inside, pod: Option<&str>) -> Result<Vec<Happening>, Problem> {
    let items = &inside.resources.items;
    let concerns = |kind: &str, name: &str| match pod {
        Some(pod) => kind == "Pod" && name == pod && inside.resources.pod(pod).is_some(),
        // Pods that are gone by now are known by the name of what made them, with one part more; those of a Job may have its
        // index, too. What has further parts belongs to something else.
        None => items.iter().any(|item| {
            let parts = if item.kind == "Job" { 1..=2 } else { 1..=1 };
            let rest = || name.strip_prefix(item.name.as_str()).filter(|rest| rest.starts_with('-'));
            let made = kind == "Pod" && rest().is_some_and(|rest| parts.contains(&rest.matches('-').count()));
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
            // Hidden before it is cut, and where it was cut before.
            let words: String = words.chars().filter(|c| !c.is_control()).collect();
            let words: String = secrets.hide_cut(words.trim_end_matches('.')).chars().take(300).collect();
            let text = format!("There is no such log. The cluster says: {words}.");
            Problem::new(Code::LogMissing, text)
        }
        LogError::Node => Problem::new(
            Code::NodeUnreachable,
            "The pod's node did not hand out the log. It may be down or on its way; look at the pod's events, and try again in a moment.",
        ),
        LogError::Cluster(error) => error.problem(),
    }
}
