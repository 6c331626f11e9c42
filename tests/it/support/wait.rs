//! Waiting on conditions. Sleeps only between looks, never for luck.

use std::{future::Future, time::Duration};

use tokio::time::Instant;

/// Looks until there is an answer, for at most a minute; fails with `what` when there is none.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl FnMut() -> F) -> T {
    within(Duration::from_secs(60), what, look).await
}

/// Looks until there is an answer, for at most `span`.
pub async fn within<T, F: Future<Output = Option<T>>>(span: Duration, what: &str, mut look: impl FnMut() -> F) -> T {
    let end = Instant::now() + span;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "gave up waiting: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
