//! Previews: a change spelled out, rendered by Helm as the tenant would, compared with what is there, and kept, so that
//! what was looked at is what is done. Changes no release, and in the cluster no more than the access of a namespace
//! that has not been set up yet; [`super::submit`] does, when [`super::apply`] asks it to.

use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::{
    ReleaseManager, Submit,
    admit::verified,
    command::{digest, spelled_out},
    look::off_thread,
    resolve::Resolved,
    store_problem,
};
use crate::{
    cluster::release_secret,
    domain::{
        actor::{Act, Actor, Door},
        audit::NewAudit,
        change::{self, Change, RunOptions},
        clock::uuid_v7,
        diff::{Diff, MOST_ROWS},
        ids::{OperationId, PreviewId},
        operation::OperationKind,
        preview::{Effect, ObjectChange, Preview, Risk, Warning, forgotten_keys, hooks_of, risk::older_chart, stays},
        problem::{Code, Problem},
        release::Release,
        revision::{BodyPart, HelmStatus, RevisionBody},
    },
    helm::Failure,
    store::previews::KeptPreview,
};

/// How long a render may take.
const LIMIT: Duration = Duration::from_secs(60);
/// How long the diff of values may take, and those of all objects together.
const DIFF_LIMIT: Duration = Duration::from_secs(3);
/// What the diff of an object may take of that even where there are many.
const LEAST_SHARE: Duration = Duration::from_millis(20);
/// For how long a preview can be acted on.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// For how long that of a batch can: it may wait for people and for maintenance windows.
pub(super) const KEPT_FOR_BATCH: TimeDelta = TimeDelta::days(30);

/// What a change makes of a release.
struct Made {
    body: RevisionBody,
    /// The digest of the chart's archive, where one was rendered.
    chart: Option<String>,
}

impl ReleaseManager {
    /// What a change would do. The same refusals as the change itself, as far as they can be known.
    pub async fn preview(&self, actor: &Actor, submit: Submit) -> Result<Preview, Problem> {
        self.preview_kept(actor, submit, KEPT).await
    }

    /// The same, kept for so long.
    pub(super) async fn preview_kept(&self, actor: &Actor, submit: Submit, kept: TimeDelta) -> Result<Preview, Problem> {
        actor.demand(Act::Change)?;
        let options = submit.options.clone().checked()?;
        let reason = change::reason(submit.reason.as_deref())?;
        let resolved = self.resolve(actor, submit.target, submit.base_revision, submit.change).await?;
        let reason = self.plain_reason(reason, &resolved).await;
        let release = match resolved.base_revision {
            Some(_) => Some(self.release(actor, resolved.key.id()).await?),
            None => None,
        };
        if release.is_some() && resolved.present.is_none() {
            let text =
                "The newest revision has not been read from the cluster yet, so that nothing can be compared. Try again in a moment.";
            return Err(Problem::new(Code::RevisionNotFound, text));
        }
        let _turn = self.inner.renders.turn(actor).await?;
        let id = PreviewId(uuid_v7(&*self.inner.clock, &*self.inner.entropy));
        let made = self.rendered(actor, id, &resolved, &options).await?;
        let in_force = match &release {
            Some(release) => self.in_force(actor, release, &resolved).await?,
            None => None,
        };
        let tenant_id = resolved.tenant.ok_or_else(Problem::tenant_not_found)?;
        let older = release.as_ref().and_then(|release| goes_back(release, &resolved.change));
        let Resolved { key, base_revision, change, present, .. } = resolved;
        let (kind, now) = (change.kind(), self.now());
        let (manager, namespace) = (self.clone(), key.namespace.to_string());
        let effect = off_thread(move || {
            let present = present.unwrap_or_default();
            manager.effect(kind, &namespace, &present, in_force.as_ref().unwrap_or(&present), &made.body, older)
        })
        .await?;
        let mut audit = NewAudit::of(actor, now, format!("preview.{}", kind.as_str()), key.to_string());
        (audit.tenant, audit.reason) = (Some(tenant_id), reason.clone());
        let look = Preview {
            id,
            kind,
            target: change.target(),
            tenant_id,
            release_id: key.id(),
            namespace: key.namespace,
            release_name: key.name,
            base_revision,
            requested_by: actor.name().to_owned(),
            created_at: now,
            expires_at: now + kept,
            options,
            reason,
            effect,
        };
        let (born, for_batch) = (release.map(|release| release.created_at), actor.door() == Door::Batch);
        let kept = KeptPreview { look, change, born, chart: made.chart, for_batch };
        self.inner.stores.previews.keep(&kept, now, &audit).await.map_err(store_problem)?;
        Ok(kept.look)
    }

    /// The body of the revision whose objects Helm compares with, where that is not the newest: an upgrade after a failed
    /// one starts from the newest that deployed.
    async fn in_force(&self, actor: &Actor, release: &Release, resolved: &Resolved) -> Result<Option<RevisionBody>, Problem> {
        if resolved.change.kind() != OperationKind::Upgrade {
            return Ok(None);
        }
        let life = self.life(actor, release).await?;
        let deployed = life.iter().filter(|one| one.status == HelmStatus::Deployed).map(|one| one.revision).max();
        match deployed.filter(|deployed| *deployed != release.revision) {
            Some(deployed) => self.body(actor, release.id, deployed).await.map(Some),
            None => Ok(None),
        }
    }

    /// The body that the release will have.
    async fn rendered(&self, actor: &Actor, id: PreviewId, resolved: &Resolved, options: &RunOptions) -> Result<Made, Problem> {
        let key = resolved.key.clone();
        match &resolved.change {
            Change::Install { .. } | Change::Upgrade { .. } => {}
            Change::Rollback { to } => {
                let body = self.body(actor, key.id(), *to).await?;
                return Ok(Made { body, chart: None });
            }
            Change::Uninstall | Change::Test => return Ok(Made { body: RevisionBody::default(), chart: None }),
        }
        let archive = self.archive(&resolved.change, None).await?;
        let digest = archive.as_deref().and_then(digest);
        let tenant = self.tenant_to_change(&key.namespace).await?;
        let command = spelled_out(&resolved.change, key, archive, options.clone(), OperationId(id.0), None)?;
        let (access, _) = verified(self, &tenant, command.key()).await?;
        let said = match self.inner.executor.render(id, &access, &command, LIMIT).await? {
            Ok(said) => said,
            Err(failure) => return Err(self.not_rendered(resolved, failure).await),
        };
        let decoded = off_thread(move || release_secret::read(&said)).await?.map_err(|error| {
            tracing::warn!(%error, "what helm rendered could not be read");
            Problem::new(Code::RenderFailed, "What the chart renders cannot be read as a release. It may be larger than a release can be.")
        })?;
        Ok(Made { body: decoded.body, chart: digest })
    }

    /// Why Helm could not render, without what is secret.
    async fn not_rendered(&self, resolved: &Resolved, failure: Failure) -> Problem {
        let mut secrets = self.secrets_of_change(&resolved.change).await;
        if let Some(present) = &resolved.present {
            secrets = secrets.and(&self.secrets_of_body(present.clone()).await);
        }
        let code = if failure.code.status() < 500 || failure.code.is_outage() { failure.code } else { Code::RenderFailed };
        let said: String = secrets.hide_cut(failure.raw.trim()).chars().filter(|c| !c.is_control()).take(600).collect();
        let detail = if failure.code == Code::HelmFailed && !said.is_empty() { said } else { secrets.hide(&failure.message).into_owned() };
        Problem::new(code, detail)
    }

    /// What going from one body to the other means. `in_force` holds the objects that Helm starts from; `older` is the warning
    /// about the chart's version, which bodies know nothing of.
    fn effect(
        &self,
        kind: OperationKind,
        namespace: &str,
        before: &RevisionBody,
        in_force: &RevisionBody,
        after: &RevisionBody,
        older: Option<Warning>,
    ) -> Effect {
        let both = self.inner.rules.both(before, after);
        let secrets = both.secrets();
        let part = |part| {
            let (left, right) = both.part_texts(part);
            Diff::of(&left, &right, DIFF_LIMIT).capped(MOST_ROWS)
        };
        let (moved, unchanged, mut warnings) = match std::ptr::eq(before, in_force) {
            true => both.objects(namespace),
            false => self.inner.rules.both(in_force, after).objects(namespace),
        };
        let (end, objects) = (Instant::now() + DIFF_LIMIT, moved.len());
        let manifest = moved.into_iter().enumerate().map(|(at, one)| {
            let left = end.saturating_duration_since(Instant::now());
            let share = (left / u32::try_from(objects - at).unwrap_or(u32::MAX)).max(LEAST_SHARE).min(left);
            ObjectChange {
                diff: Diff::of(&one.left, &one.right, share).capped(MOST_ROWS),
                kind: one.kind,
                name: one.name,
                change: one.how,
                hook: one.hook,
            }
        });
        let manifest = manifest.collect();
        warnings.extend(forgotten_keys(&after.values_override, &before.defaults, &after.defaults).into_iter().map(|path| Warning {
            risk: Risk::UnknownKey,
            subject: secrets.hide(&path).into_owned(),
            text: "The override sets it, and the chart no longer knows it: it has no effect there any more.".into(),
        }));
        warnings.extend(older);
        warnings.sort_by_key(|warning| warning.risk);
        let mut hooks = hooks_of(kind, if kind == OperationKind::Uninstall { &before.hooks } else { &after.hooks });
        for hook in &mut hooks {
            (hook.kind, hook.name) = (secrets.hide(&hook.kind).into_owned(), secrets.hide(&hook.name).into_owned());
        }
        let stays = if kind == OperationKind::Rollback { stays(before, after) } else { Vec::new() };
        let stays = stays.into_iter().map(|text| secrets.hide(&text).into_owned()).collect();
        Effect { values: part(BodyPart::Override), computed: part(BodyPart::Computed), manifest, unchanged, hooks, warnings, stays }
    }
}

/// That an upgrade goes to an older version of the release's chart. For a rollback that goes without saying.
fn goes_back(release: &Release, change: &Change) -> Option<Warning> {
    match change {
        Change::Upgrade { chart, version, .. } if chart.name.as_str() == release.chart_name => {
            older_chart(&release.chart_name, &release.chart_version, version)
        }
        Change::Install { .. } | Change::Upgrade { .. } | Change::Rollback { .. } | Change::Uninstall | Change::Test => None,
    }
}

/// The key with which a preview is applied: once.
pub(super) fn preview_key(id: PreviewId) -> String {
    format!("preview:{id}")
}
