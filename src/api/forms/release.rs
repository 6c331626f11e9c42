//! The forms that change a release which is there: upgrade, roll back, uninstall, test.

use super::{asked::Asked, form, incomplete};
use crate::{
    domain::{
        operation::Operation,
        problem::{Code, Problem},
        release::Release,
    },
    manager::submit::{Submit, Target, Wish},
};

form!(
    /// POST `…/upgrade`
    upgrade,
    Change,
    |asked: Asked| async move { send(&asked, upgrade_of(&asked).await?).await }
);

form!(
    /// POST `…/rollback`
    rollback,
    Change,
    |asked: Asked| async move { send(&asked, rollback_of(&asked).await?).await }
);

form!(
    /// POST `…/uninstall`
    uninstall,
    Change,
    |asked: Asked| async move {
        let release = asked.release().await?;
        if asked.field("confirm") != release.release_name.as_str() {
            let ask = format!("To uninstall it, type the release's name: {}", release.release_name);
            return Err(Problem::new(Code::InvalidRequest, ask));
        }
        if asked.reason()?.is_none() {
            return Err(Problem::new(Code::InvalidRequest, "Say why the release is uninstalled; whoever looks for it later will ask."));
        }
        send(&asked, submit(&asked, &release, Wish::Uninstall)?).await
    }
);

form!(
    /// POST `…/test`
    test,
    Change,
    |asked: Asked| async move {
        let release = asked.release().await?;
        send(&asked, submit(&asked, &release, Wish::Test)?).await
    }
);

/// The upgrade that the form asks for.
pub(super) async fn upgrade_of(asked: &Asked) -> Result<Submit, Problem> {
    let release = asked.release().await?;
    let chart = Some(asked.field("chart")).filter(|chart| !chart.is_empty()).map(str::parse).transpose()?;
    let version = Some(asked.field("version")).filter(|version| !version.is_empty()).map(str::to_owned);
    let wish = Wish::Upgrade { chart, version, app_version: None, values_override: Some(asked.values()?) };
    submit(asked, &release, wish)
}

/// The rollback that the form asks for.
pub(super) async fn rollback_of(asked: &Asked) -> Result<Submit, Problem> {
    let release = asked.release().await?;
    let to = asked.number("to", "The revision")?.ok_or_else(|| Problem::new(Code::InvalidRequest, "Choose a revision to go back to."))?;
    submit(asked, &release, Wish::Rollback { to })
}

fn submit(asked: &Asked, release: &Release, change: Wish) -> Result<Submit, Problem> {
    Ok(Submit {
        target: Target::Existing(release.id),
        change,
        options: asked.options()?,
        base_revision: Some(asked.base()?.ok_or_else(incomplete)?),
        reason: asked.reason()?,
        idempotency: asked.key(),
    })
}

async fn send(asked: &Asked, submit: Submit) -> Result<Operation, Problem> {
    asked.manager.submit(&asked.actor, submit).await
}
