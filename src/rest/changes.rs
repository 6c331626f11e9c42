//! Changes: install, upgrade, roll back, uninstall.

use axum::{extract::Path, response::Response};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::{
    body::{Asked, Body, Caller, Conditions, id},
    prefer::{self, Changed, Prefer},
    problem::{ApiProblem, Problems},
    run::{How, Run, with_how, with_run},
};
use crate::{
    domain::{
        actor::Act,
        ids::TenantId,
        names::{ChartRef, ReleaseKey},
        problem::{Code, Problem},
        whole::whole_given,
    },
    manager::{Submit, Target, Wish},
};

type Answer = Result<Response, ApiProblem>;

with_run! {
    /// A release to be installed.
    pub struct Install {
        /// The tenant that it is for.
        #[schema(format = Uuid)]
        tenant_id: String,
        /// DNS-1123, at most 53 characters.
        #[schema(example = "web", max_length = 53, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
        release_name: String,
        /// One of the tenant's namespaces.
        #[schema(max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
        namespace: String,
        /// `chart`, or `source/chart` where two sources have one of that name.
        #[schema(example = "web", pattern = "^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/)?[A-Za-z0-9][-A-Za-z0-9_.]{0,99}$")]
        chart_name: String,
        #[schema(example = "1.4.2")]
        chart_version: String,
        /// What the caller expects the chart version to ship; another one is refused.
        app_version: Option<String>,
        /// On top of the chart's defaults.
        #[schema(value_type = Option<Object>)]
        values_override: Option<Value>,
        /// Why; kept with the revision and in the audit.
        #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
        description: Option<String>,
    }
}

with_how! {
    /// What is to change; what is left out stays as it is.
    pub struct Upgrade {
        #[schema(pattern = "^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/)?[A-Za-z0-9][-A-Za-z0-9_.]{0,99}$")]
        chart_name: Option<String>,
        #[schema(example = "1.4.2")]
        chart_version: Option<String>,
        /// What the caller expects the chart version to ship; another one is refused.
        app_version: Option<String>,
        /// The whole new override. A value that reads `hidden` keeps what is there.
        #[schema(value_type = Option<Object>)]
        values_override: Option<Value>,
    }
}

with_how! {
    /// Where to go back to.
    pub struct Rollback {
        #[schema(minimum = 1, maximum = 2147483647)]
        #[serde(deserialize_with = "whole_given")]
        target_revision: u32,
    }
}

with_how! {
    /// What every change of a release may say.
    pub struct HowAsked {}
}

/// How an uninstall is to be done.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Uninstall {
    /// Why; kept in the audit.
    #[param(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
    /// The revision that the caller looked at.
    #[param(minimum = 1, maximum = 2147483647)]
    base_revision: Option<u32>,
    /// Seconds.
    #[param(minimum = 1, maximum = 3600)]
    timeout: Option<u32>,
}

/// Install a release
///
/// Answers with the operation that carries it out, or, with `Prefer: wait=N`, with the release when it is done in time.
#[utoipa::path(post, path = "/", tag = "Changes", request_body = Install, params(Conditions, Prefer), responses(Changed, Problems))]
pub async fn install(caller: Caller, given: Conditions, prefer: Prefer, Body(asked): Body<Install>) -> Answer {
    let submit = new(&caller, asked, given)?;
    let operation = caller.manager.submit(&caller.actor, submit).await?;
    prefer::answer(&caller, prefer, operation).await
}

/// An install, as the manager wants it.
pub(super) fn new(caller: &Caller, asked: Install, given: Conditions) -> Result<Submit, ApiProblem> {
    caller.actor.demand(Act::Change)?;
    let tenant: TenantId = id(&asked.tenant_id, Problem::tenant_not_found)?;
    let key = ReleaseKey { namespace: asked.namespace.parse()?, name: asked.release_name.parse()? };
    let options = asked.run().into();
    let change = Wish::Install {
        chart: asked.chart_name.parse()?,
        version: asked.chart_version,
        app_version: asked.app_version,
        values_override: map(asked.values_override)?.unwrap_or_default(),
    };
    Ok(Submit {
        target: Target::New { tenant, key },
        change,
        options,
        base_revision: None,
        reason: asked.description,
        idempotency: given.once.key,
    })
}

impl Upgrade {
    /// What is asked for, and how.
    pub(super) fn wish(self) -> Result<(Wish, How), Problem> {
        let how = self.how();
        let wish = Wish::Upgrade {
            chart: self.chart_name.as_deref().map(str::parse::<ChartRef>).transpose()?,
            version: self.chart_version,
            app_version: self.app_version,
            values_override: map(self.values_override)?,
        };
        Ok((wish, how))
    }
}

impl Rollback {
    /// What is asked for, and how.
    pub(super) fn wish(self) -> (Wish, How) {
        (Wish::Rollback { to: self.target_revision }, self.how())
    }
}

/// Upgrade a release
#[utoipa::path(post, path = "/{release}/upgrade", tag = "Changes", request_body = Upgrade,
    params(("release" = String, Path, format = Uuid), Conditions, Prefer), responses(Changed, Problems))]
pub async fn upgrade(caller: Caller, Path(release): Path<String>, given: Conditions, prefer: Prefer, Body(asked): Body<Upgrade>) -> Answer {
    caller.actor.demand(Act::Change)?;
    let (wish, how) = asked.wish()?;
    change_existing(&caller, &release, given, prefer, wish, how).await
}

/// Roll a release back to a revision
#[utoipa::path(post, path = "/{release}/rollback", tag = "Changes", request_body = Rollback,
    params(("release" = String, Path, format = Uuid), Conditions, Prefer), responses(Changed, Problems))]
pub async fn rollback(
    caller: Caller,
    Path(release): Path<String>,
    given: Conditions,
    prefer: Prefer,
    Body(asked): Body<Rollback>,
) -> Answer {
    let (wish, how) = asked.wish();
    change_existing(&caller, &release, given, prefer, wish, how).await
}

/// Roll a release back to the newest earlier revision that deployed
#[utoipa::path(post, path = "/{release}/rollback/last-successful", tag = "Changes", request_body = Option<HowAsked>,
    params(("release" = String, Path, format = Uuid), Conditions, Prefer), responses(Changed, Problems))]
pub async fn rollback_to_last_successful(
    caller: Caller,
    Path(release): Path<String>,
    given: Conditions,
    prefer: Prefer,
    body: Option<Body<HowAsked>>,
) -> Answer {
    let how = body.map(|Body(asked)| asked.how()).unwrap_or_default();
    change_existing(&caller, &release, given, prefer, Wish::RollbackToLastSuccessful, how).await
}

/// Uninstall a release
///
/// The record and its history stay.
#[utoipa::path(delete, path = "/{release}", tag = "Changes",
    params(("release" = String, Path, format = Uuid), Uninstall, Conditions, Prefer), responses(Changed, Problems))]
pub async fn uninstall(
    caller: Caller,
    Path(release): Path<String>,
    given: Conditions,
    prefer: Prefer,
    Asked(asked): Asked<Uninstall>,
) -> Answer {
    let run = Run { timeout: asked.timeout, ..Run::default() };
    let how = How { description: asked.reason, base_revision: asked.base_revision, run };
    change_existing(&caller, &release, given, prefer, Wish::Uninstall, how).await
}

/// Run the tests of a release's chart
///
/// The release stays as it is.
#[utoipa::path(post, path = "/{release}/test", tag = "Changes", request_body = Option<HowAsked>,
    params(("release" = String, Path, format = Uuid), Prefer), responses(Changed, Problems))]
pub async fn test(caller: Caller, Path(release): Path<String>, given: Conditions, prefer: Prefer, body: Option<Body<HowAsked>>) -> Answer {
    let how = body.map(|Body(asked)| asked.how()).unwrap_or_default();
    change_existing(&caller, &release, given, prefer, Wish::Test, how).await
}

async fn change_existing(caller: &Caller, release: &str, given: Conditions, prefer: Prefer, change: Wish, how: How) -> Answer {
    let submit = existing(caller, release, given, change, how).await?;
    let operation = caller.manager.submit(&caller.actor, submit).await?;
    prefer::answer(caller, prefer, operation).await
}

/// A change of a release that is there, as the manager wants it.
pub(super) async fn existing(caller: &Caller, release: &str, given: Conditions, change: Wish, how: How) -> Result<Submit, ApiProblem> {
    caller.actor.demand(Act::Change)?;
    let id = id(release, Problem::release_not_found)?;
    if let Some(tag) = given.if_match.number {
        let now = caller.manager.release(&caller.actor, id).await?.revision;
        if now != tag {
            let detail = format!("The release is at revision {now}, and If-Match names {tag}. Read it again, then repeat the change.");
            return Err(Problem::new(Code::PreconditionFailed, detail).into());
        }
    }
    Ok(Submit {
        target: Target::Existing(id),
        change,
        options: how.run.into(),
        base_revision: how.base_revision.or(given.if_match.number),
        reason: how.description,
        idempotency: given.once.key,
    })
}

/// The values override of a request: a map, or nothing.
fn map(value: Option<Value>) -> Result<Option<Map<String, Value>>, Problem> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(_) => Err(Problem::new(Code::InvalidValues, "valuesOverride has to be an object, not a list or a single value.")),
    }
}
