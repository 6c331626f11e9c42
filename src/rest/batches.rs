//! Batches: made, looked at, and driven by people; and the batch upgrade of one chart.

use axum::{Json, extract::Path};
use http::{HeaderName, StatusCode, header::LOCATION};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{Asked, Body, Caller, Once, OnceKey, id, paging},
    prefer::Prefer,
    problem::{ApiProblem, Problems},
    run::with_run,
};
use crate::{
    domain::{
        actor::Act,
        batch::{Aim, Batch, Board, Choice, Definition, Order, Selection, Strategy, StrategyWish, seen::Seen},
        change::RunOptions,
        names::ChartRef,
        page::Page,
        problem::{Code, Problem},
        whole::whole,
    },
    manager::{Repeat, batches::control::BatchAct},
};

/// Which batches.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BatchQuery {
    /// From 0.
    #[param(minimum = 0, maximum = 1000000)]
    page: Option<u32>,
    /// 50 by default.
    #[param(minimum = 1, maximum = 500)]
    size: Option<u32>,
}

with_run! {
    /// A batch to be made.
    pub struct NewBatch {
        /// What is done to each release.
        #[serde(deserialize_with = "aim")]
        aim: Aim,
        /// To which releases; what is left out does not narrow.
        #[serde(default)]
        selection: Selection,
        /// In which order, and when it stops.
        #[serde(default)]
        strategy: StrategyWish,
        /// Whether it starts by itself once everything has been rendered; false by default.
        start: Option<bool>,
        /// Why; kept in the audit.
        #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
        reason: Option<String>,
    }
}

/// An aim with nothing in it that does not belong to its kind. Serde by itself takes anything beside a kind that says it all.
fn aim<'de, D: Deserializer<'de>>(from: D) -> Result<Aim, D::Error> {
    let given = Map::<String, Value>::deserialize(from)?;
    let known: Option<&'static [&'static str]> = match given.get("kind").and_then(Value::as_str) {
        Some("upgrade") => Some(&["kind", "chart", "version"]),
        Some("values") => Some(&["kind", "patch"]),
        Some("rollback" | "uninstall" | "restart") => Some(&["kind"]),
        // That is serde's to refuse.
        _ => None,
    };
    if let Some(known) = known
        && let Some(unknown) = given.keys().find(|key| !known.contains(&key.as_str()))
    {
        return Err(D::Error::unknown_field(unknown, known));
    }
    Aim::deserialize(Value::Object(given)).map_err(D::Error::custom)
}

/// Batches, newest first
#[utoipa::path(get, path = "/", tag = "Batches", params(BatchQuery), responses((status = 200, body = Page<Batch>), Problems))]
pub async fn list(Caller { actor, manager }: Caller, Asked(query): Asked<BatchQuery>) -> Result<Json<Page<Batch>>, ApiProblem> {
    Ok(Json(manager.batches(&actor, paging(query.page, query.size)?).await?))
}

type Made = Result<(StatusCode, [(HeaderName, String); 1], Json<Board>), ApiProblem>;

/// Make a batch
///
/// Every target's change is rendered and kept as a preview; nothing is changed until it is started.
#[utoipa::path(post, path = "/", tag = "Batches", params(OnceKey), request_body = NewBatch, responses((status = 201, body = Board), Problems))]
pub async fn make(caller: Caller, asked: Once<NewBatch>) -> Made {
    caller.actor.demand(Act::RunBatches)?;
    let NewBatch { aim, selection, strategy, start, reason, .. } = &asked.body;
    let (strategy, options) = (Strategy::try_from(strategy.clone())?, RunOptions::from(asked.body.run()));
    let definition = Definition { aim: aim.clone(), selection: selection.clone(), strategy, options, start: start.unwrap_or(false) };
    let made = caller.manager.make_batch(&caller.actor, definition, reason.as_deref(), asked.repeat()).await?.id;
    let board = caller.manager.board(&caller.actor, made).await?;
    Ok((StatusCode::CREATED, [(LOCATION, format!("/api/v1/batches/{made}"))], Json(board)))
}

/// What a batch would do, and to which releases.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchChoice {
    /// What would be done to each release.
    #[serde(deserialize_with = "aim")]
    aim: Aim,
    /// To which releases; what is left out does not narrow.
    #[serde(default)]
    selection: Selection,
}

/// Who a batch would be over
///
/// Which releases would take part in a batch of that aim and selection, and which that are selected would not, each with the
/// reason. Makes and changes nothing. Refused as making the batch would be; that nobody takes part is no refusal.
#[utoipa::path(post, path = "/selected", tag = "Batches", request_body = BatchChoice, responses((status = 200, body = Choice), Problems))]
pub async fn selected(Caller { actor, manager }: Caller, Body(asked): Body<BatchChoice>) -> Result<Json<Choice>, ApiProblem> {
    Ok(Json(manager.would_take(&actor, asked.aim, asked.selection).await?))
}

/// A batch with all of its targets
#[utoipa::path(get, path = "/{batch}", tag = "Batches", params(("batch" = String, Path, format = Uuid)),
    responses((status = 200, body = Board), Problems))]
pub async fn one(Caller { actor, manager }: Caller, Path(batch): Path<String>) -> Result<Json<Board>, ApiProblem> {
    actor.demand(Act::SeeBatches)?;
    Ok(Json(manager.board(&actor, id(&batch, Problem::batch_not_found)?).await?))
}

/// What a person does with a batch.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    /// Begin, after the preflight.
    Start,
    /// Begin nothing more for now; what runs comes to its end.
    Pause,
    /// Go on, whatever has failed so far.
    Resume,
    /// Begin nothing more at all.
    Abort,
    /// Let the wave that the body names begin.
    GoAhead,
    /// Leave out the target that the body names.
    Skip,
    /// Try all failed targets again, or the one that the body names.
    RetryFailed,
    /// Take back what was changed in the wave that the body names.
    RollBack,
}

/// Why, and what it is about.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchWhy {
    /// Kept in the audit. Needed for abort, skip and roll-back.
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
    /// The number of the target to be left out, or of the one that is to be tried again alone.
    #[schema(minimum = 0, maximum = 1000)]
    #[serde(default, deserialize_with = "whole")]
    target: Option<u32>,
    /// The number of the wave that may begin or is to be rolled back, from 0.
    #[schema(minimum = 0, maximum = 1000)]
    #[serde(default, deserialize_with = "whole")]
    wave: Option<u32>,
    /// The `seen` of the batch as it was looked at: refused with 409 `batch_moved` where the batch has moved since in a way that
    /// makes this mean something else. Targets that move on do not count, but for a start.
    #[schema(pattern = "^(preflight|ready|running|paused|aborted|finished)([.][0-9]{1,9}){5}$")]
    seen: Option<String>,
}

/// Start, pause, resume or end a batch, let a wave go ahead, leave a target out, try again, roll back
#[utoipa::path(post, path = "/{batch}/{verb}", tag = "Batches", params(("batch" = String, Path, format = Uuid), ("verb" = String, Path, pattern = "^(start|pause|resume|abort|go-ahead|skip|retry-failed|roll-back)$")),
    request_body = Option<BatchWhy>, responses((status = 200, body = Batch), Problems))]
pub async fn act(
    Caller { actor, manager }: Caller,
    Path((batch, verb)): Path<(String, String)>,
    body: Option<Body<BatchWhy>>,
) -> Result<Json<Batch>, ApiProblem> {
    actor.demand(Act::RunBatches)?;
    let why = body.map(|Body(why)| why).unwrap_or_default();
    let nothing = || {
        Problem::new(
            Code::NotFound,
            "A batch can be started, paused, resumed, aborted, let go-ahead; a target skipped; retry-failed, roll-back.",
        )
    };
    let verb: Verb = serde_json::from_value(verb.into()).map_err(|_| nothing())?;
    let wanted = |number: Option<u32>, what: &str| {
        number
            .ok_or_else(|| Problem::new(Code::InvalidBatch, format!("Say which {what}, by its number from 0, as \"{what}\" in the body.")))
    };
    let act = match verb {
        Verb::Start => BatchAct::Start,
        Verb::Pause => BatchAct::Pause,
        Verb::Resume => BatchAct::Resume,
        Verb::Abort => BatchAct::Abort,
        Verb::GoAhead => BatchAct::GoAhead(wanted(why.wave, "wave")?),
        Verb::Skip => BatchAct::Skip(wanted(why.target, "target")?),
        Verb::RetryFailed => BatchAct::RetryFailed(why.target),
        Verb::RollBack => BatchAct::RollBack(wanted(why.wave, "wave")?),
    };
    let id = id(&batch, Problem::batch_not_found)?;
    let seen = why.seen.as_deref().map(str::parse::<Seen>).transpose()?;
    Ok(Json(manager.act_on_batch(&actor, id, &act, why.reason.as_deref(), seen.as_ref()).await?))
}

/// Where to.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct UpgradeAll {
    /// The version that every release of the chart is to have.
    target_version: String,
}

/// Upgrade every release of a chart that is below a version
///
/// One after another; a failure does not stop the rest. What failed at that version is upgraded to it once more; what runs a
/// newer one is set aside. Answers with the batch, or, with `Prefer: wait=N`, with the releases and their outcomes once all are
/// over, if that is within N seconds.
#[utoipa::path(post, path = "/chart/{chart}/batch-upgrade", tag = "Batches", params(("chart" = String, Path), UpgradeAll, OnceKey, Prefer),
    responses((status = 200, body = Board, description = "All are over."), (status = 202, body = Board), Problems))]
pub async fn upgrade_all(
    Caller { actor, manager }: Caller,
    Path(chart): Path<String>,
    Asked(query): Asked<UpgradeAll>,
    once: OnceKey,
    prefer: Prefer,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Board>), ApiProblem> {
    actor.demand(Act::RunBatches)?;
    let request = format!("POST batch-upgrade of {chart} to {}", query.target_version).into_bytes();
    let repeat = Repeat { key: once.key.as_deref(), request: &request };
    let chart: ChartRef = chart.parse()?;
    let selection = Selection { chart: Some(chart.name.to_string()), ..Selection::default() };
    let definition = Definition {
        aim: Aim::Upgrade { chart: chart.to_string(), version: query.target_version },
        selection,
        strategy: Strategy::usual(Order::Sequential),
        options: RunOptions::default(),
        start: true,
    };
    let made = manager.make_batch(&actor, definition, None, repeat).await?;
    let board = match prefer.span() {
        Some(span) => manager.over_within(&actor, made.id, span).await?,
        None => manager.board(&actor, made.id).await?,
    };
    let status = if board.batch.finished_at.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, [(LOCATION, format!("/api/v1/batches/{}", made.id))], Json(board)))
}
