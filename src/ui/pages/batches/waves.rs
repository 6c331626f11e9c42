//! The waves of a batch side by side, a cell for each release: its name, and in glyph, word and colour where it stands. By keyboard
//! each wave is one stop, with arrows from cell to cell: `cells`.

use leptos::{ev::MouseEvent, prelude::*};

use super::{control::Before, dangerous::WaveControl, is_ended, named::Named, target_mark, target_word};
use crate::{
    domain::batch::{Batch, Counts, TargetState},
    ui::{focus, parts::state::State},
};

/// With more waves than these there are links to each of them.
const IN_SIGHT: usize = 3;
/// A wave of more targets than these gets more room than others.
const LARGE: usize = 60;

/// The waves; `takes_back` says whether what the batch does can be taken back at all.
pub fn waves(batch: &Batch, targets: Vec<Named>, takes_back: bool, before: &Before) -> impl IntoView + use<> {
    let mut of_wave: Vec<Vec<Named>> = batch.waves.iter().map(|_| Vec::new()).collect();
    for one in targets {
        if let Some(of) = usize::try_from(one.target.wave).ok().and_then(|wave| of_wave.get_mut(wave)) {
            of.push(one);
        }
    }
    let (ended, awaited) = (is_ended(batch), batch.awaited());
    let (action, seen) = (format!("{}/roll-back", batch.path()), batch.seen().to_string());
    let links = (batch.waves.len() > IN_SIGHT).then(|| links(batch));
    let waves = batch.waves.iter().zip(of_wave).enumerate().map(|(at, (wave, mine))| {
        let counts = Counts::of(mine.iter().map(|one| (one.target.state, one.target.failed)));
        let taking = counts.total() - counts.set_aside;
        let aside = match (wave.begun_at.is_some(), awaited == Some(at), ended) {
            (true, _, _) => format!("{} of {taking} done", counts.done),
            (false, true, _) => "waits for a go-ahead".to_owned(),
            (false, false, true) => format!("{taking} not begun"),
            (false, false, false) => format!("{taking} waiting"),
        };
        let back = wave.back_by.as_ref().map(|by| view! { <div class="aside">{format!("rolled back by {by}")}</div> });
        let control = (takes_back && mine.iter().any(Named::can_go_back)).then(|| {
            view! { <WaveControl action=action.clone() seen=seen.clone() wave=at name=wave.called(at) before=before.clone()/> }
        });
        let class = if mine.len() > LARGE { "sheet wave large" } else { "sheet wave" };
        let cells = mine.into_iter().map(|one| view! { <li>{cell(&one, ended)}</li> }).collect_view();
        view! {
            <section class=class>
                <header>
                    <h2 id=anchor(at) tabindex="-1">{wave.heading(at)}</h2>
                    <div class="aside">{aside}</div>
                    {back}
                </header>
                <ul class="cells" data-cells="" aria-labelledby=anchor(at)>{cells}</ul>
                {control}
            </section>
        }
    });
    let waves = waves.collect_view();
    view! { {links} <div class="waves">{waves}</div> }
}

/// The id of a wave's heading.
fn anchor(at: usize) -> String {
    format!("wave-{}", at + 1)
}

/// A link to each wave.
fn links(batch: &Batch) -> impl IntoView + use<> {
    let links = batch.waves.iter().enumerate().map(|(at, wave)| {
        let id = anchor(at);
        let href = format!("#{id}");
        // The router would only scroll there.
        let go = move |event: MouseEvent| {
            event.prevent_default();
            focus::to_part(&id);
        };
        view! { <li><a class="link" href=href on:click=go>{wave.heading(at)}</a></li> }
    });
    view! { <nav class="wave-links" aria-label="Waves"><ul>{links.collect_view()}</ul></nav> }
}

/// A release in its wave.
fn cell(one: &Named, ended: bool) -> impl IntoView + use<> {
    let (state, mark) = (one.target.state, target_mark(one.target.state));
    let word = target_word(state, ended);
    // The glyphs of these say enough; the word is for those who are read to.
    let plain = matches!(state, TargetState::Waiting | TargetState::Done);
    let class = format!("cell {}{}", mark.class(), if plain { "" } else { " worded" });
    view! {
        <a class=class href=href(one) title=one.title(word)>
            <span class="name">{one.name.clone()}</span>
            <State mark word/>
        </a>
    }
}

/// Where a cell leads: to what failed, what is at work, what will be done, or else the release.
fn href(one: &Named) -> String {
    let failed = one.target.failed_operation_id.filter(|_| one.target.state != TargetState::RollingBack);
    match (failed.or(one.target.operation_id), one.target.preview_id) {
        (Some(operation), _) => format!("/operations/{operation}"),
        (None, Some(preview)) => format!("/previews/{preview}"),
        (None, None) => one.path(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::ids::OperationId,
        ui::pages::batches::named::{named, tests::target},
    };

    #[test]
    fn a_cell_leads_to_what_failed_and_while_it_goes_back_to_its_rollback() {
        let operation = |number| OperationId(uuid::Uuid::from_u128(number));
        let mut one = named(vec![target(0, 1, "ns", "web")]).remove(0);
        assert_eq!(href(&one), "/tenants/t1/releases/ns/web");
        (one.target.failed_operation_id, one.target.operation_id) = (Some(operation(1)), Some(operation(2)));
        one.target.state = TargetState::RollingBack;
        assert_eq!(href(&one), format!("/operations/{}", operation(2)));
        one.target.state = TargetState::RolledBack;
        assert_eq!(href(&one), format!("/operations/{}", operation(1)));
    }
}
