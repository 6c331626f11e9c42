//! Tests of whole rooms through their doors, in one program so that they link once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod store;
