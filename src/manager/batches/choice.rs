//! Which releases a batch is over: those that its selection takes, and what becomes of each. Makes no batch and changes nothing.

use super::{ReleaseManager, store_problem};
use crate::{
    domain::{
        actor::{Act, Actor},
        batch::{
            Aim, Choice, Chosen, Definition, MOST_TARGETS, Part, Selection, Strategy,
            chosen::{Standing, Verdict},
        },
        change::RunOptions,
        problem::{Code, Problem},
    },
    store::batches::Candidate,
};

impl ReleaseManager {
    /// Which releases a selection takes, and what would become of each. `to` is the version that all would go to, where there is
    /// one. Makes nothing.
    pub async fn selected(&self, actor: &Actor, selection: Selection, to: Option<&str>) -> Result<Vec<Chosen>, Problem> {
        actor.demand(Act::SeeBatches)?;
        let selection = self.looked_up(actor, selection).await?.checked()?;
        self.chosen(actor, &selection, to).await
    }

    /// Who a batch with that aim and selection would be over; refuses what making it would refuse. Makes nothing.
    pub async fn would_take(&self, actor: &Actor, aim: Aim, selection: Selection) -> Result<Choice, Problem> {
        actor.demand(Act::RunBatches)?;
        let plain = Definition { aim, selection, strategy: Strategy::default(), options: RunOptions::default(), start: false };
        let Definition { aim, selection, .. } = self.spelled_out(actor, plain).await?;
        let choice = Choice::of(self.chosen(actor, &selection, aim.to()).await?);
        few_enough(choice.takes_part.len())?;
        Ok(choice)
    }

    async fn chosen(&self, actor: &Actor, selection: &Selection, to: Option<&str>) -> Result<Vec<Chosen>, Problem> {
        let now = self.now();
        let found = self.inner.stores.batches.candidates(actor, selection).await.map_err(store_problem)?;
        let chosen = |one: Candidate| {
            let Verdict { part, why, opens_at } = selection.verdict(to, standing(&one), now);
            Chosen {
                release_id: one.release,
                tenant: one.slug,
                namespace: one.namespace,
                release_name: one.name,
                chart: one.chart,
                version: one.version,
                part,
                why,
                opens_at,
            }
        };
        Ok(found.into_iter().map(chosen).collect())
    }

    /// With a saved selection and the chart's source spelled out, and nothing out of bounds.
    pub(super) async fn spelled_out(&self, actor: &Actor, mut definition: Definition) -> Result<Definition, Problem> {
        definition.selection = self.looked_up(actor, definition.selection).await?;
        if let Aim::Upgrade { chart, version } = &definition.aim {
            let wanted = definition.selection.upgraded_to(chart.parse()?)?;
            let chart = self.check_version(&wanted, version, None).await?;
            definition.selection.chart = Some(chart.name.to_string());
            definition.aim = Aim::Upgrade { chart: chart.to_string(), version: version.clone() };
        }
        definition.checked()
    }

    /// The releases that a batch is made of. Those that are where they are to go are no part of it; those that stay as they are,
    /// for a reason, carry it.
    pub(super) async fn candidates(&self, actor: &Actor, definition: &Definition) -> Result<Vec<Candidate>, Problem> {
        let Definition { aim, selection, .. } = definition;
        let (now, to) = (self.now(), aim.to());
        let mut found = self.inner.stores.batches.candidates(actor, selection).await.map_err(store_problem)?;
        found.retain_mut(|one| {
            let Verdict { part, why, .. } = selection.verdict(to, standing(one), now);
            one.held = why.filter(|_| part == Part::SetAside);
            part != Part::There
        });
        few_enough(found.iter().filter(|one| one.held.is_none()).count())?;
        if found.iter().all(|one| one.held.is_some()) {
            let text = match found.first() {
                None => "No release is selected: none fits, or all are there already.".to_owned(),
                Some(first) => {
                    let why = first.held.as_deref().unwrap_or_default();
                    let all = if found.len() == 1 {
                        "The one release that fits".to_owned()
                    } else {
                        format!("All {} releases that fit", found.len())
                    };
                    format!("{all} would be left out. Of {}: {why}", first.slug)
                }
            };
            return Err(Problem::new(Code::NothingSelected, text));
        }
        Ok(found)
    }
}

/// Refuses more than a batch changes.
fn few_enough(taking_part: usize) -> Result<(), Problem> {
    if taking_part <= MOST_TARGETS {
        return Ok(());
    }
    let text = format!("That selects {taking_part} releases; a batch has at most {MOST_TARGETS}. Narrow it down.");
    Err(Problem::new(Code::InvalidSelection, text))
}

fn standing(one: &Candidate) -> Standing<'_> {
    Standing { version: &one.version, state: one.state, held: one.held.as_deref(), windows: &one.windows }
}
