//! Looks at releases and their revisions.

use axum::{Json, extract::Path};
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    body::{Asked, Caller, id, paging, tagged},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    diff::Diff,
    fleet::Fleet,
    ids::TenantId,
    matrix::{Matrix, MatrixQuery},
    page::Page,
    problem::{Code, Problem},
    provenance::{Provenance, ValueSearch},
    release::{Health, Release, ReleaseQuery, ReleaseSort, ReleaseState},
    revision::{BodyPart, Revision},
};

type Answer<T> = Result<Json<T>, ApiProblem>;
type Text = Result<([(http::HeaderName, &'static str); 1], String), ApiProblem>;

/// Which releases.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// From 0.
    #[param(minimum = 0, maximum = 1000000)]
    page: Option<u32>,
    /// 50 by default.
    #[param(minimum = 1, maximum = 500)]
    size: Option<u32>,
    /// A column, or `-name` or `name,desc` for the other way round.
    #[param(pattern = "^(-?(tenant|name|chart|status|health|updated)|(tenant|name|chart|status|health|updated),(asc|desc))?$")]
    sort: Option<String>,
    /// States, separated by commas.
    #[param(pattern = "^((DEPLOYED|PENDING_INSTALL|PENDING_UPGRADE|PENDING_ROLLBACK|FAILED|UNINSTALLED)(,|$))*$")]
    status: Option<String>,
    health: Option<Health>,
    /// A chart's name.
    chart: Option<String>,
    /// Only those that have drifted; false by default.
    drifted: Option<bool>,
    /// Searches namespaces, names and charts.
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
            health: self.health,
            chart: self.chart,
            drifted: self.drifted.unwrap_or(false),
            sort,
            descending,
            paging: paging(self.page, self.size)?,
            ..ReleaseQuery::default()
        })
    }
}

/// All releases that the caller reaches
#[utoipa::path(get, path = "/", tag = "Releases", params(ListQuery), responses((status = 200, body = Page<Release>), Problems))]
pub async fn list(Caller { actor, manager }: Caller, Asked(query): Asked<ListQuery>) -> Answer<Page<Release>> {
    Ok(Json(manager.releases(&actor, &query.parse(None)?).await?))
}

/// The releases of a tenant
#[utoipa::path(get, path = "/tenant/{tenant}", tag = "Releases", params(("tenant" = String, Path, format = Uuid), ListQuery),
    responses((status = 200, body = Page<Release>), Problems))]
pub async fn of_tenant(
    Caller { actor, manager }: Caller,
    Path(tenant): Path<String>,
    Asked(query): Asked<ListQuery>,
) -> Answer<Page<Release>> {
    let tenant = manager.tenant_by_id(&actor, id(&tenant, Problem::tenant_not_found)?).await?;
    Ok(Json(manager.releases(&actor, &query.parse(Some(tenant.id))?).await?))
}

/// The platform at a glance
#[utoipa::path(get, path = "/summary", tag = "Releases", responses((status = 200, body = Fleet), Problems))]
pub async fn summary(Caller { actor, manager }: Caller) -> Answer<Fleet> {
    Ok(Json(manager.fleet(&actor).await?))
}

/// Which part of the matrix.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MatrixPart {
    /// The label of tenants that they are grouped by; one that no tenant has groups nothing.
    group: Option<String>,
    /// Searches the tenants' slugs, names and labels.
    q: Option<String>,
    /// `1` for tenants with a release that is behind alone.
    #[param(pattern = "^(0|1|true|false)?$")]
    behind: Option<String>,
    /// From 0.
    #[param(minimum = 0, maximum = 1000000)]
    page: Option<u32>,
    /// 50 tenants by default.
    #[param(minimum = 1, maximum = 500)]
    size: Option<u32>,
}

/// Who runs what, and how far behind
///
/// Tenants against charts: each release with its version, its state, and how far it is behind the newest version that a chart
/// source offers; where no source knows the chart, behind the newest in use.
#[utoipa::path(get, path = "/matrix", tag = "Releases", params(MatrixPart), responses((status = 200, body = Matrix), Problems))]
pub async fn matrix(Caller { actor, manager }: Caller, Asked(query): Asked<MatrixPart>) -> Answer<Matrix> {
    let behind = match query.behind.as_deref() {
        None | Some("" | "0" | "false") => false,
        Some("1" | "true") => true,
        Some(_) => return Err(Problem::new(Code::InvalidRequest, "behind is 1, or left out.").into()),
    };
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let query = MatrixQuery { group: given(query.group), text: given(query.q), behind, paging: paging(query.page, query.size)? };
    Ok(Json(manager.matrix(&actor, &query).await?))
}

/// One release
///
/// Its `ETag` is good for the `If-Match` of a change.
#[utoipa::path(get, path = "/{release}", tag = "Releases", params(("release" = String, Path, format = Uuid)),
    responses((status = 200, body = Release, headers(("ETag" = String, description = "The newest revision."))), Problems))]
pub async fn one(
    Caller { actor, manager }: Caller,
    Path(release): Path<String>,
) -> Result<([(http::HeaderName, String); 1], Json<Release>), ApiProblem> {
    let release = manager.release(&actor, id(&release, Problem::release_not_found)?).await?;
    Ok(tagged(release.revision, release))
}

/// All revisions of a release, newest first
///
/// Those that Helm has pruned or an uninstall has removed included.
#[utoipa::path(get, path = "/{release}/history", tag = "Revisions", params(("release" = String, Path, format = Uuid)),
    responses((status = 200, body = Vec<Revision>), Problems))]
pub async fn history(Caller { actor, manager }: Caller, Path(release): Path<String>) -> Answer<Vec<Revision>> {
    Ok(Json(manager.revisions(&actor, id(&release, Problem::release_not_found)?).await?))
}

/// Which values.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PartQuery {
    /// The override by default.
    of: Option<Values>,
}

/// Values of a revision.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Values {
    /// What was set on top of the chart's defaults.
    Override,
    /// The chart's defaults with the override merged in.
    Computed,
}

/// The values of a revision, secrets hidden
#[utoipa::path(get, path = "/{release}/revisions/{revision}/values", tag = "Revisions",
    params(("release" = String, Path, format = Uuid), ("revision" = u32, Path, minimum = 1, maximum = 2147483647), PartQuery),
    responses((status = 200, body = Value, content_type = "application/yaml"), Problems))]
pub async fn values(caller: Caller, Path((release, revision)): Path<(String, String)>, Asked(query): Asked<PartQuery>) -> Text {
    let part = match query.of {
        None | Some(Values::Override) => BodyPart::Override,
        Some(Values::Computed) => BodyPart::Computed,
    };
    text(&caller, &release, &revision, part).await
}

/// The manifest of a revision, secrets hidden
#[utoipa::path(get, path = "/{release}/revisions/{revision}/manifest", tag = "Revisions",
    params(("release" = String, Path, format = Uuid), ("revision" = u32, Path, minimum = 1, maximum = 2147483647)),
    responses((status = 200, body = Value, content_type = "application/yaml"), Problems))]
pub async fn manifest(caller: Caller, Path((release, revision)): Path<(String, String)>) -> Text {
    text(&caller, &release, &revision, BodyPart::Manifest).await
}

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// The path of a key as `helm --set` writes it, such as `ingress.host`.
    #[param(min_length = 1, max_length = 500)]
    key: String,
    /// Only releases of this chart.
    chart: Option<String>,
}

/// Which releases set a key of their values, and to what, secrets hidden
#[utoipa::path(get, path = "/values", tag = "Releases", params(SearchQuery), responses((status = 200, body = ValueSearch), Problems))]
pub async fn search_values(Caller { actor, manager }: Caller, Asked(query): Asked<SearchQuery>) -> Answer<ValueSearch> {
    let chart = query.chart.filter(|chart| !chart.is_empty());
    Ok(Json(manager.search_values(&actor, &query.key, chart.as_deref()).await?))
}

/// Where the values of a release come from, secrets hidden
///
/// Of its newest revision: for each that templates saw, whether the chart's defaults or the override said it, and since
/// which revision.
#[utoipa::path(get, path = "/{release}/provenance", tag = "Revisions", params(("release" = String, Path, format = Uuid)),
    responses((status = 200, body = Provenance), Problems))]
pub async fn provenance(Caller { actor, manager }: Caller, Path(release): Path<String>) -> Answer<Provenance> {
    Ok(Json(manager.provenance(&actor, id(&release, Problem::release_not_found)?).await?))
}

async fn text(caller: &Caller, release: &str, revision: &str, part: BodyPart) -> Text {
    let release = id(release, Problem::release_not_found)?;
    let revision = revision.parse().map_err(|_| Problem::revision_not_found(0))?;
    Ok(([(CONTENT_TYPE, "application/yaml; charset=utf-8")], caller.manager.part(&caller.actor, release, revision, part).await?))
}

/// What to compare.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    #[param(minimum = 1, maximum = 2147483647)]
    from: u32,
    #[param(minimum = 1, maximum = 2147483647)]
    to: u32,
    /// The override by default.
    of: Option<BodyPart>,
}

/// What differs between two revisions, secrets hidden beforehand
#[utoipa::path(get, path = "/{release}/diff", tag = "Revisions", params(("release" = String, Path, format = Uuid), DiffQuery),
    responses((status = 200, body = Diff), Problems))]
pub async fn diff(Caller { actor, manager }: Caller, Path(release): Path<String>, Asked(query): Asked<DiffQuery>) -> Answer<Diff> {
    let release = id(&release, Problem::release_not_found)?;
    Ok(Json(manager.diff(&actor, release, query.from, query.to, query.of.unwrap_or(BodyPart::Override)).await?))
}
