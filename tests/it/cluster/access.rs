//! Access that works, and access that does not.

use std::{os::unix::fs::PermissionsExt, time::Instant};

use pilothouse::{
    cluster::{Cluster, ClusterError, Identity},
    domain::{problem::Code, release::Health, resource::Wanted},
};

use super::support::{Place, soon};

#[tokio::test(flavor = "multi_thread")]
async fn helm_acts_as_the_tenants_account_by_the_kubeconfig_that_is_written_for_it() {
    let Some(place) = Place::new().await else { return };
    let path = place.dir.path().join("kubeconfig");
    std::fs::write(&path, "old").unwrap();
    let namespace = place.namespace.parse().unwrap();
    place.cluster.write_kubeconfig(&Identity::of(&namespace), &path).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let user = written["users"][0]["user"].as_object().unwrap();
    assert_eq!(user["as"], format!("system:serviceaccount:{namespace}:pilothouse-tenant"));
    assert!(user.keys().all(|key| key == "as" || !key.starts_with("as")), "{:?}", user.keys());

    let refused = place.helm_with(&path, &["list"]).await;
    assert!(!refused.status.success(), "before Pilothouse may act as it");
    place.cluster.equip(&namespace).await.unwrap();
    let (tenant, key) = (place.namespace.parse().unwrap(), place.key("web"));
    soon("the rights are in force", async { while place.cluster.verify(&tenant, &key).await.is_err() {} }).await;
    let output = place.helm_with(&path, &["list"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let elsewhere = place.helm_with(&path, &["list", "--namespace=default"]).await;
    assert!(!elsewhere.status.success(), "in its own namespace and nowhere else");
    assert_eq!(place.cluster.ping().await, Ok(()));
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_share_their_connections_and_each_has_the_rights_of_its_own_account_alone() {
    let (Some(one), Some(other)) = (Place::new().await, Place::new().await) else { return };
    let look = async |from: &Place, at: &Place| {
        let name = "not-there".to_owned();
        let wanted =
            Wanted { api_version: "v1".into(), kind: "ConfigMap".into(), name, namespace: Some(at.namespace.clone()), hook: false };
        // The first one's access for both: its connections are the ones that are shared.
        let sighting = one.cluster.look_into(&from.namespace.parse().unwrap()).await.unwrap();
        sighting.named(vec![wanted]).await
    };
    for place in [&one, &other] {
        place.cluster.equip(&place.namespace.parse().unwrap()).await.unwrap();
        let (tenant, key) = (place.namespace.parse().unwrap(), place.key("web"));
        soon("the rights are in force", async { while place.cluster.verify(&tenant, &key).await.is_err() {} }).await;
    }
    for (from, at) in [(&one, &other), (&other, &one)] {
        let own = look(from, from).await.unwrap();
        assert_eq!((own.len(), own[0].health, own[0].depth), (1, Health::Degraded, 0), "it may look, and there is no such thing");
        let error = look(from, at).await.unwrap_err();
        assert!(matches!(error, ClusterError::Refused(_)), "{error}");
    }
    one.leave().await;
    other.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_refused_and_told_apart_from_silence() {
    let Some(place) = Place::new().await else { return };
    let path = place.dir.path().join("kubeconfig");
    let mut kubeconfig = place.own_kubeconfig();
    kubeconfig["users"][0]["user"] = serde_json::json!({"token": "wrong"});
    std::fs::write(&path, kubeconfig.to_string()).unwrap();
    let stranger = Cluster::connect(Some(path)).await.unwrap();
    for error in [stranger.ping().await.unwrap_err(), stranger.newest(&place.key("web")).await.unwrap_err()] {
        assert!(matches!(error, ClusterError::Refused(_)), "{error}");
        assert_eq!(error.problem().code, Code::ClusterRefused);
    }
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_not_there_is_no_reason_not_to_start() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kubeconfig");
    let text = "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}]\nusers: [{name: a, user: {token: x}}]\n\
                contexts: [{name: a, context: {cluster: a, user: a}}]\ncurrent-context: a\n";
    std::fs::write(&path, text).unwrap();
    let cluster = Cluster::connect(Some(path)).await.unwrap();
    let started = Instant::now();
    assert!(matches!(cluster.ping().await, Err(ClusterError::Unreachable(_))));
    let error = cluster
        .newest(&"a".parse().and_then(|namespace| Ok(pilothouse::domain::names::ReleaseKey { namespace, name: "a".parse()? })).unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.problem().code, Code::ClusterUnreachable);
    assert!(started.elapsed().as_secs() < 20);
}

#[tokio::test]
async fn a_kubeconfig_that_cannot_be_used_is_an_error_at_once() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kubeconfig");
    assert!(matches!(Cluster::connect(Some(path.clone())).await, Err(ClusterError::Config(_))));
    std::fs::write(&path, "apiVersion: v1\nkind: Config\n").unwrap();
    assert!(matches!(Cluster::connect(Some(path)).await, Err(ClusterError::Config(_))));
}
