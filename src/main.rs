//! The `pilothouse` program: reads its settings, runs the server until told to stop.

use clap::Parser;
use pilothouse::{config::Config, server, telemetry};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> anyhow::Result<()> {
    telemetry::start();
    // One TLS provider: two would panic at the first connection.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Rendering on fewer than four threads has been seen to wait for itself.
    let threads = std::thread::available_parallelism().map_or(4, |cores| cores.get().max(4));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    runtime.block_on(async {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let running = server::start(Config::parse()).await?;
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
    })
}
