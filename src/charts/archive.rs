//! Looking through a chart archive without unpacking it: what Helm would trip over, or be tricked by, is refused here.
//! Does not render and does not judge what the templates do.

use std::{
    collections::HashSet,
    io::{self, Read},
};

use flate2::read::MultiGzDecoder;
use serde_json::Value;
use tar::{Archive, Entry, EntryType};

use super::{about::facts, schema};
use crate::domain::offer::Facts;

/// Entries in an archive, those of packed subcharts included.
const MAX_ENTRIES: usize = 10_000;
/// Size of everything, unpacked: Helm's own limit.
const MAX_TOTAL: u64 = 100 << 20;
/// Size of one file: Helm's own limit.
const MAX_FILE: u64 = 5 << 20;
/// An archive may unpack to so many times its size …
const MAX_RATIO: u64 = 200;
/// … or to this, since small archives of much white space are common.
const RATIO_FROM: u64 = 1 << 20;
/// Archives in archives.
const MAX_DEPTH: usize = 4;

/// What a chart holds that a person who installs it wants to see; all of it hostile text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartDetails {
    /// Its default values, as written, comments and all.
    pub values: String,
    /// Its schema for values, where it has one; refers to nothing outside of itself.
    pub schema: Option<String>,
    /// Its README, in Markdown.
    pub readme: Option<String>,
    /// What its Chart.yaml says.
    pub facts: Facts,
}

/// Looks through an archive of that size, which must be that chart and version; the error completes "because …".
pub(super) fn look_through(archive: impl Read, size: u64, name: &str, version: &str) -> Result<ChartDetails, String> {
    let mut limits = Allowance { entries: MAX_ENTRIES, bytes: MAX_TOTAL.min((size * MAX_RATIO).max(RATIO_FROM)) };
    let files = read(archive, &mut limits, 0)?;
    let about = files.about.ok_or("it has no Chart.yaml")?;
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: 32, max_nodes: 50_000, max_aliases: 100, max_anchors: 100 },
    };
    let about: Value = serde_saphyr::from_str_with_options(&about, options).map_err(|_| "its Chart.yaml cannot be read")?;
    // A version may read as a number.
    let says = |key: &str, text: &str| {
        about.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).as_deref() == Some(text)
    };
    if !says("name", name) || !says("version", version) {
        return Err("its Chart.yaml names another chart or version".into());
    }
    Ok(ChartDetails { facts: facts(&about), ..files.details })
}

/// What is left of the limits, over all archives in the archive.
struct Allowance {
    entries: usize,
    bytes: u64,
}

#[derive(Default)]
struct Files {
    about: Option<String>,
    details: ChartDetails,
}

/// Counts what is unpacked, and stops where it is too much.
struct Metered<'a, R> {
    inner: R,
    limits: &'a mut Allowance,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.limits.bytes.checked_sub(u64::try_from(read).unwrap_or(u64::MAX));
        self.limits.bytes = left.ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "too large"))?;
        Ok(read)
    }
}

fn read(archive: impl Read, limits: &mut Allowance, depth: usize) -> Result<Files, String> {
    if depth > MAX_DEPTH {
        return Err("it holds archives in archives in archives".into());
    }
    let (mut files, mut seen, mut inner) = (Files::default(), HashSet::new(), Vec::new());
    let mut entries_left = limits.entries;
    // Like Helm's reader: several gzip streams after each other are one.
    let mut tar = Archive::new(Metered { inner: MultiGzDecoder::new(archive), limits });
    for entry in tar.entries().map_err(|error| told(&error))? {
        let mut entry = entry.map_err(|error| told(&error))?;
        entries_left = entries_left.checked_sub(1).ok_or("it has more than 10,000 entries")?;
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            EntryType::Symlink | EntryType::Link => return Err("it holds a link".into()),
            _ => return Err("it holds something that is neither a file nor a directory".into()),
        }
        let path = path_of(&entry)?;
        if !seen.insert(path.clone()) {
            return Err("it holds two files of the same name".into());
        }
        if entry.size() > MAX_FILE {
            return Err("it holds a file larger than 5 MiB".into());
        }
        let mut text = || -> Result<Vec<u8>, String> {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(|error| told(&error))?;
            Ok(bytes)
        };
        match path.as_str() {
            "Chart.yaml" => files.about = Some(utf8(text()?)?),
            "values.yaml" => files.details.values = utf8(text()?)?,
            "README.md" => files.details.readme = Some(String::from_utf8_lossy(&text()?).into_owned()),
            path if path.rsplit('/').next() == Some("values.schema.json") => {
                let bytes = text()?;
                schema::check(&bytes)?;
                if path == "values.schema.json" {
                    files.details.schema = Some(utf8(bytes)?);
                }
            }
            path if path.starts_with("charts/") && path.ends_with(".tgz") => inner.push(text()?),
            _ => {}
        }
    }
    limits.entries = entries_left;
    for archive in inner {
        read(archive.as_slice(), limits, depth + 1)?;
    }
    Ok(files)
}

/// The path within the chart: the first part is the chart's own directory, and Helm drops it unseen.
fn path_of(entry: &Entry<'_, impl Read>) -> Result<String, String> {
    let bytes = entry.path_bytes();
    let path = std::str::from_utf8(&bytes).map_err(|_| "a file's name is not UTF-8")?;
    let odd = path.contains(['\\', '\0']) || path.starts_with('/') || path.as_bytes().get(1) == Some(&b':');
    if odd || path.split('/').any(|part| part == "..") {
        return Err("a file's name leads out of the chart".into());
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.len() < 2 {
        return Err("a file lies outside of the chart's directory".into());
    }
    Ok(parts[1..].join("/"))
}

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes).map_err(|_| "a file of text is not UTF-8")?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::FileTooLarge => "it unpacks to more than it may".into(),
        _ => "it is not a gzipped tar archive, or damaged".into(),
    }
}

#[cfg(test)]
#[path = "archive_tests.rs"]
pub(super) mod tests;
