//! Charts that try to leave their tenant: the cluster refuses them, and the answer says so.

use serde_json::json;

use super::make;
use crate::support::{App, Shelf, env};

const CLUSTER_ROLE_BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: '{{ .Release.Namespace }}-escape'}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: default, namespace: '{{ .Release.Namespace }}'}]
";
const ROLE_BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: escape}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: default, namespace: '{{ .Release.Namespace }}'}]
";
const IMPERSONATOR: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: escape}
rules: [{apiGroups: [''], resources: [serviceaccounts], verbs: [impersonate]}]
";
const ELSEWHERE: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: escape, namespace: '{{ .Values.other }}'}
";
const LOOKUP: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: escape}
data: {stolen: '{{ (lookup \"v1\" \"Secret\" .Values.other \"db\").data.password }}'}
";
const LOOKUP_ALL: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: escape}
data: {stolen: {{ lookup \"v1\" \"Secret\" \"\" \"\" | toJson | quote }}}
";
const QUOTA: &str = "apiVersion: v1
kind: ResourceQuota
metadata: {name: more}
spec: {hard: {pods: '1000'}}
";
const NAMESPACE: &str = "apiVersion: v1
kind: Namespace
metadata: {name: '{{ .Release.Namespace }}-more', labels: {pilothouse.dev/tenant: somebody}}
";

#[tokio::test]
async fn a_chart_that_tries_to_leave_its_tenant_is_refused_by_the_cluster_in_words() {
    let Some(env) = env() else { return };
    let charts = [
        ("cluster-role-binding", CLUSTER_ROLE_BINDING, "outside_tenant"),
        ("role-binding", ROLE_BINDING, "outside_tenant"),
        ("impersonator", IMPERSONATOR, "outside_tenant"),
        ("elsewhere", ELSEWHERE, "outside_tenant"),
        ("lookup", LOOKUP, "outside_tenant"),
        ("lookup-all", LOOKUP_ALL, "outside_tenant"),
        ("namespace", NAMESPACE, "outside_tenant"),
        ("quota", QUOTA, "cluster_refused"),
    ];
    let shelf = Shelf::of(&charts.map(|(name, template, _)| (name, template))).await;
    let app = App::with(&env, tempfile::tempdir().unwrap(), &[format!("--chart-sources=stray={}", shelf.url)]).await;
    let (tenant, other) = (make(&app, &json!({"limits": {"pods": 5}})).await, make(&app, &json!({})).await);
    let secret = "hunter2-of-the-other-tenant";
    env.kubectl(&["create", "secret", "generic", "db", "--namespace", &other.namespace, &format!("--from-literal=password={secret}")])
        .await;
    let account = format!("system:serviceaccount:{}:pilothouse-tenant", tenant.namespace);
    for (chart, _, code) in charts {
        let values = json!({"other": other.namespace});
        let done = app.change("/api/v1/helm/releases", &tenant.install(chart, chart, "1.0.0", &values)).await;
        assert_eq!((&done.body["status"], &done.body["error"]["code"]), (&json!("failed"), &json!(code)), "{chart}: {done:?}");
        let message = done.body["error"]["message"].as_str().unwrap();
        assert!(message.contains("its tenant") || message.contains("may not patch resourcequotas"), "{chart}: {message}");
        let events = app.request(reqwest::Method::GET, &format!("/api/v1/operations/{}/events", done.body["id"].as_str().unwrap()));
        let events = events.send().await.unwrap().text().await.unwrap();
        assert!(events.contains(&account), "{chart} acted as the tenant's account: {events}");
        assert!(!events.contains(secret), "{chart}");
    }
    for (namespace, kind, name) in [
        ("", "clusterrolebinding", format!("{}-escape", tenant.namespace)),
        ("", "namespace", format!("{}-more", tenant.namespace)),
        (tenant.namespace.as_str(), "rolebinding", "escape".into()),
        (tenant.namespace.as_str(), "role", "escape".into()),
        (tenant.namespace.as_str(), "configmap", "escape".into()),
        (other.namespace.as_str(), "configmap", "escape".into()),
    ] {
        assert_eq!(env.object(namespace, kind, &name).await, None, "{kind} {name}");
    }
    let quota = env.object(&tenant.namespace, "resourcequota", "pilothouse").await.unwrap();
    assert_eq!(quota["spec"]["hard"]["pods"], "5");
    app.stop().await;
}
