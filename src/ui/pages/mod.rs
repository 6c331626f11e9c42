//! The pages, by noun and verb.

pub mod account;
pub mod audit;
pub mod batches;
pub mod charts;
pub mod fleet;
pub mod not_found;
pub mod operations;
pub mod preview;
pub mod release;
pub mod releases;
pub mod settings;
pub mod sign_in;
pub mod tenants;
pub mod values;
