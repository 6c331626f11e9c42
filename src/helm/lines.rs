//! Helm's output while it grows: whole lines, cleaned and bounded, for whoever watches. Does not redact, and does not
//! wait for a slow reader while Helm runs.
//!
//! Files are polled and not watched: a look at one that did not grow is one cheap call, and works on every disk.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use tokio::sync::mpsc::{Sender, error::TrySendError};

/// How often the files are looked at.
pub(super) const LOOK: Duration = Duration::from_millis(120);
/// The most lines of one run.
const MOST: usize = 2_000;
/// The most characters of a line.
const WIDEST: usize = 2_000;
/// The most bytes that are read of a file in one look.
const CHUNK: u64 = 1024 * 1024;
/// How long the last lines may wait for a reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// Both files of a run and where their lines go.
pub(super) struct Lines {
    files: [Growing; 2],
    pending: VecDeque<String>,
    left: usize,
    to: Sender<String>,
}

/// A file that somebody else writes.
struct Growing {
    file: File,
    /// The line that is not complete yet.
    rest: Vec<u8>,
    wanted: fn(&str) -> bool,
}

impl Lines {
    /// Lines of these files, from their beginnings.
    pub(super) fn of(stdout: &Path, stderr: &Path, to: Sender<String>) -> io::Result<Self> {
        let files = [
            Growing { file: File::open(stdout)?, rest: Vec::new(), wanted: harmless },
            Growing { file: File::open(stderr)?, rest: Vec::new(), wanted: |_| true },
        ];
        Ok(Self { files, pending: VecDeque::new(), left: MOST, to })
    }

    /// Sends what came since the last look, as far as the reader has room for it.
    pub(super) fn look(&mut self) {
        self.read(false);
        while let Some(line) = self.pending.pop_front() {
            if let Err(TrySendError::Full(line)) = self.to.try_send(line) {
                self.pending.push_front(line);
                break;
            }
        }
    }

    /// Sends what is left, once nobody writes any more. A reader that does not come for it loses it.
    pub(super) async fn finish(mut self) {
        self.read(true);
        let rest = async {
            for line in self.pending {
                if self.to.send(line).await.is_err() {
                    break;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, rest).await.is_err() {
            tracing::warn!("nobody read the last lines of a helm run");
        }
    }

    fn read(&mut self, to_the_end: bool) {
        for file in &mut self.files {
            while self.left > 0 {
                let (read, lines) = file.grown(to_the_end);
                for line in lines.into_iter().take(self.left) {
                    self.left -= 1;
                    self.pending.push_back(line);
                }
                if self.left == 0 {
                    self.pending.push_back("… further lines are not shown".into());
                }
                if read == 0 || !to_the_end {
                    break;
                }
            }
        }
    }
}

impl Growing {
    /// How many bytes came, and the lines that they completed.
    fn grown(&mut self, ended: bool) -> (usize, Vec<String>) {
        let mut lines = Vec::new();
        // What cannot be read is not shown; Helm's end and its meaning do not depend on it.
        let read = (&mut self.file).take(CHUNK).read_to_end(&mut self.rest).unwrap_or(0);
        let mut start = 0;
        while let Some(length) = self.rest[start..].iter().position(|&byte| byte == b'\n') {
            lines.push(clean(&self.rest[start..start + length]));
            start += length + 1;
        }
        self.rest.drain(..start);
        if ended && read == 0 && !self.rest.is_empty() {
            lines.push(clean(&std::mem::take(&mut self.rest)));
        }
        // A line without end is cut here already, so that it cannot fill the memory; one byte too many says that it was.
        self.rest.truncate(4 * WIDEST + 1);
        lines.retain(|line| !line.is_empty() && (self.wanted)(line));
        (read, lines)
    }
}

/// Whether a line of standard output may be shown: there Helm also prints what a chart wrote.
fn harmless(line: &str) -> bool {
    const BEGINNINGS: [&str; 5] = ["STATUS: ", "REVISION: ", "Release ", "Rollback was a success!", "release \""];
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}

/// A line as plain text: no escape sequences, no control characters, none that turn the direction of writing, and not
/// too long.
fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * WIDEST)]);
    let mut line = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' if chars.next_if_eq(&'[').is_some() => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
            '\t' => line.push(' '),
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {}
            c => line.push(c),
        }
    }
    match line.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        // Whoever hides secrets has to know that there was more.
        None if bytes.len() > 4 * WIDEST => line + "…",
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tokio::sync::mpsc;

    use super::*;

    fn written(out: &str, err: &[u8]) -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let (stdout, stderr) = (dir.path().join("out"), dir.path().join("err"));
        std::fs::write(&stdout, out).unwrap();
        std::fs::write(&stderr, err).unwrap();
        (dir, stdout, stderr)
    }

    async fn all(out: &str, err: &[u8]) -> Vec<String> {
        let (_dir, stdout, stderr) = written(out, err);
        let (to, mut from) = mpsc::channel(MOST + 10);
        Lines::of(&stdout, &stderr, to).unwrap().finish().await;
        let mut lines = Vec::new();
        while let Some(line) = from.recv().await {
            lines.push(line);
        }
        lines
    }

    #[test]
    fn a_line_keeps_its_text_and_loses_what_is_not() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m\tx\r\u{7}\u{202e}é".as_bytes()), "red xé");
        assert_eq!(clean(&[b'a', 0xff, b'b', 0x1b]), "a\u{fffd}b");
        assert_eq!(clean("é".repeat(5_000).as_bytes()).chars().count(), WIDEST + 1);
        assert_eq!(clean(format!("{}x{}", "\u{7}".repeat(7_999), "y".repeat(9)).as_bytes()), "x…", "what was cut says so");
    }

    #[tokio::test]
    async fn what_a_chart_prints_to_standard_output_is_not_shown() {
        let out = "NAME: web\nSTATUS: deployed\nNOTES:\npassword is hunter2\n";
        assert_eq!(all(out, b"level=WARN msg=x\n").await, ["STATUS: deployed", "level=WARN msg=x"]);
    }

    #[tokio::test]
    async fn a_last_line_without_an_end_is_shown() {
        assert_eq!(all("", b"one\n\ntwo").await, ["one", "two"]);
    }

    #[tokio::test]
    async fn endless_output_is_cut_off_and_says_so() {
        let lines = all("", "x\n".repeat(1_000_000).as_bytes()).await;
        assert_eq!(lines.len(), MOST + 1);
        assert!(lines[MOST].contains("not shown"));
    }

    #[tokio::test]
    async fn an_endless_line_is_cut() {
        let lines = all("", &[b"y".repeat(3 << 20), b"\nz\n".to_vec()].concat()).await;
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].chars().count(), lines[1].as_str()), (WIDEST + 1, "z"));
    }

    #[tokio::test]
    async fn a_line_that_grows_is_shown_once_and_whole() {
        let (_dir, stdout, stderr) = written("", b"hal");
        let (to, mut from) = mpsc::channel(10);
        let mut lines = Lines::of(&stdout, &stderr, to).unwrap();
        lines.look();
        assert!(from.try_recv().is_err());
        std::fs::OpenOptions::new().append(true).open(&stderr).unwrap().write_all(b"f\n").unwrap();
        lines.look();
        assert_eq!(from.try_recv().unwrap(), "half");
    }

    #[tokio::test]
    async fn a_reader_that_is_slow_or_gone_holds_nothing_up() {
        let (_dir, stdout, stderr) = written("", b"1\n2\n3\n");
        let (to, mut from) = mpsc::channel(1);
        let mut lines = Lines::of(&stdout, &stderr, to).unwrap();
        lines.look();
        assert_eq!(from.try_recv().unwrap(), "1");
        lines.look();
        assert_eq!(from.try_recv().unwrap(), "2");
        drop(from);
        lines.finish().await;
    }
}
