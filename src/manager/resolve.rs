//! Resolving a wish: against what is there, down to a change with everything spelled out, or to the reason why not.
//! Enqueues nothing: [`super::submit`] does.

use super::{ReleaseManager, Target, Wish, facts, look::off_thread, store_problem};
use crate::domain::{
    actor::Actor,
    audit::Facts,
    change::Change,
    ids::TenantId,
    names::{ChartRef, ReleaseKey},
    problem::{Code, Problem},
    release::{Release, ReleaseState},
    revision::{HelmStatus, Hook, Revision, RevisionBody},
    values,
};

/// A wish with everything spelled out.
pub(super) struct Resolved {
    /// The release.
    pub key: ReleaseKey,
    /// Its tenant.
    pub tenant: Option<TenantId>,
    /// The revision it starts from.
    pub base_revision: Option<u32>,
    /// What to do.
    pub change: Change,
    /// That revision's body.
    pub present: Option<RevisionBody>,
    /// How the release is, for the audit.
    pub before: Option<Facts>,
    /// How it is meant to be.
    pub after: Option<Facts>,
}

impl ReleaseManager {
    /// What a wish comes to; `seen` is the revision that its author looked at.
    pub(super) async fn resolve(&self, actor: &Actor, target: Target, seen: Option<u32>, wish: Wish) -> Result<Resolved, Problem> {
        match target {
            Target::New { tenant, key } => {
                let change = self.resolve_install(actor, tenant, &key, wish).await?;
                let after = facts::after(&change, None, None);
                Ok(Resolved { key, tenant: Some(tenant), base_revision: None, change, present: None, before: None, after })
            }
            Target::Existing(id) => {
                let release = self.release(actor, id).await?;
                self.tenant_to_change(&release.namespace).await?.open()?;
                let present = self.inner.stores.releases.body(actor, id, release.revision).await.map_err(store_problem)?;
                let change = self.resolve_change(actor, &release, present.as_ref(), seen, wish).await?;
                let back = match change {
                    Change::Rollback { to } => self.life(actor, &release).await?.into_iter().find(|revision| revision.revision == to),
                    _ => None,
                };
                let after = facts::after(&change, present.as_ref(), back.as_ref());
                let (key, before) = (release.key(), Some(facts::before(&release)));
                Ok(Resolved { key, tenant: release.tenant_id, base_revision: Some(release.revision), change, present, before, after })
            }
        }
    }

    /// What an install comes to.
    async fn resolve_install(&self, actor: &Actor, tenant: TenantId, key: &ReleaseKey, wish: Wish) -> Result<Change, Problem> {
        let Wish::Install { chart, version, app_version, values_override } = wish else {
            return Err(Problem::new(Code::InvalidRequest, "A release that is not there can only be installed."));
        };
        let tenant = self.tenant_by_id(actor, tenant).await?;
        tenant.open()?;
        if !tenant.namespaces.contains(&key.namespace) {
            let own: Vec<&str> = tenant.namespaces.iter().map(AsRef::as_ref).collect();
            return Err(Problem::new(
                Code::NamespaceNotOfTenant,
                format!("The namespace {} does not belong to {}. Its namespaces: {}.", key.namespace, tenant.slug, own.join(", ")),
            ));
        }
        let present = self.inner.stores.releases.by_key(actor, key).await.map_err(store_problem)?;
        if let Some(operation) = present.as_ref().and_then(|release| release.active_operation) {
            return Err(Problem::operation_in_progress(operation.id));
        }
        if present.is_some_and(|release| release.status != ReleaseState::Uninstalled) {
            return Err(Problem::new(
                Code::ReleaseExists,
                format!("{} is a release in {} already. Upgrade it, or choose another name.", key.name, key.namespace),
            ));
        }
        let values_override = values::checked(values_override)?;
        let chart = self.check_version(&chart, &version, app_version.as_deref()).await?;
        Ok(Change::Install { chart, version, values_override })
    }

    /// What a change of a release that is there comes to.
    async fn resolve_change(
        &self,
        actor: &Actor,
        release: &Release,
        present: Option<&RevisionBody>,
        seen: Option<u32>,
        wish: Wish,
    ) -> Result<Change, Problem> {
        if let Some(operation) = release.active_operation {
            return Err(Problem::operation_in_progress(operation.id));
        }
        if release.status == ReleaseState::Uninstalled {
            return Err(Problem::new(
                Code::ReleaseNotInstalled,
                "The release has been uninstalled; only its history is left. Install it again to change it.",
            ));
        }
        if let Some(seen) = seen.filter(|seen| *seen != release.revision) {
            return Err(Problem::revision_moved(seen, release.revision));
        }
        match wish {
            Wish::Install { .. } => Err(Problem::new(Code::ReleaseExists, "The release is installed already. Upgrade it instead.")),
            Wish::Upgrade { chart, version, app_version, values_override } => {
                let present = present.ok_or_else(not_read)?;
                let version = version.unwrap_or_else(|| release.chart_version.clone());
                // Where several sources have a chart of that name, somebody has to say which is meant: one that happens to have what
                // runs may be another chart altogether.
                let chart = chart.map_or_else(|| release.chart_name.parse(), Ok)?;
                let values_override = match values_override {
                    Some(map) => {
                        // All of the release is read for what is secret in it.
                        let (manager, present) = (self.clone(), present.clone());
                        values::checked(off_thread(move || manager.inner.rules.restore(map, &present)).await??)?
                    }
                    None => present.values_override.clone(),
                };
                let chart = self.check_version(&chart, &version, app_version.as_deref()).await?;
                Ok(Change::Upgrade { chart, version, values_override })
            }
            Wish::Exactly { chart, version, values_override } => {
                let chart = self.check_version(&chart, &version, None).await?;
                Ok(Change::Upgrade { chart, version, values_override })
            }
            Wish::Rollback { to } => {
                let revisions = self.life(actor, release).await?;
                let target = revisions.iter().find(|revision| revision.revision == to).ok_or_else(|| Problem::revision_not_found(to))?;
                if to == release.revision {
                    return Err(Problem::new(
                        Code::NothingToRollBackTo,
                        format!("The release is at revision {to} now. Choose an earlier one."),
                    ));
                }
                if target.pruned {
                    return Err(Problem::new(
                        Code::RevisionNotFound,
                        format!(
                            "Helm no longer holds revision {to}; it is kept here for its history only. Upgrade with its values instead."
                        ),
                    ));
                }
                Ok(Change::Rollback { to })
            }
            Wish::RollbackToLastSuccessful => {
                let revisions = self.life(actor, release).await?;
                last_successful(&revisions, release.revision).map(|to| Change::Rollback { to }).ok_or_else(|| {
                    Problem::new(
                        Code::NothingToRollBackTo,
                        "No earlier revision that deployed is left in the cluster. Upgrade to a version that works instead.",
                    )
                })
            }
            Wish::Uninstall => Ok(Change::Uninstall),
            Wish::Test => {
                let tested = present.is_none_or(|body| body.hooks.iter().any(Hook::is_test));
                let nothing = || Problem::new(Code::NoTests, "The chart of this release brings no tests (hooks of the kind test).");
                if tested { Ok(Change::Test) } else { Err(nothing()) }
            }
        }
    }

    /// The revisions of the release's present life, newest first.
    pub(super) async fn life(&self, actor: &Actor, release: &Release) -> Result<Vec<Revision>, Problem> {
        let mut revisions = self.inner.stores.releases.revisions(actor, release.id).await.map_err(store_problem)?;
        let life = revisions.iter().map(|revision| revision.life).max();
        revisions.retain(|revision| Some(revision.life) == life);
        Ok(revisions)
    }

    /// The chart with its source spelled out, if it has that version and the version ships what the client expects.
    pub(super) async fn check_version(&self, chart: &ChartRef, version: &str, app_version: Option<&str>) -> Result<ChartRef, Problem> {
        let (chart, found) = self.inner.charts.version(chart, version).await?;
        match app_version {
            Some(wanted) if !wanted.is_empty() && wanted != found.app_version => Err(Problem::new(
                Code::InvalidCombination,
                format!(
                    "{} {version} ships application version {}, not the one in the request. Leave appVersion out, or choose another chart version.",
                    chart.name,
                    shown(&found.app_version)
                ),
            )),
            _ => Ok(chart),
        }
    }
}

/// The newest revision before `before` that deployed and is still in the cluster.
pub(super) fn last_successful(revisions: &[Revision], before: u32) -> Option<u32> {
    revisions
        .iter()
        .filter(|revision| revision.revision < before && !revision.pruned)
        .filter(|revision| matches!(revision.status, HelmStatus::Deployed | HelmStatus::Superseded))
        .map(|revision| revision.revision)
        .max()
}

/// What an upgrade starts from is not known yet.
fn not_read() -> Problem {
    Problem::new(
        Code::RevisionNotFound,
        "The values of the newest revision have not been read from the cluster yet. Try again in a moment.",
    )
}

/// A text from a chart, short enough and harmless enough for a sentence.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
