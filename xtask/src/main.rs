//! The command line of `cargo xtask`: it parses the arguments and hands over to one module per verb.
//! It does no work itself.

mod bench;
mod charts;
mod cluster;
mod command;
mod contract;
mod demo;
mod paths;
mod progress;
mod signal;
mod site;
mod tally;
mod testing;
mod tools;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Builds, tests and shows Pilothouse from a fresh checkout.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Find or build every tool and print where each one is.
    Tools,
    /// Build everything: the site, then a release binary of the server that carries it inside.
    Build,
    /// Show Pilothouse on this machine: a cluster, charts, a fleet with a history. Ctrl-C ends it.
    Demo {
        /// Use this cluster instead of an own one, and put nothing into it.
        #[arg(long, value_name = "FILE")]
        kubeconfig: Option<PathBuf>,
    },
    /// Run every check and test.
    Test {
        /// Only what needs no cluster, no browser and no extra tool.
        #[arg(long)]
        fast: bool,
        /// Only tests whose name contains this.
        filter: Option<String>,
    },
    /// Try the API against its own document, on a cluster of its own.
    Contract,
    /// Measure Pilothouse against a fresh cluster.
    Bench {
        /// What to measure.
        verb: bench::Verb,
    },
    /// Start or stop a small Kubernetes cluster of real control plane processes and one simulated node.
    Cluster {
        #[command(subcommand)]
        verb: ClusterVerb,
        /// Where the cluster keeps its data, logs and kubeconfig.
        #[arg(long, global = true, default_value = "target/cluster")]
        dir: PathBuf,
    },
    /// Package the demo charts into a chart repository and serve it until Ctrl-C.
    Charts {
        /// Where the packages and the index are written.
        #[arg(long, default_value = "target/charts")]
        dir: PathBuf,
        /// Write the packages and leave.
        #[arg(long)]
        no_serve: bool,
    },
}

#[derive(Subcommand)]
enum ClusterVerb {
    /// Start it; when it runs already, print its environment again.
    Up,
    /// Stop it; its data stays.
    Down,
    /// Start a real node with a control plane of its own, and end it with Ctrl-C. Needs root.
    Node,
}

fn main() {
    if let Err(error) = run(Cli::parse()) {
        eprintln!("\nerror: {error:#}");
        std::process::exit(if signal::asked_to_stop() { 130 } else { 1 });
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.verb {
        Verb::Tools => tools::print_all(cluster::node::why_not().is_none()),
        Verb::Build => {
            let binary = site::build(site::Profile::Release)?;
            progress::note("binary", &binary.display().to_string());
            Ok(())
        }
        Verb::Demo { kubeconfig } => demo::command(kubeconfig.as_deref()),
        Verb::Test { fast, filter } => testing::command(&testing::Choice { fast, filter }),
        Verb::Bench { verb } => bench::command(verb),
        Verb::Contract => contract::command(),
        Verb::Cluster { verb, dir } => {
            let dir = paths::absolute(&dir)?;
            match verb {
                ClusterVerb::Up => cluster::up(&dir),
                ClusterVerb::Down => cluster::down(&dir),
                ClusterVerb::Node => cluster::node::command(&dir.join("node")),
            }
        }
        Verb::Charts { dir, no_serve } => charts::command(&paths::absolute(&dir)?, !no_serve),
    }
}
