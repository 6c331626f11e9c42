//! Pilothouse: a web dashboard and release manager for the Helm releases of many tenants in one cluster.
//! This file is the map; ARCHITECTURE.md says which room may use which.

#![forbid(unsafe_code)]

pub mod domain;

#[cfg(feature = "ssr")]
pub mod charts;
#[cfg(feature = "ssr")]
pub mod cluster;
#[cfg(feature = "ssr")]
pub mod manager;
#[cfg(feature = "ssr")]
pub mod store;
