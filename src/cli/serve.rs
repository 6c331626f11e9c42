//! Running the server until told to stop.

use tokio::signal::unix::{SignalKind, signal};

use crate::{config::Config, server};

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
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
