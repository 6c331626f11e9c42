//! What a registry says, as far as charts take it, and how tags and versions stand for each other. Asks nobody. Everything here
//! was written by a stranger: it is read up to a limit, and what is of no use is dropped while it is read.

use std::fmt;

use reqwest::{Response, Url, header::LINK};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, SeqAccess, Visitor},
};

use super::Fault;
use crate::{
    charts::{
        index::Annotations,
        web::{WebError, drain},
    },
    domain::chart::{self, ChartVersion},
};

/// The most that is read of a manifest, a chart's description or a token, in bytes.
pub(super) const MOST: u64 = 1 << 20;
/// The most that is read of one page of tags, in bytes: some registries send them all on one, with more beside them.
pub(super) const MOST_OF_TAGS: u64 = 4 << 20;
/// The longest tag that is one.
const LONGEST_TAG: usize = 100;

/// A page of tags; those that are no versions, such as those of signatures, are left out.
#[derive(Deserialize)]
pub(super) struct Tags {
    #[serde(default, deserialize_with = "versions")]
    pub(super) tags: Vec<String>,
}

/// What a version is made of.
#[derive(Deserialize)]
pub(super) struct Manifest {
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
    #[serde(default)]
    pub(super) annotations: Notes,
}

/// Of a manifest's annotations, the one that is shown.
#[derive(Default, Deserialize)]
pub(super) struct Notes {
    #[serde(rename = "org.opencontainers.image.created", default)]
    pub(super) created: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    pub(super) digest: String,
}

/// The chart's Chart.yaml, which is JSON here.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct About {
    pub(super) app_version: String,
    pub(super) description: String,
    pub(super) deprecated: bool,
    pub(super) kube_version: String,
    pub(super) annotations: Annotations,
}

/// What somebody who asks for a token is given.
#[derive(Deserialize)]
pub(super) struct Token {
    #[serde(default)]
    pub(super) token: String,
    #[serde(default)]
    pub(super) access_token: String,
}

/// Keeps the tags that are versions; a list that is null is empty.
fn versions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Kept;

    impl<'de> Visitor<'de> for Kept {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of tags")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while let Some(tag) = list.next_element::<String>()? {
                if tag.len() <= LONGEST_TAG && chart::parse(&version_of(&tag)).is_some() {
                    kept.push(tag);
                }
            }
            Ok(kept)
        }
    }

    deserializer.deserialize_any(Kept)
}

/// A version of which no more is known.
pub(super) fn plain(tag: &str) -> ChartVersion {
    ChartVersion { version: version_of(tag), ..ChartVersion::default() }
}

/// A tag cannot hold a plus sign.
pub(super) fn version_of(tag: &str) -> String {
    tag.replace('_', "+")
}

pub(super) fn tag_of(version: &str) -> String {
    version.replace('+', "_")
}

pub(super) fn succeeded(answer: Response) -> Result<Response, WebError> {
    if answer.status().is_success() { Ok(answer) } else { Err(WebError::Status(answer.status().as_u16())) }
}

/// Reads an answer of at most so many bytes.
pub(super) async fn read<T: DeserializeOwned>(answer: Response, most: u64) -> Result<T, Fault> {
    let mut text = Vec::new();
    drain::<WebError>(answer, most, |piece| {
        text.extend_from_slice(piece);
        Ok(())
    })
    .await?;
    serde_json::from_slice(&text).map_err(|error| Fault::Odd(error.to_string()))
}

/// The next page, which is on the same server.
pub(super) fn following(answer: &Response, url: &Url) -> Option<Url> {
    let link = answer.headers().get(LINK)?.to_str().ok()?;
    let target = link.split_once('<')?.1.split_once('>')?.0;
    url.join(target).ok().filter(|next| next.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_with_a_plus_is_a_tag_with_an_underscore() {
        assert_eq!((tag_of("1.0.0+7").as_str(), version_of("1.0.0_7").as_str()), ("1.0.0_7", "1.0.0+7"));
    }

    #[test]
    fn of_tags_only_versions_are_kept() {
        let long = format!("1.0.0-{}", "a".repeat(LONGEST_TAG));
        let text = format!(r#"{{"name":"web","tags":["latest","1.0.0","sha256-00.sig","{long}","1.1.0_7"],"manifest":{{"x":[1]}}}}"#);
        let read = |text: &str| serde_json::from_str::<Tags>(text).map(|page| page.tags);
        assert_eq!(read(&text).unwrap(), ["1.0.0", "1.1.0_7"]);
        assert!(read(r#"{"tags":null}"#).unwrap().is_empty() && read("{}").unwrap().is_empty());
        assert!(read(r#"{"tags":"1.0.0"}"#).is_err() && read(r#"{"tags":[1]}"#).is_err());
    }
}
