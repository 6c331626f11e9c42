//! Telling others which releases changed, each as often as they can take it and no more. Keeps names, not news.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use futures::Stream;
use tokio::sync::Notify;

use crate::domain::names::ReleaseKey;

#[derive(Default)]
pub(super) struct Subscribers {
    all: Mutex<Vec<Weak<Subscriber>>>,
}

#[derive(Default)]
struct Subscriber {
    changed: Mutex<BTreeSet<ReleaseKey>>,
    news: Notify,
}

impl Subscribers {
    /// Tells all subscribers that these have changed.
    pub(super) fn tell(&self, changed: Vec<ReleaseKey>) {
        if changed.is_empty() {
            return;
        }
        let mut all = held(&self.all);
        all.retain(|subscriber| {
            let Some(subscriber) = subscriber.upgrade() else { return false };
            held(&subscriber.changed).extend(changed.iter().cloned());
            subscriber.news.notify_one();
            true
        });
    }

    /// What changes from now on.
    pub(super) fn subscribe(&self) -> impl Stream<Item = ReleaseKey> + Send + use<> {
        let subscriber = Arc::new(Subscriber::default());
        held(&self.all).push(Arc::downgrade(&subscriber));
        futures::stream::unfold(subscriber, |subscriber| async {
            loop {
                let next = held(&subscriber.changed).pop_first();
                match next {
                    Some(key) => return Some((key, subscriber)),
                    None => subscriber.news.notified().await,
                }
            }
        })
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, StreamExt};

    use super::*;

    #[test]
    fn a_release_that_changes_often_comes_once() {
        let key = |name: &str| ReleaseKey { namespace: "acme".parse().unwrap(), name: name.parse().unwrap() };
        let subscribers = Subscribers::default();
        let mut changes = Box::pin(subscribers.subscribe());
        for _ in 0..1_000 {
            subscribers.tell(vec![key("web"), key("db")]);
        }
        assert_eq!(changes.next().now_or_never(), Some(Some(key("db"))));
        assert_eq!(changes.next().now_or_never(), Some(Some(key("web"))));
        assert_eq!(changes.next().now_or_never(), None);
        subscribers.tell(vec![key("web")]);
        assert_eq!(changes.next().now_or_never(), Some(Some(key("web"))));
        drop(changes);
        subscribers.tell(vec![key("web")]);
        assert!(held(&subscribers.all).is_empty());
    }
}
