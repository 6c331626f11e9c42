//! What Helm does is seen and read, and what somebody else makes up does no harm.

use futures::StreamExt;
use pilothouse::{
    cluster::{
        ClusterError, NamespaceEvent, ReleaseEvent,
        record::{Record, pack},
    },
    domain::{operation::OPERATION_LABEL, revision::HelmStatus},
};
use serde_json::json;

use super::support::{Place, first};

const CONFIG_MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {greeting: {{ .Values.greeting | quote }}}\n";

fn seen(revision: u32, status: HelmStatus) -> impl Fn(ReleaseEvent) -> Option<pilothouse::domain::seen::SecretSight> {
    move |event| match event {
        ReleaseEvent::Seen(sight) if (sight.revision, sight.status) == (revision, status) => Some(sight),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn install_upgrade_and_uninstall_are_seen_and_read() {
    let Some(place) = Place::new().await else { return };
    let key = place.key("web");
    let mut events = place.events(&place.cluster);
    assert_eq!(events.next().await, Some(ReleaseEvent::Listed(vec![])));

    let operation = "01890a5d-ac96-774b-bcce-b302099a8057";
    let label = format!("--labels={OPERATION_LABEL}={operation}");
    let chart = place.chart("1.0.0", CONFIG_MAP);
    place.helm_ok(&["install", "web", &chart, &label, "--set=greeting=hi"]).await;
    let pending = first("pending", &mut events, seen(1, HelmStatus::PendingInstall)).await;
    assert_eq!(pending.operation.unwrap().to_string(), operation);
    let deployed = first("deployed", &mut events, seen(1, HelmStatus::Deployed)).await;
    assert_eq!((&deployed.key, &deployed.uid), (&key, &pending.uid));
    assert!((deployed.modified_at - deployed.created_at).num_seconds().abs() < 60);

    let decoded = place.cluster.decode(&key, 1).await.unwrap().unwrap();
    assert_eq!((decoded.chart_name.as_str(), decoded.chart_version.as_str(), decoded.app_version.as_str()), ("web", "1.0.0", "9"));
    assert_eq!(decoded.description, "Install complete");
    assert_eq!(serde_json::to_value(&decoded.body.values_override).unwrap(), json!({"greeting": "hi"}));
    assert_eq!(serde_json::to_value(&decoded.body.defaults).unwrap(), json!({"greeting": "hello"}));
    assert!(decoded.body.manifest.contains("greeting: \"hi\"") && decoded.body.notes == "Welcome");
    assert!(decoded.first_deployed.is_some());

    place.helm_ok(&["upgrade", "web", &place.chart("1.1.0", CONFIG_MAP)]).await;
    first("deployed", &mut events, seen(2, HelmStatus::Deployed)).await;
    let present = place.cluster.present(&key).await.unwrap();
    let statuses: Vec<_> = present.iter().map(|sight| (sight.revision, sight.status)).collect();
    assert_eq!(statuses, [(1, HelmStatus::Superseded), (2, HelmStatus::Deployed)]);
    assert_eq!(place.cluster.newest(&key).await.unwrap().unwrap().revision, 2);

    place.helm_ok(&["uninstall", "web"]).await;
    first("gone", &mut events, |event| matches!(event, ReleaseEvent::Gone { revision: 2, .. }).then_some(())).await;
    assert_eq!(place.cluster.decode(&key, 2).await, Ok(None));
    assert_eq!(place.cluster.newest(&key).await, Ok(None));
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_release_secrets_break_nothing() {
    let Some(place) = Place::new().await else { return };
    let now = chrono::DateTime::from_timestamp(1_795_341_600, 0).unwrap();
    let record = |name: &str, revision| Record::new(place.key(name), revision, now).secret();
    // The JSON claims another namespace, name and revision than the Secret.
    let mut liar = Record::new(place.key("victim"), 99, now);
    liar.key.namespace = "kube-system".parse().unwrap();
    let mut lying = record("liar", 1);
    lying["data"] = liar.secret()["data"].clone();
    place.create_secret(lying).await;
    for (name, payload) in [("garbage", b"%%%".to_vec()), ("bomb", pack(&vec![b' '; 100 << 20]))] {
        let mut secret = record(name, 1);
        secret["data"] = json!({ "release": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, payload) });
        place.create_secret(secret).await;
    }
    let mut empty = record("empty", 1);
    empty["data"] = json!({});
    place.create_secret(empty).await;
    // Labels that say something else than the name, and a name that says nothing.
    let mut contradictory = record("contradictory", 1);
    contradictory["metadata"]["labels"]["name"] = json!("other");
    place.create_secret(contradictory).await;
    let mut odd = record("odd", 1);
    odd["metadata"]["name"] = json!("odd");
    place.create_secret(odd).await;
    place.create_secret(record("honest", 1)).await;

    let mut events = place.events(&place.cluster);
    let Some(ReleaseEvent::Listed(listed)) = events.next().await else { panic!("not listed") };
    let mut names: Vec<_> = listed.iter().map(|sight| sight.key.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["bomb", "empty", "garbage", "honest", "liar"]);

    for name in ["bomb", "garbage", "empty"] {
        let outcome = place.cluster.decode(&place.key(name), 1).await;
        assert!(matches!(outcome, Err(ClusterError::Record(_))), "{name}: {outcome:?}");
    }
    let wanted: Vec<_> = listed.into_iter().map(|sight| (sight.key, sight.revision)).collect();
    let fetched: Vec<_> = place.cluster.decode_many(wanted, 32).collect().await;
    let good = fetched.iter().filter(|fetched| fetched.outcome.as_ref().is_ok_and(Option::is_some)).count();
    assert_eq!((fetched.len(), good), (5, 2));
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn namespaces_are_seen_with_their_tenant() {
    let Some(place) = Place::new().await else { return };
    let mut events = Box::pin(place.cluster.namespaces());
    let name: pilothouse::domain::names::Namespace = place.namespace.parse().unwrap();
    let Some(NamespaceEvent::Listed(all)) = events.next().await else { panic!("not listed") };
    assert!(all.iter().any(|namespace| namespace.name == name && namespace.tenant == name.as_str().parse().ok()));
    let api: kube::Api<k8s_openapi::api::core::v1::Namespace> = kube::Api::all(place.client.clone());
    let labels = json!({"metadata": {"labels": {"pilothouse.dev/tenant": "acme", "tenant.pilothouse.dev/ring": "canary"}}});
    api.patch(name.as_str(), &kube::api::PatchParams::default(), &kube::api::Patch::Merge(labels)).await.unwrap();
    let seen = first("the label", &mut events, |event| match event {
        NamespaceEvent::Seen(namespace) if namespace.name == name => Some(namespace),
        _ => None,
    })
    .await;
    assert_eq!((seen.tenant, seen.labels["ring"].as_str()), ("acme".parse().ok(), "canary"));
    assert_eq!(place.cluster.namespace_exists(&name).await, Ok(true));
    assert_eq!(place.cluster.namespace_exists(&"there-is-none-such".parse().unwrap()).await, Ok(false));
    place.leave().await;
    first("its end", &mut events, |event| (event == NamespaceEvent::Gone(name.clone())).then_some(())).await;
}
