//! Programs that go on in the background: started with a log and a pid file, ended only when they are still the same.
//! It does not know what the programs are for.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// A process that cannot be mistaken for another: numbers are given out again, start times are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pid: u32,
    started: String,
}

impl Identity {
    /// The process that has this number now, unless there is none or only its exit status is left.
    pub fn of(pid: u32) -> Option<Self> {
        Some(Self { pid, started: start_time(pid)? })
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether this very process still runs.
    pub fn alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    fn read(file: &Path) -> Option<Self> {
        let text = fs::read_to_string(file).ok()?;
        let (pid, started) = text.trim_end().split_once(' ')?;
        Some(Self { pid: pid.parse().ok()?, started: started.to_owned() })
    }

    fn write(&self, file: &Path) -> Result<()> {
        fs::write(file, format!("{} {}\n", self.pid, self.started)).with_context(|| format!("cannot write {}", file.display()))
    }

    fn signal(&self, signal: Signal) {
        if let (true, Some(pid)) = (self.alive(), Pid::from_raw(self.pid as i32)) {
            kill_process(pid, signal).ok();
        }
    }
}

/// A program in the background, known by its name and the directory that holds its log and pid file.
#[derive(Clone, Debug)]
pub struct Daemon {
    name: String,
    dir: PathBuf,
    identity: Identity,
}

impl Daemon {
    /// Starts a program: no terminal, its own process group, and what it says in `<name>.log`.
    pub fn start(dir: &Path, name: &str, command: &mut Command) -> Result<Self> {
        let log = log_path(dir, name);
        let out = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let identity = Identity::of(child.id()).with_context(|| format!("{name} ended at once; see {}", log.display()))?;
        identity.write(&pid_path(dir, name))?;
        Ok(Self { name: name.to_owned(), dir: dir.to_owned(), identity })
    }

    /// The program of that name that an earlier run left behind, if it still runs.
    pub fn find(dir: &Path, name: &str) -> Option<Self> {
        let identity = Identity::read(&pid_path(dir, name)).filter(Identity::alive)?;
        Some(Self { name: name.to_owned(), dir: dir.to_owned(), identity })
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.identity.pid()
    }

    /// An error with the end of the log when the program does not run any more.
    pub fn check(&self) -> Result<()> {
        if self.identity.alive() {
            return Ok(());
        }
        let log = log_path(&self.dir, &self.name);
        let text = fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(15)..].join("\n");
        bail!("{} has ended; the last it said (all of it is in {}):\n{end}", self.name, log.display())
    }
}

/// Ends these together: asks all, waits for all, and forces whoever has not gone within `patience`.
pub fn stop(daemons: &[Daemon], patience: Duration) {
    for daemon in daemons {
        daemon.identity.signal(Signal::TERM);
    }
    let end = Instant::now() + patience;
    for daemon in daemons {
        while daemon.identity.alive() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        // The next start may take the same port, so that it is not enough to have asked.
        daemon.identity.signal(Signal::KILL);
        while daemon.identity.alive() {
            std::thread::sleep(Duration::from_millis(5));
        }
        fs::remove_file(pid_path(&daemon.dir, &daemon.name)).ok();
    }
}

fn log_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.log"))
}

fn pid_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.pid"))
}

#[cfg(target_os = "linux")]
fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses and may itself hold anything.
    let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace();
    let state = fields.next()?;
    if state == "Z" || state == "X" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

#[cfg(not(target_os = "linux"))]
fn start_time(pid: u32) -> Option<String> {
    let output = Command::new("ps").args(["-o", "stat=,lstart=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let (state, started) = text.split_once(char::is_whitespace)?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a scratch directory");
        dir
    }

    #[test]
    fn a_process_is_found_again_by_its_pid_file_and_ends_when_asked() {
        let dir = scratch("daemon");
        let daemon = Daemon::start(&dir, "sleeper", Command::new("sleep").arg("60")).expect("it starts");
        assert_eq!(Daemon::find(&dir, "sleeper").map(|found| found.pid()), Some(daemon.pid()));
        stop(std::slice::from_ref(&daemon), Duration::from_secs(5));
        assert!(daemon.check().is_err());
        assert!(Daemon::find(&dir, "sleeper").is_none());
        fs::remove_dir_all(dir).ok();
    }

    #[test]
    fn a_number_that_was_given_to_another_process_is_neither_found_nor_ended() {
        let dir = scratch("recycled");
        let mut other = Command::new("sleep").arg("60").spawn().expect("it starts");
        let stranger = Identity { pid: other.id(), started: "1".into() };
        stranger.write(&pid_path(&dir, "etcd")).expect("a pid file");
        assert!(Daemon::find(&dir, "etcd").is_none());
        stranger.signal(Signal::KILL);
        assert!(other.try_wait().expect("its state").is_none(), "the stranger must live");
        other.kill().and_then(|()| other.wait()).expect("it ends");
        fs::remove_dir_all(dir).ok();
    }
}
