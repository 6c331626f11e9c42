//! Chart sources: where charts come from, how to sign in there, and how they stand. Asks nobody: `charts` does.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    names::{ChartName, SourceName},
    problem::{Code, Problem},
};

/// The most charts that are named for a registry.
pub const MOST_CHARTS: usize = 200;
/// The longest address, and the longest of what is typed to sign in.
const LONGEST: usize = 500;
/// The most of certificates.
const LONGEST_CA: usize = 64 * 1024;

/// What a source speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A chart repository: an `index.yaml` over HTTP.
    Repository,
    /// A registry of the OCI kind.
    Registry,
}

/// Where a source is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SourceOrigin {
    /// The server's configuration, where alone it can be changed.
    Configuration,
    /// The settings.
    Settings,
}

/// How to sign in to a source.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Login {
    /// Not at all.
    #[default]
    None,
    /// By a name and a password; to a registry also where it gives out tokens for them.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// By a token.
    Bearer {
        /// It.
        token: String,
    },
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl Login {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic { .. } => "basic",
            Self::Bearer { .. } => "bearer",
        }
    }

    /// Reads the word with what was typed beside it.
    pub fn of(word: &str, user: &str, secret: &str) -> Result<Self, Problem> {
        let usable = |text: &str| !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control);
        match word {
            "" | "none" => Ok(Self::None),
            "basic" if usable(user) && !user.contains(':') && usable(secret) => {
                Ok(Self::Basic { user: user.to_owned(), password: secret.to_owned() })
            }
            "basic" => Err(unusable("Signing in by password takes a user without a colon and a password")),
            "bearer" if usable(secret) && secret.is_ascii() => Ok(Self::Bearer { token: secret.to_owned() }),
            "bearer" => Err(unusable("Signing in by token takes a token of plain letters, digits and signs")),
            _ => Err(unusable("The way to sign in is one of none, basic and bearer")),
        }
    }
}

/// How a source is reached, beyond its address: what is kept sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// How to sign in.
    pub login: Login,
    /// Certificates, as PEM, that its own are proven by, beside those that the machine trusts.
    pub ca: Option<String>,
}

/// A chart source as somebody named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceConfig {
    /// Its name, as clients write it before the chart's.
    pub name: SourceName,
    /// Where it is.
    pub url: SourceUrl,
    /// The charts of a registry; none where the address is a chart's own.
    pub charts: Vec<ChartName>,
    /// How to get in.
    pub access: Access,
}

impl SourceConfig {
    /// A source for everybody.
    pub fn open(name: SourceName, url: SourceUrl) -> Self {
        Self { name, url, charts: vec![], access: Access::default() }
    }

    /// Refuses what cannot be a source added in the settings.
    pub fn checked(self) -> Result<Self, Problem> {
        if matches!(self.name.as_str(), "sources") {
            return Err(unusable("That name has a meaning of its own in addresses"));
        }
        if self.url.0.contains('@') {
            return Err(unusable("An address holds no user and no password: they have fields of their own, where they are kept sealed"));
        }
        if self.url.kind() == SourceKind::Repository && !self.charts.is_empty() {
            return Err(unusable("A repository lists its charts itself; they are named for registries alone"));
        }
        if self.charts.len() > MOST_CHARTS {
            return Err(unusable(&format!("At most {MOST_CHARTS} charts can be named")));
        }
        if self.access.ca.as_ref().is_some_and(|ca| ca.len() > LONGEST_CA) {
            return Err(unusable("The certificates have more than 64 KiB"));
        }
        Ok(self)
    }
}

/// The address of a source: `https://…`, `http://…`, `oci://…`, or `oci+http://…` for a registry without TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceUrl(String);

impl SourceUrl {
    /// What is spoken there.
    pub fn kind(&self) -> SourceKind {
        if self.0.starts_with("oci") { SourceKind::Registry } else { SourceKind::Repository }
    }

    /// The address for HTTP.
    pub fn http(&self) -> String {
        match (self.0.strip_prefix("oci+http://"), self.0.strip_prefix("oci://")) {
            (Some(rest), _) => format!("http://{rest}"),
            (_, Some(rest)) => format!("https://{rest}"),
            _ => self.0.clone(),
        }
    }

    /// The address as it may be shown: without a user and a password.
    pub fn shown(&self) -> String {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let end = rest.find('/').unwrap_or(rest.len());
        let host = rest[..end].rsplit('@').next().unwrap_or_default();
        format!("{scheme}://{host}{}", &rest[end..])
    }
}

impl FromStr for SourceUrl {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let rest = ["https://", "http://", "oci://", "oci+http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.ok_or_else(|| unusable("An address begins with https://, http://, oci:// or oci+http://"))?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\' | '"' | '<' | '>');
        if rest.is_empty() || rest.starts_with('/') || text.len() > LONGEST || text.contains(odd) {
            return Err(unusable("An address has a host and a path, and nothing after that"));
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl TryFrom<String> for SourceUrl {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        text.parse()
    }
}

impl From<SourceUrl> for String {
    fn from(url: SourceUrl) -> String {
        url.0
    }
}

impl std::fmt::Display for SourceUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

/// A chart source as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChartSource {
    /// Its name.
    pub name: SourceName,
    /// What it speaks.
    pub kind: SourceKind,
    /// Its address, without a user or a password.
    pub url: String,
    /// Where it is known from.
    pub origin: SourceOrigin,
    /// How we sign in: none, basic or bearer.
    pub login: String,
    /// The name that we sign in by.
    pub user: Option<String>,
    /// Whether it has certificates of its own.
    pub own_ca: bool,
    /// How many charts are known from it.
    pub charts: usize,
    /// How many versions of them.
    pub versions: usize,
    /// When it was asked last.
    pub asked_at: Option<DateTime<Utc>>,
    /// When it last answered: what is known is as of then.
    pub answered_at: Option<DateTime<Utc>>,
    /// Why its last answer could not be had.
    pub problem: Option<String>,
}

fn unusable(why: &str) -> Problem {
    Problem::new(Code::InvalidSource, format!("{why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> SourceUrl {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_tells_what_is_spoken_and_hides_who_signs_in() {
        for (text, kind, http) in [
            ("https://charts.example.com/stable/", SourceKind::Repository, "https://charts.example.com/stable"),
            ("oci://ghcr.io/org/charts", SourceKind::Registry, "https://ghcr.io/org/charts"),
            ("oci+http://127.0.0.1:5000/charts", SourceKind::Registry, "http://127.0.0.1:5000/charts"),
        ] {
            assert_eq!((url(text).kind(), url(text).http().as_str()), (kind, http), "{text}");
        }
        assert_eq!(url("https://user:geheim@host/x").to_string(), "https://host/x");
        for bad in
            ["", "ftp://x/", "file:///etc/passwd", "https://", "https:///x", "oci://a b", "https://a/?q=1", "https://a/#x", "javascript:x"]
        {
            assert!(bad.parse::<SourceUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_login_is_whole_or_refused() {
        assert_eq!(Login::of("", "", "").unwrap(), Login::None);
        assert!(Login::of("basic", "mia", "geheim").is_ok() && Login::of("bearer", "", "t0ken").is_ok());
        for (word, user, secret) in
            [("basic", "", "x"), ("basic", "a:b", "x"), ("basic", "a", ""), ("bearer", "", ""), ("bearer", "", "ü"), ("x", "", "")]
        {
            assert_eq!(Login::of(word, user, secret).unwrap_err().code, Code::InvalidSource, "{word}");
        }
        assert_eq!(format!("{:?}", Login::of("basic", "mia", "geheim").unwrap()), "basic");
    }

    #[test]
    fn what_cannot_be_added_is_refused() {
        let source = |name: &str, address: &str| SourceConfig::open(name.parse().unwrap(), url(address));
        assert!(source("demo", "https://a/b").checked().is_ok());
        assert!(source("sources", "https://a/b").checked().is_err());
        assert!(source("demo", "https://mia:geheim@a/b").checked().is_err());
        let named = SourceConfig { charts: vec!["web".parse().unwrap()], ..source("demo", "https://a/b") };
        assert!(named.checked().is_err());
    }
}
