//! What Helm's last words mean: a code, and a sentence that says what to do next. Its texts come from charts and
//! webhooks, too, so that nothing of them reaches the sentence but names, kinds and numbers that were parsed
//! (`shape`); every text that is matched here was seen from Helm 4.3 or read in its source. Does not redact `raw`.
//!
//! `refusal` reads what the API server refused, `waiting` what did not become ready and hooks.

mod refusal;
mod shape;
#[cfg(test)]
mod texts;
mod waiting;

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    os::unix::process::ExitStatusExt,
    process::ExitStatus,
};

use self::shape::between;
use super::Stop;
use crate::domain::problem::Code;

/// How much of Helm's last words is kept.
const RAW: usize = 16 * 1024;
/// How far from the end of the output they may begin.
const REACH: u64 = 256 * 1024;
/// Helm's own words after it caught a signal.
const BY_SIGNAL: &str = "context canceled";

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

type Meaning = (Code, String);

impl Failure {
    /// Reads what Helm wrote as its error, from `Error: ` on.
    pub(super) fn of(raw: &str) -> Self {
        let text = raw.strip_prefix("Error: ").unwrap_or(raw).trim();
        let (code, message) = meaning(text);
        Self { code, message, raw: cut(raw.trim_end()).into() }
    }

    /// Helm ended without an error message: somebody ended it.
    pub(super) fn without_words(status: ExitStatus) -> Self {
        let (code, message) = match (status.signal(), status.code()) {
            (Some(9), _) => (
                Code::HelmFailed,
                "Helm was killed, perhaps for want of memory. Look at the release's state and the server's memory limit, then try again."
                    .into(),
            ),
            (Some(_), _) => by_signal(),
            (None, code) => (
                Code::HelmFailed,
                format!("Helm ended without a word (exit code {}). Look at the release's state, then try again.", code.unwrap_or_default()),
            ),
        };
        Self { code, message, raw: String::new() }
    }

    /// Whether a signal ended Helm, be it that it said so or that it died.
    pub fn is_by_signal(&self) -> bool {
        self.code == Code::Interrupted || self.raw.is_empty()
    }

    /// The same end, when it was we who wanted it.
    pub(super) fn stopped(self, why: Stop) -> Self {
        let (code, message) = match why {
            Stop::Cancel => (
                Code::Cancelled,
                "Helm was stopped because somebody cancelled the operation. Look at the release's state: what was applied before stays applied.",
            ),
            Stop::Deadline => (
                Code::DeadlineExceeded,
                "Helm was stopped because the operation's deadline passed. Look at what its workloads or hooks wait for, or allow more time.",
            ),
        };
        Self { code, message: message.into(), ..self }
    }
}

/// Reads the end of Helm's standard error; `None` where it does not end with an error.
pub(super) fn of_file(mut file: &File) -> Option<Failure> {
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(REACH))).ok()?;
    let mut bytes = Vec::new();
    file.take(REACH).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // The first one: what Helm logs before is quoted on lines of its own, what follows may hold anything.
    let start = if text.starts_with("Error: ") { 0 } else { text.find("\nError: ")? + 1 };
    Some(Failure::of(&text[start..]))
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(RAW);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// In the order of how sure the words are: whole sentences of Helm first, then what the API server or a chart added.
fn meaning(text: &str) -> Meaning {
    let framed = text.strip_prefix("UPGRADE FAILED: ").or_else(|| text.strip_prefix("INSTALLATION FAILED: "));
    let inner = framed.unwrap_or(text);
    sentence(inner)
        .or_else(|| values(inner))
        .or_else(|| too_large(inner))
        .or_else(|| chart(inner))
        .or_else(|| waiting::hook(inner, framed.is_some()))
        .or_else(|| refusal::read(inner))
        .or_else(|| unreachable(inner))
        .or_else(|| waiting::not_ready(inner))
        .unwrap_or_else(|| {
            (Code::HelmFailed, "Helm reported an error that Pilothouse cannot explain. The operation's log has its words; look at the release's state before trying again.".into())
        })
}

/// Sentences of Helm's own that hold nothing foreign but a name.
fn sentence(text: &str) -> Option<Meaning> {
    let quoted_name =
        |text: &str| text.strip_prefix('"')?.strip_suffix("\" has no deployed releases").and_then(shape::dns).is_some().then_some(());
    let say = |code, text: &str| Some((code, text.into()));
    if text == "another operation (install/upgrade/rollback) is in progress" || text == "release: already exists" {
        say(
            Code::OperationInProgress,
            "Somebody else is changing this release with Helm, or was stopped while doing so. Wait for it to end; if nobody is at work on it, recover the release.",
        )
    } else if text == "release name check failed: cannot reuse a name that is still in use" {
        say(Code::ReleaseExists, "A release of that name exists in the namespace. Upgrade it, or choose another name.")
    } else if text == "release: not found"
        || quoted_name(text).is_some()
        || between(text, "uninstall: Release not loaded: ", ": release: not found").is_some_and(|name| shape::dns(name).is_some())
    {
        say(
            Code::ReleaseNotInstalled,
            "The release has no deployed revision in the cluster any more. Look at its timeline; install it again, or roll back to a revision that deployed.",
        )
    } else if let Some(revision) = between(text, "release has no ", " version").and_then(|number| number.parse::<u32>().ok()) {
        Some((
            Code::RevisionNotFound,
            format!("Helm no longer has revision {revision} of the release. Upgrade to that revision's chart and values instead."),
        ))
    } else if text == BY_SIGNAL {
        Some(by_signal())
    } else if text.strip_prefix("failed to delete release: ").and_then(shape::dns).is_some() {
        say(
            Code::ClusterRefused,
            "Helm could not delete some of the release's objects and does not say why: most often its service account may not, or a webhook is in the way. Set that right, then uninstall again.",
        )
    } else {
        None
    }
}

fn by_signal() -> Meaning {
    (Code::Interrupted, "Helm was stopped from outside of Pilothouse. Look at the release's state, then try again.".into())
}

fn values(text: &str) -> Option<Meaning> {
    if text.starts_with("failed to parse -: ") {
        return Some((
            Code::InvalidValues,
            "Helm could not read the values override. Shorten keys of more than a thousand characters, or write them more plainly.".into(),
        ));
    }
    let found = text.strip_prefix("values don't meet the specifications of the schema(s) in the following chart(s):\n")?;
    let paths: Vec<&str> = found.lines().filter_map(|line| shape::pointer(between(line, "- at '", "'")?)).collect();
    let places = match shape::list(paths.iter().map(ToString::to_string)) {
        Some(places) => format!(" at {places}"),
        None => String::new(),
    };
    Some((
        Code::InvalidValues,
        format!("The values do not fit the chart's schema{places}. Correct them; the chart's page shows what it expects."),
    ))
}

fn too_large(text: &str) -> Option<Meaning> {
    let stored = text.strip_prefix("create: failed to create: ").or_else(|| text.strip_prefix("update: failed to update: "))?;
    let large = stored.starts_with("Secret \"sh.helm.release.v1.") && stored.ends_with("Too long: may not be more than 1048576 bytes")
        || stored.starts_with("Request entity too large: limit is ")
        || stored.starts_with("etcdserver: request is too large");
    large.then(|| {
        let text = "The release would need more than 1 MiB in the cluster, compressed: its chart, values and manifests are kept in one Secret. Nothing was changed. Make the chart or the values smaller; large files belong into a ConfigMap of their own or into a volume.";
        (Code::ReleaseTooLarge, text.into())
    })
}

fn unreachable(text: &str) -> Option<Meaning> {
    // Go's words for a request that failed on its way; the address between is not looked at.
    let failed = ["Get \"", "Put \"", "Post \"", "Patch \"", "Delete \""].iter().any(|verb| text.contains(verb))
        && [
            ": dial tcp",
            ": EOF",
            ": unexpected EOF",
            "connection reset by peer",
            "TLS handshake timeout",
            "http2: client connection lost",
            "http2: client connection force closed",
            "Client.Timeout",
            ": tls: ",
            ": x509: ",
        ]
        .iter()
        .any(|words| text.contains(words));
    let store = [
        "etcdserver: request timed out",
        "etcdserver: leader changed",
        "the server is currently unable to handle the request",
        "the server was unable to return a response in the time allotted",
    ]
    .iter()
    .any(|words| text.contains(words));
    (failed || store || text.contains("kubernetes cluster unreachable"))
        .then(|| (Code::ClusterUnreachable, "The cluster's API server did not answer Helm. Look at the cluster, and at the release's state once it answers; then try again.".into()))
}

/// What is wrong with the chart itself.
fn chart(text: &str) -> Option<Meaning> {
    if text.starts_with("chart requires kubeVersion: ") {
        let version = text.rsplit_once(" which is incompatible with Kubernetes v").and_then(|(_, version)| shape::version(version));
        let version = version.map(|version| format!(" ({version})")).unwrap_or_default();
        return Some((
            Code::ChartRejected,
            format!("The chart does not support the cluster's version of Kubernetes{version}. Choose another version of the chart."),
        ));
    }
    if text.starts_with("an error occurred while checking for chart dependencies.") {
        return Some((Code::ChartRejected, "The chart lacks charts that it depends on. Its publisher has to package it with them.".into()));
    }
    if text.starts_with("file '") || text.starts_with("cannot load Chart.yaml: ") || text.starts_with("unable to load chart archive: ") {
        return Some((Code::ChartRejected, "Helm could not read the chart's archive. Its publisher has to package it again.".into()));
    }
    let place = between(text, "execution error at (", ")")
        .or_else(|| between(text, "parse error at (", ")"))
        .or_else(|| between(text, "YAML parse error on ", ": "))
        .or_else(|| text.contains("\n  executing \"").then(|| text.lines().next().unwrap_or_default()));
    let place = shape::place(place?)?;
    // What a template looked up may be somebody else's.
    if let Some(message) = refusal::outside(text).filter(|_| text.contains("\n  executing \"") && text.contains("error calling lookup: ")) {
        return Some((Code::OutsideTenant, message));
    }
    Some((
        Code::HelmFailed,
        format!(
            "The chart's template {place} cannot be rendered with these values. Look at the values that it uses (the operation's log has its words), or choose another version of the chart."
        ),
    ))
}
