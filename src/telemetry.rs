//! Logging: one line per event on standard error, for people, or JSON for machines. Holds no secrets: values,
//! manifests and Helm's output are never logged.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts logging: `PILOTHOUSE_LOG` filters (`info` where it is not set), `PILOTHOUSE_LOG_FORMAT=json` turns to JSON.
pub fn start() {
    let filter = EnvFilter::try_from_env("PILOTHOUSE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let json = std::env::var("PILOTHOUSE_LOG_FORMAT").is_ok_and(|format| format == "json");
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    if json {
        tracing_subscriber::registry().with(filter).with(lines.json()).init();
    } else {
        tracing_subscriber::registry().with(filter).with(lines.compact()).init();
    }
}
