//! The health of real Deployments and Jobs, as Helm makes them.

use std::sync::Arc;

use pilothouse::{
    cluster::workloads::Workloads,
    domain::{clock::Clock, names::ReleaseKey, release::Health},
};

use super::support::{Place, first};

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  replicas: 2\n  progressDeadlineSeconds: 5\n  \
    selector: {matchLabels: {app: {{ .Release.Name }}}}\n  template:\n    metadata: {labels: {app: {{ .Release.Name }}}}\n    spec:\n      \
    {{- with .Values.selector }}\n      nodeSelector: {there: {{ . }}}\n      {{- end }}\n      containers: [{name: a, image: 'a:1'}]\n";
const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  activeDeadlineSeconds: 2\n  template:\n    spec:\n      \
    restartPolicy: Never\n      nodeSelector: {there: is-none}\n      containers: [{name: a, image: 'a:1'}]\n";

struct Wall;

impl Clock for Wall {
    #[expect(clippy::disallowed_methods, reason = "a test against a cluster goes by its time")]
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        chrono::Utc::now()
    }
}

/// The release's health each time it changes, until it is the one that is wanted.
async fn until(workloads: &Workloads, key: &ReleaseKey, wanted: Health) -> Vec<(Health, Option<String>)> {
    let mut changes = Box::pin(workloads.changes());
    let mut seen = vec![workloads.health(key)];
    while seen.last().is_none_or(|(health, _)| *health != wanted) {
        first(&format!("{wanted:?} after {seen:?}"), &mut changes, |changed| (changed == *key).then_some(())).await;
        seen.push(workloads.health(key));
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_goes_from_progressing_to_healthy() {
    let Some(place) = Place::new().await else { return };
    let (workloads, key) = (place.cluster.workloads(Arc::new(Wall)), place.key("web"));
    let waiting = {
        let (workloads, key) = (workloads.clone(), key.clone());
        tokio::spawn(async move { until(&workloads, &key, Health::Healthy).await })
    };
    place.helm_ok(&["install", "web", &place.chart("1.0.0", DEPLOYMENT)]).await;
    let seen = waiting.await.unwrap();
    assert!(seen.iter().any(|(health, _)| *health == Health::Progressing), "{seen:?}");
    assert_eq!(seen.last().unwrap().1.as_deref(), Some("2 of 2 ready"));
    let lines = workloads.readiness(&key);
    assert_eq!((lines.len(), lines[0].name.as_str(), lines[0].ready, lines[0].wanted), (1, "Deployment/web", 2, 2));
    place.helm_ok(&["uninstall", "web"]).await;
    until(&workloads, &key, Health::Unknown).await;
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_cannot_be_scheduled_is_progressing_and_then_degraded() {
    let Some(place) = Place::new().await else { return };
    let (workloads, key) = (place.cluster.workloads(Arc::new(Wall)), place.key("web"));
    let waiting = {
        let (workloads, key) = (workloads.clone(), key.clone());
        tokio::spawn(async move { until(&workloads, &key, Health::Degraded).await })
    };
    place.helm_ok(&["install", "web", &place.chart("1.0.0", DEPLOYMENT), "--set=selector=nowhere"]).await;
    let seen = waiting.await.unwrap();
    assert!(
        seen.iter()
            .any(|(health, detail)| *health == Health::Progressing && detail.as_ref().is_some_and(|text| text.starts_with("0 of 2 ready"))),
        "{seen:?}"
    );
    let detail = seen.last().unwrap().1.clone().unwrap();
    assert!(detail.starts_with("0 of 2 ready; Deployment/web: its progress deadline passed"), "{detail}");
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_makes_its_release_degraded() {
    let Some(place) = Place::new().await else { return };
    let (workloads, key) = (place.cluster.workloads(Arc::new(Wall)), place.key("web"));
    place.helm_ok(&["install", "web", &place.chart("1.0.0", JOB)]).await;
    let seen = until(&workloads, &key, Health::Degraded).await;
    assert!(seen.last().unwrap().1.as_ref().is_some_and(|detail| detail.starts_with("0 of 1 done; Job/web: ")), "{seen:?}");
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_claims_a_release_of_another_namespace_is_nobody_s() {
    let Some(place) = Place::new().await else { return };
    let workloads = place.cluster.workloads(Arc::new(Wall));
    let api: kube::Api<k8s_openapi::api::batch::v1::Job> = kube::Api::namespaced(place.client.clone(), &place.namespace);
    for (name, namespace) in [("hostile", "kube-system"), ("honest", place.namespace.as_str())] {
        let job = serde_json::json!({
            "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "Helm"},
                         "annotations": {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace}},
            "spec": {"suspend": true, "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}}},
        });
        api.create(&kube::api::PostParams::default(), &serde_json::from_value(job).unwrap()).await.unwrap();
    }
    until(&workloads, &place.key("honest"), Health::Progressing).await;
    for namespace in ["kube-system", place.namespace.as_str()] {
        let key = ReleaseKey { namespace: namespace.parse().unwrap(), name: "hostile".parse().unwrap() };
        assert_eq!(workloads.health(&key), (Health::Unknown, None));
    }
    place.leave().await;
}
