//! `cargo xtask test`: every check there is, one line each, ending at the first that fails with what it said.
//! The checks themselves are cargo's, npm's and the tests'; the stage they need is set here.

use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::cluster::Cluster;
use crate::cluster::node::{self, Node};
use crate::contract::{self, Ground};
use crate::progress::{self, Step};
use crate::site::Profile;
use crate::tally::Tally;
use crate::tools::host::{self, CargoTool};
use crate::tools::{self, Tool, npm};
use crate::{charts, command, paths, signal, site};

/// Where the tests are that need a real node.
const REAL_NODE: &str = "::real_node::";

/// Warnings are errors.
const DENYING: [&str; 3] = ["--", "-D", "warnings"];

/// What to run.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Only what needs no cluster, no browser and no extra tool.
    pub fast: bool,
    /// Only tests whose name contains this.
    pub filter: Option<String>,
}

/// Runs the checks and prints how many tests passed and failed.
pub fn command(choice: &Choice) -> Result<()> {
    signal::listen()?;
    check("fmt", command::cargo().args(["fmt", "--all", "--check"]))?;
    // The site may be embedded in the server, so that even a check wants it to be there.
    std::fs::create_dir_all(paths::target("site"))?;
    let mut tally = Tally::default();
    if choice.fast {
        clippy()?;
        cargo_tests(&mut tally, choice, None)?;
        return tally.close();
    }
    let server = compile(&mut tally, choice)?;
    deny()?;
    check("machete", Command::new(CargoTool::Machete.path()?).current_dir(paths::root()).args(["--skip-target-dir", "."]))?;
    let stage = Stage::set("test", server)?;
    cargo_tests(&mut tally, choice, Some(&stage))?;
    real_node_tests(&mut tally, choice, &stage)?;
    if tally.failed() == 0 && choice.filter.is_none() {
        contract::check(&stage.ground(), contract::BESIDE)?;
    }
    if tally.failed() == 0 {
        journeys(&mut tally, choice, &stage)?;
    }
    tally.close()
}

/// Checks and builds our own sources, and beside it, on a fresh machine, what the tests need of other people's: one
/// compiler fills what the other leaves idle.
fn compile(tally: &mut Tally, choice: &Choice) -> Result<PathBuf> {
    let mut ours = || {
        clippy()?;
        host::require_wasm_target()?;
        let browser = ["--package", site::NAME, "--lib", "--no-default-features", "--features", "hydrate"];
        let mut clippy = command::cargo();
        clippy.args(["clippy", "--quiet", "--target", "wasm32-unknown-unknown"]).args(browser).args(DENYING);
        check("clippy for browsers", &mut clippy)?;
        editor(tally, choice)?;
        site::site(Profile::Dev)?;
        tests_and_server()
    };
    let (failed, failures) = mpsc::channel();
    // Where one fails there is no sense in going on with the other, which then says no more than that it was stopped.
    let fail = |error| {
        let _ = failed.send(error);
        signal::stop();
    };
    let server = thread::scope(|scope| {
        scope.spawn(|| tools::gather(node::why_not().is_none()).map_or_else(&fail, drop));
        ours().map_err(&fail).ok()
    });
    match failures.try_recv() {
        Ok(first) => Err(first),
        Err(_) => server.context("the build broke off"),
    }
}

/// Builds the tests and the server that they start. Alone it would be built with other features of the same dependencies,
/// and all of them once more.
fn tests_and_server() -> Result<PathBuf> {
    let step = Step::start("tests and server");
    command::build(command::cargo().args(["test", "--workspace", "--no-run"]))?;
    step.done("");
    Ok(paths::cargo_target().join("debug").join(site::NAME))
}

fn clippy() -> Result<()> {
    check("clippy", command::cargo().args(["clippy", "--quiet", "--workspace", "--all-targets"]).args(DENYING))
}

/// What tests and benches against a cluster are told, by environment.
pub struct Stage {
    cluster: Cluster,
    charts: charts::serve::ChartServer,
    server: PathBuf,
}

impl Stage {
    /// Starts a cluster without a past and a chart repository below `target/<name>`.
    pub fn set(name: &str, server: PathBuf) -> Result<Self> {
        let dir = paths::target(name);
        // A cluster that a killed run left behind is ended before its directory goes.
        if dir.join("cluster").is_dir() {
            crate::cluster::stop(&dir.join("cluster"))?;
            std::fs::remove_dir_all(dir.join("cluster"))?;
        }
        let cluster = Cluster::start(&dir.join("cluster"))?;
        let charts = charts::start(&dir.join("charts"), 0)?;
        Ok(Self { cluster, charts, server })
    }

    /// What the API's document is tried on.
    pub fn ground(&self) -> Ground {
        let (admin, kubeconfig) = (self.cluster.kubeconfig(), self.cluster.server_kubeconfig());
        Ground { binary: self.server.clone(), admin, kubeconfig, charts_url: self.charts.url() }
    }

    /// Tells a command where everything is.
    pub fn tell(&self, command: &mut Command) -> Result<()> {
        command
            .env("PILOTHOUSE_TEST_KUBECONFIG", self.cluster.kubeconfig())
            .env("PILOTHOUSE_TEST_SERVER_KUBECONFIG", self.cluster.server_kubeconfig())
            .env("PILOTHOUSE_TEST_HELM", tools::path(Tool::Helm)?)
            .env("PILOTHOUSE_TEST_KUBECTL", tools::path(Tool::Kubectl)?)
            .env("PILOTHOUSE_TEST_REGISTRY", tools::path(Tool::Registry)?)
            .env("PILOTHOUSE_TEST_CHARTS_URL", self.charts.url())
            .env("PILOTHOUSE_BIN", &self.server);
        Ok(())
    }
}

fn check(name: &str, command: &mut Command) -> Result<()> {
    progress::step(name, || command::run(command).map(|_| ""))
}

fn deny() -> Result<()> {
    let program = CargoTool::Deny.path()?;
    let deny = |what: &[&str]| {
        let mut command = Command::new(&program);
        command.current_dir(paths::root()).args(["--all-features", "--log-level=error", "check", "--hide-inclusion-graph"]).args(what);
        command
    };
    check("deny", &mut deny(&["licenses", "bans", "sources"]))?;
    let step = Step::start("advisories");
    let output = command::output(&mut deny(&["advisories"]))?;
    if output.status.success() {
        step.done("");
    } else if output.text().contains("failed to fetch advisory database") {
        step.done("SKIPPED: the advisory database cannot be fetched from here");
    } else {
        bail!("advisories\n{}", output.text().trim_end());
    }
    Ok(())
}

/// Runs tests and counts them; what they said is shown where not all of them passed.
fn run_tests(name: &'static str, command: &mut Command, count: impl FnOnce(&str) -> Tally) -> Result<()> {
    let step = Step::start(name);
    let output = command::output(command)?;
    let counted = count(&output.stdout);
    if !output.status.success() {
        println!("{}", output.text().trim_end());
        if counted.failed() == 0 {
            bail!("{name} failed before it came to a result");
        }
    }
    step.done(counted.to_string());
    Ok(())
}

/// All of cargo's tests; without a stage those that need one say so and pass.
fn cargo_tests(tally: &mut Tally, choice: &Choice, stage: Option<&Stage>) -> Result<()> {
    let mut cargo = command::cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]).args(&choice.filter);
    if let Some(stage) = stage {
        stage.tell(&mut cargo)?;
        cargo.env("PILOTHOUSE_TEST_OIDC", identity_provider()?);
    }
    run_tests("cargo test", &mut cargo, |printed| tally.count_cargo(printed))
}

/// Tests of what pods themselves do, on a real node, inside of its network namespace.
fn real_node_tests(tally: &mut Tally, choice: &Choice, stage: &Stage) -> Result<()> {
    // Such a test is chosen by its name, like any other; without it no node is started.
    if choice.filter.as_ref().is_some_and(|filter| !REAL_NODE.contains(filter.as_str()) && !filter.contains(REAL_NODE)) {
        return Ok(());
    }
    if let Some(why) = node::why_not() {
        progress::note("real node", &format!("SKIPPED, AND WITH IT EVERY TEST OF LOGS, CRASHES AND HOOKS' OUTPUT: {why}"));
        return Ok(());
    }
    let node = Node::start(&paths::target("test/node"))?;
    let mut cargo = command::cargo();
    cargo.args(["test", "--workspace", "--test", "it", REAL_NODE]);
    stage.tell(&mut cargo)?;
    cargo.env("PILOTHOUSE_TEST_KUBECONFIG", node.kubeconfig());
    cargo.env("PILOTHOUSE_TEST_SERVER_KUBECONFIG", node.server_kubeconfig());
    cargo.env("PILOTHOUSE_TEST_REALNODE", "1");
    // Cargo runs the tests' program by it.
    cargo.args(["--config", &format!("target.'cfg(all())'.runner = '{}'", node.way_in())]);
    let before = tally.failed();
    let outcome = run_tests("real node tests", &mut cargo, |printed| tally.count_cargo(printed));
    if outcome.is_err() || tally.failed() > before {
        println!("{}", node.report());
    }
    outcome
}

/// The types and the tests of the editor, which need no browser.
fn editor(tally: &mut Tally, choice: &Choice) -> Result<()> {
    let dir = npm::editor();
    npm::install(&dir)?;
    check("editor types", &mut npm::run(&dir, "types"))?;
    let mut tests = npm::run(&dir, "test");
    if let Some(filter) = &choice.filter {
        tests.env("ONLY", filter);
    }
    run_tests("editor tests", &mut tests, |printed| tally.count_node(printed))
}

/// The journeys of a browser through a server of their own.
fn journeys(tally: &mut Tally, choice: &Choice, stage: &Stage) -> Result<()> {
    let dir = paths::root().join("end2end");
    if !dir.join("package.json").is_file() {
        progress::note("journeys", "SKIPPED: there is no end2end/package.json");
        return Ok(());
    }
    let chromium = host::chromium()?;
    npm::install(&dir)?;
    // Playwright takes types off and never looks at them.
    check("journey types", &mut npm::run(&dir, "types"))?;
    let mut playwright = Command::new("npx");
    playwright.current_dir(&dir).args(["--no-install", "playwright", "test", "--reporter=list"]);
    if let Some(filter) = &choice.filter {
        playwright.args(["--pass-with-no-tests", "--grep", filter]);
    }
    playwright.env("CHROMIUM", chromium).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").env("CI", "1");
    stage.tell(&mut playwright)?;
    run_tests("journeys", &mut playwright, |printed| tally.count_playwright(printed))
}

/// The identity provider that tests start for themselves.
fn identity_provider() -> Result<PathBuf> {
    let dir = paths::root().join("tests/oidc");
    npm::install(&dir)?;
    Ok(dir)
}
