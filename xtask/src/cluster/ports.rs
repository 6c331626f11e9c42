//! Free loopback ports, remembered between runs so that addresses stay the same where they can.
//! It holds no port open: whoever asks must take it soon. That is why none of them is one that the system gives to
//! outgoing connections, which would take it in between.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};

/// Below what Linux (32768), macOS and the BSDs (49152) give to connections, and below a cluster's node ports (30000).
const OURS: Range<u16> = 20_000..30_000;

/// As many ports as asked for: those of the last run if all of them are free, otherwise new ones.
pub fn remembered<const N: usize>(file: &Path, preferred: Option<[u16; N]>) -> Result<[u16; N]> {
    let last = fs::read_to_string(file).ok().and_then(|text| parse::<N>(&text)).or(preferred);
    let ports = match last.filter(|ports| ports.iter().all(|port| is_free(*port))) {
        Some(ports) => ports,
        None => fresh()?,
    };
    let text: Vec<String> = ports.iter().map(u16::to_string).collect();
    fs::write(file, text.join(" ") + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    Ok(ports)
}

/// Whether somebody could listen there now.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn fresh<const N: usize>() -> Result<[u16; N]> {
    // From anywhere, so that two who ask at once get different ones.
    let start = usize::try_from(RandomState::new().hash_one(N) % OURS.len() as u64)?;
    let ports: Vec<u16> = OURS.cycle().skip(start).take(OURS.len()).filter(|port| is_free(*port)).take(N).collect();
    ports.try_into().ok().context("no free ports on 127.0.0.1")
}

fn parse<const N: usize>(text: &str) -> Option<[u16; N]> {
    let ports: Vec<u16> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
    ports.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_stay_the_same_while_they_are_free_and_change_when_one_is_taken() {
        let file = std::env::temp_dir().join(format!("xtask-ports-{}", std::process::id()));
        let first: [u16; 2] = remembered(&file, None).expect("ports");
        let again = remembered(&file, None).expect("ports");
        assert_eq!(first, again);
        let _taken = TcpListener::bind(("127.0.0.1", first[1])).expect("it was free");
        let other: [u16; 2] = remembered(&file, None).expect("ports");
        assert_ne!(first, other);
        assert!(first.iter().chain(&other).all(|port| OURS.contains(port)), "{first:?} {other:?}");
        fs::remove_file(file).ok();
    }
}
