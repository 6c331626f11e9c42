//! The forms about chart sources: add, refresh, remove.

use super::{Landing, asked::Asked, form, incomplete};
use crate::domain::{
    names::{ChartName, SourceName},
    problem::Problem,
    source::{Access, Login, SourceConfig},
};

/// The sources' page, with what was done.
pub(super) struct Sources(&'static str, SourceName);

impl Landing for Sources {
    fn place(&self) -> String {
        format!("/settings/sources?done={}&source={}", self.0, self.1)
    }
}

form!(
    /// POST `/settings/sources`
    add,
    ManageSources,
    |asked: Asked| async move {
        let names = asked.field("charts").split([',', ' ', '\n', '\r', '\t']).filter(|name| !name.is_empty());
        let source = SourceConfig {
            name: asked.name("name")?,
            url: asked.name("url")?,
            charts: names.map(str::parse).collect::<Result<Vec<ChartName>, Problem>>()?,
            access: Access {
                login: Login::of(asked.field("login"), asked.field("user"), asked.field("secret"))?,
                ca: Some(asked.field("ca")).filter(|ca| !ca.is_empty()).map(str::to_owned),
            },
        };
        asked.manager.add_source(&asked.actor, source).await.map(|source| Sources("added", source.name))
    }
);

form!(
    /// POST `/settings/sources/{name}`
    change,
    ManageSources,
    |asked: Asked| async move {
        let name: SourceName = asked.path.get("name").map_or("", String::as_str).parse()?;
        match asked.field("act") {
            "refresh" => {
                asked.manager.refresh_source(&asked.actor, &name).await?;
                Ok(Sources("refreshed", name))
            }
            "remove" => {
                asked.manager.remove_source(&asked.actor, &name).await?;
                Ok(Sources("removed", name))
            }
            _ => Err(incomplete()),
        }
    }
);
