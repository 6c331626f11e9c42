//! The `pilothouse` program: reads its command line, then runs the server until told to stop, or does one thing beside it.

use clap::Parser;
use pilothouse::{cli::Cli, telemetry};

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    telemetry::start();
    // One TLS provider: two would panic at the first connection.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Rendering on fewer than four threads has been seen to wait for itself.
    let threads = std::thread::available_parallelism().map_or(4, |cores| cores.get().max(4));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    runtime.block_on(cli.run())
}
