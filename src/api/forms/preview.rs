//! The forms that preview a change, which are those of the changes themselves sent elsewhere, and the one that applies
//! what was previewed.

use super::{Landing, asked::Asked, form, install, release};
use crate::{
    domain::{operation::Operation, preview::Preview, problem::Problem},
    manager::submit::Submit,
};

impl Landing for Preview {
    fn place(&self) -> String {
        self.path()
    }
}

form!(
    /// POST `/tenants/{slug}/install/preview`
    install,
    Change,
    |asked: Asked| async move { preview(&asked, install::submit(&asked).await?).await }
);

form!(
    /// POST `…/upgrade/preview`
    upgrade,
    Change,
    |asked: Asked| async move { preview(&asked, release::upgrade_of(&asked).await?).await }
);

form!(
    /// POST `…/rollback/preview`
    rollback,
    Change,
    |asked: Asked| async move { preview(&asked, release::rollback_of(&asked).await?).await }
);

form!(
    /// POST `/previews/{id}`
    apply,
    Change,
    act
);

async fn preview(asked: &Asked, submit: Submit) -> Result<Preview, Problem> {
    asked.manager.preview(&asked.actor, submit).await
}

async fn act(asked: Asked) -> Result<Operation, Problem> {
    let id = asked.path.get("id").and_then(|id| id.parse().ok()).ok_or_else(Problem::preview_not_found)?;
    asked.manager.apply_preview(&asked.actor, id).await
}
