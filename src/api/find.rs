//! Looks that several pages share, and how a page's defaults are found. Runs on the server alone.

use super::{
    charts::Chosen,
    releases::{Compared, Content, Place},
};
use crate::{
    domain::{
        actor::Actor,
        names::ReleaseKey,
        problem::Problem,
        release::Release,
        revision::{BodyPart, HelmStatus, Revision},
    },
    manager::ReleaseManager,
};

/// The release at that place. A place that cannot be does not exist.
pub async fn at(manager: &ReleaseManager, actor: &Actor, place: &Place) -> Result<Release, Problem> {
    let parse = || -> Result<_, Problem> {
        let tenant = place.tenant.as_deref().map(str::parse).transpose()?;
        Ok((tenant, ReleaseKey { namespace: place.namespace.parse()?, name: place.name.parse()? }))
    };
    let (tenant, key) = parse().map_err(|_| Problem::release_not_found())?;
    manager.release_at(actor, tenant.as_ref(), &key).await
}

/// Two revisions compared, or one shown.
pub async fn compare(
    manager: &ReleaseManager,
    actor: &Actor,
    release: &Release,
    revisions: &[Revision],
    (from, to): (Option<u32>, u32),
    part: BodyPart,
) -> Compared {
    let unread = |number: u32| revisions.iter().any(|one| one.revision == number && !one.has_body);
    let content = match (from.filter(|from| *from != to), [Some(to), from].into_iter().flatten().find(|number| unread(*number))) {
        (_, Some(number)) => Ok(Content::NotRead(number)),
        (Some(from), None) => manager.diff(actor, release.id, from, to, part).await.map(Content::Diff),
        (None, None) => manager.part(actor, release.id, to, part).await.map(Content::Text),
    };
    Compared { from, to, part, content }
}

/// A chart's version with its defaults; the newest one where none is named.
pub async fn chosen(manager: &ReleaseManager, actor: &Actor, chart: &str, version: Option<String>) -> Result<Chosen, Problem> {
    let name = chart.parse()?;
    let chart = manager.chart(actor, &name).await?;
    let version = version.or_else(|| chart.versions.first().map(|newest| newest.version.clone())).unwrap_or_default();
    let defaults = manager.chart_defaults(actor, &name, &version).await;
    Ok(Chosen { chart, version, defaults })
}

/// Which two revisions to compare: those that were asked for; else the newest, with the one before it in its life.
pub fn choice(revisions: &[Revision], from: Option<u32>, to: Option<u32>) -> Option<(Option<u32>, u32)> {
    let newest = revisions.first()?;
    let to = to.unwrap_or(newest.revision);
    let life = revisions.iter().find(|one| one.revision == to).map_or(newest.life, |one| one.life);
    let before = revisions.iter().filter(|one| one.life == life && one.revision < to).map(|one| one.revision).max();
    Some((from.or(before), to))
}

/// The revisions that can be gone back to: earlier ones of the present life that the cluster still holds.
pub fn candidates(revisions: &[Revision], now: u32) -> Vec<Revision> {
    let life = revisions.iter().map(|one| one.life).max();
    revisions.iter().filter(|one| Some(one.life) == life && one.revision < now && !one.pruned).cloned().collect()
}

/// The newest one that has been in force.
pub fn best(candidates: &[Revision]) -> Option<u32> {
    candidates
        .iter()
        .find(|one| matches!(one.status, HelmStatus::Deployed | HelmStatus::Superseded))
        .or(candidates.first())
        .map(|one| one.revision)
}
