//! A Helm that outlived the server that started it: recognised, waited for, stopped. Recognition needs Linux's
//! `/proc`; elsewhere every orphan counts as not alive, and whoever recovers looks at the cluster alone.
//! Does not say how it ended: nobody but its parent could know.

use std::{io, path::Path, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::Instant;

/// How often a process that is not our child is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A process by number and birth: numbers are used again, the pair is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    pid: i32,
    born: u64,
    verb: String,
}

impl Orphan {
    /// A process that runs now.
    pub(super) fn of(pid: i32, verb: &str) -> Option<Self> {
        Some(Self { pid, born: living(pid)?, verb: verb.into() })
    }

    /// The process whose working directory is that one; for when its record was never written.
    pub(super) fn inside(dir: &Path) -> Option<Self> {
        let processes = std::fs::read_dir("/proc").ok()?;
        let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.into_iter()
            .filter(|pid| std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == dir))
            .find_map(|pid| Self::of(pid, ""))
    }

    /// As one line of text.
    pub(super) fn record(&self) -> String {
        format!("{} {} {}\n", self.pid, self.born, self.verb)
    }

    /// Reads that line.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (pid, born) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        (pid > 1).then(|| Self { pid, born, verb: words.next().unwrap_or_default().into() })
    }

    /// What Helm was doing (`upgrade`, …); empty where that is not known.
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// Whether it still runs.
    pub fn alive(&self) -> bool {
        living(self.pid) == Some(self.born)
    }

    /// Waits for its end, no longer than until then. Answers whether it ended.
    pub async fn wait(&self, until: Instant) -> bool {
        while self.alive() {
            if Instant::now() >= until {
                return false;
            }
            tokio::time::sleep_until(until.min(Instant::now() + LOOK)).await;
        }
        true
    }

    /// Asks it and its children to end. Install and upgrade then mark the release failed; rollback and uninstall just
    /// die.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it and its children at once; what it was doing stays half done.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        if self.alive()
            && let Err(error) = signal_group(self.pid, signal)
        {
            tracing::warn!(%error, pid = self.pid, "a helm process could not be signalled");
        }
    }
}

/// Signals the group that a process leads; one that has ended already is no error.
pub(super) fn signal_group(pid: i32, signal: Signal) -> io::Result<()> {
    let Some(pid) = Pid::from_raw(pid) else { return Ok(()) };
    match kill_process_group(pid, signal) {
        Err(rustix::io::Errno::SRCH) => Ok(()),
        other => other.map_err(io::Error::from),
    }
}

/// When a process was born, in ticks since the machine was; `None` when it has ended.
fn living(pid: i32) -> Option<u64> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads `/proc/<pid>/stat`: the name in parentheses may hold anything, so fields count from the last `)`.
fn parse_stat(stat: &str) -> Option<u64> {
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?;
    // Field 22 of the manual is the 19th after the state, which is field 3.
    let born = fields.nth(18)?.parse().ok()?;
    // A zombie has ended: only its parent's notice is missing.
    (!matches!(state, "Z" | "X")).then_some(born)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_calls_itself_something_odd_is_read_all_the_same() {
        let stat = |state| format!("7 (a) Z 1 (b c) {state} 1 7 7 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 5432 1 2 3");
        assert_eq!(parse_stat(&stat("S")), Some(5432));
        assert_eq!(parse_stat(&stat("Z")), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn a_record_survives_being_written_and_read() {
        let orphan = Orphan { pid: 77, born: 123_456, verb: "upgrade".into() };
        assert_eq!(Orphan::parse(&orphan.record()), Some(orphan));
        for text in ["", "77", "x y", "0 1 upgrade", "1 1 upgrade", "-5 1 upgrade"] {
            assert_eq!(Orphan::parse(text), None, "{text}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_same_number_with_another_birth_is_another_process() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let me = Orphan::of(pid, "").unwrap();
        assert!(me.alive());
        assert!(!Orphan { born: me.born + 1, ..me }.alive());
    }
}
