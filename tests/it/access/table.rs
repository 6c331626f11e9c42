//! Who gets what, row by row. Each row is read as: asked by nobody, a viewer of the tenant, a viewer of another tenant,
//! support, an admin; first of something that is the tenant's, then of something that does not exist.
//!
//! An admin's changes are asked for so that they fail for another reason than rights, and change nothing.

/// A route and the statuses that it answers with.
pub struct Row {
    pub verb: &'static str,
    pub path: &'static str,
    /// After the path, placeholders and all.
    pub query: &'static str,
    /// JSON for the API, form fields for pages.
    pub body: &'static str,
    pub theirs: [u16; 5],
    pub missing: [u16; 5],
}

pub const ROWS: &[Row] = &[];
