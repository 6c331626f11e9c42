//! Operations: the list, and one of them as it happens.

mod list;
mod look;

pub use list::OperationsPage;
pub use look::OperationPage;
