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
use chrono::TimeDelta;
use clap::{Args, Parser};

use crate::{
    auth::{
        Bootstrap, Secret,
        address::Proxy,
        oidc::{Grant, Settings},
    },
    domain::{clock::Entropy, source::SourceConfig, webhook::retry},
};

/// Runs Pilothouse: the dashboard, the API and the release manager in one process.
#[derive(Parser)]
#[command(name = "pilothouse", version)]
pub struct Config {
    /// Where to listen.
    #[arg(long, env = "PILOTHOUSE_LISTEN", default_value = "127.0.0.1:4180")]
    pub listen: SocketAddr,
    /// Where the database, keys and caches are kept.
    #[arg(long, env = "PILOTHOUSE_DATA", default_value = "pilothouse-data", global = true)]
    pub data: PathBuf,
    /// The cluster; left out, `~/.kube/config` where there is one, or else the one that the server runs in.
    #[arg(long, env = "KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,
    /// The helm binary; left out, the one on PATH.
    #[arg(long, env = "PILOTHOUSE_HELM")]
    pub helm: Option<PathBuf>,
    /// Chart sources, as `name=url`, separated by commas; registries as `name=oci://…`, down to a chart.
    #[arg(long, env = "PILOTHOUSE_CHART_SOURCES", value_delimiter = ',', value_parser = source)]
    pub chart_sources: Vec<SourceConfig>,
    /// Whether chart sources may have private or loopback addresses.
    #[arg(long, env = "PILOTHOUSE_CHARTS_ALLOW_PRIVATE", default_value_t = false, action = clap::ArgAction::Set)]
    pub charts_allow_private: bool,
    /// Further keys whose values are secret, as parts of names, separated by commas; `!name` for keys that end so and are
    /// harmless.
    #[arg(long, env = "PILOTHOUSE_SECRET_KEYS", value_delimiter = ',')]
    pub secret_keys: Vec<String>,
    /// How often each release is checked for drift by itself, such as `6h` or `90m`; `0` for never.
    #[arg(long, env = "PILOTHOUSE_DRIFT_EVERY", default_value = "6h", value_parser = every)]
    pub drift_every: Every,
    /// What is no drift besides the usual, separated by commas: `KIND[/NAME]:/path` or `KIND[/NAME]@manager`, with `*` for any
    /// text.
    #[arg(long, env = "PILOTHOUSE_DRIFT_IGNORE", value_delimiter = ',')]
    pub drift_ignore: Vec<String>,
    /// Whether webhooks may have private or loopback addresses.
    #[arg(long, env = "PILOTHOUSE_WEBHOOKS_ALLOW_PRIVATE", default_value_t = false, action = clap::ArgAction::Set)]
    pub webhooks_allow_private: bool,
    /// How long after each failed try a notice is sent to a webhook again, until it is given up; such as `5s,1m,2h`.
    #[arg(long, env = "PILOTHOUSE_WEBHOOK_RETRIES", value_delimiter = ',', value_parser = wait)]
    webhook_retries: Vec<TimeDelta>,
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
    /// The proxies whose word on a client's address is taken (X-Forwarded-For), as addresses or networks.
    #[arg(long, env = "PILOTHOUSE_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<Proxy>,
    /// Where browsers reach the server, such as `https://pilothouse.example`.
    #[arg(long, env = "PILOTHOUSE_PUBLIC_URL")]
    pub public_url: Option<String>,
    #[command(flatten)]
    oidc: Oidc,
}

/// The identity provider.
#[derive(Args)]
struct Oidc {
    /// The identity provider's issuer; left out, there is none.
    #[arg(long, env = "PILOTHOUSE_OIDC_ISSUER")]
    oidc_issuer: Option<String>,
    /// What the provider calls Pilothouse.
    #[arg(long, env = "PILOTHOUSE_OIDC_CLIENT_ID", default_value = "pilothouse")]
    oidc_client_id: String,
    /// What proves Pilothouse to the provider.
    #[arg(long, env = "PILOTHOUSE_OIDC_CLIENT_SECRET", hide_env_values = true)]
    oidc_client_secret: Option<String>,
    /// A file that holds it.
    #[arg(long, env = "PILOTHOUSE_OIDC_CLIENT_SECRET_FILE", conflicts_with = "oidc_client_secret")]
    oidc_client_secret_file: Option<PathBuf>,
    /// What to ask the provider for.
    #[arg(long, env = "PILOTHOUSE_OIDC_SCOPES", default_value = "openid profile email groups")]
    oidc_scopes: String,
    /// The claim that lists a person's groups.
    #[arg(long, env = "PILOTHOUSE_OIDC_GROUPS_CLAIM", default_value = "groups")]
    oidc_groups_claim: String,
    /// The claim that names a person; where it is not usable, `email` does, then `sub`.
    #[arg(long, env = "PILOTHOUSE_OIDC_USERNAME_CLAIM", default_value = "preferred_username")]
    oidc_username_claim: String,
    /// What groups give: `group=admin`, `group=support`, `group=viewer:tenant-slug`, separated by commas.
    #[arg(long, env = "PILOTHOUSE_OIDC_ROLES", value_delimiter = ',')]
    oidc_roles: Vec<Grant>,
    /// What the sign-in button calls the provider.
    #[arg(long, env = "PILOTHOUSE_OIDC_NAME", default_value = "single sign-on")]
    oidc_name: String,
}

/// How often something happens; never, where there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every(pub Option<TimeDelta>);

/// Reads `6h`, `90m`, `30s`, `1d` or `0`.
fn every(text: &str) -> Result<Every, String> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.trim_end_matches(|c: char| !c.is_ascii_digit()).len());
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "" if number == "0" => 0,
        _ => return Err("has to read like 6h, 90m, 30s or 1d, or 0 for never".into()),
    };
    let span = number.parse::<u16>().map_err(|_| "has to begin with a whole number below 65536")?;
    let span = TimeDelta::seconds(i64::from(span) * seconds);
    Ok(Every(Some(span).filter(|span| !span.is_zero())))
}

/// Reads `5s`, `1m` or `2h`.
fn wait(text: &str) -> Result<TimeDelta, String> {
    every(text)?.0.ok_or_else(|| "has to be longer than nothing".into())
}

/// Reads `name=url`.
fn source(text: &str) -> Result<SourceConfig, String> {
    let (name, url) = text.split_once('=').ok_or("has to read name=url")?;
    let name = name.trim().parse().map_err(|problem: crate::domain::problem::Problem| problem.detail)?;
    let url = url.trim().parse().map_err(|problem: crate::domain::problem::Problem| problem.detail)?;
    Ok(SourceConfig::open(name, url))
}

impl Config {
    /// How long after each failed try a notice is sent again.
    pub fn webhook_delays(&self) -> Vec<TimeDelta> {
        if self.webhook_retries.is_empty() { retry::USUAL.map(TimeDelta::seconds).to_vec() } else { self.webhook_retries.clone() }
    }

    /// What proves the first admin; made up where nobody gave it.
    pub fn bootstrap(&self, entropy: &dyn Entropy) -> anyhow::Result<Bootstrap> {
        make_private(&self.data)?;
        let given = |value: &Option<String>, file: &Option<PathBuf>, kept: &str| {
            anyhow::Ok(match configured(value.as_ref(), file.as_deref())? {
                Some(text) => Secret { text, configured: true },
                None => Secret { text: made_up(&self.data.join(kept), entropy)?, configured: false },
            })
        };
        let password = given(&self.admin_password, &self.admin_password_file, "admin-password")?;
        let token = given(&self.admin_token, &self.admin_token_file, "admin-token")?;
        if password.text.len() < 12 || token.text.len() < 20 {
            bail!("the admin password needs at least 12 characters and the admin token at least 20");
        }
        Ok(Bootstrap { password, token })
    }

    /// The identity provider, where one is configured.
    pub fn oidc(&self) -> anyhow::Result<Option<Settings>> {
        let oidc = &self.oidc;
        let Some(issuer) = oidc.oidc_issuer.clone() else { return Ok(None) };
        let public = self.public_url.as_deref().context("the identity provider needs PILOTHOUSE_PUBLIC_URL, to send browsers back to")?;
        let settings = Settings {
            issuer,
            client_id: oidc.oidc_client_id.clone(),
            client_secret: configured(oidc.oidc_client_secret.as_ref(), oidc.oidc_client_secret_file.as_deref())?,
            scopes: oidc.oidc_scopes.split_whitespace().map(str::to_owned).collect(),
            groups_claim: oidc.oidc_groups_claim.clone(),
            username_claim: oidc.oidc_username_claim.clone(),
            grants: oidc.oidc_roles.clone(),
            name: oidc.oidc_name.clone(),
            redirect: format!("{}{}", public.trim_end_matches('/'), Settings::CALLBACK),
        };
        settings.checked().map(Some).map_err(anyhow::Error::msg)
    }
}

/// The key in a data directory that seals values in the database; made up with the directory on the first start.
pub fn seal_key(data: &Path, entropy: &dyn Entropy) -> anyhow::Result<[u8; 32]> {
    make_private(data)?;
    let file = data.join("seal-key");
    let key = URL_SAFE_NO_PAD.decode(made_up(&file, entropy)?).ok().and_then(|bytes| bytes.try_into().ok());
    key.with_context(|| format!("{} does not hold a key; restore it from a backup", file.display()))
}

/// Makes the data directory, closed to others.
fn make_private(data: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.with_context(|| format!("cannot make the data directory {}", data.display()))
}

/// A secret that was given, itself or in a file.
fn configured(value: Option<&String>, file: Option<&Path>) -> anyhow::Result<Option<String>> {
    match (value, file) {
        (Some(value), _) => Ok(Some(value.clone())),
        (None, Some(file)) => Ok(Some(read(file)?.trim().to_owned())),
        (None, None) => Ok(None),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_with_its_unit_and_nothing_is_never() {
        assert_eq!(every("6h"), Ok(Every(Some(TimeDelta::hours(6)))));
        assert_eq!((every("90m"), every("1d")), (Ok(Every(Some(TimeDelta::minutes(90)))), Ok(Every(Some(TimeDelta::days(1))))));
        assert_eq!((every("0"), every("0h")), (Ok(Every(None)), Ok(Every(None))));
        for text in ["", "6", "h", "-1h", "6 h", "99999h", "6w", "1.5h"] {
            assert!(every(text).is_err(), "{text}");
        }
    }
}
