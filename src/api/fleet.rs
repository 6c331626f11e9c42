//! The platform at a glance, for its page: the fleet and who runs what.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    batch::Batch,
    fleet::Fleet,
    matrix::{Matrix, MatrixQuery},
};

/// The fleet page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetLook {
    /// The fleet.
    pub fleet: Fleet,
    /// The batches that are not over; none for who may not look at batches.
    pub batches: Vec<Batch>,
    /// Who runs what.
    pub matrix: Matrix,
}

/// The fleet page's data.
#[server(prefix = "/api/fn", endpoint = "fleet", input = GetUrl)]
pub async fn see_fleet(#[server(default)] query: MatrixQuery) -> Result<FleetLook, ApiError> {
    use super::context::{actor, manager, refuse};
    use crate::domain::page::Paging;
    let actor = actor().await?;
    let query = MatrixQuery { paging: Paging::new(query.paging.page, query.paging.size), ..query };
    let manager = manager()?;
    let (fleet, matrix) = manager.fleet_and_matrix(&actor, &query).await.map_err(refuse)?;
    let batches = manager.batches_under_way(&actor).await.map_err(refuse)?;
    Ok(FleetLook { fleet, batches, matrix })
}
