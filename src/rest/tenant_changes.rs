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
    body::{Asked, Body, Caller, Conditions, Once, OnceKey, id, tagged},
    problem::{ApiProblem, Problems},
    tenants::Tagged,
};
use crate::{
    domain::{
        actor::Act,
        hold::HoldAct,
        ids::TenantId,
        limits::{Limits, PodSecurity, Quantity},
        names::{Namespace, TenantSlug},
        problem::{Code, Problem},
        tenant::Tenant,
        whole::{whole, whole_given},
        window::Window,
    },
    manager::{NewTenant, TenantEdit},
};

/// A tenant that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// Its name in URLs and labels, for good.
    #[schema(example = "acme", max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    slug: String,
    /// Its name on screens; the slug where left out.
    #[schema(max_length = 100, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    name: Option<String>,
    /// At most 20, by Kubernetes' rules.
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Its namespaces, which are made; one of the slug's name where left out.
    #[serde(default)]
    #[schema(max_items = 20)]
    namespaces: Vec<String>,
    #[serde(default)]
    limits: Bounds,
    /// When batches may change it; left out, at any time.
    #[serde(default)]
    #[schema(max_items = 20)]
    windows: Vec<WindowAsked>,
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// What is to be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    #[schema(max_length = 100, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    name: Option<String>,
    /// All of its labels.
    labels: Option<BTreeMap<String, String>>,
    /// All of its bounds.
    limits: Option<Bounds>,
    /// All of its maintenance windows; an empty list for any time.
    #[schema(max_items = 20)]
    windows: Option<Vec<WindowAsked>>,
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// A time in which batches may change a tenant. An expression that never comes true is refused.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowAsked {
    /// When it opens: minute, hour, day of the month, month and day of the week, as in crontab(5).
    #[schema(example = "0 22 * * 1-5", max_length = 200, pattern = "^[0-9A-Za-z*/,-]+( [0-9A-Za-z*/,-]+){4}$")]
    cron: String,
    /// How long it stays open.
    #[schema(minimum = 1, maximum = 10080)]
    #[serde(deserialize_with = "whole_given")]
    minutes: u32,
    /// Whose clock: a name of the IANA database.
    #[schema(example = "Europe/Berlin", max_length = 60, pattern = "^[A-Za-z0-9_+/-]{1,60}$")]
    time_zone: String,
}

impl From<WindowAsked> for Window {
    fn from(asked: WindowAsked) -> Self {
        Self { cron: asked.cron, minutes: asked.minutes, time_zone: asked.time_zone }
    }
}

/// The bounds of each of a tenant's namespaces; what is left out is not bounded.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Bounds {
    /// The Pod Security level; left out, the namespace keeps its own.
    pod_security: Option<PodSecurity>,
    /// Processors that all pods together may request, as a quantity of Kubernetes.
    #[schema(max_length = 20, pattern = "^[0-9]{1,9}([.][0-9]{1,6})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$")]
    cpu: Option<String>,
    /// Memory that all pods together may request.
    #[schema(max_length = 20, pattern = "^[0-9]{1,9}([.][0-9]{1,6})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$")]
    memory: Option<String>,
    /// Storage that all claims together may request.
    #[schema(max_length = 20, pattern = "^[0-9]{1,9}([.][0-9]{1,6})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$")]
    storage: Option<String>,
    /// How many pods there may be.
    #[schema(minimum = 0, maximum = 2147483647)]
    #[serde(deserialize_with = "whole")]
    pods: Option<u32>,
    /// Processors that a container requests which names none.
    #[schema(max_length = 20, pattern = "^[0-9]{1,9}([.][0-9]{1,6})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$")]
    container_cpu: Option<String>,
    /// Memory that a container requests which names none.
    #[schema(max_length = 20, pattern = "^[0-9]{1,9}([.][0-9]{1,6})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$")]
    container_memory: Option<String>,
}

impl TryFrom<Bounds> for Limits {
    type Error = Problem;

    fn try_from(asked: Bounds) -> Result<Self, Problem> {
        let quantity = |text: Option<String>| text.map(|text| text.parse::<Quantity>()).transpose();
        Ok(Self {
            pod_security: asked.pod_security,
            cpu: quantity(asked.cpu)?,
            memory: quantity(asked.memory)?,
            storage: quantity(asked.storage)?,
            pods: asked.pods,
            container_cpu: quantity(asked.container_cpu)?,
            container_memory: quantity(asked.container_memory)?,
        })
    }
}

/// Why.
#[derive(Default, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Why {
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    #[param(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// A namespace to give.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Give {
    /// One that belongs to nobody, or one that is to be made.
    #[schema(max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    name: String,
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// Make a tenant
///
/// With namespaces of its own, each with the service account that Helm acts as. What the cluster has not taken over yet
/// stands in `setup`.
#[utoipa::path(post, path = "/", tag = "Tenants", request_body = Create, params(OnceKey), responses((status = 201, body = Tenant), Problems))]
pub async fn create(caller: Caller, once: Once<Create>) -> Result<(StatusCode, [(HeaderName, String); 2], Json<Tenant>), ApiProblem> {
    let Caller { actor, manager } = &caller;
    actor.demand(Act::ManageTenants)?;
    let tenant = match once.made(&caller).await? {
        Some(made) => manager.tenant_by_id(actor, made).await?,
        None => {
            let made = manager.create_tenant(actor, new_tenant(&once.body)?).await?;
            once.keep(&caller, made.id).await;
            made
        }
    };
    let headers = [(LOCATION, format!("/api/v1/tenants/{}", tenant.id)), (ETAG, format!("\"{}\"", tenant.version))];
    Ok((StatusCode::CREATED, headers, Json(tenant)))
}

fn new_tenant(asked: &Create) -> Result<NewTenant, Problem> {
    Ok(NewTenant {
        slug: asked.slug.parse::<TenantSlug>()?,
        name: asked.name.clone().unwrap_or_default(),
        labels: asked.labels.clone(),
        namespaces: asked.namespaces.iter().map(|name| name.parse()).collect::<Result<_, Problem>>()?,
        limits: asked.limits.clone().try_into()?,
        windows: asked.windows.iter().cloned().map(Window::from).collect(),
        reason: asked.reason.clone(),
    })
}

/// Edit a tenant's name, labels, bounds or maintenance windows
#[utoipa::path(patch, path = "/{tenant}", tag = "Tenants",
    params(("tenant" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header, description = "The ETag of the tenant as it was looked at; refused with 412 where it has changed.")),
    request_body = Edit, responses((status = 200, body = Tenant), Problems))]
pub async fn edit(
    Caller { actor, manager }: Caller,
    Path(tenant): Path<String>,
    conditions: Conditions,
    Body(asked): Body<Edit>,
) -> Tagged {
    actor.demand(Act::ManageTenants)?;
    let edit = TenantEdit {
        name: asked.name,
        labels: asked.labels,
        limits: asked.limits.map(Limits::try_from).transpose()?,
        windows: asked.windows.map(|windows| windows.into_iter().map(Window::from).collect()),
        reason: asked.reason,
    };
    let tenant = manager.edit_tenant(&actor, tenant_id(&tenant)?, conditions.if_match.number, edit).await?;
    Ok(tagged(tenant.version, tenant))
}

/// Pin, freeze or retire a tenant, or take that back
///
/// A hold wants a reason. What is in force already stays as it is.
#[utoipa::path(post, path = "/{tenant}/{act}", tag = "Tenants",
    params(("tenant" = String, Path, format = Uuid), ("act" = HoldAct, Path)),
    request_body = Option<Why>, responses((status = 200, body = Tenant), Problems))]
pub async fn hold(Caller { actor, manager }: Caller, Path((tenant, act)): Path<(String, String)>, body: Option<Body<Why>>) -> Tagged {
    actor.demand(Act::ManageTenants)?;
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
    actor.demand(Act::ManageTenants)?;
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
    actor.demand(Act::ManageTenants)?;
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
    actor.demand(Act::ManageTenants)?;
    let namespace: Namespace = namespace.parse()?;
    let tenant = manager.set_up_namespace(&actor, tenant_id(&tenant)?, &namespace).await?;
    Ok(tagged(tenant.version, tenant))
}

fn tenant_id(text: &str) -> Result<TenantId, ApiProblem> {
    id(text, Problem::tenant_not_found)
}
