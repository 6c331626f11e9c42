//! Names that reach Kubernetes, Helm's argument list or a URL. Parsing one is the only way to have one, so a
//! name in hand is known to be safe there. Does not check that anything of that name exists.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::problem::Problem;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Problem;

            fn from_str(text: &str) -> Result<Self, Problem> {
                let check: fn(&str) -> Result<(), &'static str> = $check;
                check(text).map_err(|rule| Problem::invalid_name($what, text, rule))?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Problem;

            fn try_from(text: String) -> Result<Self, Problem> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A tenant's slug: a DNS-1123 label, since it is also the value of a namespace label.
    TenantSlug,
    "tenant slug",
    |text| label(text, 63)
);
name!(
    /// A Kubernetes namespace: a DNS-1123 label.
    Namespace,
    "namespace",
    |text| label(text, 63)
);
name!(
    /// A Helm release's name: DNS-1123, dots allowed, at most 53 characters (Helm's own limit).
    ReleaseName,
    "release name",
    |text| {
        if text.is_empty() || text.len() > 53 {
            return Err("must have 1 to 53 characters");
        }
        text.split('.').try_for_each(|part| label(part, 53))
    }
);
name!(
    /// A chart's name without its source.
    ChartName,
    "chart name",
    |text| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 100 {
            Err("must have 1 to 100 characters")
        } else if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            Err("must begin with a letter or a digit")
        } else if !text.chars().all(known) {
            Err("may hold letters, digits, '-', '_' and '.' only")
        } else {
            Ok(())
        }
    }
);
name!(
    /// A chart source's name as configured.
    SourceName,
    "chart source",
    |text| label(text, 63)
);
name!(
    /// An account's name. An e-mail address can be one, so can what identity providers call people.
    UserName,
    "name of an account",
    |text| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | '|' | ':');
        if text.is_empty() || text.len() > 128 {
            Err("must have 1 to 128 characters")
        } else if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            Err("must begin with a letter or a digit")
        } else if !text.chars().all(known) {
            Err("may hold letters, digits and - _ . @ + | : only")
        } else {
            Ok(())
        }
    }
);
name!(
    /// What somebody calls one of their API tokens.
    TokenName,
    "name of a token",
    |text| {
        if text.trim() != text || text.is_empty() || text.chars().count() > 64 {
            Err("must have 1 to 64 characters, and no space at either end")
        } else if text.chars().any(char::is_control) {
            Err("may not hold control characters")
        } else {
            Ok(())
        }
    }
);
name!(
    /// What somebody calls a webhook.
    WebhookName,
    "name of a webhook",
    |text| {
        if text.trim() != text || text.is_empty() || text.chars().count() > 64 {
            Err("must have 1 to 64 characters, and no space at either end")
        } else if text.chars().any(char::is_control) {
            Err("may not hold control characters")
        } else {
            Ok(())
        }
    }
);

/// A chart as a client names it: `web`, or `source/web` where two sources have a chart of that name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChartRef {
    /// The source, where the client named one.
    pub source: Option<SourceName>,
    /// The chart's name in its source.
    pub name: ChartName,
}

impl FromStr for ChartRef {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Ok(match text.split_once('/') {
            Some((source, name)) => Self { source: Some(source.parse()?), name: name.parse()? },
            None => Self { source: None, name: text.parse()? },
        })
    }
}

impl TryFrom<String> for ChartRef {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        text.parse()
    }
}

impl From<ChartRef> for String {
    fn from(chart: ChartRef) -> String {
        chart.to_string()
    }
}

impl fmt::Display for ChartRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}/")?;
        }
        write!(f, "{}", self.name)
    }
}

impl Namespace {
    /// Whether it is one of Kubernetes' own, which belong to no tenant whatever their labels say.
    pub fn is_system(&self) -> bool {
        self.0 == "default" || self.0.starts_with("kube-")
    }
}

/// Where a release lives: at most one release per key at a time in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseKey {
    /// The namespace that holds Helm's records of it.
    pub namespace: Namespace,
    /// Helm's name for it.
    pub name: ReleaseName,
}

impl ReleaseKey {
    /// The release's id, derived from its place.
    pub fn id(&self) -> super::ids::ReleaseId {
        super::ids::ReleaseId::at(self.namespace.as_str(), self.name.as_str())
    }
}

impl fmt::Display for ReleaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Checks a DNS-1123 label of at most `max` characters.
fn label(text: &str, max: usize) -> Result<(), &'static str> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || text.len() > max {
        Err(if max == 53 { "must have 1 to 53 characters" } else { "must have 1 to 63 characters" })
    } else if text.starts_with('-') || text.ends_with('-') {
        Err("must begin and end with a lower-case letter or a digit")
    } else if !text.chars().all(inner) {
        Err("may hold lower-case letters, digits and '-' only")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_be_read_as_an_option_is_refused() {
        for text in ["-web", "--post-renderer=x", "-"] {
            assert!(text.parse::<ReleaseName>().is_err(), "{text}");
            assert!(text.parse::<Namespace>().is_err(), "{text}");
            assert!(text.parse::<ChartName>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_that_are_not_dns_1123_are_refused() {
        for text in ["", "Web", "we b", "web_1", "web/..", "wéb", "a..b", ".a", &"a".repeat(54)] {
            assert!(text.parse::<ReleaseName>().is_err(), "{text}");
        }
        assert!("web".parse::<ReleaseName>().is_ok());
        assert!("web.v2".parse::<ReleaseName>().is_ok());
        assert!("web.v2".parse::<Namespace>().is_err());
    }

    #[test]
    fn a_chart_may_carry_its_source() {
        let chart: ChartRef = "demo/web".parse().unwrap();
        assert_eq!(chart.source.as_ref().map(SourceName::as_str), Some("demo"));
        assert_eq!(chart.to_string(), "demo/web");
        assert!("demo/../web".parse::<ChartRef>().is_err());
    }
}
