//! A form as it arrived, and how its fields are read. Bad fields are problems that say which field and what to do.

use std::{collections::BTreeMap, str::FromStr};

use axum::{extract::FromRequestParts, extract::Path, http::request::Parts};

use crate::{
    domain::{
        actor::Actor,
        change::{self, RunOptions},
        names::{ReleaseKey, TenantSlug},
        problem::{Code, Problem},
        release::Release,
        values,
    },
    manager::ReleaseManager,
};

/// A form, and who sent it.
pub(super) struct Asked {
    /// Who sent it.
    pub actor: Actor,
    /// The one door to change.
    pub manager: ReleaseManager,
    /// The parameters of its path.
    pub path: BTreeMap<String, String>,
    /// Its fields.
    pub fields: BTreeMap<String, String>,
}

/// The parameters of a request's path.
pub(super) async fn path_of(parts: &mut Parts) -> BTreeMap<String, String> {
    Path::from_request_parts(parts, &()).await.map(|Path(path)| path).unwrap_or_default()
}

impl Asked {
    /// A field without the space around it; empty when missing.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |text| text.trim())
    }

    /// A field as a name of ours.
    pub fn name<T: FromStr<Err = Problem>>(&self, name: &str) -> Result<T, Problem> {
        self.field(name).parse()
    }

    /// A field as a whole number; `None` when empty.
    pub fn number(&self, name: &str, label: &str) -> Result<Option<u32>, Problem> {
        let text = self.field(name);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| Problem::new(Code::InvalidRequest, format!("{label} has to be a whole number.")))
    }

    /// How Helm is to run. A checkbox that is not checked is not sent.
    pub fn options(&self) -> Result<RunOptions, Problem> {
        let plain = RunOptions::default();
        RunOptions {
            timeout: self.number("timeout", "The timeout")?.unwrap_or(plain.timeout),
            atomic: self.fields.contains_key("atomic"),
            wait_for_jobs: self.fields.contains_key("waitForJobs"),
            ..plain
        }
        .checked()
    }

    /// Why.
    pub fn reason(&self) -> Result<Option<String>, Problem> {
        change::reason(Some(self.field("reason")))
    }

    /// The values override as typed.
    pub fn values(&self) -> Result<serde_json::Map<String, serde_json::Value>, Problem> {
        values::parse_override(self.fields.get("values").map_or("", String::as_str))
    }

    /// The key under which a form that is sent twice is carried out once.
    pub fn key(&self) -> Option<String> {
        Some(self.field("key")).filter(|key| !key.is_empty()).map(str::to_owned)
    }

    /// All that the form says but its key, to tell whether it is the same form that is sent again. `form` is which one.
    pub fn said(&self, form: &str) -> Vec<u8> {
        let fields: BTreeMap<&String, &String> = self.fields.iter().filter(|(name, _)| *name != "key").collect();
        // Texts are written without fail.
        let fields = serde_json::to_string(&fields).unwrap_or_default();
        format!("form {form}\n{fields}").into_bytes()
    }

    /// The revision that the form's author looked at.
    pub fn base(&self) -> Result<Option<u32>, Problem> {
        self.number("base", "The base revision")
    }

    /// The tenant that the path names.
    pub fn slug(&self) -> Result<Option<TenantSlug>, Problem> {
        self.path.get("slug").map(|slug| slug.parse()).transpose().map_err(|_: Problem| Problem::tenant_not_found())
    }

    /// The release that the path names.
    pub async fn release(&self) -> Result<Release, Problem> {
        let part = |name: &str| self.path.get(name).cloned().unwrap_or_default();
        let key = |namespace: String, name: String| Ok(ReleaseKey { namespace: namespace.parse()?, name: name.parse()? });
        let key = key(part("namespace"), part("name")).map_err(|_: Problem| Problem::release_not_found())?;
        self.manager.release_at(&self.actor, self.slug()?.as_ref(), &key).await
    }
}
