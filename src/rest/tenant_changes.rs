//! Changes of tenants: made, edited, held, retired; given namespaces and relieved of them.

use std::collections::BTreeMap;

use axum::{Json, extract::Path};
use http::{
    HeaderName, StatusCode,
    header::{ETAG, LOCATION},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{Asked, Body, Caller, Conditions, id, tagged},
    problem::{ApiProblem, Problems},
    tenants::Tagged,
};
use crate::{
    domain::{
        hold::HoldAct,
        ids::TenantId,
        limits::Limits,
        names::{Namespace, TenantSlug},
        problem::{Code, Problem},
        tenant::Tenant,
    },
    manager::{NewTenant, TenantEdit},
};

/// A tenant that is to be made.
#[derive(Deserialize, ToSchema)]
pub struct Create {
    /// Its name in URLs and labels, for good.
    slug: String,
    /// Its name on screens; the slug where left out.
    name: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Its namespaces, which are made; one of the slug's name where left out.
    #[serde(default)]
    namespaces: Vec<String>,
    #[serde(default)]
    limits: Limits,
    reason: Option<String>,
}

/// What is to be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
pub struct Edit {
    name: Option<String>,
    /// All of its labels.
    labels: Option<BTreeMap<String, String>>,
    /// All of its bounds.
    limits: Option<Limits>,
    reason: Option<String>,
}

/// Why.
#[derive(Default, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Why {
    reason: Option<String>,
}

/// A namespace to give.
#[derive(Deserialize, ToSchema)]
pub struct Give {
    /// One that belongs to nobody, or one that is to be made.
    name: String,
    reason: Option<String>,
}

/// Make a tenant
///
/// With namespaces of its own, each with the service account that Helm acts as. What the cluster has not taken over yet
/// stands in `setup`.
#[utoipa::path(post, path = "/", tag = "Tenants", request_body = Create, responses((status = 201, body = Tenant), Problems))]
pub async fn create(
    Caller { actor, manager }: Caller,
    Body(asked): Body<Create>,
) -> Result<(StatusCode, [(HeaderName, String); 2], Json<Tenant>), ApiProblem> {
    let new = NewTenant {
        slug: asked.slug.parse::<TenantSlug>()?,
        name: asked.name.unwrap_or_default(),
        labels: asked.labels,
        namespaces: asked.namespaces.iter().map(|name| name.parse()).collect::<Result<_, Problem>>()?,
        limits: asked.limits,
        reason: asked.reason,
    };
    let tenant = manager.create_tenant(&actor, new).await?;
    let headers = [(LOCATION, format!("/api/v1/tenants/{}", tenant.id)), (ETAG, format!("\"{}\"", tenant.version))];
    Ok((StatusCode::CREATED, headers, Json(tenant)))
}

/// Edit a tenant's name, labels or bounds
#[utoipa::path(patch, path = "/{tenant}", tag = "Tenants",
    params(("tenant" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header, description = "The ETag of the tenant as it was looked at; refused with 412 where it has changed.")),
    request_body = Edit, responses((status = 200, body = Tenant), Problems))]
pub async fn edit(
    Caller { actor, manager }: Caller,
    Path(tenant): Path<String>,
    conditions: Conditions,
    Body(asked): Body<Edit>,
) -> Tagged {
    let edit = TenantEdit { name: asked.name, labels: asked.labels, limits: asked.limits, reason: asked.reason };
    let tenant = manager.edit_tenant(&actor, tenant_id(&tenant)?, conditions.if_match, edit).await?;
    Ok(tagged(tenant.version, tenant))
}

/// Pin, freeze or retire a tenant, or take that back
///
/// A hold wants a reason. What is in force already stays as it is.
#[utoipa::path(post, path = "/{tenant}/{act}", tag = "Tenants",
    params(("tenant" = String, Path, format = Uuid), ("act" = HoldAct, Path)),
    request_body = Option<Why>, responses((status = 200, body = Tenant), Problems))]
pub async fn hold(Caller { actor, manager }: Caller, Path((tenant, act)): Path<(String, String)>, body: Option<Body<Why>>) -> Tagged {
    let act = HoldAct::parse(&act).ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            "A tenant can be pinned, unpinned, frozen, thawed, retired and restored: pin, unpin, freeze, thaw, retire, restore.",
        )
    })?;
    let reason = body.and_then(|Body(why)| why.reason);
    let tenant = manager.hold_tenant(&actor, tenant_id(&tenant)?, act, reason).await?;
    Ok(tagged(tenant.version, tenant))
}

/// Give a tenant a namespace
///
/// One that belongs to nobody, with the releases in it, or a new one where there is none of that name.
#[utoipa::path(post, path = "/{tenant}/namespaces", tag = "Tenants", params(("tenant" = String, Path, format = Uuid)),
    request_body = Give, responses((status = 200, body = Tenant), Problems))]
pub async fn give(Caller { actor, manager }: Caller, Path(tenant): Path<String>, Body(asked): Body<Give>) -> Tagged {
    let tenant = manager.give_namespace(&actor, tenant_id(&tenant)?, &asked.name.parse()?, asked.reason).await?;
    Ok(tagged(tenant.version, tenant))
}

/// Let go of a namespace without releases
///
/// It belongs to nobody then; it is not deleted.
#[utoipa::path(delete, path = "/{tenant}/namespaces/{namespace}", tag = "Tenants",
    params(("tenant" = String, Path, format = Uuid), ("namespace" = String, Path), Why), responses((status = 200, body = Tenant), Problems))]
pub async fn release(
    Caller { actor, manager }: Caller,
    Path((tenant, namespace)): Path<(String, String)>,
    Asked(why): Asked<Why>,
) -> Tagged {
    let namespace: Namespace = namespace.parse()?;
    let tenant = manager.release_namespace(&actor, tenant_id(&tenant)?, &namespace, why.reason).await?;
    Ok(tagged(tenant.version, tenant))
}

/// Set a namespace up again
///
/// After its service account or a binding was lost, or to try at once what the cluster had refused.
#[utoipa::path(post, path = "/{tenant}/namespaces/{namespace}/set-up", tag = "Tenants",
    params(("tenant" = String, Path, format = Uuid), ("namespace" = String, Path)), responses((status = 200, body = Tenant), Problems))]
pub async fn set_up(Caller { actor, manager }: Caller, Path((tenant, namespace)): Path<(String, String)>) -> Tagged {
    let namespace: Namespace = namespace.parse()?;
    let tenant = manager.set_up_namespace(&actor, tenant_id(&tenant)?, &namespace).await?;
    Ok(tagged(tenant.version, tenant))
}

fn tenant_id(text: &str) -> Result<TenantId, ApiProblem> {
    id(text, Problem::tenant_not_found)
}
