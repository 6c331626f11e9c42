//! The API against its own document: Schemathesis sends what the document allows and what it forbids to a server on
//! the real control plane, first with ids of its own invention, then with those of a release that is there.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::demo::api::Api;
use crate::demo::server::{Server, Settings};
use crate::progress::Step;
use crate::site::{self, Profile};
use crate::testing::Stage;
use crate::tools::python;
use crate::{cluster, command, paths, signal};

const TOKEN: &str = "contract-token-with-enough-characters";
/// The tenant whose release is tried.
const TENANT: &str = "contract";
/// A stream that never ends: Schemathesis would wait for its end.
const ENDLESS: &str = "/api/v1/live";
/// A known id takes the place of a wrong one, too, and what is read with it is there: that is no wrong acceptance.
const KNOWN: &str = r#"[[operations]]
include-method = "GET"
checks.negative_data_rejection.expected-statuses = ["2xx", "4xx"]

"#;

/// How many examples of each request are drawn: first with invented ids, then with known ones.
type Examples = [u32; 2];
/// Beside everything else that is tested. With known ids Helm runs for much of what is asked: fewer examples then.
pub const BESIDE: Examples = [6, 3];
/// Where it is the one thing that is tried.
const ALONE: Examples = [15, 15];

/// What the trial is made on.
pub struct Ground {
    /// The server's binary.
    pub binary: PathBuf,
    /// The cluster, as its administrator.
    pub admin: PathBuf,
    /// The cluster, as the server sees it.
    pub kubeconfig: PathBuf,
    /// Where charts come from.
    pub charts_url: String,
}

/// `cargo xtask contract`: the trial alone, on a stage of its own.
pub fn command() -> Result<()> {
    signal::listen()?;
    let stage = Stage::set("contract", site::build(Profile::Dev)?)?;
    check(&stage.ground(), ALONE)
}

/// Tries the whole API.
pub fn check(ground: &Ground, [invented, with_known]: Examples) -> Result<()> {
    let schemathesis = python::schemathesis()?;
    let dir = fresh_dir()?;
    let Ground { binary, admin, kubeconfig, charts_url } = ground;
    let server = Server::start(&Settings { binary, dir: &dir, kubeconfig, charts_url, password: TOKEN, token: TOKEN })?;
    let config = std::fs::read_to_string(paths::root().join("end2end/schemathesis.toml"))?;
    let hooks = paths::root().join("end2end/schemathesis_hooks.py");
    let known = known_ids(&Api::new(server.url(), TOKEN), admin, &dir)?;
    for (name, ids, examples) in [("api contract", String::new(), invented), ("api contract, known ids", known, with_known)] {
        let step = Step::start(name);
        let file = dir.join("schemathesis.toml");
        std::fs::write(&file, format!("{ids}\n{config}"))?;
        let mut trial = Command::new(&schemathesis);
        trial.current_dir(&dir).arg("--config-file").arg(&file).arg("run").arg(format!("{}/api/openapi.json", server.url()));
        trial.args(["--header", &format!("Authorization: Bearer {TOKEN}"), "--checks", "all", "--exclude-path", ENDLESS]);
        trial.args(["--request-timeout", "30", "--max-examples", &examples.to_string(), "--no-color"]);
        trial.env("SCHEMATHESIS_HOOKS", &hooks);
        let output = command::output(&mut trial)?;
        // It has ended well with a failure in its summary, so the summary is read, too.
        let summary = summary(&output.stdout);
        if !output.status.success() || !summary.contains(" passed") || summary.contains("failure") {
            bail!("{name}\n{}", output.text().trim_end());
        }
        step.done(summary);
    }
    server.check()
}

fn fresh_dir() -> Result<PathBuf> {
    let dir = paths::target("test").join("contract");
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// A tenant with a release, and their ids as Schemathesis' settings want them.
fn known_ids(api: &Api, admin: &Path, dir: &Path) -> Result<String> {
    let manifest = dir.join("namespace.json");
    let labels = json!({"pilothouse.dev/tenant": TENANT});
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TENANT, "labels": labels}});
    std::fs::write(&manifest, namespace.to_string())?;
    cluster::apply(admin, &manifest)?;
    let mut tenant = None;
    signal::until("the tenant's namespace to be seen", Duration::from_secs(30), || {
        let all = api.get("/tenants")?;
        tenant = all.as_array().into_iter().flatten().find(|one| one["slug"] == TENANT).cloned();
        Ok(tenant.is_some())
    })?;
    let tenant = tenant.context("no tenant")?["id"].clone();
    let install = json!({"tenantId": tenant, "releaseName": "web", "namespace": TENANT, "chartName": "web", "chartVersion": "1.3.2"});
    let ended = api.change("/helm/releases", "contract-install", &install)?;
    if ended.status != "succeeded" {
        bail!("the release to be tried could not be installed: {}", ended.error);
    }
    let operations = api.get("/operations")?;
    let operation = operations["items"].as_array().and_then(|all| all.first()).map(|one| one["id"].clone());
    let upgrade = json!({"chartName": "web", "chartVersion": "1.3.2", "valuesOverride": {"replicaCount": 3}});
    let preview = api.post(&format!("/helm/releases/{}/preview", ended.release), "contract-preview", &upgrade)?["id"].clone();
    let operation = operation.context("no operation")?;
    let source = api.get("/charts")?[0]["source"].clone();
    let ids = [("tenant", tenant), ("release", Value::String(ended.release)), ("operation", operation), ("preview", preview)];
    let chart = [("source", source), ("chart", json!("web")), ("version", json!("1.3.2"))];
    let mut text = format!("{KNOWN}[parameters]\n");
    for (name, id) in ids.into_iter().chain(chart) {
        writeln!(text, "\"path.{name}\" = {id}")?;
    }
    Ok(text)
}

/// How many cases there were.
fn summary(printed: &str) -> String {
    printed.lines().find(|line| line.contains(" generated, ")).unwrap_or_default().trim().to_owned()
}
