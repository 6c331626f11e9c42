//! The bounds of a tenant's namespaces: Pod Security level, quota, defaults for containers. Does not write them into
//! the cluster: `cluster` does.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::problem::{Code, Problem};

/// A quantity as Kubernetes writes it, such as `500m` or `16Gi`; never negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Quantity(String);

impl Quantity {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Quantity {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let digits = number.chars().all(|c| c.is_ascii_digit() || c == '.');
        let plain =
            digits && number.starts_with(|c: char| c.is_ascii_digit()) && !number.ends_with('.') && number.matches('.').count() <= 1;
        let unit = matches!(&text[number.len()..], "" | "m" | "k" | "M" | "G" | "T" | "P" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi");
        if plain && unit && text.len() <= 20 {
            return Ok(Self(text.to_owned()));
        }
        let shown: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
        Err(Problem::new(
            Code::InvalidRequest,
            format!("“{shown}” is not a quantity. Write a number with a unit of Kubernetes, such as 500m, 8 or 16Gi."),
        ))
    }
}

impl TryFrom<String> for Quantity {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        text.parse()
    }
}

impl From<Quantity> for String {
    fn from(quantity: Quantity) -> String {
        quantity.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What pods may do to their node, by Kubernetes' own levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum PodSecurity {
    /// Anything.
    Privileged,
    /// Nothing that is known to lead out of a container.
    Baseline,
    /// What is hardened by today's practice.
    Restricted,
}

impl PodSecurity {
    /// Every level, the strictest first.
    pub const ALL: [Self; 3] = [Self::Restricted, Self::Baseline, Self::Privileged];

    /// Kubernetes' word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// The bounds of each of a tenant's namespaces. What is `None` is not bounded by Pilothouse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// The level that pods have to keep; `None` leaves the namespace's own.
    pub pod_security: Option<PodSecurity>,
    /// Processors that all pods together may request.
    pub cpu: Option<Quantity>,
    /// Memory that all pods together may request.
    pub memory: Option<Quantity>,
    /// Storage that all claims together may request.
    pub storage: Option<Quantity>,
    /// How many pods there may be.
    pub pods: Option<u32>,
    /// Processors that a container requests which names none.
    pub container_cpu: Option<Quantity>,
    /// Memory that a container requests which names none.
    pub container_memory: Option<Quantity>,
}

impl Limits {
    /// What the quota allows in all, by Kubernetes' names; empty where there is none.
    pub fn quota(&self) -> Vec<(&'static str, String)> {
        let text = |quantity: &Option<Quantity>| quantity.as_ref().map(Quantity::to_string);
        let pods = self.pods.map(|pods| pods.to_string());
        [
            ("requests.cpu", text(&self.cpu)),
            ("requests.memory", text(&self.memory)),
            ("requests.storage", text(&self.storage)),
            ("pods", pods),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// What a container requests that says nothing. Under a quota every container has to request something, so there
    /// is a small default where none is set.
    pub fn container_defaults(&self) -> Vec<(&'static str, String)> {
        let or_small = |own: &Option<Quantity>, quota: &Option<Quantity>, small: &str| {
            own.as_ref().map(Quantity::to_string).or_else(|| quota.as_ref().map(|_| small.to_owned()))
        };
        [("cpu", or_small(&self.container_cpu, &self.cpu, "100m")), ("memory", or_small(&self.container_memory, &self.memory, "128Mi"))]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_kubernetes_own_notation_and_nothing_else() {
        for good in ["1", "500m", "1.5", "16Gi", "2Ti", "100k"] {
            assert_eq!(good.parse::<Quantity>().unwrap().as_str(), good);
        }
        for bad in ["", "-1", "1.", ".5", "1 Gi", "1e3x", "Gi", "1.2.3", "1Gi\n", "१", "111111111111111111111"] {
            assert!(bad.parse::<Quantity>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_quota_on_requests_comes_with_a_default_for_containers_that_request_nothing() {
        let limits = Limits { cpu: "4".parse().ok(), pods: Some(10), container_memory: "64Mi".parse().ok(), ..Limits::default() };
        assert_eq!(limits.quota(), [("requests.cpu", "4".to_owned()), ("pods", "10".to_owned())]);
        assert_eq!(limits.container_defaults(), [("cpu", "100m".to_owned()), ("memory", "64Mi".to_owned())]);
        assert!(Limits::default().quota().is_empty() && Limits::default().container_defaults().is_empty());
    }
}
