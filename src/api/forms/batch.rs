//! The forms of batches: making one, everything that people do with one, and saved selections.

use std::collections::BTreeSet;

use super::{Landing, asked::Asked, form, incomplete};
use crate::{
    api::batches::SelectionText,
    domain::{
        batch::{Aim, Answer, Batch, Definition, GoesBack, MOST_TICKED, Order, Selection, Strategy, Threshold, seen::Seen},
        change::RunOptions,
        ids::{ReleaseId, SelectionId},
        labels,
        names::ChartRef,
        problem::{Code, Problem},
        release::ReleaseState,
        values,
    },
    manager::{Repeat, batches::control::BatchAct},
    ui::new_batch,
};

form!(
    /// POST `/batches/new`
    make,
    RunBatches,
    |asked: Asked| async move {
        let definition = definition(&asked)?;
        let (key, said) = (asked.key(), asked.said("batches/new"));
        let repeat = Repeat { key: key.as_deref(), request: &said };
        asked.manager.make_batch(&asked.actor, definition, Some(asked.field("reason")), repeat).await
    }
);

form!(
    /// POST `/batches/{id}/{verb}`
    act,
    RunBatches,
    |asked: Asked| async move {
        let id = asked.path.get("id").and_then(|id| id.parse().ok()).ok_or_else(Problem::batch_not_found)?;
        let number = |name: &str| asked.number(name, "The number")?.ok_or_else(incomplete);
        let act = match asked.path.get("verb").map_or("", String::as_str) {
            "start" => BatchAct::Start,
            "pause" => BatchAct::Pause,
            "resume" => BatchAct::Resume,
            "abort" => BatchAct::Abort,
            "go-ahead" => BatchAct::GoAhead(number("wave")?),
            "skip" => BatchAct::Skip(number("target")?),
            // All of them, or the one whose button it was.
            "retry-failed" => BatchAct::RetryFailed(asked.number("target", "The target")?),
            "roll-back" => BatchAct::RollBack(number("wave")?),
            _ => return Err(incomplete()),
        };
        let seen = Some(asked.field("seen")).filter(|seen| !seen.is_empty()).map(str::parse::<Seen>).transpose()?;
        asked.manager.act_on_batch(&asked.actor, id, &act, Some(asked.field("reason")), seen.as_ref()).await
    }
);

/// The page that makes a batch, with what it had been told.
pub(super) struct Choosing {
    kind: String,
    to: String,
    saved: Option<SelectionId>,
}

impl Choosing {
    fn of(asked: &Asked, saved: Option<SelectionId>) -> Self {
        Self { kind: asked.field("kind").to_owned(), to: asked.field("to").to_owned(), saved }
    }
}

impl Landing for Choosing {
    fn place(&self) -> String {
        new_batch(&self.kind, &self.to, self.saved)
    }
}

form!(
    /// POST `/batches/new/save`
    save,
    RunBatches,
    |asked: Asked| async move {
        let selection = selection(&text(&asked))?;
        let saved = asked.manager.save_selection(&asked.actor, asked.field("name"), selection, Some(asked.field("reason"))).await?;
        Ok(Choosing::of(&asked, Some(saved.id)))
    }
);

form!(
    /// POST `/batches/new/remove`
    remove,
    RunBatches,
    |asked: Asked| async move {
        let id = asked.field("saved").parse::<SelectionId>().map_err(|_| Problem::selection_not_found())?;
        asked.manager.remove_selection(&asked.actor, id, Some(asked.field("reason"))).await?;
        Ok(Choosing::of(&asked, None))
    }
);

/// Which releases, as texts say it.
pub fn selection(text: &SelectionText) -> Result<Selection, Problem> {
    let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let saved = given(&text.saved).map(|id| id.parse::<SelectionId>().map_err(|_| Problem::selection_not_found())).transpose()?;
    let states = match text.state.as_str() {
        "" => Vec::new(),
        "failed" => vec![ReleaseState::Failed],
        "deployed" => vec![ReleaseState::Deployed],
        _ => return Err(incomplete()),
    };
    let selection = Selection {
        chart: given(&text.chart),
        versions: given(&text.versions),
        labels: labels::parse(&text.labels)?,
        states,
        releases: ticked(text)?,
        saved,
    };
    // Beside a saved one nothing else may stand, which is refused where it is looked up.
    if saved.is_some() { Ok(selection) } else { selection.checked() }
}

/// The releases that were ticked.
pub fn ticked(text: &SelectionText) -> Result<BTreeSet<ReleaseId>, Problem> {
    let ids = text.releases.split(',').map(str::trim).filter(|id| !id.is_empty());
    let ids: BTreeSet<ReleaseId> = ids.map(|id| id.parse::<ReleaseId>().map_err(|_| incomplete())).collect::<Result<_, _>>()?;
    if ids.len() > MOST_TICKED {
        let text = format!("More than {MOST_TICKED} releases are ticked. Choose them by chart, label or state instead.");
        return Err(Problem::new(Code::InvalidSelection, text));
    }
    Ok(ids)
}

/// What the page that makes a batch has been told.
fn text(asked: &Asked) -> SelectionText {
    let field = |name: &str| asked.field(name).to_owned();
    SelectionText {
        kind: field("kind"),
        chart: field("chart"),
        versions: field("versions"),
        labels: field("labels"),
        state: field("state"),
        releases: field("releases"),
        saved: field("saved"),
    }
}

fn definition(asked: &Asked) -> Result<Definition, Problem> {
    let text = text(asked);
    let aim = match text.kind.as_str() {
        "upgrade" => Aim::Upgrade { chart: text.chart.parse::<ChartRef>()?.to_string(), version: asked.field("to").to_owned() },
        "values" => Aim::Values { patch: values::parse_override(asked.fields.get("values").map_or("", String::as_str))? },
        "rollback" => Aim::Rollback,
        "uninstall" => Aim::Uninstall,
        "restart" => Aim::Restart,
        _ => return Err(incomplete()),
    };
    let options =
        RunOptions { timeout: asked.number("timeout", "The timeout")?.unwrap_or(RunOptions::default().timeout), ..RunOptions::default() };
    Ok(Definition { aim, selection: selection(&text)?, strategy: strategy(asked)?, options, start: false })
}

/// How it is done; what is left empty is what the order comes with.
fn strategy(asked: &Asked) -> Result<Strategy, Problem> {
    let order = match asked.field("order") {
        "sequential" => Order::Sequential,
        "rolling" => Order::Rolling { size: asked.number("size", "The number at a time")?.unwrap_or(5) },
        "canary" => Order::Canary { percent: asked.number("percent", "The percentage")?.unwrap_or(10) },
        "staged" => {
            let values = asked.field("values-of-label").split(',').map(str::trim).filter(|value| !value.is_empty());
            Order::Staged { label: asked.field("label").to_owned(), values: values.map(str::to_owned).collect() }
        }
        _ => return Err(incomplete()),
    };
    let usual = Strategy::usual(order);
    let threshold = match (asked.field("threshold").trim_end_matches('%'), asked.field("threshold").ends_with('%')) {
        ("", _) => usual.threshold,
        ("never", _) => Threshold::Never,
        (number, percent) => {
            let unreadable = || {
                Problem::new(
                    Code::InvalidRequest,
                    "The failures that are too many are a number such as 3, a percentage such as 10%, or never.",
                )
            };
            let number = number.trim().parse().map_err(|_| unreadable())?;
            if percent { Threshold::Percent(number) } else { Threshold::Count(number) }
        }
    };
    let rollback = match asked.field("rollback") {
        "" | "none" => GoesBack::None,
        "target" => GoesBack::Target,
        "wave" => GoesBack::Wave,
        "all" => GoesBack::All,
        _ => return Err(incomplete()),
    };
    Ok(Strategy {
        parallel: asked.number("parallel", "The number at once")?.unwrap_or(usual.parallel),
        delay: asked.number("delay", "The pause between waves")?.unwrap_or(usual.delay),
        soak: asked.number("soak", "The time to watch")?.unwrap_or(usual.soak),
        approval: asked.fields.contains_key("approval"),
        threshold,
        on_threshold: if asked.field("onThreshold") == "abort" { Answer::Abort } else { Answer::Pause },
        rollback,
        wait_for_window: asked.fields.contains_key("waitForWindow"),
        order: usual.order,
    })
}

impl Landing for Batch {
    fn place(&self) -> String {
        self.path()
    }
}
