//! Helm's output while it grows.
