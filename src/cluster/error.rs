//! Why the cluster could not answer, for the log, and as a [`Problem`] for everybody else. Does not log.

use kube::core::Status;

use crate::domain::problem::{Code, Problem};

/// Why the cluster could not answer. The texts are for the log alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// The kubeconfig or the service account cannot be used.
    #[error("access to the cluster: {0}")]
    Config(String),
    /// No answer, or one that says to come back later.
    #[error("the API server did not answer: {0}")]
    Unreachable(String),
    /// Our own credentials or rights do not suffice.
    #[error("the API server refused: {0}")]
    Refused(String),
    /// A release Secret that cannot be read; asking again does not help.
    #[error("a release Secret cannot be read: {0}")]
    Record(String),
    /// Anything else.
    #[error("the API server answered unexpectedly: {0}")]
    Unexpected(String),
}

impl ClusterError {
    /// Whether asking again later may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// Whether it lies with the record itself, so that asking again never helps.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Self::Record(_))
    }

    /// What a client may know.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Config(_) => Problem::new(
                Code::ClusterUnreachable,
                "Pilothouse has no usable access to the cluster. An administrator has to look at its kubeconfig or service account; the server's log has the details.",
            ),
            Self::Unreachable(_) => Problem::new(
                Code::ClusterUnreachable,
                "The cluster's API server did not answer. Pilothouse goes on trying; what it shows is as of the last answer. Try again in a moment.",
            ),
            Self::Refused(_) => Problem::new(
                Code::ClusterRefused,
                "The cluster refused Pilothouse's own credentials or rights. An administrator has to look at its service account; the server's log has the details.",
            ),
            Self::Record(_) => Problem::new(
                Code::Internal,
                "Helm's record of this revision is damaged or too large to be read. Its line in the timeline is right; its values and manifest cannot be shown.",
            ),
            Self::Unexpected(_) => Problem::new(
                Code::Internal,
                "The cluster answered in a way that Pilothouse does not understand. The server's log has the details.",
            ),
        }
    }
}

/// What went wrong with a call, the end of a resource version told apart: it is part of a watch's life.
pub(super) enum Fault {
    /// The resource version or the continue token is too old.
    Expired,
    /// An error.
    Error(ClusterError),
}

impl Fault {
    /// As an error, where nothing ought to expire.
    pub(super) fn into_error(self) -> ClusterError {
        match self {
            Self::Expired => ClusterError::Unreachable("the resource version expired".into()),
            Self::Error(error) => error,
        }
    }
}

impl From<&Status> for Fault {
    fn from(status: &Status) -> Self {
        let text = format!("{} {}: {}", status.code, status.reason, status.message);
        match status.code {
            410 => Self::Expired,
            401 | 403 => Self::Error(ClusterError::Refused(text)),
            408 | 429 | 500.. => Self::Error(ClusterError::Unreachable(text)),
            _ => Self::Error(ClusterError::Unexpected(text)),
        }
    }
}

impl From<kube::Error> for Fault {
    fn from(error: kube::Error) -> Self {
        use std::error::Error as _;
        if let kube::Error::Api(status) = &error {
            return Self::from(&**status);
        }
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Error(match error {
            kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_) => ClusterError::Unreachable(text),
            kube::Error::Auth(_) => ClusterError::Refused(text),
            _ => ClusterError::Unexpected(text),
        })
    }
}
