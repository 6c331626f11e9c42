//! The batches under way, in short, for a page about something else. Who may not look at batches gets none, so that nothing is
//! shown. Asks for nothing: its page does, whenever something moves.

use leptos::prelude::*;

use super::{batch_mark, progress::Bar};
use crate::{
    domain::batch::{Batch, Counts},
    ui::parts::{sheet::Sheet, state::State},
};

/// One line per batch that is not over.
#[component]
pub fn BatchStrip(
    /// The batches.
    batches: Vec<Batch>,
) -> impl IntoView {
    (!batches.is_empty()).then(|| {
        let all = view! { <a class="link" href="/batches">"All batches"</a> }.into_any();
        let rows = batches.into_iter().map(|batch| view! { <Row batch/> }).collect_view();
        view! { <Sheet title="Batches under way" aside=all><ul class="batches">{rows}</ul></Sheet> }
    })
}

#[component]
fn Row(batch: Batch) -> impl IntoView {
    let (mark, word) = batch_mark(&batch);
    let counts = batch.counts;
    // Where it runs, the word for its state tells the wave already.
    let wave = (!word.starts_with("wave ")).then(|| view! { <span class="muted">" — " {wave_words(&batch)}</span> });
    view! {
        <li>
            <State mark word/>
            <span class="what"><a href=batch.path()><b>{batch.title.clone()}</b></a> {wave}</span>
            <Bar counts/>
            <span class="muted">{count_words(counts)}</span>
        </li>
    }
}

/// How far its waves are.
fn wave_words(batch: &Batch) -> String {
    let begun = batch.waves.iter().filter(|wave| wave.begun_at.is_some()).count();
    match (begun, batch.waves.len()) {
        (0, 1) => "1 wave".to_owned(),
        (0, all) => format!("{all} waves"),
        (begun, all) => format!("wave {begun} of {all}"),
    }
}

/// How far its targets are; those that were set aside take no part.
fn count_words(counts: Counts) -> String {
    let taking = counts.total() - counts.set_aside;
    let failed = if counts.failures > 0 { format!(", {} failed", counts.failures) } else { String::new() };
    format!("{} of {taking} done{failed}", counts.done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_those_that_take_part_and_names_failures() {
        let counts = Counts { waiting: 3, done: 5, rolled_back: 1, set_aside: 2, failures: 1, ..Counts::default() };
        assert_eq!(count_words(counts), "5 of 9 done, 1 failed");
        assert_eq!(count_words(Counts { done: 1, ..Counts::default() }), "1 of 1 done");
    }
}
