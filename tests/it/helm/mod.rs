//! Helm, run for real.
