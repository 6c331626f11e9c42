//! Kubernetes: Helm's release Secrets, namespaces, the health of workloads, and the access that a helm child gets.
//! Kubernetes' own types stop here; what goes out is `domain`'s.
//!
//! May use: `domain`. Does not decide what a sight means for a release, or whose a namespace ought to be. Changes
//! nothing in the cluster but tenants' namespaces and what they are equipped with.

mod access;
mod claim;
mod equip;
mod error;
mod follow;
mod live;
mod namespaces;
pub mod record;
pub mod release_secret;
mod releases;
mod sight;
mod text;
mod verify;
mod watch;
pub mod workloads;

use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};

use kube::client::{Client, ClientBuilder};
use tokio::{
    sync::{OnceCell, Semaphore},
    time::timeout,
};

use self::{access::Access, error::Fault};
pub use self::{
    access::{ACCOUNT, Identity},
    claim::Claimed,
    error::ClusterError,
    live::{HookNews, LogError, Sighting},
    namespaces::NamespaceEvent,
    releases::Fetched,
    verify::{AccessError, Verified},
    watch::ReleaseEvent,
};

/// How long one attempt at a read may take.
const ATTEMPT: Duration = Duration::from_secs(8);
/// How long a read may take with all its attempts.
const READ: Duration = Duration::from_secs(15);
/// How often a read is tried; the pause before each further attempt grows with it.
const ATTEMPTS: u32 = 3;
/// How long the API server has to say that it is there.
const PING: Duration = Duration::from_secs(2);

/// The cluster; cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    access: Arc<Access>,
    /// A release Secret of 1 MiB may unpack to 32 MiB: only as many at a time as there are cores to do it.
    decoders: Arc<Semaphore>,
    /// Who we are to the API server, once it was asked.
    own_name: Arc<OnceCell<String>>,
    /// What looks as tenants' accounts share: connections, and which kinds there are.
    bearer: Arc<OnceCell<Client>>,
    kinds: Arc<live::Kinds>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The access holds credentials.
        f.debug_struct("Cluster").finish_non_exhaustive()
    }
}

impl Cluster {
    /// Reads the access to the cluster: that kubeconfig, or else `KUBECONFIG`, `~/.kube/config` or the service account
    /// of the pod we run in. Does not talk to the API server, so one that is down keeps nothing from starting. A
    /// process-wide TLS provider must have been installed.
    pub async fn connect(kubeconfig: Option<PathBuf>) -> Result<Self, ClusterError> {
        // Credential plugins are run while the client is built.
        let (access, client) = off_thread(move || {
            let (access, config) = Access::load(kubeconfig.as_deref())?;
            let client = ClientBuilder::try_from(config).map_err(|error| ClusterError::Config(error.to_string()))?.build();
            Ok((access, client))
        })
        .await?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Self {
            client,
            access: Arc::new(access),
            decoders: Arc::new(Semaphore::new(cores)),
            own_name: Arc::default(),
            bearer: Arc::default(),
            kinds: Arc::default(),
        })
    }

    /// Whether the API server is there and ready, asked once and answered within two seconds.
    pub async fn ping(&self) -> Result<(), ClusterError> {
        let request = http::Request::get("/readyz").body(Vec::new()).map_err(|error| ClusterError::Unexpected(error.to_string()))?;
        match timeout(PING, self.client.request_text(request)).await {
            Ok(Ok(_)) => Ok(()),
            // It answered; that this path is closed to us says nothing about the rest.
            Ok(Err(kube::Error::Api(status))) if status.code == 403 => Ok(()),
            Ok(Err(error)) => Err(Fault::from(error).into_error()),
            Err(_) => Err(ClusterError::Unreachable(format!("no answer to /readyz within {PING:?}"))),
        }
    }

    /// The API server's version, asked once and answered within two seconds.
    pub async fn version(&self) -> Result<String, ClusterError> {
        match timeout(PING, self.client.apiserver_version()).await {
            Ok(Ok(info)) => Ok(info.git_version),
            Ok(Err(error)) => Err(Fault::from(error).into_error()),
            Err(_) => Err(ClusterError::Unreachable(format!("no answer to /version within {PING:?}"))),
        }
    }

    /// Reads something, or writes what may be written twice, with a limit to each attempt and to all of them together.
    /// The client's own retries are off: they would hide a stall of minutes.
    async fn read<T, F>(&self, ask: impl Fn() -> F) -> Result<T, ClusterError>
    where
        F: Future<Output = kube::Result<T>>,
    {
        let attempts = async {
            let mut attempt = 1;
            loop {
                let error = match timeout(ATTEMPT, ask()).await {
                    Ok(Ok(answer)) => return Ok(answer),
                    Ok(Err(error)) => Fault::from(error).into_error(),
                    Err(_) => ClusterError::Unreachable(format!("no answer within {ATTEMPT:?}")),
                };
                if attempt == ATTEMPTS || !error.is_transient() {
                    return Err(error);
                }
                tokio::time::sleep(Duration::from_millis(150) * attempt * attempt).await;
                attempt += 1;
            }
        };
        timeout(READ, attempts).await.unwrap_or_else(|_| Err(ClusterError::Unreachable(format!("no answer within {READ:?}"))))
    }
}

/// Runs what takes the processor or the disk for long on a thread of its own.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static) -> Result<T, ClusterError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(ClusterError::Unexpected(error.to_string())))
}
