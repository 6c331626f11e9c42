//! Helm, run for real: `standin` with shell scripts in its place, for what no real Helm does on demand; `releases` and
//! `failures` with the real program against a real API server.

mod failures;
mod releases;
mod standin;
mod support;
