//! Changes: install, upgrade, roll back, uninstall.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    body::{Asked, Body, id},
    prefer,
    problem::ApiProblem,
};
use crate::{
    domain::{
        actor::Actor,
        change::RunOptions,
        ids::TenantId,
        names::{ChartRef, ReleaseKey},
        problem::{Code, Problem},
    },
    manager::{ReleaseManager, Submit, Target, Wish},
};

type Answer = Result<Response, ApiProblem>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Install {
    tenant_id: String,
    release_name: String,
    namespace: String,
    chart_name: String,
    chart_version: String,
    app_version: Option<String>,
    values_override: Option<Value>,
    description: Option<String>,
    #[serde(flatten)]
    run: Run,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upgrade {
    chart_name: Option<String>,
    chart_version: Option<String>,
    app_version: Option<String>,
    values_override: Option<Value>,
    description: Option<String>,
    base_revision: Option<u32>,
    #[serde(flatten)]
    run: Run,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    target_revision: u32,
    description: Option<String>,
    base_revision: Option<u32>,
    #[serde(flatten)]
    run: Run,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LastSuccessful {
    description: Option<String>,
    base_revision: Option<u32>,
    #[serde(flatten)]
    run: Run,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Uninstall {
    reason: Option<String>,
    base_revision: Option<u32>,
    timeout: Option<u32>,
}

/// How to run, as requests spell it; what is left out has its default.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Run {
    timeout: Option<u32>,
    atomic: Option<bool>,
    wait: Option<bool>,
    wait_for_jobs: Option<bool>,
    history_max: Option<u32>,
}

impl From<Run> for RunOptions {
    fn from(run: Run) -> Self {
        let usual = Self::default();
        Self {
            timeout: run.timeout.unwrap_or(usual.timeout),
            atomic: run.atomic.unwrap_or(usual.atomic),
            wait: run.wait.unwrap_or(usual.wait),
            wait_for_jobs: run.wait_for_jobs.unwrap_or(usual.wait_for_jobs),
            history_max: run.history_max.unwrap_or(usual.history_max),
        }
    }
}

pub async fn install(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    headers: HeaderMap,
    Body(asked): Body<Install>,
) -> Answer {
    let tenant: TenantId = id(&asked.tenant_id, Problem::tenant_not_found)?;
    let key = ReleaseKey { namespace: asked.namespace.parse()?, name: asked.release_name.parse()? };
    let change = Wish::Install {
        chart: asked.chart_name.parse()?,
        version: asked.chart_version,
        app_version: asked.app_version,
        values_override: map(asked.values_override)?.unwrap_or_default(),
    };
    let submit = Submit {
        target: Target::New { tenant, key },
        change,
        options: asked.run.into(),
        base_revision: None,
        reason: asked.description,
        idempotency: idempotency(&headers),
    };
    let operation = manager.submit(&actor, submit).await?;
    prefer::answer(&manager, &actor, &headers, operation).await
}

pub async fn upgrade(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(release): Path<String>,
    headers: HeaderMap,
    Body(asked): Body<Upgrade>,
) -> Answer {
    let change = Wish::Upgrade {
        chart: asked.chart_name.as_deref().map(str::parse::<ChartRef>).transpose()?,
        version: asked.chart_version,
        app_version: asked.app_version,
        values_override: map(asked.values_override)?,
    };
    let wanted = Wanted { change, options: asked.run.into(), base_revision: asked.base_revision, reason: asked.description };
    change_existing(&manager, &actor, &release, &headers, wanted).await
}

pub async fn rollback(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(release): Path<String>,
    headers: HeaderMap,
    Body(asked): Body<Rollback>,
) -> Answer {
    let change = Wish::Rollback { to: asked.target_revision };
    let wanted = Wanted { change, options: asked.run.into(), base_revision: asked.base_revision, reason: asked.description };
    change_existing(&manager, &actor, &release, &headers, wanted).await
}

pub async fn rollback_to_last_successful(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(release): Path<String>,
    headers: HeaderMap,
    body: Option<axum::Json<LastSuccessful>>,
) -> Answer {
    let asked = body.map(|axum::Json(asked)| asked).unwrap_or_default();
    let change = Wish::RollbackToLastSuccessful;
    let wanted = Wanted { change, options: asked.run.into(), base_revision: asked.base_revision, reason: asked.description };
    change_existing(&manager, &actor, &release, &headers, wanted).await
}

pub async fn uninstall(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(release): Path<String>,
    headers: HeaderMap,
    Asked(asked): Asked<Uninstall>,
) -> Answer {
    let options = Run { timeout: asked.timeout, ..Run::default() }.into();
    let wanted = Wanted { change: Wish::Uninstall, options, base_revision: asked.base_revision, reason: asked.reason };
    change_existing(&manager, &actor, &release, &headers, wanted).await
}

/// A change of a release that is there.
struct Wanted {
    change: Wish,
    options: RunOptions,
    base_revision: Option<u32>,
    reason: Option<String>,
}

async fn change_existing(manager: &ReleaseManager, actor: &Actor, release: &str, headers: &HeaderMap, wanted: Wanted) -> Answer {
    let Wanted { change, options, base_revision, reason } = wanted;
    let target = Target::Existing(id(release, Problem::release_not_found)?);
    let submit = Submit { target, change, options, base_revision, reason, idempotency: idempotency(headers) };
    let operation = manager.submit(actor, submit).await?;
    prefer::answer(manager, actor, headers, operation).await
}

/// The values override of a request: a map, or nothing.
fn map(value: Option<Value>) -> Result<Option<Map<String, Value>>, Problem> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(_) => Err(Problem::new(Code::InvalidValues, "valuesOverride has to be an object, not a list or a single value.")),
    }
}

fn idempotency(headers: &HeaderMap) -> Option<String> {
    headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned)
}
