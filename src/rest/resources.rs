//! Looks at what a release has in the cluster right now: objects, events, logs. The log of a container that runs is a
//! stream, too, which ends when the release changes, so that what is secret in it is found out anew.

use axum::{
    Json,
    extract::Path,
    response::{Response, sse::Event},
};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;

use super::{
    body::{Asked, Caller, id},
    events::{Listener, async_stream, sse},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    ids::ReleaseId,
    live::Live,
    pod_log::{LogQuery, PodLog, USUAL_LINES},
    problem::Problem,
    resource::{Happening, Resources},
};

/// What a release has in the cluster
///
/// Its objects in the order of a tree: what an object owns comes right after it. Read when asked for, with the rights of
/// the tenant's own service account.
#[utoipa::path(get, path = "/{release}/resources", tag = "Live", params(("release" = String, Path, format = Uuid)),
    responses((status = 200, body = Resources), Problems))]
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
    responses((status = 200, body = Vec<Happening>), Problems))]
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
    params(("release" = String, Path, format = Uuid), ("pod" = String, Path), LogParams), responses((status = 200, body = PodLog), Problems))]
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
/// changes or after ten minutes: come back with `Last-Event-ID`, and what was sent before is left out.
#[utoipa::path(get, path = "/{release}/pods/{pod}/log/follow", tag = "Live",
    params(("release" = String, Path, format = Uuid), ("pod" = String, Path), LogParams),
    responses((status = 200, body = Object, content_type = "text/event-stream"), Problems))]
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
    let revision = manager.release(&actor, release).await?.revision;
    let mut lines = manager.follow_log(&actor, release, query.of(pod)).await?;
    let changed = async move {
        loop {
            match live.recv().await {
                Ok(Live::Release { id, .. }) if id == release => {}
                Ok(_) => continue,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
            if !manager.release(&actor, release).await.is_ok_and(|now| now.revision == revision) {
                return;
            }
        }
    };
    Ok(sse(async_stream(move |out| async move {
        let pass = async {
            while let Some(line) = lines.next().await {
                if line.at.is_some() && line.at <= last {
                    continue;
                }
                let event = line.at.map_or_else(Event::default, |at| Event::default().id(at.to_rfc3339()));
                let Ok(event) = event.json_data(&line) else { return };
                if listener.actor().await.is_none() {
                    return;
                }
                if out.send(Ok(event)).await.is_err() {
                    return;
                }
            }
            let _ = out.send(Ok(Event::default().event("end").data("{}"))).await;
        };
        tokio::select! {
            () = pass => {}
            () = changed => {}
        }
    })))
}
