//! Drift: has what a release runs compared with what its newest deployed manifest says, as the tenant's own account, and
//! keeps what was found. On demand here, by itself in [`schedule`], both within the bounds of [`bounds`]. Changes nothing in
//! the cluster, equips no namespace either.

mod bounds;
mod schedule;

use std::time::Duration;

use chrono::TimeDelta;

pub(super) use self::bounds::Checks;
use super::{
    ReleaseManager,
    live::{not_looked, unassigned, uninstalled},
    look::off_thread,
    store_problem,
};
use crate::{
    cluster::{ClusterError, Sighting},
    domain::{
        actor::{Act, Actor},
        audit::NewAudit,
        diff::Diff,
        drift::{Asked, Autoscaled, Drift, DriftVerdict, IgnoreRules, IgnoredFields, Met, ObjectDrift, asked, compared},
        ids::ReleaseId,
        live::Live,
        problem::{Code, Problem},
        redact::{Drifted, Finding, Secrets},
        release::{Release, ReleaseState},
        revision::HelmStatus,
    },
};

/// The most objects of a release that are looked at.
const MOST: usize = 500;
/// How long the diffs of all objects may take together; a little more where there are many.
const DIFF_LIMIT: Duration = Duration::from_secs(3);
/// The most rows of one object's diff.
const MOST_ROWS: usize = 1_000;

/// How drift is looked for.
#[derive(Clone, Debug, Default)]
pub struct DriftSettings {
    /// How often each release is checked by itself; never, where there is none.
    pub every: Option<TimeDelta>,
    /// What is ignored.
    pub rules: IgnoreRules,
}

impl ReleaseManager {
    /// What the last check of a release found.
    pub async fn drift(&self, actor: &Actor, id: ReleaseId) -> Result<Drift, Problem> {
        self.last_drift(actor, id).await?.ok_or_else(|| {
            let text = "It has not been looked yet whether what runs still says what the manifest says. Check it now.";
            Problem::new(Code::DriftUnknown, text)
        })
    }

    /// The same; `None` where there was no check.
    pub async fn last_drift(&self, actor: &Actor, id: ReleaseId) -> Result<Option<Drift>, Problem> {
        self.release(actor, id).await?;
        self.inner.stores.drifts.last(actor, id).await.map_err(store_problem)
    }

    /// Checks a release now.
    pub async fn check_drift(&self, actor: &Actor, id: ReleaseId) -> Result<Drift, Problem> {
        actor.demand(Act::CheckDrift)?;
        let release = self.release(actor, id).await?;
        self.inner.drift.admit(actor, self.now())?;
        self.check(actor, &release, Some(actor.name().to_owned())).await
    }

    /// One check, from the question whether it can be made to its result in the database.
    async fn check(&self, actor: &Actor, release: &Release, requested_by: Option<String>) -> Result<Drift, Problem> {
        let _turn = self.inner.drift.turn(release.id).await?;
        let manifest_of = self.manifest_in_force(actor, release).await?;
        let body = self.body(actor, release.id, manifest_of).await?;
        let sighting = self.sighting(release).await?;
        let key = release.key();
        let mut wanted = off_thread(move || asked(&body.manifest, &key)).await?;
        let cut = wanted.len() > MOST;
        wanted.truncate(MOST);
        let (met, autoscaled, secrets) =
            tokio::join!(sighting.against(&wanted), sighting.autoscaled(), self.secrets_of_objects(release, manifest_of));
        let met = met.map_err(|error| not_looked(release, &error))?;
        let autoscaled = autoscaled.map_err(|error| not_looked(release, &error))?;
        let manager = self.clone();
        let found = off_thread(move || manager.judged(wanted, met, &autoscaled, &secrets));
        let (objects, ignored) = found.await?;
        let now = self.now();
        let found = Drift {
            release_id: release.id,
            revision: release.revision,
            manifest_of,
            checked_at: now,
            verdict: DriftVerdict::of(&objects, !cut),
            stale: false,
            requested_by,
            objects,
            ignored,
            cut,
        };
        let audit = found.requested_by.is_some().then(|| NewAudit {
            tenant: release.tenant_id,
            after: serde_json::json!({"revision": found.revision, "verdict": found.verdict}).as_object().cloned(),
            ..NewAudit::of(actor, now, "drift.check", release.key().to_string())
        });
        let kept = self.inner.stores.drifts.keep(&found, release.created_at, audit.as_ref()).await.map_err(store_problem)?;
        if !kept {
            return Err(moved_on());
        }
        self.hint(Live::Release { id: release.id, tenant: release.tenant_id });
        Ok(found)
    }

    /// What is secret in a release, and in the revision in force where that is an older one.
    async fn secrets_of_objects(&self, release: &Release, manifest_of: u32) -> Secrets {
        let secrets = self.secrets_of_release(release).await;
        if manifest_of == release.revision {
            return secrets;
        }
        let more = self.secrets_of_revision(&release.key(), manifest_of).await;
        more.map_or_else(Secrets::unknown, |more| secrets.and(&more))
    }

    /// The revision whose manifest is in force; refused where there is none, or where it is about to be another.
    async fn manifest_in_force(&self, actor: &Actor, release: &Release) -> Result<u32, Problem> {
        if release.tenant.is_none() {
            return Err(unassigned());
        }
        if release.status == ReleaseState::Uninstalled {
            return Err(uninstalled());
        }
        if let Some(active) = &release.active_operation {
            return Err(Problem::operation_in_progress(active.id));
        }
        if release.status.is_pending() {
            let text = "Helm is at work on this release, elsewhere. Wait for it to end, then check again.";
            return Err(Problem::new(Code::OperationInProgress, text));
        }
        let life = self.life(actor, release).await?;
        let deployed = life.iter().filter(|one| one.status == HelmStatus::Deployed).map(|one| one.revision).max();
        deployed.ok_or_else(|| {
            let text =
                "No revision of this release is in force, so that there is no manifest to look for. Upgrade it or roll it back first.";
            Problem::new(Code::ReleaseNotInstalled, text)
        })
    }

    /// A look with the rights of the tenant's account, proven to be that: unlike for a run of Helm, nothing is set up for it.
    async fn sighting(&self, release: &Release) -> Result<Sighting, Problem> {
        let tenant = self.tenant_to_change(&release.namespace).await?;
        let (proof, newest) = self.inner.cluster.verify(&tenant.slug, &release.key()).await.map_err(|error| match error {
            error if error.is_missing_access() => not_looked(release, &ClusterError::Refused(error.to_string())),
            error => error.problem(),
        })?;
        match newest {
            Some(newest) if newest.revision == release.revision => {}
            _ => return Err(moved_on()),
        }
        Ok(proof.look())
    }

    /// What was met against what was asked for, without what is secret. Takes long for much.
    fn judged(
        &self,
        wanted: Vec<Asked>,
        met: Vec<Met>,
        autoscaled: &Autoscaled,
        secrets: &Secrets,
    ) -> (Vec<ObjectDrift>, Vec<IgnoredFields>) {
        let rules = &self.inner.drift.settings.rules;
        let findings = wanted.into_iter().zip(met).map(|(asked, met)| {
            let finding = match met {
                Met::Missing => Finding::Missing,
                Met::Unknown(why) => Finding::Unknown(why),
                Met::There { live, answer } => Finding::Compared(compared(&asked.kind, &asked.name, &live, &answer, rules, autoscaled)),
            };
            (asked, finding)
        });
        let (found, ignored) = self.inner.rules.drifted(secrets, findings.collect());
        let differing = found.iter().filter(|one| one.left != one.right).count().max(1);
        let share = (DIFF_LIMIT / u32::try_from(differing).unwrap_or(u32::MAX)).max(Duration::from_millis(20));
        let with_diff = |Drifted { object, left, right }: Drifted| match left == right {
            true => object,
            false => ObjectDrift { diff: Diff::of(&left, &right, share).capped(MOST_ROWS), ..object },
        };
        (found.into_iter().map(with_diff).collect(), ignored)
    }
}

fn moved_on() -> Problem {
    let text = "The release moved on while it was looked at. Check again.";
    Problem::new(Code::RevisionMoved, text)
}
