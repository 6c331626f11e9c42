//! Access to the cluster: where it is read from, and the kubeconfig that a helm child is given, which acts as the
//! tenant's service account. Does not prove that it does: [`super::verify`] does.

use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, Request};
use kube::{
    client::{Body, Client, ClientBuilder},
    config::{Config, KubeConfigOptions, Kubeconfig},
};
use serde_json::{Map, Value, json};

use super::{Cluster, error::ClusterError, off_thread};
use crate::domain::names::Namespace;

/// Where Kubernetes puts a pod's own credentials.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// The header that says as whom a request is made.
const IMPERSONATE: &str = "impersonate-user";
/// The name of the only cluster, user and context in a kubeconfig that we write.
const NAME: &str = "pilothouse";

/// The service account that Helm acts as, in every namespace of a tenant.
pub const ACCOUNT: &str = "pilothouse-tenant";

/// As whom a helm child acts: the tenant's service account of one namespace, always. There is no identity for acting as
/// Pilothouse itself, so that nothing can fall back to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    namespace: Namespace,
}

impl Identity {
    /// The tenant's account of that namespace.
    pub fn of(namespace: &Namespace) -> Self {
        Self { namespace: namespace.clone() }
    }

    /// The namespace.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// The name by which the API server knows it.
    pub fn user(&self) -> String {
        format!("system:serviceaccount:{}:{ACCOUNT}", self.namespace)
    }
}

/// Our access, as it was read.
pub(super) struct Access {
    cluster: Map<String, Value>,
    user: Map<String, Value>,
}

impl Access {
    /// Reads the access. Blocks: it may run a credential plugin.
    pub(super) fn load(path: Option<&Path>) -> Result<(Self, Config), ClusterError> {
        let unusable = |error: &dyn std::fmt::Display| ClusterError::Config(error.to_string());
        let kubeconfig = match path {
            Some(path) => Kubeconfig::read_from(path).map_err(|error| unusable(&error))?,
            None => match Kubeconfig::read() {
                Ok(kubeconfig) => kubeconfig,
                Err(error) => return Self::in_cluster().map_err(|inner| ClusterError::Config(format!("{error}; {inner}"))),
            },
        };
        let access = Self::current(&kubeconfig)?;
        let config = tokio::runtime::Handle::current()
            .block_on(Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()))
            .map_err(|error| unusable(&error))?;
        Ok((access, explicit(config)))
    }

    fn in_cluster() -> Result<(Self, Config), ClusterError> {
        let config = Config::incluster().map_err(|error| ClusterError::Config(error.to_string()))?;
        let cluster = json!({
            "server": config.cluster_url.to_string().trim_end_matches('/'),
            "certificate-authority": format!("{SERVICE_ACCOUNT}/ca.crt"),
        });
        // A file and not its content: Kubernetes replaces the token every hour.
        let user = json!({ "tokenFile": format!("{SERVICE_ACCOUNT}/token") });
        Ok((Self { cluster: object(cluster), user: object(user) }, explicit(config)))
    }

    /// Takes the current context out of a kubeconfig; the rest of it is no business of a helm child.
    fn current(kubeconfig: &Kubeconfig) -> Result<Self, ClusterError> {
        let whole = serde_json::to_value(kubeconfig).map_err(|error| ClusterError::Config(error.to_string()))?;
        let find = |list: &str, name: &str, field: &str| {
            let entry = whole[list].as_array()?.iter().find(|entry| entry["name"] == name)?;
            Some(object(entry[field].clone()))
        };
        let missing = |what: &str| ClusterError::Config(format!("the kubeconfig has no usable {what}"));
        let name = whole["current-context"].as_str().ok_or_else(|| missing("current context"))?;
        let context = find("contexts", name, "context").ok_or_else(|| missing("current context"))?;
        let part = |field: &str| context.get(field).and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            cluster: find("clusters", part("cluster"), "cluster").ok_or_else(|| missing("cluster"))?,
            user: find("users", part("user"), "user").unwrap_or_default(),
        })
    }

    /// A kubeconfig of the current context alone, in JSON, which is YAML too. Files it refers to are put into it,
    /// but for tokens, which are replaced while they are in use.
    fn kubeconfig(&self, identity: &Identity) -> Result<Vec<u8>, ClusterError> {
        let (mut cluster, mut user) = (self.cluster.clone(), self.user.clone());
        inline(&mut cluster, "certificate-authority")?;
        inline(&mut user, "client-certificate")?;
        inline(&mut user, "client-key")?;
        for part in [&mut cluster, &mut user] {
            part.retain(|key, value| !value.is_null() && key != "extensions");
        }
        // Whatever our own access impersonates besides would be added to the tenant's account.
        user.retain(|key, _| key != "as" && !key.starts_with("as-"));
        user.insert("as".into(), identity.user().into());
        let whole = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{ "name": NAME, "cluster": cluster }],
            "users": [{ "name": NAME, "user": user }],
            "contexts": [{ "name": NAME, "context": { "cluster": NAME, "user": NAME } }],
            "current-context": NAME,
        });
        serde_json::to_vec_pretty(&whole).map_err(|error| ClusterError::Config(error.to_string()))
    }

    /// What a client is made of that has that kubeconfig. Blocks: it may run a credential plugin.
    fn config(&self, identity: &Identity) -> Result<Config, ClusterError> {
        let unusable = |error: &dyn std::fmt::Display| ClusterError::Config(error.to_string());
        let kubeconfig: Kubeconfig = serde_json::from_slice(&self.kubeconfig(identity)?).map_err(|error| unusable(&error))?;
        tokio::runtime::Handle::current()
            .block_on(Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()))
            .map_err(|error| unusable(&error))
    }
}

impl Cluster {
    /// Writes the kubeconfig that a helm child is to use, readable by us alone. An existing file is replaced at once
    /// and as a whole.
    pub async fn write_kubeconfig(&self, identity: &Identity, path: &Path) -> Result<(), ClusterError> {
        let (access, identity, path) = (self.access.clone(), identity.clone(), path.to_owned());
        off_thread(move || {
            let text = access.kubeconfig(&identity)?;
            write_private(&path, &text).map_err(|error| ClusterError::Config(format!("{}: {error}", path.display())))
        })
        .await
    }

    /// The cluster as that identity sees it: a client made of the very kubeconfig that a helm child is given.
    pub(super) async fn acting_as(&self, identity: &Identity) -> Result<Self, ClusterError> {
        let (access, identity) = (self.access.clone(), identity.clone());
        let client = off_thread(move || client(access.config(&identity)?)).await?;
        Ok(Self { client, ..self.clone() })
    }

    /// The same for looks: over connections that all of them share, with the identity in each request. A connection and its
    /// handshake for each namespace would cost more than the look.
    pub(super) async fn seeing_as(&self, identity: &Identity) -> Result<Self, ClusterError> {
        let bearer = self.bearer.get_or_try_init(|| self.bearer(identity)).await?.clone();
        let user = HeaderValue::from_str(&identity.user()).map_err(|error| ClusterError::Config(error.to_string()))?;
        let service = tower::service_fn(move |mut request: Request<Body>| {
            request.headers_mut().insert(IMPERSONATE, user.clone());
            let bearer = bearer.clone();
            async move { bearer.send(request).await }
        });
        Ok(Self { client: Client::new(service, identity.namespace().as_str()), ..self.clone() })
    }

    /// A client with our credentials that does not say as whom it asks: for [`Self::seeing_as`] alone, which puts that into every
    /// request, so that it never goes out bare. Made like that of any identity: nothing else that we impersonate is in it.
    async fn bearer(&self, identity: &Identity) -> Result<Client, ClusterError> {
        let (access, identity) = (self.access.clone(), identity.clone());
        off_thread(move || {
            let mut config = access.config(&identity)?;
            // It would be put over the one that each request carries.
            config.auth_info.impersonate = None;
            client(config)
        })
        .await
    }
}

fn client(config: Config) -> Result<Client, ClusterError> {
    let builder = ClientBuilder::try_from(explicit(config)).map_err(|error| ClusterError::Config(error.to_string()))?;
    Ok(builder.build())
}

/// The client with its retries off: calls are timed and repeated by us, in the open.
fn explicit(mut config: Config) -> Config {
    config.default_retry = false;
    config.connect_timeout = Some(std::time::Duration::from_secs(5));
    config
}

/// Replaces `<key>: path` by `<key>-data: base64`.
fn inline(part: &mut Map<String, Value>, key: &str) -> Result<(), ClusterError> {
    let data = format!("{key}-data");
    let path = part.remove(key);
    if part.get(&data).is_some_and(|data| !data.is_null()) {
        return Ok(());
    }
    if let Some(path) = path.as_ref().and_then(Value::as_str).filter(|path| !path.is_empty()) {
        let bytes = std::fs::read(path).map_err(|error| ClusterError::Config(format!("{path}: {error}")))?;
        part.insert(data, Value::String(STANDARD.encode(bytes)));
    }
    Ok(())
}

fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    // A left-over might be readable by others, and its mode would stay.
    if let Err(error) = std::fs::remove_file(&beside)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text)?;
    std::fs::rename(beside, path)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
