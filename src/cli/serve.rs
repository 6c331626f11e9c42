//! Running the server until told to stop.

use tokio::signal::unix::{SignalKind, signal};

use crate::{config::Config, server};

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    if !config.tls && config.public_url.as_deref().is_some_and(|url| url.starts_with("https:")) {
        tracing::warn!("browsers come by TLS, and cookies are not bound to it: set PILOTHOUSE_TLS=true");
    }
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let running = server::start(config).await?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: running operations come to their end first; once more, and they are left to the next start");
    tokio::select! {
        stopped = running.stop() => stopped,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}
