//! What can be done about a tenant itself, on its page: its namespaces with how far they are set up, and holds. Plain
//! forms; whoever may not manage tenants sees them disabled, with the reason.

use leptos::prelude::*;

use crate::{
    domain::{
        actor::Act,
        hold::HoldAct,
        setup::{NamespaceSetup, SetupState},
        tenant::Tenant,
    },
    ui::{
        frame::surroundings,
        parts::{
            field::Field,
            refused::Typed,
            sheet::Sheet,
            state::{Mark, State},
            text_area::TextArea,
        },
    },
};

/// The tenant's namespaces.
#[component]
pub fn Namespaces(
    /// Whose.
    tenant: Tenant,
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    let refused = surroundings().may(Act::ManageTenants).err();
    let action = format!("{}/namespaces", tenant.path());
    let rows =
        tenant.setup.iter().map(|setup| view! { <Row setup=setup.clone() action=action.clone() refused=refused.clone()/> }).collect_view();
    let disabled = refused.is_some();
    view! {
        <Sheet title="Namespaces">
            <ul class="namespaces">{rows}</ul>
            <form method="post" action=action class="inline-form">
                <input type="hidden" name="act" value="give"/>
                <Field name="namespace" label="Give it a namespace" hint="One that belongs to nobody, with the releases in it, or a new one.">
                    <input type="text" id="namespace" name="namespace" required maxlength="63" autocapitalize="none" autocomplete="off" spellcheck="false" value=typed.text("namespace", "") aria-describedby="namespace-hint"/>
                </Field>
                <button type="submit" class="btn" disabled=disabled title=refused>"Give"</button>
            </form>
        </Sheet>
    }
}

#[component]
fn Row(setup: NamespaceSetup, action: String, #[prop(optional_no_strip)] refused: Option<String>) -> impl IntoView {
    let NamespaceSetup { namespace, state, why } = setup;
    let (mark, word) = match state {
        SetupState::Ready => (Mark::Good, "set up"),
        SetupState::Unused => (Mark::Waiting, "set up with its first change"),
        SetupState::Pending => (Mark::Busy, "being set up"),
        SetupState::Failed => (Mark::Warn, "not set up yet"),
        SetupState::Lost => (Mark::Bad, "access lost"),
    };
    let disabled = refused.is_some();
    let again = matches!(state, SetupState::Failed | SetupState::Lost | SetupState::Pending).then(|| {
        view! { <button type="submit" class="btn" name="act" value="set-up" disabled=disabled title=refused.clone()>"Set up again"</button> }
    });
    view! {
        <li>
            <code><b>{namespace.to_string()}</b></code>
            <State mark word/>
            {why.map(|why| view! { <span class="why">{why}</span> })}
            <form method="post" action=action aria-label=format!("Namespace {namespace}")>
                <input type="hidden" name="namespace" value=namespace.to_string()/>
                {again}
                <button type="submit" class="btn plain" name="act" value="release" disabled=disabled title=refused>"Let go"</button>
            </form>
        </li>
    }
}

/// Pins, freezes and retirement.
#[component]
pub fn Holds(
    /// Whose.
    tenant: Tenant,
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    let refused = surroundings().may(Act::ManageTenants).err();
    let one = |held: bool, set: HoldAct, lift: HoldAct| if held { lift } else { set };
    let acts = [
        one(tenant.pinned.is_some(), HoldAct::Pin, HoldAct::Unpin),
        one(tenant.frozen.is_some(), HoldAct::Freeze, HoldAct::Thaw),
        one(tenant.retired.is_some(), HoldAct::Retire, HoldAct::Restore),
    ];
    let button = |act: HoldAct| {
        let (tone, label) = match act {
            HoldAct::Pin => ("", "Pin"),
            HoldAct::Unpin => ("", "Unpin"),
            HoldAct::Freeze => ("", "Freeze"),
            HoldAct::Thaw => ("", "Thaw"),
            HoldAct::Retire => ("bad", "Retire"),
            HoldAct::Restore => ("", "Restore"),
        };
        let label = format!("{label} {}", tenant.slug);
        view! {
            <button type="submit" class=format!("btn {tone}") name="act" value=act.as_str() disabled=refused.is_some() title=refused.clone()>
                {label}
            </button>
        }
    };
    let buttons = acts.into_iter().map(button).collect_view();
    let action = format!("{}/hold", tenant.path());
    view! {
        <Sheet title="Hold back or retire">
            <form method="post" action=action class="hold-form">
                <p class="hint">
                    "Pinned: batches leave it out. Frozen: nothing of it is changed by anybody. Retired: its access to the cluster is taken away once it has no releases; its history stays."
                </p>
                <Field name="reason" label="Reason" hint="Needed to pin, freeze and retire. Shown on this page and kept in the audit.">
                    <TextArea name="reason" value=typed.text("reason", "") rows=2 described_by="reason-hint"/>
                </Field>
                <div class="submit">{buttons}</div>
                {refused.map(|why| view! { <p class="why">{why}</p> })}
            </form>
        </Sheet>
    }
}
