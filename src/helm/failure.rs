//! What Helm's last words mean. Does not redact.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use crate::domain::problem::Code;

/// How much of Helm's last words is kept.
const RAW: u64 = 16 * 1024;

/// Why Helm failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// What went wrong and what to do next. Holds nothing of Helm's text but names and numbers that were parsed.
    pub message: String,
    /// Helm's last words, at most 16 KiB. May hold secrets: redact before showing.
    pub raw: String,
}

/// Reads the end of Helm's standard error.
pub(super) fn of_file(mut file: &File) -> Option<Failure> {
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(RAW))).ok()?;
    let mut bytes = Vec::new();
    file.take(RAW).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let raw = &text[text.rfind("Error: ")?..];
    Some(Failure {
        code: Code::HelmFailed,
        message: "Helm reported an error that Pilothouse does not know. The operation's log has its words.".into(),
        raw: raw.into(),
    })
}
