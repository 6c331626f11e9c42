//! A namespace in the test cluster, Helm, a small chart, and waiting for what a stream brings.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    process::Output,
    time::Duration,
};

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{
    Api, Client, Config,
    api::{DeleteParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use pilothouse::{
    cluster::{Cluster, ReleaseEvent},
    domain::names::ReleaseKey,
};
use serde_json::{Value, json};

/// Longer than anything here takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// A namespace of its own in the test cluster.
pub struct Place {
    pub cluster: Cluster,
    /// The administrator's client and kubeconfig.
    pub client: Client,
    pub kubeconfig: PathBuf,
    /// Pilothouse's own kubeconfig.
    pub own: PathBuf,
    pub namespace: String,
    pub dir: tempfile::TempDir,
    helm: PathBuf,
}

impl Place {
    /// `None`, and a line that says so, where there is no cluster.
    pub async fn new() -> Option<Self> {
        let (Some(kubeconfig), Some(own), Some(helm)) =
            (variable("PILOTHOUSE_TEST_KUBECONFIG"), variable("PILOTHOUSE_TEST_SERVER_KUBECONFIG"), variable("PILOTHOUSE_TEST_HELM"))
        else {
            eprintln!("skipped: no cluster (run cargo xtask test)");
            return None;
        };
        rustls::crypto::ring::default_provider().install_default().ok();
        let read = Kubeconfig::read_from(&kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        let client = Client::try_from(config).unwrap();
        let cluster = Cluster::connect(Some(own.clone())).await.unwrap();
        let namespace = format!("it-{}", &uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &seed()).simple().to_string()[..12]);
        let place = Self { cluster, client, kubeconfig, own, namespace, dir: tempfile::tempdir().unwrap(), helm };
        place
            .create::<Namespace>(None, json!({"metadata": {"name": place.namespace, "labels": {"pilothouse.dev/tenant": place.namespace}}}))
            .await;
        Some(place)
    }

    pub fn key(&self, name: &str) -> ReleaseKey {
        ReleaseKey { namespace: self.namespace.parse().unwrap(), name: name.parse().unwrap() }
    }

    /// Pilothouse's own kubeconfig, for changing it.
    pub fn own_kubeconfig(&self) -> Value {
        serde_json::to_value(Kubeconfig::read_from(&self.own).unwrap()).unwrap()
    }

    pub fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub async fn create_secret(&self, secret: Value) {
        self.secrets().create(&PostParams::default(), &serde_json::from_value(secret).unwrap()).await.unwrap();
    }

    async fn create<K>(&self, _: Option<K>, object: Value)
    where
        K: kube::Resource<DynamicType = ()> + Clone + std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned,
    {
        let api: Api<K> = Api::all(self.client.clone());
        api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
    }

    /// Runs Helm in the namespace.
    pub async fn helm(&self, arguments: &[&str]) -> Output {
        self.helm_with(&self.kubeconfig, arguments).await
    }

    pub async fn helm_with(&self, kubeconfig: &Path, arguments: &[&str]) -> Output {
        let mut command = tokio::process::Command::new(&self.helm);
        command.arg("--kubeconfig").arg(kubeconfig).arg("--namespace").arg(&self.namespace).args(arguments);
        command.env_clear().env("HOME", self.dir.path()).output().await.unwrap()
    }

    /// Runs Helm, which must succeed.
    pub async fn helm_ok(&self, arguments: &[&str]) {
        let output = self.helm(arguments).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A chart called `web` of that version whose one template is this.
    pub fn chart(&self, version: &str, template: &str) -> String {
        let dir = self.dir.path().join(format!("web-{version}"));
        std::fs::create_dir_all(dir.join("templates")).unwrap();
        std::fs::write(dir.join("Chart.yaml"), format!("apiVersion: v2\nname: web\nversion: {version}\nappVersion: \"9\"\n")).unwrap();
        std::fs::write(dir.join("values.yaml"), "greeting: hello\n").unwrap();
        std::fs::write(dir.join("templates/all.yaml"), template).unwrap();
        std::fs::write(dir.join("templates/NOTES.txt"), "Welcome").unwrap();
        dir.to_str().unwrap().to_owned()
    }

    /// Removes the namespace; not waited for.
    pub async fn leave(self) {
        let api: Api<Namespace> = Api::all(self.client.clone());
        api.delete(&self.namespace, &DeleteParams::default()).await.ok();
    }

    /// The events of this namespace's releases alone, with those about the watch itself.
    pub fn events(&self, cluster: &Cluster) -> Pin<Box<dyn Stream<Item = ReleaseEvent> + Send>> {
        let namespace = self.namespace.clone();
        let ours = move |key: &ReleaseKey| key.namespace.as_str() == namespace;
        Box::pin(cluster.releases().filter_map(move |event| {
            let kept = match event {
                ReleaseEvent::Listed(mut all) => {
                    all.retain(|sight| ours(&sight.key));
                    Some(ReleaseEvent::Listed(all))
                }
                ReleaseEvent::Seen(sight) => ours(&sight.key).then_some(ReleaseEvent::Seen(sight)),
                ReleaseEvent::Gone { key, revision } => ours(&key).then_some(ReleaseEvent::Gone { key, revision }),
                event => Some(event),
            };
            std::future::ready(kept)
        }))
    }
}

/// Waits for something, but not for ever.
pub async fn soon<T>(what: &str, wanted: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wanted).await.unwrap_or_else(|_| panic!("never came: {what}"))
}

/// The first of a stream's items that is wanted.
pub async fn first<T, U>(what: &str, stream: &mut (impl Stream<Item = T> + Unpin), wanted: impl Fn(T) -> Option<U>) -> U {
    soon(what, async {
        loop {
            if let Some(found) = wanted(stream.next().await.expect("the stream ended")) {
                return found;
            }
        }
    })
    .await
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// Different for every call and every run.
fn seed() -> Vec<u8> {
    static CALLS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let call = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let hasher = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), call);
    [hasher.to_ne_bytes(), call.to_ne_bytes()].concat()
}
