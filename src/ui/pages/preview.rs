//! What a change will do: warnings first, then values and objects, and one button that does exactly this.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::previews::{PreviewLook, see_preview},
    domain::{
        diff::Diff,
        operation::OperationKind,
        preview::{ChangeKind, Effect, ObjectChange, Preview, Risk, Warning},
        problem::Problem,
    },
    ui::{
        address::{self, given, href},
        parts::{
            action::Submit,
            diff::DiffTable,
            empty::Empty,
            loaded::Loaded,
            page_head::PageHead,
            problem::ProblemNote,
            refused::{Typed, typed},
            sheet::Sheet,
            state::{Mark, State},
            tabs::Tabs,
        },
    },
};

/// More objects than this are folded until somebody opens them.
const OPEN: usize = 6;

/// The page of a preview.
#[component]
pub fn PreviewPage() -> impl IntoView {
    let typed = typed();
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let look = Resource::new(move || id.get(), see_preview);
    let shape = move || query.with(|query| Shape { side: given(query, "view").is_some(), computed: given(query, "of").is_some() });
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed shape=shape()/> }.into_any()/>
    }
}

/// How it is to be shown, as the address says.
#[derive(Clone, Copy)]
struct Shape {
    /// Both sides of diffs beside each other.
    side: bool,
    /// The computed values rather than the override.
    computed: bool,
}

#[component]
fn Shown(look: PreviewLook, typed: Typed, shape: Shape) -> impl IntoView {
    let PreviewLook { preview, tenant, release } = look;
    let name = preview.release_name.to_string();
    let (label, back) = match (&release, preview.kind) {
        (Some(release), OperationKind::Rollback) => {
            (format!("Roll {name} in {} back {}", tenant.slug, preview.target), format!("{}/rollback", release.path()))
        }
        (Some(release), OperationKind::Upgrade) => {
            (format!("Upgrade {name} in {} to {}", tenant.slug, preview.target), format!("{}/upgrade", release.path()))
        }
        _ => (
            format!("Install {name} ({}) in {}", preview.target, tenant.slug),
            format!("{}/install", address::tenant(tenant.slug.as_str())),
        ),
    };
    let now = release.as_ref().map(|release| release.revision);
    let moved = preview.base_revision.zip(now).filter(|(base, now)| base != now);
    let moved = moved.map(|(base, now)| Problem::revision_moved(base, now));
    let refused = moved.as_ref().map(|_| "The release has moved on since this was previewed. Preview it again.".to_owned());
    let path = preview.path();
    let Preview { effect, base_revision, namespace, kind, .. } = preview;
    let counts = ChangeKind::ALL.map(|how| (how, effect.count(how)));
    let Effect { values, computed, manifest, unchanged, hooks, warnings, stays } = effect;
    let crumbs = view! {
        <a href="/tenants">"Tenants"</a>
        " / "
        <a href=address::tenant(tenant.slug.as_str())>{tenant.slug.to_string()}</a>
        " / "
        <code>{namespace.to_string()}</code>
        {release.as_ref().map(|release| view! { " / " <a href=release.path()>{name.clone()}</a> })}
    };
    view! {
        <PageHead title=label.clone() tab=format!("Preview: {label}") crumbs=crumbs.into_any()>
            {base_revision.map(|base| view! { <span>"from revision " <code><b>{base}</b></code></span> })}
            {counts
                .into_iter()
                .map(|(how, count)| view! { <span><b>{count}</b> " " {how.as_str()}</span> })
                .collect_view()}
            <span><b>{unchanged}</b> " as they are"</span>
        </PageHead>
        {typed.note()}
        {moved.map(|problem| view! { <ProblemNote problem/> })}
        <Warnings warnings/>
        {(!stays.is_empty())
            .then(|| {
                view! {
                    <Sheet title="What will not go back">
                        <ul class="risks plain">{stays.into_iter().map(|text| view! { <li><span class="what">{text}</span></li> }).collect_view()}</ul>
                    </Sheet>
                }
            })}
        {(!hooks.is_empty())
            .then(|| {
                let rows = hooks
                    .into_iter()
                    .map(|hook| {
                        view! {
                            <li>
                                <code>{format!("{}/{}", hook.kind, hook.name)}</code>
                                <span class="what muted">{hook.events.join(", ")}</span>
                            </li>
                        }
                    });
                view! { <Sheet title="Hooks that will run"><ul class="risks plain">{rows.collect_view()}</ul></Sheet> }
            })}
        <Values values computed shape path=path.clone()/>
        <Objects manifest kind shape/>
        <form method="post" action=path class="apply">
            <Submit label back tone="go" refused/>
        </form>
    }
}

/// What to look at before going on: what is grave on top.
#[component]
fn Warnings(warnings: Vec<Warning>) -> impl IntoView {
    if warnings.is_empty() {
        return ().into_any();
    }
    let row = |warning: Warning| {
        let (mark, word) = risk_mark(warning.risk);
        view! {
            <li>
                <State mark word/>
                <span class="what"><code>{warning.subject}</code> " " {warning.text}</span>
            </li>
        }
    };
    view! {
        <Sheet title="Look at this first">
            <ul class="risks">{warnings.into_iter().map(row).collect_view()}</ul>
        </Sheet>
    }
    .into_any()
}

fn risk_mark(risk: Risk) -> (Mark, &'static str) {
    let mark = if risk.is_grave() { Mark::Bad } else { Mark::Warn };
    match risk {
        Risk::Immutable => (mark, "cannot change"),
        Risk::DataLoss => (mark, "is lost"),
        Risk::ScaledToZero => (mark, "runs nothing"),
        Risk::UnknownKey => (mark, "no effect"),
        Risk::Kept => (mark, "stays"),
        Risk::Image => (Mark::Busy, "other image"),
    }
}

/// How values change.
#[component]
fn Values(values: Diff, computed: Diff, shape: Shape, path: String) -> impl IntoView {
    let at = |computed: bool, side: bool| {
        href(&path, &[("of", if computed { "computed" } else { "" }), ("view", if side { "side" } else { "" })])
    };
    let tabs = vec![
        ("Values override".to_owned(), at(false, shape.side), !shape.computed),
        ("Computed values".to_owned(), at(true, shape.side), shape.computed),
    ];
    let ways = vec![
        ("One below the other".to_owned(), at(shape.computed, false), !shape.side),
        ("Side by side".to_owned(), at(shape.computed, true), shape.side),
    ];
    let (what, stays, diff) = match shape.computed {
        true => ("The computed values", "The computed values stay as they are.", computed),
        false => ("The values override", "The values override stays as it is.", values),
    };
    let body = match diff.is_empty() {
        true => view! { <Empty title=stays/> }.into_any(),
        false => view! { <DiffTable diff label=format!("{what}, now and then") side=shape.side/> }.into_any(),
    };
    view! {
        <section class="sheet">
            <header>
                <Tabs label="Which values" tabs/>
                <Tabs label="How to show what changes" tabs=ways/>
            </header>
            {body}
        </section>
    }
}

/// How objects change.
#[component]
fn Objects(manifest: Vec<ObjectChange>, kind: OperationKind, shape: Shape) -> impl IntoView {
    if manifest.is_empty() {
        return view! {
            <Sheet title="Objects">
                <Empty title="Every object stays as it is.">
                    {(kind == OperationKind::Upgrade).then_some("The upgrade makes a new revision all the same.")}
                </Empty>
            </Sheet>
        }
        .into_any();
    }
    let open = manifest.len() <= OPEN;
    let row = move |object: ObjectChange| {
        let (mark, tone) = match object.change {
            ChangeKind::Removed => ("−", "del"),
            ChangeKind::Changed => ("~", "mod"),
            ChangeKind::Added => ("+", "add"),
        };
        let counts = format!("+{} −{}", object.diff.added, object.diff.removed);
        let hook = object.hook.map(|events| format!("hook ({})", events.join(", ")));
        let about = hook.as_ref().map(|hook| format!("{hook} ")).unwrap_or_default();
        let label = format!("{about}{} {}, {}", object.kind, object.name, object.change.as_str());
        view! {
            <details class="object" open=open>
                <summary>
                    <span class=format!("sign {tone}") aria-hidden="true">{mark}</span>
                    <code><b>{object.kind}</b> " " {object.name}</code>
                    {hook.map(|hook| view! { <span class="tag">{hook}</span> })}
                    <span class="muted">{object.change.as_str()} " " {counts}</span>
                </summary>
                <DiffTable diff=object.diff label side=shape.side/>
            </details>
        }
    };
    view! { <Sheet title="Objects">{manifest.into_iter().map(row).collect_view()}</Sheet> }.into_any()
}
