//! The install form.

use super::{asked::Asked, form};
use crate::{
    domain::{names::ReleaseKey, operation::Operation, problem::Problem},
    manager::submit::{Submit, Target, Wish},
};

form!(
    /// POST `/tenants/{slug}/install`
    install,
    Change,
    act
);

async fn act(asked: Asked) -> Result<Operation, Problem> {
    let submit = submit(&asked).await?;
    asked.manager.submit(&asked.actor, submit).await
}

/// The install that the form asks for.
pub(super) async fn submit(asked: &Asked) -> Result<Submit, Problem> {
    let slug = asked.slug()?.ok_or_else(Problem::tenant_not_found)?;
    let tenant = asked.manager.tenant(&asked.actor, &slug).await?.id;
    Ok(Submit {
        target: Target::New { tenant, key: ReleaseKey { namespace: asked.name("namespace")?, name: asked.name("name")? } },
        change: Wish::Install {
            chart: asked.name("chart")?,
            version: asked.field("version").to_owned(),
            app_version: None,
            values_override: asked.values()?,
        },
        options: asked.options()?,
        base_revision: None,
        reason: asked.reason()?,
        idempotency: asked.key(),
    })
}
