//! STUB until the manager's own work is merged: the signatures of the change API, so that pages and forms compile.
//! Submits nothing.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::ReleaseManager;
use crate::domain::{
    actor::Actor,
    change::RunOptions,
    chart::Chart,
    ids::{OperationId, ReleaseId, TenantId},
    names::{ChartRef, ReleaseKey},
    operation::Operation,
    problem::Problem,
};

/// A change as somebody asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Submit {
    /// What it concerns.
    pub target: Target,
    /// What is wished for.
    pub change: Wish,
    /// How Helm is to run.
    pub options: RunOptions,
    /// The revision that its author looked at.
    pub base_revision: Option<u32>,
    /// Why.
    pub reason: Option<String>,
    /// The key under which the same request is the same operation.
    pub idempotency: Option<String>,
}

/// What a change concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A release that is not there yet.
    New {
        /// Its tenant.
        tenant: TenantId,
        /// Its place.
        key: ReleaseKey,
    },
    /// A release that is.
    Existing(ReleaseId),
}

/// What is wished for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Install a chart.
    Install {
        /// The chart.
        chart: ChartRef,
        /// Its version.
        version: String,
        /// The application's version, where the client names one.
        app_version: Option<String>,
        /// On top of the chart's defaults.
        values_override: Map<String, Value>,
    },
    /// Upgrade; `None` keeps what is.
    Upgrade {
        /// Another chart.
        chart: Option<ChartRef>,
        /// Another version.
        version: Option<String>,
        /// Another override.
        values_override: Option<Map<String, Value>>,
    },
    /// Go back to that revision.
    Rollback {
        /// Which.
        to: u32,
    },
    /// Go back to the newest earlier revision that deployed.
    RollbackToLastSuccessful,
    /// Take it out of the cluster.
    Uninstall,
}

impl ReleaseManager {
    /// STUB.
    pub async fn submit(&self, _: &Actor, _: Submit) -> Result<Operation, Problem> {
        Err(Problem::internal())
    }

    /// STUB.
    pub async fn cancel(&self, _: &Actor, _: OperationId, _: Option<String>) -> Result<Operation, Problem> {
        Err(Problem::internal())
    }

    /// STUB.
    pub async fn charts(&self, _: &Actor) -> Result<Vec<Chart>, Problem> {
        Ok(vec![])
    }

    /// STUB.
    pub async fn chart(&self, _: &Actor, _: &ChartRef) -> Result<Chart, Problem> {
        Err(Problem::internal())
    }

    /// STUB.
    pub async fn chart_defaults(&self, _: &Actor, _: &ChartRef, _: &str) -> Result<String, Problem> {
        Err(Problem::internal())
    }

    /// STUB.
    pub async fn override_for_edit(&self, _: &Actor, _: ReleaseId) -> Result<String, Problem> {
        Err(Problem::internal())
    }

    /// STUB.
    pub fn seen_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
