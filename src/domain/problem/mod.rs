//! What went wrong and what to do next: one shape for the API (problem+json), the screens and operations.
//! Does not speak HTTP: `rest` and `api` turn it into a response.

mod code;

use serde::{Deserialize, Serialize};

pub use self::code::Code;
use super::ids::OperationId;

/// A refusal or a failure, in words for a person and a code for a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The stable code.
    pub code: Code,
    /// What went wrong and what to do next, as sentences. Never holds a secret or raw output of a tool.
    pub detail: String,
    /// The operation that stands in the way, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationId>,
}

impl Problem {
    /// A problem with that code and those sentences.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), operation: None }
    }

    /// A name that breaks its rules; `rule` completes "It …".
    pub fn invalid_name(what: &str, text: &str, rule: &str) -> Self {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
        Self::new(Code::InvalidName, format!("“{shown}” is not a usable {what}: it {rule}."))
    }

    /// No such tenant, or none that the actor may know of.
    pub fn tenant_not_found() -> Self {
        Self::new(Code::TenantNotFound, "There is no such tenant. Look at /tenants for those you can see.")
    }

    /// No such release, or none that the actor may know of.
    pub fn release_not_found() -> Self {
        Self::new(Code::ReleaseNotFound, "There is no such release. Look at /releases for those you can see.")
    }

    /// No such operation, or none that the actor may know of.
    pub fn operation_not_found() -> Self {
        Self::new(Code::OperationNotFound, "There is no such operation. Look at /operations for those you can see.")
    }

    /// No such account, or none that the actor may know of.
    pub fn user_not_found() -> Self {
        Self::new(Code::UserNotFound, "There is no such account. Look at /settings/users for those there are.")
    }

    /// No such preview, or not visible.
    pub fn preview_not_found() -> Self {
        Self::new(Code::PreviewNotFound, "There is no such preview, or it has run out. Make another one.")
    }

    /// No such batch, or none that the actor may know of.
    pub fn batch_not_found() -> Self {
        Self::new(Code::BatchNotFound, "There is no such batch. Look at /batches for those there are.")
    }

    /// No such saved selection, or not any more.
    pub fn selection_not_found() -> Self {
        Self::new(Code::SelectionNotFound, "There is no such saved selection, or not any more. Choose another at /batches/new.")
    }

    /// No such webhook.
    pub fn webhook_not_found() -> Self {
        Self::new(Code::WebhookNotFound, "There is no such webhook. Look at /settings/webhooks for those there are.")
    }

    /// No such notice to that webhook.
    pub fn notice_not_found() -> Self {
        Self::new(Code::NoticeNotFound, "There is no such notice to this webhook, or it was forgotten, 30 days after its end.")
    }

    /// No such API token, or none that the actor may know of.
    pub fn token_not_found() -> Self {
        Self::new(Code::TokenNotFound, "There is no such API token. It may have been revoked; look at /account for yours.")
    }

    /// The release has no such revision.
    pub fn revision_not_found(revision: u32) -> Self {
        Self::new(Code::RevisionNotFound, format!("The release has no revision {revision}. Its timeline lists those there are."))
    }

    /// The release has no such pod, or not any more.
    pub fn pod_not_found() -> Self {
        Self::new(Code::PodNotFound, "The release has no such pod, or not any more. Its resources list those there are.")
    }

    /// Another operation is queued or running for the release.
    pub fn operation_in_progress(operation: OperationId) -> Self {
        Self {
            code: Code::OperationInProgress,
            detail: "Another operation is queued or running for this release. Wait for it to end, or cancel it.".into(),
            operation: Some(operation),
        }
    }

    /// The release moved from `seen` to `now` since its author looked.
    pub fn revision_moved(seen: u32, now: u32) -> Self {
        Self::new(
            Code::RevisionMoved,
            format!("You looked at revision {seen}, but the release is at revision {now} by now. Look at what changed, then decide again."),
        )
    }

    /// Nobody is signed in.
    pub fn not_signed_in() -> Self {
        Self::new(Code::NotSignedIn, "Sign in, or send an API token in the Authorization header.")
    }

    /// A fault of ours; the log has the details.
    pub fn internal() -> Self {
        Self::new(Code::Internal, "The server's log has the details. Nothing was changed by this request.")
    }

    /// The HTTP status that goes with the problem.
    pub fn status(&self) -> u16 {
        self.code.status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_in_snake_case() {
        assert_eq!(Code::OperationInProgress.to_string(), "operation_in_progress");
        assert_eq!(Code::OperationInProgress.status(), 409);
    }

    #[test]
    fn a_name_in_a_message_is_cut_and_has_no_control_characters() {
        let problem = Problem::invalid_name("name", &format!("\u{1b}[31m{}", "x".repeat(500)), "is odd");
        assert!(problem.detail.len() < 200);
        assert!(!problem.detail.contains('\u{1b}'));
    }
}
