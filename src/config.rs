//! Settings: from the command line and the environment, secrets also by file, made up on first start where
//! nobody gave them. Does not start anything.

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Parser;

use crate::{charts::SourceConfig, domain::clock::Entropy};

/// Runs Pilothouse: the dashboard, the API and the release manager in one process.
#[derive(Parser)]
#[command(name = "pilothouse", version)]
pub struct Config {
    /// Where to listen.
    #[arg(long, env = "PILOTHOUSE_LISTEN", default_value = "127.0.0.1:4180")]
    pub listen: SocketAddr,
    /// Where the database, keys and caches are kept.
    #[arg(long, env = "PILOTHOUSE_DATA", default_value = "pilothouse-data")]
    pub data: PathBuf,
    /// The cluster; left out, the one that the server runs in.
    #[arg(long, env = "KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,
    /// The helm binary; left out, the one on PATH.
    #[arg(long, env = "PILOTHOUSE_HELM")]
    pub helm: Option<PathBuf>,
    /// Chart sources, as `name=url`, separated by commas.
    #[arg(long, env = "PILOTHOUSE_CHART_SOURCES", value_delimiter = ',', value_parser = source)]
    pub chart_sources: Vec<SourceConfig>,
    /// Whether chart sources may have private or loopback addresses.
    #[arg(long, env = "PILOTHOUSE_CHARTS_ALLOW_PRIVATE", default_value_t = false, action = clap::ArgAction::Set)]
    pub charts_allow_private: bool,
    /// Further keys whose values are secret, as parts of names, separated by commas; `!name` for keys that end so and are
    /// harmless.
    #[arg(long, env = "PILOTHOUSE_SECRET_KEYS", value_delimiter = ',')]
    pub secret_keys: Vec<String>,
    /// How many operations run at the same time.
    #[arg(long, env = "PILOTHOUSE_WORKERS", default_value_t = 4)]
    pub workers: usize,
    /// Whether browsers reach the server by TLS (through a proxy): cookies are bound to it then.
    #[arg(long, env = "PILOTHOUSE_TLS", default_value_t = false, action = clap::ArgAction::Set)]
    pub tls: bool,
    /// The bootstrap admin's password; left out, one is made up on first start.
    #[arg(long, env = "PILOTHOUSE_ADMIN_PASSWORD", hide_env_values = true)]
    admin_password: Option<String>,
    /// The bootstrap admin's API token; left out, one is made up on first start.
    #[arg(long, env = "PILOTHOUSE_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
    /// A file that holds the password.
    #[arg(long, env = "PILOTHOUSE_ADMIN_PASSWORD_FILE", conflicts_with = "admin_password")]
    admin_password_file: Option<PathBuf>,
    /// A file that holds the API token.
    #[arg(long, env = "PILOTHOUSE_ADMIN_TOKEN_FILE", conflicts_with = "admin_token")]
    admin_token_file: Option<PathBuf>,
}

/// Reads `name=url`.
fn source(text: &str) -> Result<SourceConfig, String> {
    let (name, url) = text.split_once('=').ok_or("has to read name=url")?;
    let name = name.trim().parse().map_err(|problem: crate::domain::problem::Problem| problem.detail)?;
    let url = url.trim().parse().map_err(|error| format!("{url}: {error}"))?;
    Ok(SourceConfig { name, url })
}

/// The secrets that a start needs.
pub struct Secrets {
    /// The bootstrap admin's password.
    pub admin_password: String,
    /// The bootstrap admin's API token.
    pub admin_token: String,
    /// The key that seals values in the database.
    pub seal_key: [u8; 32],
}

impl Config {
    /// Makes the data directory, closed to others, and reads or makes up the secrets in it.
    pub fn secrets(&self, entropy: &dyn Entropy) -> anyhow::Result<Secrets> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.data)
            .with_context(|| format!("cannot make the data directory {}", self.data.display()))?;
        let given = |value: &Option<String>, file: &Option<PathBuf>, kept: &str| match (value, file) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(file)) => Ok(read(file)?.trim().to_owned()),
            (None, None) => made_up(&self.data.join(kept), entropy),
        };
        let admin_password = given(&self.admin_password, &self.admin_password_file, "admin-password")?;
        let admin_token = given(&self.admin_token, &self.admin_token_file, "admin-token")?;
        if admin_password.len() < 12 || admin_token.len() < 20 {
            bail!("the admin password needs at least 12 characters and the admin token at least 20");
        }
        let key = made_up(&self.data.join("seal-key"), entropy)?;
        let seal_key = URL_SAFE_NO_PAD.decode(&key).ok().and_then(|bytes| bytes.try_into().ok());
        let seal_key =
            seal_key.with_context(|| format!("{} does not hold a key; restore it from a backup", self.data.join("seal-key").display()))?;
        Ok(Secrets { admin_password, admin_token, seal_key })
    }
}

/// The secret in that file, made up and kept (0600) where the file does not exist.
fn made_up(file: &Path, entropy: &dyn Entropy) -> anyhow::Result<String> {
    if file.exists() {
        return Ok(read(file)?.trim().to_owned());
    }
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    Ok(text)
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
