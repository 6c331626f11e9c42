//! Tests against the real things: databases, Helm, a Kubernetes control plane. One binary, so that it links once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod access;
mod batches;
mod charts;
mod cluster;
mod drift;
mod helm;
mod http;
mod live;
mod manager;
mod people;
mod rules;
mod secrets;
mod store;
mod support;
mod tenants;
mod webhooks;
