//! Running other programs: quietly, with their output kept for the moment they fail.
//! Programs that go on in the background are `cluster::process`.

use std::io::{IsTerminal, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{paths, signal};

/// What a program that has ended left behind.
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Output {
    /// Both streams, the way a person would want to read them after a failure.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs a program to its end and gives back its output, also when it failed.
///
/// A request to stop is passed on to it, so that no build goes on behind the shell's back.
pub fn output(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(|| format!("cannot run {name}"))?;
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = wait(&mut child)?;
    Ok(Output { status, stdout: stdout.join().unwrap_or_default(), stderr: stderr.join().unwrap_or_default() })
}

/// Runs a program and gives back its standard output; a failure carries everything it said.
pub fn run(command: &mut Command) -> Result<String> {
    let output = output(command)?;
    if !output.status.success() {
        bail!("`{}` failed ({})\n{}", shown(command), output.status, output.text().trim_end());
    }
    Ok(output.stdout)
}

/// Whether the program ran and succeeded; what it said is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    output(command).is_ok_and(|output| output.status.success())
}

/// Cargo in the repository, with everything set that the sources are compiled with.
pub fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    // Leptos compiles the name of its files into the server.
    cargo.current_dir(paths::root()).env("LEPTOS_OUTPUT_NAME", "pilothouse");
    // Cargo tells a program that it runs about that program's package. Build scripts of some dependencies look at it,
    // and would all run again whenever somebody changes between this and cargo itself.
    let told = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_NAME", "CARGO_CRATE_NAME"];
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| told.iter().any(|start| name.starts_with(start))) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs a build that may take minutes: in a terminal it shows its progress, elsewhere only what went wrong.
pub fn build(command: &mut Command) -> Result<()> {
    if !std::io::stderr().is_terminal() {
        return run(command.arg("--quiet")).map(drop);
    }
    let mut child = command.stdin(Stdio::null()).spawn().context("cannot run cargo")?;
    let status = wait(&mut child)?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// `npm ci` in a directory: exactly what the lock file says, and no scripts of strangers.
pub fn npm_ci(dir: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(dir).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    npm
}

/// Waits for a child; a request to stop ends it.
pub fn wait(child: &mut Child) -> Result<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if signal::asked_to_stop() {
            end(child);
            bail!("stopped");
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Asks a child to end, so that it can take its own children along, and forces it when it does not.
fn end(child: &mut Child) {
    if let Some(pid) = Pid::from_raw(child.id() as i32) {
        kill_process(pid, Signal::TERM).ok();
    }
    for _ in 0..100 {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().ok();
    child.wait().ok();
}

fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let program = program.rsplit('/').next().unwrap_or(&program).to_owned();
    command.get_args().fold(program, |line, arg| format!("{line} {}", arg.to_string_lossy()))
}

fn drain(stream: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            stream.read_to_end(&mut bytes).ok();
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
