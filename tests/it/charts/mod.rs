//! Chart sources and charts: repositories that the real Helm has made, a real registry, and what is shown of them.

mod pages;
mod registry;
mod repository;
mod sources;
mod values;
