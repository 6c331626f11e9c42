//! The cluster room against a real API server and the real Helm. Each test has a namespace of its own.

mod access;
mod broken_line;
mod proxy;
mod releases;
mod scale;
mod support;
mod workloads;
