//! The programs written in Go: their versions and how each is built from the Go module proxy.
//! Looking for a program that is already there is the business of the parent module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::lock::LockedCache;
use super::version::Version;
use crate::command;
use crate::progress::{self, Step};

/// A Go project from which one or several programs come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Project {
    /// kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kubelet.
    Kubernetes,
    /// etcd.
    Etcd,
    /// helm.
    Helm,
    /// kwok.
    Kwok,
    /// registry.
    Registry,
}

impl Project {
    /// The directory's name in the cache, without the version.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Etcd => "etcd",
            Self::Helm => "helm",
            Self::Kwok => "kwok",
            Self::Registry => "registry",
        }
    }

    /// The version that is built where none fits.
    pub fn version(self) -> &'static str {
        match self {
            Self::Kubernetes => "1.36.3",
            Self::Etcd => "3.6.16",
            Self::Helm => "4.3.1",
            Self::Kwok => "0.8.0",
            Self::Registry => "3.1.2",
        }
    }

    /// Where its programs are in the cache, relative to it.
    pub fn place(self) -> String {
        format!("{}-{}", self.name(), self.version())
    }

    fn minutes(self) -> &'static str {
        match self {
            Self::Kubernetes => "about ten minutes",
            Self::Etcd | Self::Kwok | Self::Registry => "about two minutes",
            Self::Helm => "about three minutes",
        }
    }

    /// Builds the named programs and moves them into the cache.
    pub fn build(self, cache: &LockedCache, programs: &[&str]) -> Result<()> {
        let label = format!("{} {}", self.name(), self.version());
        progress::note(&label, &format!("building it from source, once; {} on two cores", self.minutes()));
        let step = Step::start(&label);
        require_go()?;
        let dir = cache.temp(self.name())?;
        let built = match self {
            Self::Kubernetes => kubernetes(&dir, self.version(), programs)?,
            Self::Etcd => etcd(&dir, self.version())?,
            Self::Helm => install(
                &dir,
                &format!("helm.sh/helm/v4/cmd/helm@v{}", self.version()),
                &format!("-s -w -X helm.sh/helm/v4/internal/version.version=v{}", self.version()),
            )?,
            Self::Kwok => install(&dir, &format!("sigs.k8s.io/kwok/cmd/kwok@v{}", self.version()), "-s -w")?,
            Self::Registry => install(&dir, &format!("github.com/distribution/distribution/v3/cmd/registry@v{}", self.version()), "-s -w")?,
        };
        for program in programs {
            cache.keep(&built.join(program), &format!("{}/{program}", self.place()))?;
        }
        step.done("built");
        Ok(())
    }
}

fn go(dir: &Path) -> Command {
    let mut go = Command::new("go");
    go.current_dir(dir).env("CGO_ENABLED", "0").env("GOWORK", "off").env_remove("GOOS").env_remove("GOARCH");
    go
}

fn install(dir: &Path, package: &str, ldflags: &str) -> Result<PathBuf> {
    let bin = dir.join("bin");
    command::run(go(dir).env("GOBIN", &bin).args(["install", "-trimpath", "-ldflags", ldflags, package]))?;
    Ok(bin)
}

/// etcd's server module has replace directives, so that `go install …@version` refuses it: it needs a module around it.
fn etcd(dir: &Path, version: &str) -> Result<PathBuf> {
    fs::write(dir.join("go.mod"), "module pilothouse.local/etcd\n\ngo 1.26.0\n")?;
    command::run(go(dir).args(["get", "-tool", &format!("go.etcd.io/etcd/server/v3@v{version}")]))?;
    let bin = dir.join("bin");
    command::run(go(dir).args(["build", "-trimpath", "-ldflags", "-s -w", "-o"]).arg(bin.join("etcd")).arg("go.etcd.io/etcd/server/v3"))?;
    Ok(bin)
}

/// Kubernetes takes its staging modules from its own tree: each is replaced by the released module of the same day.
fn kubernetes(dir: &Path, version: &str, programs: &[&str]) -> Result<PathBuf> {
    fs::write(dir.join("go.mod"), "module pilothouse.local/kubernetes\n\ngo 1.26.0\n")?;
    let imports: String = programs.iter().map(|name| format!("\t_ \"k8s.io/kubernetes/cmd/{name}\"\n")).collect();
    fs::write(dir.join("tools.go"), format!("//go:build tools\n\npackage tools\n\nimport (\n{imports})\n"))?;
    let staged = version.replacen("1.", "0.", 1);
    let source = command::run(go(dir).args(["mod", "download", "-json", &format!("k8s.io/kubernetes@v{version}")]))?;
    let mut edit = go(dir);
    edit.args(["mod", "edit", &format!("-require=k8s.io/kubernetes@v{version}")]);
    for module in staging_modules(&fs::read_to_string(go_mod_path(&source)?)?) {
        edit.arg(format!("-replace={module}={module}@v{staged}"));
    }
    command::run(&mut edit)?;
    command::run(go(dir).args(["mod", "tidy"]))?;

    // Without a version at link time the server calls itself v0.0.0-master, which kubectl and Helm cannot read.
    let at = "k8s.io/component-base/version";
    let minor = version.split('.').nth(1).unwrap_or_default();
    let ldflags = format!("-s -w -X {at}.gitVersion=v{version} -X {at}.gitMajor=1 -X {at}.gitMinor={minor} -X {at}.gitTreeState=clean");
    let bin = dir.join("bin");
    fs::create_dir_all(&bin)?;
    command::run(
        go(dir)
            .args(["build", "-trimpath", "-ldflags", &ldflags, "-o"])
            .arg(&bin)
            .args(programs.iter().map(|name| format!("k8s.io/kubernetes/cmd/{name}"))),
    )?;
    Ok(bin)
}

fn go_mod_path(download: &str) -> Result<PathBuf> {
    let line = download.lines().find(|line| line.trim_start().starts_with("\"GoMod\""));
    let path = line.and_then(|line| line.split('"').nth(3)).context("go mod download did not say where go.mod is")?;
    Ok(PathBuf::from(path))
}

fn staging_modules(go_mod: &str) -> Vec<String> {
    go_mod
        .lines()
        .filter_map(|line| line.split_once("=> ./staging/"))
        .filter_map(|(left, _)| left.trim().trim_start_matches("replace ").split_whitespace().next().map(str::to_owned))
        .collect()
}

fn require_go() -> Result<()> {
    let advice = "install Go 1.26 or newer (https://go.dev/dl) and put it on PATH";
    let Ok(printed) = command::run(Command::new("go").args(["env", "GOVERSION", "GOTOOLCHAIN"])) else {
        bail!("Go is missing: {advice}.");
    };
    let version = Version::find(&printed).unwrap_or(Version { major: 0, minor: 0, patch: 0 });
    // From 1.21 on Go fetches the newer toolchain that a module asks for, unless told to stay local.
    let fetches = version.minor >= 21 && !printed.lines().nth(1).unwrap_or_default().starts_with("local");
    if version.major == 1 && (version.minor >= 26 || fetches) {
        return Ok(());
    }
    bail!("Go {version} is too old: {advice}.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_staging_modules_are_read_from_the_replace_block() {
        let text = "module k8s.io/kubernetes\nreplace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\tother => ../x\n)\n\
                    replace k8s.io/cri-api => ./staging/src/k8s.io/cri-api\n";
        assert_eq!(staging_modules(text), ["k8s.io/api", "k8s.io/cri-api"]);
    }
}
