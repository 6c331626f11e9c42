//! The browser's half: cargo's wasm library, wasm-bindgen's glue, wasm-opt's smaller wasm.
//! What has not changed since the last time is taken from `target/wasm` instead of being made again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{Files, NAME, Profile, files_below, hash};
use crate::progress::{self, Step};
use crate::tools::host;
use crate::{command, paths};

const TARGET: &str = "wasm32-unknown-unknown";
/// The profile of a release is in Cargo.toml. That of the demo and the tests is made for being built often:
/// it leaves out what takes minutes and saves only bytes.
const QUICK_PROFILE: [&str; 6] = [
    "profile.wasm-quick.inherits='release'",
    "profile.wasm-quick.opt-level=1",
    "profile.wasm-quick.codegen-units=16",
    "profile.wasm-quick.incremental=true",
    "profile.wasm-quick.panic='abort'",
    "profile.wasm-quick.strip='none'",
];
/// Stripped by rustc, a library does not say any more which features it uses, and wasm-bindgen has to guess low.
const RELEASE_PROFILE: [&str; 1] = ["profile.wasm-release.strip='none'"];
/// What rustc itself assumes of a browser, so that the optimiser may keep it.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Adds script and wasm to the site.
pub fn build(files: &mut Files, profile: Profile) -> Result<()> {
    let library = library(profile)?;
    // Not in cargo's own folder of that profile: what is made there would go with it, and come into the site.
    let out = paths::target("bindgen").join(name(profile));
    let mark = out.join("made-from");
    let made_from = format!("{:016x} {:016x}\n", hash(&library), hash(include_bytes!("../../npm/package-lock.json")));
    if !fs::read_to_string(&mark).is_ok_and(|text| text == made_from) {
        fs::remove_dir_all(&out).ok();
        bindgen(library, &out)?;
        if profile == Profile::Release {
            optimise(&out)?;
        }
        fs::write(&mark, made_from)?;
    }
    for entry in files_below(&out)? {
        let name = entry.strip_prefix(&out)?.to_string_lossy().into_owned();
        if entry != mark {
            files.insert(format!("pkg/{name}"), fs::read(&entry)?);
        }
    }
    Ok(())
}

fn name(profile: Profile) -> &'static str {
    match profile {
        Profile::Dev => "wasm-quick",
        Profile::Release => "wasm-release",
    }
}

fn library(profile: Profile) -> Result<Vec<u8>> {
    let step = Step::start("wasm");
    let mut cargo = command::cargo();
    cargo.args(["build", "--package", NAME, "--lib", "--no-default-features", "--features", "hydrate"]);
    cargo.args(["--target", TARGET, "--profile", name(profile)]);
    let settings = match profile {
        Profile::Dev => &QUICK_PROFILE[..],
        Profile::Release => &RELEASE_PROFILE[..],
    };
    for setting in settings {
        cargo.args(["--config", setting]);
    }
    command::build(&mut cargo)?;
    let path = paths::cargo_target().join(TARGET).join(name(profile)).join(format!("{NAME}.wasm"));
    let bytes = fs::read(&path).with_context(|| format!("{} is not there", path.display()))?;
    step.done(progress::bytes(bytes.len() as u64));
    Ok(bytes)
}

fn bindgen(library: Vec<u8>, out: &Path) -> Result<()> {
    let step = Step::start("wasm-bindgen");
    Bindgen::new()
        .input_bytes(NAME, library)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // Leptos says where the wasm is.
        .omit_default_module_path(true)
        .generate(out)
        .context("wasm-bindgen failed; is its version in Cargo.lock that of wasm-bindgen-cli-support?")?;
    // With LEPTOS_OUTPUT_NAME set, Leptos asks for the file without the suffix that wasm-bindgen gives it.
    fs::rename(out.join(format!("{NAME}_bg.wasm")), out.join(format!("{NAME}.wasm")))?;
    step.done("");
    Ok(())
}

fn optimise(out: &Path) -> Result<()> {
    let tools = npm_tools()?;
    let step = Step::start("wasm-opt");
    let (plain, small) = (out.join(format!("{NAME}.wasm")), out.join("small.wasm"));
    let mut optimiser = Command::new(tools.join("node_modules/.bin/wasm-opt"));
    command::run(optimiser.arg("-Oz").args(FEATURES).arg(&plain).arg("-o").arg(&small))?;
    fs::rename(&small, &plain)?;
    step.done(progress::bytes(fs::metadata(&plain)?.len()));
    Ok(())
}

/// Installs what `xtask/npm` locks into `target/npm`, unless it is there already.
fn npm_tools() -> Result<PathBuf> {
    let (source, dir) = (paths::root().join("xtask/npm"), paths::target("npm"));
    let lock = fs::read(source.join("package-lock.json"))?;
    let mark = dir.join("installed.json");
    if fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(dir);
    }
    host::require_node()?;
    let step = Step::start("npm ci");
    fs::create_dir_all(&dir)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(source.join(file), dir.join(file))?;
    }
    command::run(&mut command::npm_ci(&dir))?;
    fs::write(&mark, lock)?;
    step.done("wasm-opt");
    Ok(dir)
}
