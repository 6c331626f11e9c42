//! Two pieces of long work at the same time, on two threads. Does not decide what is long enough to be worth one.

use std::thread::{Builder, ScopedJoinHandle, scope};

/// What both come to. Where no second thread can be had, as in a browser, one after the other.
pub fn beside<T: Send>(one: impl FnOnce() -> T, other: impl Fn() -> T + Sync) -> (T, T) {
    scope(|scope| {
        let thread = Builder::new().spawn_scoped(scope, &other);
        let one = one();
        // What broke off there breaks off here, for whoever asked for it.
        let other = match thread.map(ScopedJoinHandle::join) {
            Ok(Ok(done)) => done,
            _ => other(),
        };
        (one, other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_and_each_stays_on_its_side() {
        let words = ["left".to_owned(), "right".to_owned()];
        assert_eq!(beside(|| words[0].len(), || words[1].len()), (4, 5));
    }
}
