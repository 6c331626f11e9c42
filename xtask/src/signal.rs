//! Ctrl-C and SIGTERM as a flag that every wait looks at, so that processes are ended in order.
//! It ends nothing itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

static STOP: AtomicBool = AtomicBool::new(false);

/// From here on Ctrl-C, SIGTERM and SIGHUP no longer kill this process but are remembered.
pub fn listen() -> Result<()> {
    match ctrlc::set_handler(|| STOP.store(true, Ordering::SeqCst)) {
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Ends what other threads wait for, as Ctrl-C would.
pub fn stop() {
    STOP.store(true, Ordering::SeqCst);
}

/// Whether somebody asked this process to stop.
pub fn asked_to_stop() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// Blocks until somebody asks this process to stop or `dead` says that going on makes no sense.
pub fn wait(mut dead: impl FnMut() -> Option<String>) -> Result<()> {
    while !asked_to_stop() {
        if let Some(reason) = dead() {
            bail!(reason);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Asks `ready` again and again until it says yes; an error when it does not within `limit`.
pub fn until(what: &str, limit: Duration, mut ready: impl FnMut() -> Result<bool>) -> Result<()> {
    let end = Instant::now() + limit;
    while !ready()? {
        if asked_to_stop() {
            bail!("stopped while waiting for {what}");
        }
        if Instant::now() > end {
            bail!("{what} did not come within {} s", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
