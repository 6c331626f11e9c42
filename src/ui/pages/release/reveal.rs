//! Revealing one hidden value of a revision: which, and why. The value is on the page that answers the form and nowhere
//! else; looked at again, the page has forgotten it.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{crumbs, owner, part_word};
use crate::{
    api::reveal::{RevealLook, Revealed, revealed, see_reveal},
    domain::{actor::Act, revision::BodyPart},
    ui::{
        address::{self, given, href},
        frame::surroundings,
        parts::{
            action::Submit,
            empty::Empty,
            field::Field,
            loaded::Loaded,
            page_head::PageHead,
            refused::{Typed, typed},
            run_options::Reason,
            tabs::Tabs,
        },
    },
};

/// The parts in which values are hidden one by one.
const PARTS: [BodyPart; 3] = [BodyPart::Override, BodyPart::Computed, BodyPart::Manifest];

/// The page.
#[component]
pub fn RevealPage() -> impl IntoView {
    let typed = typed();
    let answer = StoredValue::new(SharedValue::new(revealed).into_inner());
    let (params, query) = (use_params_map(), use_query_map());
    let place = Memo::new(move |_| params.with(address::place));
    // An answered form has no query: what it was about comes with the answer, which is gone once a link is followed.
    let answered = move || answer.get_value().filter(|_| query.with(|query| given(query, "of").is_none()));
    let wanted = Memo::new(move |_| match answered() {
        Some(answer) => (Some(answer.revision), answer.part),
        None => query.with(|query| {
            let revision = given(query, "revision").and_then(|number| number.parse::<u32>().ok());
            let part = given(query, "of").or_else(|| typed.field("of")).and_then(|word| BodyPart::parse(&word));
            (revision.or_else(|| typed.field("revision")?.parse().ok()), part.unwrap_or_default())
        }),
    });
    let look = Resource::new(move || (place.get(), wanted.get()), |(place, (revision, part))| see_reveal(place, revision, part));
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed answer=answered()/> }.into_any()/>
    }
}

#[component]
fn Shown(look: RevealLook, typed: Typed, answer: Option<Revealed>) -> impl IntoView {
    let RevealLook { release, revision, part, paths } = look;
    let refused = surroundings().may(Act::Reveal).err();
    let path = format!("{}/reveal", release.path());
    let back = href(&release.path(), &[("from", &revision.to_string()), ("to", &revision.to_string()), ("of", part.as_str())]);
    let tabs = PARTS
        .into_iter()
        .map(|one| {
            let query = [("revision", revision.to_string()), ("of", one.as_str().to_owned())];
            let query: Vec<(&str, &str)> = query.iter().map(|(key, value)| (*key, value.as_str())).collect();
            (part_word(one).to_owned(), href(&path, &query), one == part)
        })
        .collect();
    let chosen = typed.text("path", answer.as_ref().map(|answer| answer.path.clone()).unwrap_or_default());
    view! {
        <PageHead title=format!("Reveal a hidden value of {} in {}", release.release_name, owner(&release)) crumbs=crumbs(&release, false)>
            <span>"revision " <code><b>{revision}</b></code></span>
        </PageHead>
        {typed.note()}
        {answer.map(|answer| view! {
            <section class="sheet narrow revealed" aria-label="The revealed value">
                <p>"The value at " <code>{answer.path}</code> " in revision " {answer.revision} ". It is shown this once."</p>
                <pre tabindex="0"><code>{answer.value}</code></pre>
            </section>
        })}
        <Tabs label="Part of the revision" tabs/>
        {if paths.is_empty() {
            view! { <Empty title="No value is hidden here."><a class="link" href=back>"Back to the revision"</a></Empty> }.into_any()
        } else {
            view! {
                <form method="post" action=path class="change sheet narrow" autocomplete="off">
                    <p class="note">"The audit keeps who saw which value, and why; never the value itself."</p>
                    <input type="hidden" name="revision" value=revision/>
                    <input type="hidden" name="of" value=part.as_str()/>
                    <Field name="path" label="Value">
                        <select id="path" name="path" required>
                            <option value="">"Choose one"</option>
                            {paths
                                .into_iter()
                                .map(|path| {
                                    let (selected, value) = (path == chosen, path.clone());
                                    view! { <option value=value selected=selected>{path}</option> }
                                })
                                .collect_view()}
                        </select>
                    </Field>
                    <Reason typed required=true/>
                    <Submit label="Reveal it" back refused/>
                </form>
            }
            .into_any()
        }}
    }
}
