//! The proof of who Helm acts as: without it nothing runs, and nothing is changed.

use pilothouse::domain::{
    actor::{Actor, Door, Role},
    hold::HoldAct,
    problem::Code,
};
use serde_json::{Value, json};

use super::{act, make, setup};
use crate::support::{App, env, until};

#[tokio::test]
async fn helm_is_not_run_where_an_account_or_a_binding_is_gone_until_somebody_sets_the_namespace_up_again() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = make(&app, &json!({})).await;
    app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    for (kind, name) in
        [("serviceaccount", "pilothouse-tenant"), ("rolebinding", "pilothouse-tenant"), ("rolebinding", "pilothouse-impersonator")]
    {
        env.kubectl(&["delete", kind, name, "--namespace", &tenant.namespace]).await;
        let before = env.helm_history(&tenant.namespace, "web").await;
        // The API server forgets a right with a delay of its own; until then Helm acts as the account all the same.
        until(kind, || async {
            let (ok, said) = env
                .kubectl_as(
                    &env.server_kubeconfig,
                    &[
                        "get",
                        "secrets",
                        "--namespace",
                        &tenant.namespace,
                        &format!("--as=system:serviceaccount:{}:pilothouse-tenant", tenant.namespace),
                    ],
                )
                .await;
            (kind == "serviceaccount" || (!ok && said.contains("orbidden"))).then_some(())
        })
        .await;
        let done = app.change(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1"})).await;
        assert_eq!(
            (&done.body["status"], &done.body["error"]["code"]),
            (&json!("failed"), &json!("tenant_access_missing")),
            "{name}: {done:?}"
        );
        assert_eq!(env.helm_history(&tenant.namespace, "web").await, before, "{name}: nothing was changed");
        let lost = setup(&app, &tenant).await;
        assert_eq!(lost["state"], "lost", "{name}");
        assert!(lost["why"].as_str().is_some_and(|why| why.contains(&tenant.namespace)), "{lost}");
        assert_eq!(env.object(&tenant.namespace, kind, name).await, None, "what somebody took away is not given back by itself");
        let path = format!("namespaces/{}/set-up", tenant.namespace);
        let again = act(&app, &tenant, &path, &json!({})).await;
        assert_eq!(again.body["setup"][0]["state"], "ready", "{again:?}");
        let done = app.change(&format!("{release}/upgrade"), &json!({"chartVersion": "1.3.2"})).await;
        assert_eq!(done.body["status"], "succeeded", "{name}: {done:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_namespace_that_was_labelled_by_hand_is_set_up_with_its_first_change() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    assert_eq!(setup(&app, &tenant).await, json!({"namespace": tenant.namespace, "state": "unused", "why": null}));
    let done = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    assert_eq!(setup(&app, &tenant).await["state"], "ready");
    assert!(env.object(&tenant.namespace, "serviceaccount", "pilothouse-tenant").await.is_some());
    app.stop().await;
}

#[tokio::test]
async fn an_operation_whose_namespace_went_to_another_tenant_does_not_run() {
    let Some(env) = env() else { return };
    let app = App::with(&env, tempfile::tempdir().unwrap(), &["--workers=0".into()]).await;
    let tenant = make(&app, &json!({})).await;
    let queued = app.post("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    env.kubectl(&["label", "--overwrite", "namespace", &tenant.namespace, "pilothouse.dev/tenant=somebody-else"]).await;
    let app = App::with(&env, app.stop().await, &[]).await;
    let ended = app.settled(&queued.body["id"]).await;
    assert_eq!((&ended.body["status"], &ended.body["error"]["code"]), (&json!("failed"), &json!("namespace_not_of_tenant")), "{ended:?}");
    assert!(env.helm_history(&tenant.namespace, "web").await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn only_a_platform_admin_changes_tenants_and_nobody_learns_of_one_out_of_reach() {
    let app = App::without_cluster().await;
    let id = "018f0000-0000-7000-8000-000000000000".parse().unwrap();
    let missing = app.manager().hold_tenant(&Actor::person("a", Role::Admin, vec![], Door::Api), id, HoldAct::Thaw, None).await;
    assert_eq!(missing.unwrap_err().code, Code::TenantNotFound);
    for role in [Role::Support, Role::Viewer] {
        let actor = Actor::person("v", role, vec![id], Door::Api);
        let refused = app.manager().hold_tenant(&actor, id, HoldAct::Freeze, Some("x".into())).await;
        assert_eq!(refused.unwrap_err().code, Code::Forbidden);
        let refused = app.manager().edit_tenant(&actor, id, None, pilothouse::manager::TenantEdit::default()).await;
        assert_eq!(refused.unwrap_err().code, Code::Forbidden);
        for refused in [
            app.manager().give_namespace(&actor, id, &"a".parse().unwrap(), None).await,
            app.manager().release_namespace(&actor, id, &"a".parse().unwrap(), None).await,
            app.manager().set_up_namespace(&actor, id, &"a".parse().unwrap()).await,
        ] {
            assert_eq!(refused.unwrap_err().code, Code::Forbidden);
        }
    }
    let viewer = Actor::person("v", Role::Viewer, vec![], Door::Api);
    assert_eq!(app.manager().tenant_by_id(&viewer, id).await.unwrap_err().code, Code::TenantNotFound);
    assert_eq!(app.manager().unassigned(&viewer).await.unwrap(), vec![]);
    assert_eq!(app.look("/api/v1/tenants").await.body, Value::Array(vec![]));
    app.stop().await;
}
