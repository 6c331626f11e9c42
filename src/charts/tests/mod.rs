//! Chart sources against a small server of our own, which does what it is told, good or bad.

mod archives;
mod registries;
mod server;
mod sources;

use self::server::{Answer, Server, digest};
use super::{archive::tests::Packer, *};
use crate::domain::source::{Access, Login};

struct Fixture {
    server: Server,
    charts: ChartSources,
    dir: tempfile::TempDir,
}

async fn fixture(sources: &[&str], limits: Limits) -> Fixture {
    rustls::crypto::ring::default_provider().install_default().ok();
    let (server, dir) = (Server::start().await, tempfile::tempdir().unwrap());
    let configs = sources.iter().map(|name| server.config(name)).collect();
    let charts = ChartSources::limited(configs, dir.path().to_owned(), true, limits).unwrap();
    Fixture { server, charts, dir }
}

fn strict() -> Limits {
    Limits {
        index_bytes: 100_000,
        index_time: Duration::from_millis(500),
        archive_bytes: 100_000,
        archive_time: Duration::from_millis(500),
        ..Limits::default()
    }
}

fn named(text: &str) -> ChartRef {
    text.parse().unwrap()
}

fn code<T>(outcome: Result<T, Problem>) -> Code {
    outcome.err().expect("it succeeded").code
}
