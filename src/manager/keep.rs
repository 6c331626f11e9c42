//! Keeping a lease for as long as its worker sits at the desk, and hearing meanwhile what speaks against going on. Writes
//! nothing else.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{ReleaseManager, store_problem};
use crate::store::{StoreError, operations::Lease};

/// How long a lease is good for.
pub const LEASE: Duration = Duration::from_secs(10);
/// How often it is prolonged; also how long a wish to cancel may go unheard.
const RENEW: Duration = Duration::from_secs(1);

/// Why an attempt has to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Nothing speaks against going on.
    GoOn,
    /// Somebody asked for the end.
    Cancel,
    /// The deadline of the phase passed.
    Deadline,
    /// Another worker has the operation now, or the database is gone for longer than the lease: touch nothing, and leave
    /// Helm to whoever takes the operation up next.
    Lost,
}

/// Prolongs the lease and passes on wishes to cancel. A database that is gone for longer than the lease means that
/// the lease has run out, whoever holds it now.
pub(super) async fn keep(manager: ReleaseManager, lease: Lease, signal: Arc<watch::Sender<Signal>>) {
    let mut good_until = tokio::time::Instant::now() + LEASE;
    loop {
        tokio::time::sleep(RENEW).await;
        match manager.inner.stores.operations.renew(&lease, manager.now(), LEASE).await {
            Ok(cancel) => {
                good_until = tokio::time::Instant::now() + LEASE;
                if cancel {
                    signal.send_if_modified(|now| {
                        *now == Signal::GoOn && {
                            *now = Signal::Cancel;
                            true
                        }
                    });
                }
            }
            Err(StoreError::LeaseLost) => {
                signal.send_replace(Signal::Lost);
                return;
            }
            Err(error) => {
                store_problem(error);
                if tokio::time::Instant::now() > good_until {
                    signal.send_replace(Signal::Lost);
                    return;
                }
            }
        }
    }
}
