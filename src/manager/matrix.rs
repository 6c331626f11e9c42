//! The fleet at a glance and the matrix of who runs what: what the store counts, against what chart sources offer. Changes
//! nothing.

use std::collections::BTreeMap;

use super::{ReleaseManager, store_problem};
use crate::domain::{
    actor::{Act, Actor},
    fleet::Fleet,
    matrix::{Matrix, MatrixChart, MatrixQuery},
    problem::Problem,
};

impl ReleaseManager {
    /// The platform at a glance, as far as the actor reaches.
    pub async fn fleet(&self, actor: &Actor) -> Result<Fleet, Problem> {
        let columns = self.columns(actor).await?;
        self.fleet_with(actor, &columns).await
    }

    /// Who runs what, as far as the actor reaches.
    pub async fn matrix(&self, actor: &Actor, query: &MatrixQuery) -> Result<Matrix, Problem> {
        let columns = self.columns(actor).await?;
        self.matrix_with(actor, query, columns).await
    }

    /// Both at once.
    pub async fn fleet_and_matrix(&self, actor: &Actor, query: &MatrixQuery) -> Result<(Fleet, Matrix), Problem> {
        let columns = self.columns(actor).await?;
        let fleet = self.fleet_with(actor, &columns).await?;
        Ok((fleet, self.matrix_with(actor, query, columns).await?))
    }

    async fn columns(&self, actor: &Actor) -> Result<Vec<MatrixChart>, Problem> {
        actor.demand(Act::Read)?;
        let runs = self.inner.stores.releases.chart_runs(actor).await.map_err(store_problem)?;
        let mut offered = self.inner.charts.newest(&runs).await;
        Ok(MatrixChart::columns(&runs, |chart| offered.remove(chart)))
    }

    async fn fleet_with(&self, actor: &Actor, columns: &[MatrixChart]) -> Result<Fleet, Problem> {
        let fleet = self.inner.stores.releases.fleet(actor).await.map_err(store_problem)?;
        Ok(Fleet { behind: columns.iter().map(|column| column.behind).sum(), ..fleet })
    }

    async fn matrix_with(&self, actor: &Actor, query: &MatrixQuery, columns: Vec<MatrixChart>) -> Result<Matrix, Problem> {
        let newest: BTreeMap<_, _> = columns.iter().map(|column| (column.name.clone(), column.newest.clone())).collect();
        let rows = self.inner.stores.releases.matrix(actor, query, &newest).await.map_err(store_problem)?;
        let columns = if query.is_blank() { columns } else { MatrixChart::run_by(columns, &rows.tenants.items) };
        let (charts, more_charts) = MatrixChart::most_used(columns);
        Ok(Matrix { charts, more_charts, labels: rows.labels, group: rows.group, groups: rows.groups, tenants: rows.tenants })
    }
}
