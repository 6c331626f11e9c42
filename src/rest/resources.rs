//! Looks at what a release has in the cluster right now: objects, events, logs. The log of a container that runs is a
//! stream, too, which ends when its reader may no longer read it, and when the release changes, so that what is secret in it
//! is found out anew.

use std::time::Instant;

use axum::{
    Json,
    extract::Path,
    response::{Response, sse::Event},
};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use serde::Deserialize;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::MissedTickBehavior,
};
use utoipa::IntoParams;

use super::{
    body::{Asked, Caller, id},
    events::{Listener, TRUST, async_stream, sse},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    ids::{ReleaseId, TenantId},
    live::Live,
    pod_log::{LogQuery, PodLog, USUAL_LINES},
    problem::Problem,
    release::{Release, ReleaseState},
    resource::{Happening, Resources},
};

/// What a release has in the cluster
///
/// Its objects in the order of a tree: what an object owns comes right after it. Read when asked for, with the rights of
/// the tenant's own service account.
#[utoipa::path(get, path = "/{release}/resources", tag = "Live", params(("release" = String, Path, format = Uuid)),
    responses((status = 200, body = Resources), (status = 429, description = "Too many looks."), Problems))]
pub async fn list(Caller { actor, manager }: Caller, Path(release): Path<String>) -> Result<Json<Resources>, ApiProblem> {
    Ok(Json(manager.resources(&actor, id(&release, Problem::release_not_found)?).await?))
}

/// Whose events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Of this pod alone.
    pod: Option<String>,
}

/// What happened to the objects of a release lately
///
/// Kubernetes' own events, newest first, at most 200; Kubernetes keeps them for an hour.
#[utoipa::path(get, path = "/{release}/events", tag = "Live", params(("release" = String, Path, format = Uuid), EventQuery),
    responses((status = 200, body = Vec<Happening>), (status = 429, description = "Too many looks."), Problems))]
pub async fn events(
    Caller { actor, manager }: Caller,
    Path(release): Path<String>,
    Asked(query): Asked<EventQuery>,
) -> Result<Json<Vec<Happening>>, ApiProblem> {
    let release = id(&release, Problem::release_not_found)?;
    Ok(Json(manager.happenings(&actor, release, query.pod.as_deref()).await?))
}

/// How much of which log.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogParams {
    /// The container; the first one by default.
    container: Option<String>,
    /// What it wrote before it was started anew; false by default.
    previous: Option<bool>,
    /// How many of the newest lines; 500 by default.
    #[param(minimum = 1, maximum = 5000)]
    tail: Option<u32>,
}

impl LogParams {
    fn of(self, pod: String) -> LogQuery {
        LogQuery {
            pod,
            container: self.container.filter(|name| !name.is_empty()),
            previous: self.previous.unwrap_or(false),
            tail: self.tail.unwrap_or(USUAL_LINES),
        }
    }
}

/// The newest lines that a container wrote, secrets hidden
///
/// At most 5,000 lines and 1 MiB.
#[utoipa::path(get, path = "/{release}/pods/{pod}/log", tag = "Live",
    params(("release" = String, Path, format = Uuid), ("pod" = String, Path), LogParams),
    responses((status = 200, body = PodLog), (status = 429, description = "Too many looks."), Problems))]
pub async fn log(
    Caller { actor, manager }: Caller,
    Path((release, pod)): Path<(String, String)>,
    Asked(query): Asked<LogParams>,
) -> Result<Json<PodLog>, ApiProblem> {
    let release = id(&release, Problem::release_not_found)?;
    Ok(Json(manager.pod_log(&actor, release, query.of(pod)).await?))
}

/// The newest lines that a container wrote, and every further one, secrets hidden
///
/// Each event's id is its time. Ends with an event `end` when the container has, and without one when the release
/// changes, when its reader may no longer read it, or after ten minutes: come back with `Last-Event-ID`, and what was sent
/// before is left out. 429 `too_many_looks` where somebody follows four logs already, or all together 32.
#[utoipa::path(get, path = "/{release}/pods/{pod}/log/follow", tag = "Live",
    params(("release" = String, Path, format = Uuid), ("pod" = String, Path), LogParams),
    responses((status = 200, body = Object, content_type = "text/event-stream"), (status = 429, description = "Too many looks."), Problems))]
pub async fn follow(
    mut listener: Listener,
    Path((release, pod)): Path<(String, String)>,
    Asked(query): Asked<LogParams>,
) -> Result<Response, ApiProblem> {
    let release: ReleaseId = id(&release, Problem::release_not_found)?;
    let actor = listener.actor().await.cloned().ok_or_else(Problem::not_signed_in)?;
    let manager = listener.manager.clone();
    let last = listener.headers.get("last-event-id").and_then(|text| text.to_str().ok());
    let last = last.and_then(|text| DateTime::parse_from_rfc3339(text).ok()).map(|at| at.with_timezone(&Utc));
    // From before the lines are asked for: no change goes by unheard.
    let mut live = manager.live();
    let seen = standing(&manager.release(&actor, release).await?);
    let mut lines = manager.follow_log(&actor, release, query.of(pod)).await?;
    Ok(sse(async_stream(move |out| async move {
        let mut look = tokio::time::interval(TRUST);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sure = Instant::now();
        // Room first: what waits for a slow reader is asked about again before it is sent.
        while let Ok(room) = out.reserve().await {
            let line = tokio::select! {
                line = lines.next() => Some(line),
                more = stirred(&mut live, release) => if more { None } else { return },
                _ = look.tick() => None,
            };
            if line.is_none() || sure.elapsed() > TRUST {
                if !may_read_on(&mut listener, release, seen).await {
                    return;
                }
                sure = Instant::now();
            }
            match line {
                None => {}
                Some(None) => return room.send(Ok(Event::default().event("end").data("{}"))),
                Some(Some(line)) if line.at.is_some() && line.at <= last => {}
                Some(Some(line)) => {
                    let event = line.at.map_or_else(Event::default, |at| Event::default().id(at.to_rfc3339()));
                    let Ok(event) = event.json_data(&line) else { return };
                    room.send(Ok(event));
                }
            }
        }
    })))
}

/// What a followed log depends on: what is secret in it, whose the release is, and whether it is gone.
type Standing = (u32, Option<TenantId>, bool);

fn standing(release: &Release) -> Standing {
    (release.revision, release.tenant_id, release.status == ReleaseState::Uninstalled)
}

/// Whether who listens still may, and the release is what it was when they began.
async fn may_read_on(listener: &mut Listener, release: ReleaseId, seen: Standing) -> bool {
    let Some(actor) = listener.actor().await.cloned() else { return false };
    listener.manager.release(&actor, release).await.is_ok_and(|now| standing(&now) == seen)
}

/// Waits for a hint that the release or whose it is may have changed, or for one that may have been missed; `false` when there
/// will be no more.
async fn stirred(live: &mut Receiver<Live>, release: ReleaseId) -> bool {
    loop {
        match live.recv().await {
            Ok(Live::Release { id, .. }) if id == release => return true,
            Ok(Live::Tenants) | Err(RecvError::Lagged(_)) => return true,
            Ok(_) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}
