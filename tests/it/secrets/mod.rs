//! Canaries: thirty secrets planted wherever a release can hold one, and nothing that leaves the process, is logged, is on
//! a command line or lies open on the disk holds any of them, in any encoding.

mod canary;
pub mod outlet;
mod planted;
mod real_node;
mod trace;
mod unread;
