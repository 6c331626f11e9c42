//! Looks at releases and their revisions.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use http::header::CONTENT_TYPE;
use serde::Deserialize;

use super::{
    body::{Asked, id},
    problem::ApiProblem,
};
use crate::{
    domain::{
        actor::Actor,
        diff::Diff,
        fleet::Fleet,
        ids::TenantId,
        page::{Page, Paging},
        problem::{Code, Problem},
        release::{Health, Release, ReleaseQuery, ReleaseSort, ReleaseState},
        revision::{BodyPart, Revision},
    },
    manager::ReleaseManager,
};

type Answer<T> = Result<Json<T>, ApiProblem>;
type Text = Result<([(http::HeaderName, &'static str); 1], String), ApiProblem>;

#[derive(Deserialize)]
pub struct ListQuery {
    page: Option<u32>,
    size: Option<u32>,
    /// `name`, or `-name` or `name,desc` for the other way round.
    sort: Option<String>,
    status: Option<String>,
    health: Option<String>,
    chart: Option<String>,
    q: Option<String>,
}

impl ListQuery {
    fn parse(self, tenant: Option<TenantId>) -> Result<ReleaseQuery, Problem> {
        let (sort, descending) = match self.sort.as_deref() {
            None | Some("") => (ReleaseSort::default(), false),
            Some(text) => {
                let (plain, descending) = match (text.strip_prefix('-'), text.split_once(',')) {
                    (Some(rest), _) => (rest, true),
                    (None, Some((field, order))) => (field, order.eq_ignore_ascii_case("desc")),
                    (None, None) => (text, false),
                };
                let sort = ReleaseSort::parse(plain);
                (
                    sort.ok_or_else(|| {
                        Problem::new(
                            Code::InvalidRequest,
                            "sort is one of tenant, name, chart, status, health, updated; with a leading - for descending.",
                        )
                    })?,
                    descending,
                )
            }
        };
        let states = self.status.iter().flat_map(|text| text.split(',')).filter(|text| !text.is_empty());
        let states = states.map(|text| {
            ReleaseState::parse(text)
                .ok_or_else(|| Problem::new(Code::InvalidRequest, "status is one of the six states, such as DEPLOYED."))
        });
        Ok(ReleaseQuery {
            tenant,
            text: self.q.filter(|text| !text.is_empty()),
            states: states.collect::<Result<_, _>>()?,
            health: self.health.as_deref().map(Health::parse),
            chart: self.chart,
            sort,
            descending,
            paging: Paging::new(self.page.unwrap_or(0), self.size.unwrap_or(50)),
            ..ReleaseQuery::default()
        })
    }
}

pub async fn list(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Asked(query): Asked<ListQuery>,
) -> Answer<Page<Release>> {
    Ok(Json(manager.releases(&actor, &query.parse(None)?).await?))
}

pub async fn of_tenant(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(tenant): Path<String>,
    Asked(query): Asked<ListQuery>,
) -> Answer<Page<Release>> {
    let tenant = manager.tenant_by_id(&actor, id(&tenant, Problem::tenant_not_found)?).await?;
    Ok(Json(manager.releases(&actor, &query.parse(Some(tenant.id))?).await?))
}

pub async fn summary(Extension(actor): Extension<Actor>, State(manager): State<ReleaseManager>) -> Answer<Fleet> {
    Ok(Json(manager.fleet(&actor).await?))
}

pub async fn one(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(release): Path<String>,
) -> Answer<Release> {
    Ok(Json(manager.release(&actor, id(&release, Problem::release_not_found)?).await?))
}

pub async fn history(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(release): Path<String>,
) -> Answer<Vec<Revision>> {
    Ok(Json(manager.revisions(&actor, id(&release, Problem::release_not_found)?).await?))
}

#[derive(Deserialize)]
pub struct PartQuery {
    of: Option<String>,
}

pub async fn values(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path((release, revision)): Path<(String, String)>,
    Asked(query): Asked<PartQuery>,
) -> Text {
    let part = match query.of.as_deref() {
        None | Some("override") => BodyPart::Override,
        Some("computed") => BodyPart::Computed,
        Some(_) => return Err(Problem::new(Code::InvalidRequest, "of is override or computed.").into()),
    };
    text(&manager, &actor, &release, &revision, part).await
}

pub async fn manifest(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path((release, revision)): Path<(String, String)>,
) -> Text {
    text(&manager, &actor, &release, &revision, BodyPart::Manifest).await
}

async fn text(manager: &ReleaseManager, actor: &Actor, release: &str, revision: &str, part: BodyPart) -> Text {
    let release = id(release, Problem::release_not_found)?;
    let revision = revision.parse().map_err(|_| Problem::revision_not_found(0))?;
    Ok(([(CONTENT_TYPE, "application/yaml; charset=utf-8")], manager.part(actor, release, revision, part).await?))
}

#[derive(Deserialize)]
pub struct DiffQuery {
    from: u32,
    to: u32,
    of: Option<String>,
}

pub async fn diff(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(release): Path<String>,
    Asked(query): Asked<DiffQuery>,
) -> Answer<Diff> {
    let part = BodyPart::parse(query.of.as_deref().unwrap_or("override"))
        .ok_or_else(|| Problem::new(Code::InvalidRequest, "of is override, computed, manifest or notes."))?;
    let release = id(&release, Problem::release_not_found)?;
    Ok(Json(manager.diff(&actor, release, query.from, query.to, part).await?))
}
