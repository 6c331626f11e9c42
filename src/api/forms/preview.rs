//! The forms that preview a change, which are those of the changes themselves sent elsewhere, and the one that applies
//! what was previewed.

use super::{Landing, asked::Asked, form, install, release};
use crate::{
    domain::{
        operation::{Operation, OperationKind},
        preview::Preview,
        problem::{Code, Problem},
    },
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
    let found = asked.manager.previewed(&asked.actor, id).await?;
    if let Some(problem) = found.refused {
        return Err(problem);
    }
    // One press of a button takes nothing out of the cluster.
    if found.preview.kind == OperationKind::Uninstall {
        let ask = format!("To uninstall {}, type its name and the reason on the release's own page.", found.preview.release_name);
        return Err(Problem::new(Code::InvalidRequest, ask));
    }
    asked.manager.apply_preview(&asked.actor, id).await
}
