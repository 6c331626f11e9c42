//! Ports on loopback for programs that cannot take one by themselves and say which. Holds none open, and gives none that
//! the system gives to outgoing connections: one of those would be taken before the program has started.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

/// Below what the system gives to connections (32768), and apart from the ports of the test cluster (20000 to 29999).
const OURS: std::ops::Range<u16> = 10_000..20_000;

/// A port that nobody listens on and that no other test of this process gets.
pub fn free() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Processes side by side begin apart.
    let start = (std::process::id() % 100) as u16 * 100;
    (0..OURS.len())
        .map(|_| OURS.start + (start + GIVEN.fetch_add(1, Ordering::Relaxed)) % OURS.len() as u16)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("no free port on 127.0.0.1")
}
