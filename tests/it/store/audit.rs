//! The audit: appended to, read, never changed.

use pilothouse::domain::{actor::Door, page::Paging};

use super::{contract, fixture::*};

contract!(rows_are_read_newest_first_as_they_were_written, rows_cannot_be_changed_or_removed);

async fn rows_are_read_newest_first_as_they_were_written(f: Fixture) {
    for place in ["acme/a", "acme/b", "acme/c"] {
        f.enqueue_upgrade(place).await;
    }
    let page = f.stores.audit.list(&admin(), Paging::new(0, 2)).await.unwrap();
    assert_eq!((page.total, page.items.iter().map(|row| row.seq).collect::<Vec<_>>()), (3, vec![3, 2]));
    let row = &page.items[0].entry;
    assert_eq!((row.subject.as_str(), row.act.as_str(), row.actor.as_str()), ("acme/c", "release.upgrade", "ada"));
    assert_eq!((row.door, row.at, row.reason.as_deref()), (Door::Page, at(0), Some("because")));
    assert_eq!(row.tenant, Some(f.tenant("acme").await));
    assert!(f.stores.operations.by_id(&admin(), row.operation.unwrap()).await.unwrap().is_some());
}

async fn rows_cannot_be_changed_or_removed(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    assert!(f.try_raw("UPDATE audit SET actor = 'somebody else'").await.is_err());
    assert!(f.try_raw("DELETE FROM audit").await.is_err());
    assert_eq!(f.audit_total().await, 1);
}
