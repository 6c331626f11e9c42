//! How long things take with 2,500 releases of 10 revisions. Run by hand, in release mode:
//! `cargo test --release --test it -- --ignored --nocapture speed`.
