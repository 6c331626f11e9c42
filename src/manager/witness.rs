//! Witnessing a revision: what was seen of it, with the secrets in Helm's words on it hidden, and whether one of our
//! operations made it. Writes nothing.

use super::ReleaseManager;
use crate::{
    cluster::ClusterError,
    domain::{
        actor::Actor,
        operation::{Operation, OperationKind},
        revision::{HelmStatus, RevisionChange},
        seen::{DecodedRevision, SecretSight, SeenRevision},
    },
    store::StoreError,
};

/// How far the API server's clock and ours may differ.
const CLOCKS_DIFFER: chrono::Duration = chrono::Duration::minutes(10);

impl ReleaseManager {
    /// What was seen of a revision, with what fetching it brought: its metadata may be newer than the sight.
    pub(super) async fn whole(
        &self,
        sight: SecretSight,
        outcome: Result<Option<(SecretSight, DecodedRevision)>, ClusterError>,
    ) -> Result<SeenRevision, StoreError> {
        match outcome {
            Ok(Some((newer, decoded))) => self.witness(newer, Some(decoded)).await,
            Ok(None) => self.witness(sight, None).await,
            Err(error) if error.is_transient() => {
                Err(StoreError::Database(format!("revision {} of {} could not be fetched: {error}", sight.revision, sight.key)))
            }
            Err(error) => {
                tracing::warn!(release = %sight.key, revision = sight.revision, %error, "a revision could not be read");
                self.witness(sight, None).await
            }
        }
    }

    /// Tells whether one of our operations made the revision. Its label alone proves nothing: an upgrade without
    /// labels inherits them and a rollback copies its target's, so the operation's base revision has to fit; and a
    /// rollback, which can carry no label of its own, counts as ours when ours was at work when it was made.
    pub(super) async fn witness(&self, sight: SecretSight, mut decoded: Option<DecodedRevision>) -> Result<SeenRevision, StoreError> {
        if let Some(decoded) = &mut decoded {
            self.hide_in_description(decoded).await;
        }
        let mut made_by = None;
        if let Some(label) = sight.operation {
            let operation = self.inner.stores.operations.by_id(&system(), label).await?;
            made_by = operation.filter(|operation| labelled(operation, &sight)).map(|operation| operation.id);
        }
        let rollback = sight.status == HelmStatus::PendingRollback
            || decoded.as_ref().is_some_and(|decoded| RevisionChange::rollback_target(&decoded.description).is_some());
        if made_by.is_none() && rollback {
            let operation = self.inner.stores.operations.at_work(&sight.key, sight.revision, sight.created_at).await?;
            made_by = operation.filter(|operation| rolled_back(operation, sight.revision)).map(|operation| operation.id);
        }
        Ok(SeenRevision { sight, decoded, made_by })
    }
}

fn system() -> Actor {
    Actor::system("watch")
}

/// Whether the operation that a revision's label names can have made it.
fn labelled(operation: &Operation, sight: &SecretSight) -> bool {
    let next = operation.base_revision.unwrap_or(0) + 1;
    operation.key() == sight.key
        && sight.revision == next
        && matches!(operation.kind, OperationKind::Install | OperationKind::Upgrade)
        && operation.started_at.is_some_and(|started| started - CLOCKS_DIFFER <= sight.created_at)
}

/// Whether an operation that was at work can have made that revision by a rollback: its own, or its atomic answer.
fn rolled_back(operation: &Operation, revision: u32) -> bool {
    let base = operation.base_revision.unwrap_or(0);
    match operation.kind {
        OperationKind::Rollback | OperationKind::Recover => revision > base && revision <= base + 2,
        OperationKind::Upgrade => revision == base + 2,
        OperationKind::Install | OperationKind::Uninstall | OperationKind::Test => false,
    }
}
