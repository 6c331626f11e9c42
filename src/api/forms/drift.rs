//! The form that has a release checked for drift; it leads back to the page that shows what was found.

use super::{Landing, asked::Asked, form};
use crate::domain::{problem::Problem, release::Release};

/// A release that was checked.
struct Checked(Release);

impl Landing for Checked {
    fn place(&self) -> String {
        format!("{}/drift", self.0.path())
    }
}

form!(
    /// POST `…/drift`
    check,
    CheckDrift,
    |asked: Asked| async move { act(&asked).await }
);

async fn act(asked: &Asked) -> Result<Checked, Problem> {
    let release = asked.release().await?;
    asked.manager.check_drift(&asked.actor, release.id).await?;
    Ok(Checked(release))
}
