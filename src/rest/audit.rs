//! The audit: a page of it, or all that matches as a file.

use axum::{
    Json,
    body::Body as Stream,
    extract::Path,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{Asked, Body, Caller, id, paging},
    csv,
    problem::{ApiProblem, Problems},
};
use crate::{
    domain::{
        actor::{Actor, Door},
        audit::{AuditQuery, AuditRow, AuditSort},
        ids::ReleaseId,
        page::Page,
        problem::Problem,
        revision::BodyPart,
    },
    manager::{ReleaseManager, Reveal},
};

/// Which rows, and how.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// From 0.
    #[param(minimum = 0, maximum = 1000000)]
    page: Option<u32>,
    /// 50 by default.
    #[param(minimum = 1, maximum = 500)]
    size: Option<u32>,
    /// The newest first by default.
    sort: Option<AuditSort>,
    #[param(format = Uuid)]
    tenant_id: Option<String>,
    #[param(format = Uuid)]
    release_id: Option<String>,
    #[param(format = Uuid)]
    operation_id: Option<String>,
    actor: Option<String>,
    /// An act, such as `release.upgrade`, or a noun for all acts on it.
    act: Option<String>,
    /// What it was done to, such as `namespace/name`.
    subject: Option<String>,
    door: Option<Door>,
    /// Not before.
    from: Option<DateTime<Utc>>,
    /// Before.
    to: Option<DateTime<Utc>>,
    /// Found in actor, act, subject or reason.
    q: Option<String>,
    /// All rows that match, as a file, instead of a page.
    format: Option<Format>,
}

/// A page, or, as a file, all rows that match; for the document.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AuditAnswer)]
#[expect(dead_code, reason = "describes what is streamed")]
enum Answer {
    /// A page.
    Page(Page<AuditRow>),
    /// All of them.
    All(Vec<AuditRow>),
}

/// The format of a file.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RFC 4180, with a head.
    Csv,
    /// A list.
    Json,
}

/// Who did what, to what, why
#[utoipa::path(get, path = "/", tag = "Audit", params(ListQuery), responses(
    (status = 200, content((Answer = "application/json"), (String = "text/csv"))), Problems))]
pub async fn list(Caller { actor, manager }: Caller, Asked(asked): Asked<ListQuery>) -> Result<Response, ApiProblem> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let release = asked.release_id.as_deref().map(|text| id::<ReleaseId>(text, Problem::release_not_found)).transpose()?;
    let subject = match release {
        Some(release) => Some(manager.release(&actor, release).await?.key().to_string()),
        None => given(asked.subject),
    };
    let query = AuditQuery {
        tenant: asked.tenant_id.as_deref().map(|text| id(text, Problem::tenant_not_found)).transpose()?,
        actor: given(asked.actor),
        act: given(asked.act),
        subject,
        operation: asked.operation_id.as_deref().map(|text| id(text, Problem::operation_not_found)).transpose()?,
        door: asked.door,
        since: asked.from,
        until: asked.to,
        text: given(asked.q),
        sort: asked.sort.unwrap_or_default(),
        paging: paging(asked.page, asked.size)?,
    };
    match asked.format {
        None => Ok(Json(manager.audit(&actor, &query).await?).into_response()),
        Some(format) => export(manager, actor, query, format).await,
    }
}

/// All rows that match, written while they are read.
async fn export(manager: ReleaseManager, actor: Actor, query: AuditQuery, format: Format) -> Result<Response, ApiProblem> {
    let first = manager.audit_after(&actor, &query, None).await?;
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"audit.csv\""),
        Format::Json => ("application/json", "attachment; filename=\"audit.json\""),
    };
    let pieces = futures::stream::unfold((Some(first), true), move |(rows, head)| {
        let (manager, actor, query) = (manager.clone(), actor.clone(), query.clone());
        async move {
            let rows = rows?;
            let text = match format {
                Format::Csv => csv::piece(&rows, head),
                Format::Json => piece(&rows, head),
            };
            let Some(last) = rows.last() else { return (!text.is_empty()).then_some((Ok(text), (None, false))) };
            match manager.audit_after(&actor, &query, Some(last.seq)).await {
                Ok(more) => Some((Ok(text), (Some(more), false))),
                // The connection breaks off, so that nobody takes a part for the whole.
                Err(problem) => Some((Err(std::io::Error::other(problem)), (None, false))),
            }
        }
    });
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], Stream::from_stream(pieces.fuse())).into_response())
}

/// A piece of a JSON list; the one without rows is the last.
fn piece(rows: &[AuditRow], head: bool) -> String {
    let items: Vec<String> = rows.iter().filter_map(|row| serde_json::to_string(row).ok()).collect();
    let begin = if head { "[\n" } else { "" };
    match (items.is_empty(), head) {
        (true, _) => format!("{begin}\n]\n"),
        (false, true) => format!("{begin}{}", items.join(",\n")),
        (false, false) => format!(",\n{}", items.join(",\n")),
    }
}

/// Which hidden value, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealBody {
    of: BodyPart,
    /// A JSON pointer; in a manifest after the object's kind and name, such as `Secret/web:/data/password`.
    path: String,
    /// Needed; the audit keeps it.
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// A value that was hidden.
#[derive(Serialize, ToSchema)]
pub struct Revealed {
    value: String,
}

/// One hidden value, for a reason that the audit keeps
#[utoipa::path(post, path = "/{release}/revisions/{revision}/reveal", tag = "Revisions",
    params(("release" = String, Path, format = Uuid), ("revision" = u32, Path, minimum = 1, maximum = 2147483647)),
    request_body = RevealBody, responses((status = 200, body = Revealed), Problems))]
pub async fn reveal(
    Caller { actor, manager }: Caller,
    Path((release, revision)): Path<(String, String)>,
    Body(asked): Body<RevealBody>,
) -> Result<Json<Revealed>, ApiProblem> {
    let release = id(&release, Problem::release_not_found)?;
    let revision = revision.parse().map_err(|_| Problem::revision_not_found(0))?;
    let wanted = Reveal { revision, part: asked.of, path: asked.path, reason: asked.reason };
    Ok(Json(Revealed { value: manager.reveal(&actor, release, wanted).await? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{actor::Role, audit::NewAudit};

    #[test]
    fn pieces_of_a_list_are_one_list() {
        let actor = Actor::person("ada", Role::Admin, vec![], Door::Api);
        let row = |seq| AuditRow { seq, entry: NewAudit::of(&actor, DateTime::UNIX_EPOCH, "a.b", "s") };
        let whole = [piece(&[row(2), row(1)], true), piece(&[row(0)], false), piece(&[], false)].concat();
        let list: Vec<AuditRow> = serde_json::from_str(&whole).unwrap();
        assert_eq!(list.iter().map(|row| row.seq).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(serde_json::from_str::<Vec<AuditRow>>(&piece(&[], true)).unwrap(), []);
    }
}
