//! The demo's chart repository: sources under `deploy/demo/charts`, several versions of each, packaged by the real Helm.
//! Serving the result is `serve`; changing a values file for a version is `values`.

pub mod serve;
mod values;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::progress::{self, Step};
use crate::tools::{self, Tool};
use crate::{command, paths, signal};
use serve::ChartServer;

/// One version of a chart, told as what differs from the sources.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Version {
    version: String,
    /// The program's version; the sources' own where left out.
    app_version: Option<String>,
    /// What is different and why, for whoever reads the list; it becomes an annotation of the chart.
    why: String,
    /// Values that are different, by dotted path.
    #[serde(default)]
    set: std::collections::BTreeMap<String, String>,
    /// Values that this version does not know yet, by dotted path.
    #[serde(default)]
    drop: Vec<String>,
    /// Files that this version does not have yet.
    #[serde(default)]
    without: Vec<String>,
}

/// Packages every version of every chart into `dir` and writes the index; says how many there are. What was made of the same
/// sources before stays: Helm never packages the same bytes twice, and what was previewed is only ever done with those.
pub fn package(dir: &Path) -> Result<usize> {
    let helm = tools::path(Tool::Helm)?;
    let sources = paths::root().join("deploy/demo/charts");
    let (stamp, made_of) = (dir.with_extension("made-of"), made_of(&helm, &sources)?);
    if dir.join("index.yaml").is_file() && fs::read_to_string(&stamp).is_ok_and(|before| before == made_of) {
        let packages = fs::read_dir(dir)?.flatten().filter(|entry| entry.path().extension().is_some_and(|kind| kind == "tgz"));
        return Ok(packages.count());
    }
    fs::remove_file(&stamp).ok();
    let staging = dir.with_extension("staging");
    fs::remove_dir_all(dir).ok();
    fs::remove_dir_all(&staging).ok();
    fs::create_dir_all(dir)?;
    let mut packages = Vec::new();
    for list in version_lists(&sources)? {
        let name = list.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
        let name = name.with_context(|| format!("{} has no name", list.display()))?.to_owned();
        let text = fs::read_to_string(&list)?;
        let versions: Vec<Version> = serde_json::from_str(&text).with_context(|| format!("cannot read {}", list.display()))?;
        for version in versions {
            let chart = staging.join(&version.version).join(&name);
            stage(&sources.join(&name), &chart, &version).with_context(|| format!("cannot prepare {name} {}", version.version))?;
            packages.push((chart, version));
        }
    }
    for (chart, version) in &packages {
        let mut package = Command::new(&helm);
        package.arg("package").arg(chart).args(["--version", &version.version, "--destination"]).arg(dir);
        if let Some(app_version) = &version.app_version {
            package.args(["--app-version", app_version]);
        }
        command::run(&mut package)?;
    }
    command::run(Command::new(&helm).args(["repo", "index"]).arg(dir))?;
    fs::remove_dir_all(&staging).ok();
    fs::write(&stamp, made_of)?;
    Ok(packages.len())
}

/// Tells sources of packages apart.
fn made_of(helm: &Path, sources: &Path) -> Result<String> {
    let (mut files, mut open) = (Vec::new(), vec![sources.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let mut hash = DefaultHasher::new();
    helm.hash(&mut hash);
    for file in files {
        (&file, fs::read(&file)?).hash(&mut hash);
    }
    Ok(format!("{:016x}", hash.finish()))
}

/// Packages the charts and serves them as long as the result lives.
pub fn start(dir: &Path, port: u16) -> Result<ChartServer> {
    let step = Step::start("charts");
    let count = package(dir)?;
    let server = ChartServer::start(dir, port)?;
    step.done(format!("{count} packages at {}", server.url()));
    Ok(server)
}

/// `cargo xtask charts`.
pub fn command(dir: &Path, and_serve: bool) -> Result<()> {
    if and_serve {
        signal::listen()?;
        let _server = start(dir, 0)?;
        return signal::wait(|| None);
    }
    let step = Step::start("charts");
    let count = package(dir)?;
    step.done(format!("{count} packages in {}", dir.display()));
    progress::note("index", &dir.join("index.yaml").display().to_string());
    Ok(())
}

fn version_lists(sources: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(sources).with_context(|| format!("cannot read {}", sources.display()))?;
    let mut lists: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .filter(|path| path.as_ref().map_or(true, |path| path.to_string_lossy().ends_with(".versions.json")))
        .collect::<Result<_, _>>()?;
    if lists.is_empty() {
        bail!("no *.versions.json in {}", sources.display());
    }
    lists.sort();
    Ok(lists)
}

fn stage(source: &Path, chart: &Path, version: &Version) -> Result<()> {
    copy_dir(source, chart)?;
    for file in &version.without {
        fs::remove_file(chart.join(file)).with_context(|| format!("it has no file {file}"))?;
    }
    let file = chart.join("values.yaml");
    let mut text = fs::read_to_string(&file)?;
    for path in &version.drop {
        text = values::drop(&text, path).with_context(|| format!("it has no value {path}"))?;
    }
    for (path, value) in &version.set {
        text = values::set(&text, path, value).with_context(|| format!("it has no value {path}"))?;
    }
    fs::write(&file, text)?;
    let about = chart.join("Chart.yaml");
    let text = fs::read_to_string(&about)?;
    fs::write(&about, format!("{text}annotations:\n  demo.pilothouse.dev/changes: {:?}\n", version.why))?;
    Ok(())
}

fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_dir(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
