//! The forms that change tenants: make, edit, hold, and everything about their namespaces.

use super::{asked::Asked, form, incomplete};
use crate::{
    domain::{
        hold::HoldAct,
        labels,
        limits::{Limits, PodSecurity, Quantity},
        names::Namespace,
        problem::Problem,
        tenant::Tenant,
        window,
    },
    manager::{NewTenant, TenantEdit},
};

form!(
    /// POST `/tenants/new`
    create,
    ManageTenants,
    |asked: Asked| async move {
        let lines = asked.field("namespaces").split([',', '\n']).map(str::trim).filter(|line| !line.is_empty());
        let new = NewTenant {
            slug: asked.name("slug")?,
            name: asked.field("name").to_owned(),
            labels: labels::parse(asked.field("labels"))?,
            namespaces: lines.map(str::parse).collect::<Result<_, Problem>>()?,
            limits: limits(&asked)?,
            windows: window::parse(asked.field("windows"))?,
            reason: asked.reason()?,
        };
        asked.manager.create_tenant(&asked.actor, new).await
    }
);

form!(
    /// POST `/tenants/{slug}/edit`
    edit,
    ManageTenants,
    |asked: Asked| async move {
        let edit = TenantEdit {
            name: Some(asked.field("name").to_owned()),
            labels: Some(labels::parse(asked.field("labels"))?),
            limits: Some(limits(&asked)?),
            windows: Some(window::parse(asked.field("windows"))?),
            reason: asked.reason()?,
        };
        let version = Some(asked.number("version", "The version")?.ok_or_else(incomplete)?);
        asked.manager.edit_tenant(&asked.actor, tenant(&asked).await?.id, version, edit).await
    }
);

form!(
    /// POST `/tenants/{slug}/hold`
    hold,
    ManageTenants,
    |asked: Asked| async move {
        let act = HoldAct::parse(asked.field("act")).ok_or_else(incomplete)?;
        asked.manager.hold_tenant(&asked.actor, tenant(&asked).await?.id, act, asked.reason()?).await
    }
);

form!(
    /// POST `/tenants/{slug}/namespaces`
    namespaces,
    ManageTenants,
    |asked: Asked| async move {
        let (id, namespace) = (tenant(&asked).await?.id, asked.name::<Namespace>("namespace")?);
        match asked.field("act") {
            "give" => asked.manager.give_namespace(&asked.actor, id, &namespace, None).await,
            "release" => asked.manager.release_namespace(&asked.actor, id, &namespace, None).await,
            "set-up" => asked.manager.set_up_namespace(&asked.actor, id, &namespace).await,
            _ => Err(incomplete()),
        }
    }
);

form!(
    /// POST `/unassigned/namespaces/{name}`
    give,
    ManageTenants,
    |asked: Asked| async move {
        let namespace: Namespace = asked.path.get("name").map_or("", String::as_str).parse()?;
        let tenant = asked.manager.tenant(&asked.actor, &asked.name("tenant")?).await?;
        asked.manager.give_namespace(&asked.actor, tenant.id, &namespace, asked.reason()?).await
    }
);

async fn tenant(asked: &Asked) -> Result<Tenant, Problem> {
    let slug = asked.slug()?.ok_or_else(Problem::tenant_not_found)?;
    asked.manager.tenant(&asked.actor, &slug).await
}

fn limits(asked: &Asked) -> Result<Limits, Problem> {
    let quantity = |name: &str| -> Result<Option<Quantity>, Problem> {
        Some(asked.field(name)).filter(|text| !text.is_empty()).map(str::parse).transpose()
    };
    let level = match asked.field("podSecurity") {
        "" => None,
        text => Some(PodSecurity::parse(text).ok_or_else(incomplete)?),
    };
    Ok(Limits {
        pod_security: level,
        cpu: quantity("cpu")?,
        memory: quantity("memory")?,
        storage: quantity("storage")?,
        pods: asked.number("pods", "The number of pods")?,
        container_cpu: quantity("containerCpu")?,
        container_memory: quantity("containerMemory")?,
    })
}
