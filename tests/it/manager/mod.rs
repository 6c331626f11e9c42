//! Operations from request to cluster and back, on the real control plane with the real Helm.

mod bad_input;
mod beside;
mod corpus;
mod crash;
mod lifecycle;
mod locked;
mod preview;
mod provenance;
