//! How Helm is to run, as bodies spell it, and the bodies that say so beside what is their own. Written out field by field, and
//! not flattened: only so serde refuses fields that it does not know, and the document says which there are. Decides nothing.

use crate::domain::change::RunOptions;

/// How to run; what is left out has its default.
#[derive(Clone, Copy, Default)]
pub(super) struct Run {
    pub timeout: Option<u32>,
    pub atomic: Option<bool>,
    pub wait: Option<bool>,
    pub wait_for_jobs: Option<bool>,
    pub history_max: Option<u32>,
}

impl From<Run> for RunOptions {
    fn from(run: Run) -> Self {
        let usual = Self::default();
        Self {
            timeout: run.timeout.unwrap_or(usual.timeout),
            atomic: run.atomic.unwrap_or(usual.atomic),
            wait: run.wait.unwrap_or(usual.wait),
            wait_for_jobs: run.wait_for_jobs.unwrap_or(usual.wait_for_jobs),
            history_max: run.history_max.unwrap_or(usual.history_max),
            ..usual
        }
    }
}

/// What every change of a release that is there may say.
#[derive(Default)]
pub(super) struct How {
    /// Why.
    pub description: Option<String>,
    /// The revision that the caller looked at.
    pub base_revision: Option<u32>,
    pub run: Run,
}

/// A body with fields of its own, each with a comma behind it, and those of [`Run`].
macro_rules! with_run {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            $($own)*
            /// Seconds; 300 by default.
            #[schema(minimum = 1, maximum = 3600)]
            #[serde(default, deserialize_with = "crate::domain::whole::whole")]
            timeout: Option<u32>,
            /// Whether a failed step is set right by a rollback; false by default.
            atomic: Option<bool>,
            /// Whether to wait until workloads are ready; true by default.
            wait: Option<bool>,
            /// Whether to wait for jobs as well; false by default.
            wait_for_jobs: Option<bool>,
            /// How many revisions Helm keeps; 10 by default.
            #[schema(minimum = 1, maximum = 100)]
            #[serde(default, deserialize_with = "crate::domain::whole::whole")]
            history_max: Option<u32>,
        }

        impl $name {
            fn run(&self) -> $crate::rest::run::Run {
                $crate::rest::run::Run {
                    timeout: self.timeout,
                    atomic: self.atomic,
                    wait: self.wait,
                    wait_for_jobs: self.wait_for_jobs,
                    history_max: self.history_max,
                }
            }
        }
    };
}
pub(super) use with_run;

/// A body with fields of its own, each with a comma behind it, and those of [`How`].
macro_rules! with_how {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $crate::rest::run::with_run! {
            $(#[$meta])*
            pub struct $name {
                $($own)*
                /// Why; kept with the revision and in the audit.
                #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
                description: Option<String>,
                /// The revision that the caller looked at: refused with 409 `revision_moved` where the release has moved on.
                #[schema(minimum = 1, maximum = 2147483647)]
                #[serde(default, deserialize_with = "crate::domain::whole::whole")]
                base_revision: Option<u32>,
            }
        }

        impl $name {
            fn how(&self) -> $crate::rest::run::How {
                $crate::rest::run::How { description: self.description.clone(), base_revision: self.base_revision, run: self.run() }
            }
        }
    };
}
pub(super) use with_how;
