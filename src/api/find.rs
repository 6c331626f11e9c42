//! Looks that several pages share, and how a page's defaults are found. Runs on the server alone.

use super::{
    charts::{ChartLook, Chosen},
    releases::{Compared, Content, Place},
};
use crate::{
    domain::{
        actor::Actor,
        chart::{self, Chart, ChartVersion},
        diff::MOST_ROWS,
        names::{ChartRef, ReleaseKey},
        page::Paging,
        problem::{Code, Problem},
        release::{Release, ReleaseQuery, ReleaseState},
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
        (Some(from), None) => manager.diff(actor, release.id, from, to, part).await.map(|diff| Content::Diff(diff.capped(MOST_ROWS))),
        (None, None) => manager.part(actor, release.id, to, part).await.map(Content::Text),
    };
    Compared { from, to, part, content }
}

/// A chart's version with its defaults; the newest one where none is named. `now` is the version to compare with.
pub async fn chosen(
    manager: &ReleaseManager,
    actor: &Actor,
    chart: &str,
    version: Option<String>,
    search: Option<&str>,
    now: Option<&str>,
) -> Result<Chosen, Problem> {
    let name = chart.parse()?;
    let version = match version {
        Some(version) => version,
        None => {
            let all = manager.chart(actor, &name).await?;
            newest(&all)
        }
    };
    let keep: Vec<&str> = [Some(version.as_str()), now].into_iter().flatten().collect();
    let (chart, list) = manager.versions(actor, &name, search.unwrap_or_default(), &keep).await?;
    let defaults = manager.chart_defaults(actor, &name, &version).await;
    let between = match now.filter(|now| *now != version) {
        Some(now) => Some(manager.between(actor, &name, now, &version).await),
        None => None,
    };
    Ok(Chosen { chart, list, version, defaults, between })
}

/// One chart's page; with the newest version where none is named.
pub async fn chart(
    manager: &ReleaseManager,
    actor: &Actor,
    chart: &str,
    version: Option<String>,
    search: &str,
    from: Option<String>,
) -> Result<ChartLook, Problem> {
    let name: ChartRef = chart.parse()?;
    let all = manager.chart(actor, &name).await?;
    let version = match version {
        Some(version) if all.versions.iter().any(|one| one.version == version) => version,
        Some(version) => {
            let text = format!("{name} has no version “{}”. Look at the chart's page for those there are.", cut(&version));
            return Err(Problem::new(Code::ChartVersionNotFound, text));
        }
        None => newest(&all),
    };
    let (chart, list) = manager.versions(actor, &name, search, &[&version]).await?;
    let query = ReleaseQuery { chart: Some(name.name.to_string()), paging: Paging::new(0, 200), ..ReleaseQuery::default() };
    let found = manager.releases(actor, &query).await?;
    let more = found.total.saturating_sub(found.items.len() as u64);
    let releases = found.items.into_iter().filter(|release| release.status != ReleaseState::Uninstalled).collect();
    let between = match from.filter(|from| *from != version) {
        Some(from) => Some(manager.between(actor, &name, &from, &version).await),
        None => None,
    };
    let contents = manager.chart_contents(actor, &name, &version).await;
    let kubernetes = manager.kubernetes(actor).await?;
    Ok(ChartLook { chart, list, version, contents, between, releases, more, kubernetes })
}

/// The newest version that is no early one, where there is one.
fn newest(chart: &Chart) -> String {
    let stable = |one: &&ChartVersion| chart::parse(&one.version).is_some_and(|version| version.pre.is_empty());
    chart.versions.iter().find(stable).or(chart.versions.first()).map(|one| one.version.clone()).unwrap_or_default()
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
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
