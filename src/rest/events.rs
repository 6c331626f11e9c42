//! Server-sent events: the events of one operation, taken up again where a reader left off, and hints for open
//! pages. Whoever reads a stream is authenticated anew while it lasts: who was shut out or demoted meanwhile hears no
//! more of it.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use axum::{
    extract::{FromRef, FromRequestParts, Path},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::Stream;
use http::{Extensions, HeaderMap, request::Parts};
use serde::Deserialize;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use utoipa::IntoParams;

use super::{
    body::{Asked, Caller, id},
    problem::{ApiProblem, Problems},
};
use crate::{
    auth::Auth,
    domain::{
        actor::{Actor, Reach},
        ids::OperationId,
        live::Live,
        operation::EventBody,
        problem::{Code, Problem},
    },
    manager::ReleaseManager,
};

/// How long a stream lasts.
const LIFE: Duration = Duration::from_secs(600);
/// How often a quiet stream says that it is alive.
const BEAT: Duration = Duration::from_secs(10);

/// Who is believed to listen, before they are asked for again.
pub(super) const TRUST: Duration = Duration::from_secs(1);

/// Who listens, authenticated anew while they do.
pub struct Listener {
    auth: Auth,
    /// Whom every handler asks.
    pub(super) manager: ReleaseManager,
    /// What came with the request.
    pub(super) headers: HeaderMap,
    extensions: Extensions,
    known: Option<(Actor, Instant)>,
}

impl Listener {
    /// Who listens now; `None` once they may no longer.
    pub(super) async fn actor(&mut self) -> Option<&Actor> {
        if self.known.as_ref().is_none_or(|(_, since)| since.elapsed() > TRUST) {
            let found = self.auth.actor(self.auth.origin(&self.headers, &self.extensions), false).await;
            self.known = found.ok().map(|actor| (actor, Instant::now()));
        }
        self.known.as_ref().map(|(actor, _)| actor)
    }
}

impl<S> FromRequestParts<S> for Listener
where
    S: Send + Sync,
    Auth: FromRef<S>,
    ReleaseManager: FromRef<S>,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let Caller { actor, manager } = Caller::from_request_parts(parts, state).await?;
        let (headers, extensions) = (parts.headers.clone(), parts.extensions.clone());
        Ok(Self { auth: Auth::from_ref(state), manager, headers, extensions, known: Some((actor, Instant::now())) })
    }
}

/// After which event the stream begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The number of the last event that is known; `Last-Event-ID` goes before it.
    #[param(minimum = 0, maximum = 2147483647)]
    after: Option<u32>,
}

/// The events of an operation, the past ones first
///
/// Ends when the operation has, or after ten minutes: come back with `Last-Event-ID`.
#[utoipa::path(get, path = "/{operation}/events", tag = "Operations", params(("operation" = String, Path, format = Uuid), After),
    responses((status = 200, body = Object, content_type = "text/event-stream"), Problems))]
pub async fn of_operation(
    mut listener: Listener,
    Path(operation): Path<String>,
    Asked(query): Asked<After>,
) -> Result<Response, ApiProblem> {
    let operation: OperationId = id(&operation, Problem::operation_not_found)?;
    let actor = listener.actor().await.cloned().ok_or_else(Problem::not_signed_in)?;
    listener.manager.operation(&actor, operation).await?;
    if query.after.is_some_and(|after| i32::try_from(after).is_err()) {
        return Err(Problem::new(Code::InvalidRequest, "after is the number of an event; there are never that many.").into());
    }
    let last = listener.headers.get("last-event-id").and_then(|text| text.to_str().ok()).and_then(|text| text.parse().ok());
    Ok(sse(operation_events(listener, operation, last.or(query.after).unwrap_or(0))))
}

fn operation_events(mut listener: Listener, id: OperationId, after: u32) -> impl Stream<Item = Result<Event, Infallible>> {
    async_stream(move |out| async move {
        let manager = listener.manager.clone();
        let mut live = manager.live();
        let mut last = after;
        loop {
            let Some(actor) = listener.actor().await.cloned() else { return };
            let Ok(events) = manager.operation_events(&actor, id, last).await else { return };
            let more = events.len() == 500;
            for event in events {
                last = event.seq;
                let settled = matches!(event.body, EventBody::Settled { .. });
                let Ok(data) = Event::default().id(event.seq.to_string()).json_data(&event) else { return };
                if out.send(Ok(data)).await.is_err() || settled {
                    return;
                }
            }
            if !more && !moved(&mut live, id).await {
                return;
            }
        }
    })
}

/// Waits for a hint of that operation, or for one that may have been missed; `false` when there will be no more.
async fn moved(live: &mut Receiver<Live>, id: OperationId) -> bool {
    loop {
        match live.recv().await {
            Ok(Live::Operation { id: moved, .. }) if moved == id => return true,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

/// Hints that something changed
///
/// Never what: whoever hears one asks again.
#[utoipa::path(get, path = "/api/v1/live", tag = "Operations",
    responses((status = 200, body = Object, content_type = "text/event-stream"), Problems))]
pub async fn live(mut listener: Listener) -> Response {
    sse(async_stream(move |out| async move {
        let mut live = listener.manager.live();
        if out.send(Ok(Event::default().event("hello").data("{}"))).await.is_err() {
            return;
        }
        loop {
            let heard = live.recv().await;
            let Some(actor) = listener.actor().await else { return };
            let event = match heard {
                Ok(hint) if reaches(actor, &hint) => Event::default().json_data(hint),
                Ok(_) => continue,
                // Some hints went by: the page asks for everything again.
                Err(RecvError::Lagged(_)) => Ok(Event::default().event("hello").data("{}")),
                Err(RecvError::Closed) => return,
            };
            let Ok(event) = event else { return };
            if out.send(Ok(event)).await.is_err() {
                return;
            }
        }
    }))
}

fn reaches(actor: &Actor, hint: &Live) -> bool {
    match actor.reach() {
        Reach::All => true,
        Reach::Tenants(own) => hint.tenant().is_some_and(|tenant| own.contains(&tenant)),
    }
}

/// Where a stream's events go.
pub(super) type Out = tokio::sync::mpsc::Sender<Result<Event, Infallible>>;

/// A stream fed by a task; the task ends when nobody reads any more, or when the stream has lived long enough.
pub(super) fn async_stream<F>(feed: impl FnOnce(Out) -> F) -> impl Stream<Item = Result<Event, Infallible>>
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = tokio::sync::mpsc::channel(64);
    let closed = sender.clone();
    let feed = feed(sender);
    tokio::spawn(async move {
        tokio::select! {
            () = feed => {}
            () = closed.closed() => {}
            () = tokio::time::sleep(LIFE) => {}
        }
    });
    tokio_stream::wrappers::ReceiverStream::new(receiver)
}

pub(super) fn sse(stream: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let answer = Sse::new(stream).keep_alive(KeepAlive::new().interval(BEAT));
    // Proxies are asked not to hold events back.
    ([("x-accel-buffering", "no")], answer).into_response()
}
