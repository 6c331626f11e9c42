//! How a batch goes about its targets: order, pauses, and what it does when some fail. Bounds and words; the waves are
//! [`super::plan`]'s.

use serde::{Deserialize, Serialize};

use crate::domain::{
    problem::{Code, Problem},
    whole::whole_given,
};

/// The most targets at once.
const MOST_AT_ONCE: u32 = 50;
/// The longest pause, in seconds.
const LONGEST: u32 = 7 * 24 * 3600;

/// In which order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "order", rename_all = "lowercase")]
pub enum Order {
    /// One after another, whatever becomes of them.
    Sequential,
    /// So many at a time.
    Rolling {
        /// How many; 5 where nobody says.
        #[serde(default = "five", deserialize_with = "whole_given")]
        size: u32,
    },
    /// A few first, then all the others.
    Canary {
        /// How many first, in percent; 10 where nobody says. At least one.
        #[serde(default = "ten", deserialize_with = "whole_given")]
        percent: u32,
    },
    /// Waves by a label of the tenants.
    Staged {
        /// The label's key.
        label: String,
        /// Its values in their order; tenants with none of them come last.
        values: Vec<String>,
    },
}

pub(super) fn five() -> u32 {
    5
}

pub(super) fn ten() -> u32 {
    10
}

impl Order {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Rolling { .. } => "rolling",
            Self::Canary { .. } => "canary",
            Self::Staged { .. } => "staged",
        }
    }
}

/// How many failures are too many: a number, or a percentage of the releases in the waves begun so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Threshold {
    /// However many.
    Never,
    /// So many.
    Count(#[serde(deserialize_with = "whole_given")] u32),
    /// So many percent of the releases in the waves begun so far; at least one.
    Percent(#[serde(deserialize_with = "whole_given")] u32),
}

impl Threshold {
    /// Whether so many failures of so many targets are too many.
    pub fn is_hit(self, failures: u32, targets: u32) -> bool {
        match self {
            Self::Never => false,
            Self::Count(most) => failures >= most.max(1),
            Self::Percent(most) => failures >= 1 && u64::from(failures) * 100 >= u64::from(most) * u64::from(targets),
        }
    }
}

/// What to do once there are too many failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Wait for a person.
    Pause,
    /// End it.
    Abort,
}

/// What goes back by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum GoesBack {
    /// Nothing.
    None,
    /// Each target that fails.
    Target,
    /// Each target that fails; once there are too many, everything in their wave.
    Wave,
    /// Each target that fails; once there are too many, everything that was changed so far.
    All,
}

/// How a batch goes about its targets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Strategy {
    /// In which order.
    #[serde(flatten)]
    pub order: Order,
    /// How many targets at once.
    pub parallel: u32,
    /// Seconds between a wave's end and the next one's beginning.
    pub delay: u32,
    /// Seconds for which a target has to be healthy before it counts as done.
    pub soak: u32,
    /// Whether each wave but the first waits for a person's go-ahead.
    pub approval: bool,
    /// How many failures are too many.
    pub threshold: Threshold,
    /// What happens then.
    pub on_threshold: Answer,
    /// What goes back by itself.
    pub rollback: GoesBack,
    /// Wait for a tenant's maintenance window; otherwise a target outside of it is set aside.
    pub wait_for_window: bool,
}

impl Default for Strategy {
    fn default() -> Self {
        Self::usual(Order::Sequential)
    }
}

impl Strategy {
    /// What an order comes with where nobody says otherwise.
    pub fn usual(order: Order) -> Self {
        let (parallel, delay, threshold) = match order {
            Order::Sequential => (1, 0, Threshold::Never),
            Order::Rolling { size } => (size, 60, Threshold::Count(3)),
            // One canary that fails has said enough.
            Order::Canary { .. } => (4, 0, Threshold::Count(1)),
            Order::Staged { .. } => (4, 0, Threshold::Count(3)),
        };
        let soak = if order == Order::Sequential { 0 } else { 30 };
        Self {
            order,
            parallel,
            delay,
            soak,
            approval: false,
            threshold,
            on_threshold: Answer::Pause,
            rollback: GoesBack::None,
            wait_for_window: false,
        }
    }

    /// Refuses numbers out of bounds.
    pub fn checked(self) -> Result<Self, Problem> {
        let bad = |text: &str| Err(Problem::new(Code::InvalidBatch, text));
        match &self.order {
            Order::Rolling { size: 0 } => return bad("A rolling batch takes at least one release at a time."),
            Order::Canary { percent } if !(1..=99).contains(percent) => return bad("A canary is 1 to 99 percent."),
            Order::Staged { label, values } if label.is_empty() || values.is_empty() || values.len() > 50 => {
                return bad("A staged batch needs the label that makes its waves, and 1 to 50 values of it in their order.");
            }
            Order::Sequential if self.parallel != 1 => return bad("A sequential batch changes one release at a time."),
            _ => {}
        }
        if !(1..=MOST_AT_ONCE).contains(&self.parallel) {
            return bad("A batch changes 1 to 50 releases at once.");
        }
        if self.delay > LONGEST || self.soak > LONGEST {
            return bad("Pauses and soaks last at most a week (604800 seconds).");
        }
        match self.threshold {
            Threshold::Count(0) => bad("A threshold is at least one failure; without one, say never."),
            Threshold::Percent(percent) if !(1..=100).contains(&percent) => bad("A threshold is 1 to 100 percent."),
            _ => Ok(self),
        }
    }
}
