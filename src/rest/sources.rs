//! Chart sources: how they stand; added, tested, refreshed and removed. For admins.

use axum::{Json, extract::Path};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    body::{Body, Caller},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    actor::Act,
    names::SourceName,
    problem::Problem,
    source::{Access, ChartSource, Login, SourceConfig},
};

/// How to sign in to a chart source.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LoginKind {
    /// Not at all.
    #[default]
    None,
    /// By `user` and `secret`; to a registry also where it gives out tokens for them.
    Basic,
    /// By `secret`, a token.
    Bearer,
}

/// A chart source to be added.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSource {
    /// Its name, as clients write it before a chart's.
    #[schema(max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    name: String,
    /// `https://…` for a chart repository, `oci://…` for a registry (`oci+http://…` for one without TLS).
    #[schema(
        max_length = 500,
        example = "https://charts.example.com/stable",
        pattern = "^(https?|oci([+]http)?)://[a-z0-9][-a-z0-9.]*(:[0-9]{1,4})?(/[-a-zA-Z0-9._]+)*$"
    )]
    url: String,
    /// The charts of a registry; left out, its address ends in the one.
    #[serde(default)]
    #[schema(max_items = 200)]
    charts: Vec<String>,
    #[serde(default)]
    login: LoginKind,
    /// Who signs in.
    #[serde(default)]
    #[schema(max_length = 500)]
    user: String,
    /// The password or the token; kept sealed and never shown.
    #[serde(default)]
    #[schema(max_length = 500)]
    secret: String,
    /// Certificates, as PEM, that the source's own are proven by.
    ca: Option<String>,
}

impl TryFrom<NewSource> for SourceConfig {
    type Error = Problem;

    fn try_from(asked: NewSource) -> Result<Self, Problem> {
        let word = match asked.login {
            LoginKind::None => "none",
            LoginKind::Basic => "basic",
            LoginKind::Bearer => "bearer",
        };
        Ok(Self {
            name: asked.name.parse()?,
            url: asked.url.parse()?,
            charts: asked.charts.iter().map(|chart| chart.parse()).collect::<Result<_, Problem>>()?,
            access: Access { login: Login::of(word, &asked.user, &asked.secret)?, ca: asked.ca.filter(|ca| !ca.trim().is_empty()) },
        })
    }
}

/// All chart sources and how they stand
#[utoipa::path(get, path = "/sources", tag = "Charts", responses((status = 200, body = Vec<ChartSource>), Problems))]
pub async fn list(Caller { actor, manager }: Caller) -> Result<Json<Vec<ChartSource>>, ApiProblem> {
    Ok(Json(manager.chart_sources(&actor).await?))
}

/// Add a chart source
///
/// It is asked first; one that does not answer is refused.
#[utoipa::path(post, path = "/sources", tag = "Charts", request_body = NewSource, responses((status = 201, body = ChartSource), Problems))]
pub async fn add(Caller { actor, manager }: Caller, Body(asked): Body<NewSource>) -> Result<(StatusCode, Json<ChartSource>), ApiProblem> {
    actor.demand(Act::ManageSources)?;
    Ok((StatusCode::CREATED, Json(manager.add_source(&actor, asked.try_into()?).await?)))
}

/// Ask a chart source without adding it
#[utoipa::path(post, path = "/sources/test", tag = "Charts", request_body = NewSource, responses((status = 200, body = ChartSource), Problems))]
pub async fn test(Caller { actor, manager }: Caller, Body(asked): Body<NewSource>) -> Result<Json<ChartSource>, ApiProblem> {
    actor.demand(Act::ManageSources)?;
    Ok(Json(manager.test_source(&actor, asked.try_into()?).await?))
}

/// Ask a chart source anew
#[utoipa::path(post, path = "/sources/{source}/refresh", tag = "Charts",
    params(("source" = String, Path, max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")), responses((status = 200, body = ChartSource), Problems))]
pub async fn refresh(Caller { actor, manager }: Caller, Path(source): Path<String>) -> Result<Json<ChartSource>, ApiProblem> {
    actor.demand(Act::ManageSources)?;
    Ok(Json(manager.refresh_source(&actor, &source.parse::<SourceName>()?).await?))
}

/// Remove a chart source that was added in the settings
///
/// Releases of its charts stay as they are.
#[utoipa::path(delete, path = "/sources/{source}", tag = "Charts",
    params(("source" = String, Path, max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")), responses((status = 204), Problems))]
pub async fn remove(Caller { actor, manager }: Caller, Path(source): Path<String>) -> Result<StatusCode, ApiProblem> {
    actor.demand(Act::ManageSources)?;
    manager.remove_source(&actor, &source.parse::<SourceName>()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
