//! What Pilothouse's own account may do in the cluster, and what it may not: `deploy/rbac` against the real API server.

use crate::support::{App, Env, env, env::unique};

async fn can(env: &Env, question: &[&str]) -> bool {
    let (_, said) = env.kubectl_as(&env.server_kubeconfig, &[&["auth", "can-i", "--quiet=false"][..], question].concat()).await;
    said.lines().last().is_some_and(|line| line.starts_with("yes"))
}

#[tokio::test]
async fn pilothouse_may_do_what_it_does_and_nothing_else() {
    let Some(env) = env() else { return };
    for question in [
        &["watch", "secrets", "--all-namespaces"][..],
        &["watch", "deployments.apps", "--all-namespaces"],
        &["watch", "jobs.batch", "--all-namespaces"],
        &["list", "pods", "--all-namespaces"],
        &["watch", "namespaces"],
        &["create", "namespaces"],
        &["bind", "clusterroles.rbac.authorization.k8s.io/pilothouse-tenant"],
        &["create", "selfsubjectreviews.authentication.k8s.io"],
    ] {
        assert!(can(&env, question).await, "{question:?}");
    }
    for question in [
        &["impersonate", "users"][..],
        &["impersonate", "groups"],
        &["impersonate", "serviceaccounts", "--all-namespaces"],
        &["impersonate", "serviceaccounts/pilothouse-tenant", "--namespace=kube-system"],
        &["create", "clusterrolebindings"],
        &["create", "clusterroles"],
        &["bind", "clusterroles.rbac.authorization.k8s.io/cluster-admin"],
        &["escalate", "clusterroles"],
        &["create", "pods", "--all-namespaces"],
        &["create", "secrets", "--all-namespaces"],
        &["delete", "secrets", "--all-namespaces"],
        &["patch", "deployments.apps", "--all-namespaces"],
        &["delete", "namespaces"],
        &["create", "serviceaccounts", "--subresource=token", "--all-namespaces"],
        &["get", "configmaps", "--all-namespaces"],
        // What runs is looked at as the tenant's account.
        &["get", "pods", "--subresource=log", "--all-namespaces"],
        &["list", "events", "--all-namespaces"],
        &["list", "replicasets.apps", "--all-namespaces"],
        &["delete", "serviceaccounts/default", "--namespace=default"],
        &["create", "validatingadmissionpolicies"],
        &["*", "*", "--all-namespaces"],
    ] {
        assert!(!can(&env, question).await, "{question:?}");
    }
}

#[tokio::test]
async fn what_rights_cannot_say_an_admission_policy_does() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = super::make(&app, &serde_json::json!({})).await;
    let nobodys = unique("nobodys");
    env.kubectl(&["create", "namespace", &nobodys]).await;
    let denied = async |arguments: &[&str], words: &str| {
        let (ok, said) = env.kubectl_as(&env.server_kubeconfig, arguments).await;
        assert!(!ok && said.contains(words), "{arguments:?}: {said}");
    };
    for namespace in ["kube-system", "default", nobodys.as_str()] {
        let place = format!("--namespace={namespace}");
        denied(&["create", "serviceaccount", "pilothouse-tenant", &place], "belongs to no tenant").await;
        let bind = ["create", "rolebinding", "pilothouse-tenant", "--clusterrole=pilothouse-tenant", "--serviceaccount=default:default"];
        denied(&[&bind[..], &[place.as_str()]].concat(), "belongs to no tenant").await;
        denied(&["create", "quota", "pilothouse", "--hard=pods=0", &place], "belongs to no tenant").await;
    }
    let place = format!("--namespace={}", tenant.namespace);
    denied(&["create", "serviceaccount", "another", &place], "not one of Pilothouse's own").await;
    let bind = ["create", "rolebinding", "another", "--clusterrole=pilothouse-tenant", "--serviceaccount=default:default"];
    denied(&[&bind[..], &[place.as_str()]].concat(), "not one of Pilothouse's own").await;
    let admin = ["create", "rolebinding", "pilothouse-impersonator", "--clusterrole=cluster-admin", "--user=x"];
    denied(&[&admin[..], &[place.as_str()]].concat(), "orbidden").await;
    for namespace in ["kube-system", "default", "pilothouse-system"] {
        denied(&["label", "namespace", namespace, "pilothouse.dev/tenant=acme"], "the namespace is the system's").await;
    }
    denied(&["create", "namespace", "kube-escape"], "the namespace is the system's").await;
    app.stop().await;
}
