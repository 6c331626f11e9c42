//! What is configured about the identity provider, and what a person's groups give them by it. Asks nobody.

use std::{collections::BTreeSet, str::FromStr};

use reqwest::Url;

use crate::domain::{actor::Role, names::TenantSlug};

/// The identity provider, as configured.
#[derive(Clone)]
pub struct Settings {
    /// Who the provider is: the issuer of its tokens, and where its discovery document is.
    pub issuer: String,
    /// What the provider calls us.
    pub client_id: String,
    /// What proves us to the provider.
    pub client_secret: Option<String>,
    /// What we ask for, `openid` among it.
    pub scopes: Vec<String>,
    /// The claim that lists a person's groups.
    pub groups_claim: String,
    /// The claim that names a person.
    pub username_claim: String,
    /// What groups give.
    pub grants: Vec<Grant>,
    /// What the button calls the provider.
    pub name: String,
    /// Where the provider sends browsers back to.
    pub redirect: String,
}

impl Settings {
    /// The path that the provider sends browsers back to.
    pub const CALLBACK: &str = "/sign-in/oidc/callback";

    /// Checks addresses: TLS, but on this very machine.
    pub fn checked(self) -> Result<Self, String> {
        for (what, address) in [("PILOTHOUSE_OIDC_ISSUER", &self.issuer), ("PILOTHOUSE_PUBLIC_URL", &self.redirect)] {
            let url: Url = address.parse().map_err(|_| format!("{what} is not a URL"))?;
            let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
                return Err(format!("{what} has to begin with https://; http:// will do on this very machine only"));
            }
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return Err("PILOTHOUSE_OIDC_SCOPES has to hold openid".into());
        }
        if self.grants.is_empty() {
            return Err("PILOTHOUSE_OIDC_ROLES is empty, so that nobody could sign in; write group=role".into());
        }
        Ok(self)
    }

    /// What somebody in these groups may: the highest role, and, for a viewer, all tenants that their groups give.
    pub fn rights(&self, groups: &BTreeSet<String>) -> Option<(Role, BTreeSet<TenantSlug>)> {
        let matching = || self.grants.iter().filter(|grant| groups.contains(&grant.group));
        let role = matching().map(|grant| grant.role).min()?;
        let tenants = if role == Role::Viewer { matching().filter_map(|grant| grant.tenant.clone()).collect() } else { BTreeSet::new() };
        Some((role, tenants))
    }
}

/// What a group gives: `group=admin`, `group=support` or `group=viewer:tenant-slug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    group: String,
    role: Role,
    tenant: Option<TenantSlug>,
}

impl FromStr for Grant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("“{text}” has to read group=admin, group=support or group=viewer:tenant-slug");
        let (group, given) = text.trim().rsplit_once('=').ok_or_else(wrong)?;
        let (role, tenant) = match given.split_once(':') {
            Some((role, tenant)) => (role, Some(tenant.trim().parse().map_err(|_| wrong())?)),
            None => (given, None),
        };
        let role: Role = role.trim().parse().map_err(|_| wrong())?;
        let group = group.trim().to_owned();
        if group.is_empty() || (role == Role::Viewer) != tenant.is_some() {
            return Err(wrong());
        }
        Ok(Self { group, role, tenant })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(grants: &[&str]) -> Settings {
        Settings {
            issuer: "https://id.example".into(),
            client_id: "pilothouse".into(),
            client_secret: None,
            scopes: vec!["openid".into()],
            groups_claim: "groups".into(),
            username_claim: "preferred_username".into(),
            grants: grants.iter().map(|text| text.parse().unwrap()).collect(),
            name: "id.example".into(),
            redirect: "https://pilothouse.example/sign-in/oidc/callback".into(),
        }
    }

    fn rights(groups: &[&str]) -> Option<(Role, Vec<String>)> {
        let settings = settings(&["ops=admin", "help=support", "acme=viewer:acme", "both=viewer:acme", "both=viewer:globex"]);
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        settings.rights(&groups).map(|(role, tenants)| (role, tenants.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn the_highest_role_counts_and_a_viewers_tenants_add_up() {
        assert_eq!(rights(&["acme"]), Some((Role::Viewer, vec!["acme".into()])));
        assert_eq!(rights(&["acme", "both"]), Some((Role::Viewer, vec!["acme".into(), "globex".into()])));
        assert_eq!(rights(&["acme", "help"]), Some((Role::Support, vec![])));
        assert_eq!(rights(&["help", "both", "ops"]), Some((Role::Admin, vec![])));
        assert_eq!(rights(&["Ops", "strangers"]), None, "groups are compared letter by letter");
        assert_eq!(rights(&[]), None);
    }

    #[test]
    fn a_grant_that_says_too_little_or_too_much_is_refused() {
        for text in ["", "ops", "=admin", "ops=root", "acme=viewer", "acme=viewer:", "acme=viewer:-x", "ops=admin:acme"] {
            assert!(text.parse::<Grant>().is_err(), "{text}");
        }
        assert!("cn=ops=admin".parse::<Grant>().is_ok());
    }

    #[test]
    fn a_provider_without_tls_is_refused_but_on_this_machine() {
        let at = |issuer: &str| Settings { issuer: issuer.into(), ..settings(&["ops=admin"]) }.checked().is_ok();
        assert!(at("https://id.example") && at("http://127.0.0.1:9000") && at("http://localhost"));
        assert!(!at("http://id.example") && !at("ftp://localhost") && !at("id.example"));
        assert!(settings(&[]).checked().is_err());
    }
}
