//! Makes the demo's story happen: through Pilothouse's own API, and twice with plain Helm beside it.
//! Every step can be repeated without harm, so that an interrupted run is taken up by the next one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::api::{self, Api, Ended};
use super::fleet::{self, Change, Fleet, Release, Step};
use crate::tools::{self, Tool};
use crate::{cluster, command, progress, signal};

/// Releases that are worked on at the same time.
const AT_ONCE: usize = 4;

/// What the story is played with.
pub struct Stage<'a> {
    /// Pilothouse.
    pub api: &'a Api,
    /// The cluster, for what is done beside Pilothouse.
    pub kubeconfig: &'a Path,
    /// The packaged charts, for the same.
    pub charts: &'a Path,
    /// Where files may be put for a moment.
    pub scratch: &'a Path,
}

impl Stage<'_> {
    /// Makes the tenants' namespaces.
    pub fn tenants(&self, fleet: &Fleet) -> Result<()> {
        let file = self.scratch.join("namespaces.yaml");
        fs::write(&file, fleet.namespaces())?;
        cluster::apply(self.kubeconfig, &file)
    }

    /// Plays the story of every release, several at once; gives back how many steps there were.
    pub fn play(&self, fleet: &Fleet) -> Result<usize> {
        let ids = self.discovered(fleet)?;
        let next = AtomicUsize::new(0);
        let steps = AtomicUsize::new(0);
        let failure = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(release) = fleet.releases.get(next.fetch_add(1, Ordering::SeqCst)) {
                        if failure.lock().is_ok_and(|failure| failure.is_some()) {
                            return;
                        }
                        match self.release(release, &ids[&release.tenant]) {
                            Ok(count) => drop(steps.fetch_add(count, Ordering::SeqCst)),
                            Err(error) => {
                                let error = error.context(format!("{} of {}", release.release, release.tenant));
                                if let Ok(mut failure) = failure.lock() {
                                    failure.get_or_insert(error);
                                }
                                return;
                            }
                        }
                    }
                });
            }
        });
        match failure.into_inner() {
            Ok(Some(error)) => Err(error),
            _ => Ok(steps.into_inner()),
        }
    }

    /// Leaves a batch that waits to be started, unless there is one: what each release would get is rendered, nothing is done.
    pub fn batch(&self) -> Result<()> {
        if self.api.get("/batches")?["total"] != 0 {
            return Ok(());
        }
        let wish = json!({
            "aim": {"kind": "upgrade", "chart": "web", "version": "1.4.1"},
            "selection": {"chart": "web", "versions": "<1.4.1"},
            "strategy": {"order": "staged", "label": "ring", "values": ["canary", "early", "broad"], "soak": 10, "approval": true},
            "reason": "The storefront's November release",
        });
        self.api.post("/batches", "demo-batch", &wish).map(drop)
    }

    /// The id of every tenant by its slug, once Pilothouse has seen all of them.
    fn discovered(&self, fleet: &Fleet) -> Result<BTreeMap<String, String>> {
        let mut ids = BTreeMap::new();
        signal::until("the discovery of all tenants", Duration::from_secs(60), || {
            let page = self.api.get("/tenants?size=100")?;
            let items = page.get("items").unwrap_or(&page).as_array().cloned().unwrap_or_default();
            ids = items.iter().filter_map(|tenant| Some((api::text(tenant, "slug")?, api::text(tenant, "id")?))).collect();
            Ok(fleet.tenants.iter().all(|tenant| ids.contains_key(&tenant.slug)))
        })?;
        Ok(ids)
    }

    fn release(&self, release: &Release, tenant: &str) -> Result<usize> {
        let mut id = String::new();
        for (number, step) in release.steps.iter().enumerate() {
            let key = format!("demo-{}-{}-{number}", release.tenant, release.release);
            let change = format!("/helm/releases/{id}");
            let ended = match step {
                Step::Install(install) => self.change("/helm/releases", &key, self.install(release, tenant, install), install)?,
                Step::Upgrade(upgrade) => {
                    let body = json!({
                        "chartVersion": upgrade.version, "valuesOverride": upgrade.values, "timeout": upgrade.timeout,
                        "atomic": upgrade.atomic, "description": upgrade.reason,
                    });
                    self.change(&format!("{change}/upgrade"), &key, body, upgrade)?
                }
                Step::Rollback { to, reason } => {
                    let body = json!({ "targetRevision": to, "description": reason });
                    expect(self.api.change(&format!("{change}/rollback"), &key, &body)?, false)?
                }
                Step::Uninstall { reason } => expect(self.api.remove(&change, &key, reason)?, false)?,
                Step::Helm { version, values, revision, reason } => {
                    self.plain_helm(release, version, values, *revision, reason)?;
                    continue;
                }
            };
            id = ended.release;
        }
        Ok(release.steps.len())
    }

    fn install(&self, release: &Release, tenant: &str, install: &Change) -> Value {
        json!({
            "tenantId": tenant, "releaseName": release.release, "namespace": fleet::namespace(&release.tenant),
            "chartName": release.chart, "chartVersion": install.version, "valuesOverride": install.values,
            "timeout": install.timeout, "atomic": install.atomic, "description": install.reason,
        })
    }

    fn change(&self, path: &str, key: &str, body: Value, change: &Change) -> Result<Ended> {
        expect(self.api.change(path, key, &body)?, change.fails)
    }

    /// A revision that somebody makes with Helm and without asking Pilothouse.
    fn plain_helm(&self, release: &Release, version: &str, values: &Value, revision: u32, reason: &str) -> Result<()> {
        let namespace = fleet::namespace(&release.tenant);
        let secret = format!("secret/sh.helm.release.v1.{}.v{revision}", release.release);
        if command::succeeds(cluster::kubectl(self.kubeconfig)?.args(["get", &secret, "--namespace", &namespace])) {
            return Ok(());
        }
        let file = self.scratch.join(format!("{}-{}.json", release.tenant, release.release));
        fs::write(&file, values.to_string())?;
        let package: PathBuf = self.charts.join(format!("{}-{version}.tgz", release.chart));
        let mut helm = Command::new(tools::path(Tool::Helm)?);
        helm.arg("upgrade").arg(&release.release).arg(package).args(["--namespace", &namespace, "--description", reason]);
        helm.arg("--values").arg(&file).arg("--kubeconfig").arg(self.kubeconfig);
        let done = command::run(&mut helm).map(drop);
        fs::remove_file(file).ok();
        done
    }
}

/// An operation that ended otherwise than the story says is worth a line, or the end of it.
fn expect(ended: Ended, fails: bool) -> Result<Ended> {
    match (ended.status.as_str(), fails) {
        ("succeeded", false) | ("failed", true) => Ok(ended),
        ("succeeded", true) => {
            progress::note("demo", "an operation that was meant to fail has succeeded");
            Ok(ended)
        }
        (status, _) => bail!("the operation ended as {status}: {}", ended.error),
    }
}

/// Whether the story was played to its end before.
pub fn is_done(marker: &Path) -> bool {
    marker.is_file()
}

/// Remembers that the story was played to its end.
pub fn mark_done(marker: &Path) -> Result<()> {
    fs::write(marker, "The demo's story has been played.\n").with_context(|| format!("cannot write {}", marker.display()))
}
