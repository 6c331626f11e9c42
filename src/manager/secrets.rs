//! What is secret around an operation or a release, gathered for the words that are said about it: Helm's log and
//! errors, descriptions, reasons. How it is hidden is [`crate::domain::redact`]'s.

use super::{ReleaseManager, look::off_thread, resolve::Resolved};
use crate::{
    cluster::ClusterError,
    domain::{
        actor::Actor,
        change::Change,
        names::ReleaseKey,
        redact::Secrets,
        revision::{RevisionBody, RevisionChange},
        seen::DecodedRevision,
        values,
    },
    store::StoreError,
};

/// What Helm writes on a revision where nobody gave it other words.
const PLAIN_WORDS: [&str; 7] = [
    "Install complete",
    "Upgrade complete",
    "Initial install underway",
    "Preparing upgrade",
    "Uninstallation complete",
    "Deletion in progress (or silently failed)",
    "Manual rollback",
];

/// What is said of a release's health while nobody knows what is secret in it.
const UNREAD: &str = "hidden: its newest revision cannot be read";

impl ReleaseManager {
    /// What is secret in the values that a change sets, on top of its chart's defaults.
    pub(super) async fn secrets_of_change(&self, change: &Change) -> Secrets {
        let (Change::Install { chart, version, values_override } | Change::Upgrade { chart, version, values_override }) = change else {
            return self.inner.rules.secrets_of_values(&serde_json::Map::new());
        };
        // A chart that cannot be had fails the operation where it is fetched.
        let defaults = self.inner.charts.details(chart, version).await.map(|details| details.values).unwrap_or_default();
        let defaults = values::parse_override(&defaults).unwrap_or_default();
        let body = RevisionBody { values_override: values_override.clone(), defaults, ..RevisionBody::default() };
        self.secrets_of_body(body).await
    }

    /// What is secret in a revision, from the cluster or from what we keep of it. `None` where there is none of that
    /// number; where it cannot be read everything is taken for secret.
    pub(super) async fn secrets_of_revision(&self, key: &ReleaseKey, revision: u32) -> Option<Secrets> {
        let failed = match self.inner.cluster.decode(key, revision).await {
            Ok(Some(decoded)) => return Some(self.secrets_of_body(decoded.body).await),
            Ok(None) => false,
            Err(error) => {
                tracing::warn!(release = %key, revision, %error, "a revision could not be read for its secrets");
                true
            }
        };
        match self.inner.stores.releases.body(&Actor::system("worker"), key.id(), revision).await {
            Ok(Some(body)) => Some(self.secrets_of_body(body).await),
            Ok(None) => failed.then(Secrets::unknown),
            Err(_) => Some(Secrets::unknown()),
        }
    }

    /// What is secret in a revision that the cluster has on record; `None` where it has none of that number. One that can never be
    /// read is secret altogether.
    pub(super) async fn secrets_of_record(&self, key: &ReleaseKey, revision: u32) -> Result<Option<Secrets>, ClusterError> {
        match self.inner.cluster.decode(key, revision).await {
            Ok(Some(decoded)) => Ok(Some(self.secrets_of_body(decoded.body).await)),
            Ok(None) => Ok(None),
            Err(error) if !error.is_for_good() => Err(error),
            Err(error) => {
                tracing::warn!(release = %key, revision, %error, "a revision could not be read for its secrets");
                Ok(Some(Secrets::unknown()))
            }
        }
    }

    /// What somebody says of a change, without what is secret in the change, in the release as it is, and in the revision
    /// that it goes back to.
    pub(super) async fn plain_reason(&self, reason: Option<String>, resolved: &Resolved) -> Option<String> {
        let reason = reason?;
        let mut bodies: Vec<RevisionBody> = resolved.present.iter().cloned().collect();
        match &resolved.change {
            Change::Install { values_override, .. } | Change::Upgrade { values_override, .. } => {
                bodies.push(RevisionBody { values_override: values_override.clone(), ..RevisionBody::default() });
            }
            Change::Rollback { to } => {
                let back = self.inner.stores.releases.body(&Actor::system("submit"), resolved.key.id(), *to).await;
                bodies.extend(back.ok().flatten());
            }
            Change::Uninstall | Change::Test => {}
        }
        let mut reason = reason;
        for body in bodies {
            reason = self.secrets_of_body(body).await.hide(&reason).into_owned();
        }
        Some(reason)
    }

    /// Hides what is secret in Helm's description of a revision.
    pub(super) async fn hide_in_description(&self, decoded: &mut DecodedRevision) {
        let plain = PLAIN_WORDS.contains(&decoded.description.as_str()) || RevisionChange::rollback_target(&decoded.description).is_some();
        if !plain {
            decoded.description = self.secrets_of_body(decoded.body.clone()).await.hide_cut(&decoded.description).into_owned();
        }
    }

    /// Hides what is secret in the words that the cluster has for a release's health: they may quote its values, or those
    /// of the revision before, whose pods may be there still. Without the newest revision's body nothing of them is shown.
    /// Asks what is on record alone, never the cluster: this runs while bodies that were asked for wait to be taken.
    pub(super) async fn hide_in_health(&self, key: &ReleaseKey, detail: String) -> String {
        // What comes first are numbers.
        let Some((numbers, words)) = detail.split_once("; ") else { return detail };
        let (releases, watch) = (&self.inner.stores.releases, Actor::system("watch"));
        let bodies = async {
            let Some(release) = releases.by_id(&watch, key.id()).await? else { return Ok(None) };
            let Some(newest) = releases.body(&watch, release.id, release.revision).await? else { return Ok(None) };
            let before = releases.body(&watch, release.id, release.revision.saturating_sub(1)).await?;
            Ok(Some((newest, before)))
        };
        let Ok::<_, StoreError>(Some((newest, before))) = bodies.await else { return format!("{numbers}; {UNREAD}") };
        let mut secrets = self.secrets_of_body(newest).await;
        if let Some(before) = before {
            secrets = secrets.and(&self.secrets_of_body(before).await);
        }
        format!("{numbers}; {}", secrets.hide_cut(words))
    }

    /// What is secret in a body.
    pub(super) async fn secrets_of_body(&self, body: RevisionBody) -> Secrets {
        let manager = self.clone();
        off_thread(move || manager.inner.rules.secrets(&body)).await.unwrap_or_else(|_| Secrets::unknown())
    }
}
