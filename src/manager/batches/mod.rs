//! Batches: made from a selection, looked at, and driven by people. What is rendered beforehand is [`preflight`]'s; what then
//! happens by itself is [`drive`]'s; which releases it is over is [`choice`]'s, and selections with a name are [`saved`]'s.

mod choice;
pub mod control;
mod drive;
mod driven;
mod hints;
mod launch;
mod preflight;
mod saved;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    ReleaseManager,
    requests::{Repeat, key_reused},
    store_problem,
};
use crate::{
    domain::{
        actor::{Act, Actor, Door, Role},
        audit::NewAudit,
        batch::{Aim, Batch, BatchState, Board, Counts, Definition, Group, Target, TargetOf, TargetState, left, plan},
        change,
        clock::uuid_v7,
        ids::BatchId,
        live::Live,
        page::{Page, Paging},
        problem::Problem,
        revision::{BodyPart, RevisionBody},
        webhook::Notice,
    },
    store::{batches::Candidate, requests::Earlier},
};

/// How many batches under way are shown beside other things.
const MOST_UNDER_WAY: u32 = 10;

impl ReleaseManager {
    /// Makes a batch; its preflight begins at once. Changes no release yet. The same request again, also at the same time or
    /// after a crash, answers with the batch that the first one made.
    pub async fn make_batch(
        &self,
        actor: &Actor,
        definition: Definition,
        reason: Option<&str>,
        repeat: Repeat<'_>,
    ) -> Result<Batch, Problem> {
        actor.demand(Act::RunBatches)?;
        let keyed = self.keyed(actor, repeat)?;
        // Before anything is looked at: by now there may be nothing left to select.
        if let Some(made) = self.made_earlier(actor, repeat.key, repeat.request).await? {
            return self.batch_made(actor, &made).await;
        }
        let reason = change::reason(reason)?;
        let definition = self.spelled_out(actor, definition).await?;
        let reason = reason.map(|reason| self.said_plainly(&definition, &reason));
        let candidates = self.candidates(actor, &definition).await?;
        let now = self.now();
        let (waves, targets) = planned(&definition, candidates, now);
        let batch = Batch {
            id: BatchId(uuid_v7(&*self.inner.clock, &*self.inner.entropy)),
            title: definition.aim.title(&definition.selection),
            state: BatchState::Preflight,
            why: None,
            strategy: definition.strategy.clone(),
            requested_by: actor.name().to_owned(),
            reason,
            created_at: now,
            started_at: None,
            finished_at: None,
            waves,
            counts: Counts::of(targets.iter().map(|target| (target.state, target.failed))),
            version: 1,
            forgiven: 0,
        };
        let mut audit = NewAudit::of(actor, now, "batch.make", batch.id.to_string());
        audit.reason.clone_from(&batch.reason);
        let facts = serde_json::json!({"title": batch.title, "targets": targets.len(), "order": batch.strategy.order.as_str()});
        audit.after = facts.as_object().cloned();
        let earlier = self.inner.stores.batches.make(&batch, &definition, &targets, &audit, keyed.as_ref()).await;
        match earlier.map_err(store_problem)? {
            None => {}
            Some(Earlier::Same(made)) => return self.batch_made(actor, &made).await,
            Some(Earlier::Other) => return Err(key_reused()),
        }
        self.batch_moved(batch.id);
        Ok(batch)
    }

    /// The batch that an earlier request has made.
    async fn batch_made(&self, actor: &Actor, id: &str) -> Result<Batch, Problem> {
        let id = id.parse().map_err(|_| Problem::internal())?;
        let found = self.inner.stores.batches.by_id(actor, id).await.map_err(store_problem)?;
        found.map(|(batch, _)| batch).ok_or_else(Problem::batch_not_found)
    }

    /// Tells open pages, and whoever works on batches, that somebody has made or changed one.
    fn batch_moved(&self, id: BatchId) {
        self.hint(Live::Batch { id });
        self.inner.batches.notify_waiters();
        self.inner.driver.notify_one();
    }

    /// A page of the batches, newest first.
    pub async fn batches(&self, actor: &Actor, paging: Paging) -> Result<Page<Batch>, Problem> {
        actor.demand(Act::SeeBatches)?;
        self.inner.stores.batches.list(actor, paging).await.map_err(store_problem)
    }

    /// The batches that are not over, newest first, as many as a strip has room for. Whoever may not look at batches knows none.
    pub async fn batches_under_way(&self, actor: &Actor) -> Result<Vec<Batch>, Problem> {
        if !actor.may(Act::SeeBatches) {
            return Ok(Vec::new());
        }
        self.inner.stores.batches.unfinished(actor, MOST_UNDER_WAY).await.map_err(store_problem)
    }

    /// A batch with everything on its board.
    pub async fn board(&self, actor: &Actor, id: BatchId) -> Result<Board, Problem> {
        actor.demand(Act::SeeBatches)?;
        let found = self.inner.stores.batches.by_id(actor, id).await.map_err(store_problem)?;
        let (batch, definition) = found.ok_or_else(Problem::batch_not_found)?;
        let targets: Vec<Target> =
            self.inner.stores.batches.targets(actor, id).await.map_err(store_problem)?.into_iter().map(|(target, _)| target).collect();
        let left = left(&batch, &targets, self.now());
        let seen = batch.seen().to_string();
        let (can_go_back, timeout) = (definition.aim.can_go_back(), definition.options.timeout);
        Ok(Board { aim: self.aim_shown(&definition), can_go_back, timeout, groups: groups(&targets), batch, targets, left, seen })
    }

    /// A batch once nothing is left to do, or as it is after that long.
    pub async fn over_within(&self, actor: &Actor, id: BatchId, span: std::time::Duration) -> Result<Board, Problem> {
        let mut live = self.live();
        let over = async {
            loop {
                let board = self.board(actor, id).await?;
                if board.batch.finished_at.is_some() {
                    return Ok(board);
                }
                // A hint may have been missed: look again after a while all the same.
                let moved = async { while !matches!(live.recv().await, Ok(Live::Batch { id: moved }) if moved == id) {} };
                let _ = tokio::time::timeout(std::time::Duration::from_secs(1), moved).await;
            }
        };
        match tokio::time::timeout(span, over).await {
            Ok(board) => board,
            Err(_) => self.board(actor, id).await,
        }
    }

    /// What somebody says of a batch, without what is secret in what it sets.
    fn said_plainly(&self, definition: &Definition, reason: &str) -> String {
        match &definition.aim {
            Aim::Values { patch } => self.inner.rules.secrets_of_values(patch).hide(reason).into_owned(),
            _ => reason.to_owned(),
        }
    }

    /// What is done, as text that may be shown.
    fn aim_shown(&self, definition: &Definition) -> String {
        match &definition.aim {
            Aim::Values { patch } => {
                let body = RevisionBody { values_override: patch.clone(), ..RevisionBody::default() };
                self.inner.rules.part_text(&body, BodyPart::Override)
            }
            aim => aim.title(&definition.selection),
        }
    }
}

/// What webhooks are to be told of a batch that was as `before`, now that its targets stand so; counts them anew for that.
/// `halted` says that it was stopped by itself, and in which wave too many had failed where it was for that.
fn news(
    before: &Batch,
    after: &mut Batch,
    halted: Option<Option<usize>>,
    definition: &Definition,
    targets: &[Target],
    now: DateTime<Utc>,
) -> Vec<Notice> {
    after.counts = Counts::of(targets.iter().map(|target| (target.state, target.failed)));
    Notice::of_step(before, after, halted, definition, now)
}

/// Who acts where a batch does: whoever made it.
fn on_behalf(batch: &Batch) -> Actor {
    Actor::person(&batch.requested_by, Role::Admin, Vec::new(), Door::Batch)
}

/// Targets and waves; those that are held are set aside from the start and take no part in the planning.
fn planned(definition: &Definition, candidates: Vec<Candidate>, now: DateTime<Utc>) -> (Vec<crate::domain::batch::Wave>, Vec<Target>) {
    let (held, free): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|one| one.held.is_some());
    let labels: Vec<BTreeMap<String, String>> = free.iter().map(|one| one.labels.clone()).collect();
    let (waves, of) = plan::waves(&definition.strategy.order, &labels);
    let numbered = free.into_iter().zip(of).chain(held.into_iter().map(|one| (one, 0))).zip(0..);
    let targets = numbered.map(|((one, wave), ord)| {
        let release = TargetOf {
            release_id: one.release,
            tenant_id: one.tenant,
            tenant: one.slug,
            namespace: one.namespace,
            release_name: one.name,
            from_version: one.version,
        };
        let mut target = Target::waiting(ord, u32::try_from(wave).unwrap_or(u32::MAX), release, now);
        if one.held.is_some() {
            target.set_aside(one.held, now);
        }
        target
    });
    (waves, targets.collect())
}

/// Targets whose change is the same, the most frequent first.
fn groups(targets: &[Target]) -> Vec<Group> {
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for target in targets.iter().filter(|target| target.state != TargetState::SetAside) {
        let (Some(alike), Some(sample)) = (target.alike.as_deref(), target.preview_id) else { continue };
        groups.entry(alike).or_insert_with(|| Group { alike: alike.to_owned(), targets: 0, sample }).targets += 1;
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.targets));
    groups
}
