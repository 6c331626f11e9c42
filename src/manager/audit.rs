//! Looks at the audit, and the one act that is written there by itself: giving out a hidden value.

use super::{ReleaseManager, store_problem};
use crate::domain::{
    actor::{Act, Actor},
    audit::{AuditQuery, AuditRow, Facts, NewAudit},
    change,
    ids::ReleaseId,
    page::Page,
    problem::{Code, Problem},
    revision::BodyPart,
};

/// How many rows of an export are read at a time.
const PIECE: u32 = 500;

/// Which hidden value somebody wants to see, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// Of which revision.
    pub revision: u32,
    /// In which part.
    pub part: BodyPart,
    /// Where in it.
    pub path: String,
    /// Why.
    pub reason: Option<String>,
}

impl ReleaseManager {
    /// A page of audit rows.
    pub async fn audit(&self, actor: &Actor, query: &AuditQuery) -> Result<Page<AuditRow>, Problem> {
        actor.demand(Act::ReadAudit)?;
        self.inner.stores.audit.list(actor, query).await.map_err(store_problem)
    }

    /// The next rows of all that match, after the one of that number; none when there are no more.
    pub async fn audit_after(&self, actor: &Actor, query: &AuditQuery, seq: Option<i64>) -> Result<Vec<AuditRow>, Problem> {
        actor.demand(Act::ReadAudit)?;
        self.inner.stores.audit.after(actor, query, seq, PIECE).await.map_err(store_problem)
    }

    /// The paths of the values that are hidden in a part of a revision.
    pub async fn hidden_paths(&self, actor: &Actor, id: ReleaseId, revision: u32, part: BodyPart) -> Result<Vec<String>, Problem> {
        let body = self.body(actor, id, revision).await?;
        self.hiding(move |rules| rules.hidden_paths(&body, part)).await
    }

    /// Gives out one hidden value, once the audit says who saw which, and why.
    pub async fn reveal(&self, actor: &Actor, id: ReleaseId, asked: Reveal) -> Result<String, Problem> {
        actor.demand(Act::Reveal)?;
        let release = self.release(actor, id).await?;
        let Reveal { revision, part, path, reason } = asked;
        let reason = change::reason(reason.as_deref())?
            .ok_or_else(|| Problem::new(Code::ReasonMissing, "Say why you need to see the value; the audit keeps the reason."))?;
        let body = self.body(actor, id, revision).await?;
        let (value, reason, path) =
            self.hiding(move |rules| (rules.reveal(&body, part, &path), rules.secrets(&body).hide(&reason).into_owned(), path)).await?;
        let value = value.ok_or_else(|| {
            Problem::new(Code::NothingHidden, "No value is hidden at that path. The paths of hidden values are those that the page offers.")
        })?;
        let seen: Facts = [("revision", revision.into()), ("of", part.as_str().into()), ("path", path.into())]
            .map(|(fact, what)| (fact.to_owned(), what))
            .into_iter()
            .collect();
        let row = NewAudit {
            tenant: release.tenant_id,
            reason: Some(reason),
            after: Some(seen),
            ..NewAudit::of(actor, self.now(), "value.reveal", release.key().to_string())
        };
        self.inner.stores.audit.record(&row).await.map_err(store_problem)?;
        Ok(value)
    }
}
