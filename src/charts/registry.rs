//! A registry of the OCI kind as a chart source: charts are repositories, their versions are tags, an archive is a layer.
//! Speaks as much of the distribution protocol as that takes, through [`super::web`], so that its limits hold here, too.
//! Does not fetch archives.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::{
    Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LINK, WWW_AUTHENTICATE},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    about::lines,
    index::{Annotations, Entry, File, Index},
    text::short,
    web::{Web, WebError, drain},
};
use crate::domain::{
    chart::{self, ChartVersion},
    names::{ChartName, SourceName},
    source::Login,
};

/// What a manifest is.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What the archive's layer is.
const ARCHIVE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The most that is read of a list of tags, a manifest or a chart's description.
const MOST: u64 = 4 << 20;
/// The most pages of tags, of at most as many each.
const PAGES: usize = 25;
const PAGE: usize = 1_000;
/// How many versions of a chart, newest first, are looked at before anybody asks for them.
const LOOKED_AT: usize = 20;
/// Questions at a time.
const AT_ONCE: usize = 4;

/// A registry, below a path of it.
pub(super) struct Registry {
    web: Web,
    /// `https://host/v2/`
    root: Url,
    /// Each chart's repository.
    charts: BTreeMap<ChartName, String>,
    login: Login,
    /// Tokens that the registry gave out, by what they are for.
    tokens: Mutex<HashMap<String, HeaderValue>>,
    /// What is known of tags, by chart and tag. Asked for anew by a refresh that somebody wants.
    seen: Mutex<HashMap<(ChartName, String), Seen>>,
}

/// What a manifest and the description in it say of a version.
#[derive(Clone)]
struct Seen {
    version: ChartVersion,
    digest: String,
    changes: String,
}

/// Why there is no answer of use.
pub(super) enum Fault {
    Web(WebError),
    /// It is not a registry's; the text is for the log.
    Odd(String),
}

impl From<WebError> for Fault {
    fn from(error: WebError) -> Self {
        Self::Web(error)
    }
}

#[derive(Deserialize)]
struct Tags {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
}

/// The chart's Chart.yaml, which is JSON here.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct About {
    app_version: String,
    description: String,
    deprecated: bool,
    kube_version: String,
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

impl Registry {
    /// The charts below an address; without any, the address is a chart's own.
    pub(super) fn new(address: &Url, charts: &[ChartName], login: Login, web: Web) -> Option<Self> {
        let path = address.path().trim_matches('/');
        let root = address.join("/v2/").ok()?;
        let joined = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let charts = match charts {
            [] => [(path.rsplit('/').next()?.parse().ok()?, path.to_owned())].into(),
            charts => charts.iter().map(|chart| (chart.clone(), joined(chart.as_str()))).collect(),
        };
        Some(Self { web, root, charts, login, tokens: Mutex::default(), seen: Mutex::default() })
    }

    /// What the registry offers. With `anew`, nothing that is known of tags counts.
    pub(super) async fn index(&self, source: &SourceName, anew: bool) -> Result<Index, Fault> {
        if anew {
            self.seen().clear();
        }
        let entries = stream::iter(self.charts.keys().cloned()).map(|name| self.entry(source, name)).buffer_unordered(AT_ONCE);
        let charts: Vec<_> = entries.try_collect().await?;
        Ok(Index { charts: charts.into_iter().flatten().collect() })
    }

    async fn entry(&self, source: &SourceName, name: ChartName) -> Result<Option<(ChartName, Arc<Entry>)>, Fault> {
        let mut tags = self.tags(&name).await?;
        tags.retain(|tag| tag.len() <= 100 && chart::parse(&version_of(tag)).is_some());
        tags.sort_by(|a, b| chart::compare(&version_of(b), &version_of(a)));
        tags.dedup();
        let unseen: Vec<String> =
            tags.iter().take(LOOKED_AT).filter(|tag| !self.seen().contains_key(&(name.clone(), (*tag).clone()))).cloned().collect();
        let looks = stream::iter(unseen).map(|tag| {
            let name = name.clone();
            async move {
                // One that cannot be read is listed all the same, and told of when it is chosen.
                if let Err(Fault::Odd(why)) = self.look(&name, &tag).await {
                    tracing::debug!(chart = %name, tag, why, "a version in a registry is no chart");
                }
            }
        });
        looks.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
        let listed = tags.iter().filter_map(|tag| {
            let seen = self.seen().get(&(name.clone(), tag.clone())).cloned();
            let (version, changes) = seen.map_or_else(|| (plain(tag), String::new()), |seen| (seen.version, seen.changes));
            Some((version, File { url: self.manifest_url(&name, tag)?, digest: None, changes: changes.into() }))
        });
        let (versions, files): (Vec<_>, Vec<_>) = listed.unzip();
        let entry = Entry::of(source.clone(), name.clone(), versions, files);
        Ok((!entry.files.is_empty()).then(|| (name, Arc::new(entry))))
    }

    /// Where a version's archive is, by its digest.
    pub(super) async fn resolve(&self, chart: &ChartName, version: &str) -> Result<File, Fault> {
        let seen = self.look(chart, &tag_of(version)).await?;
        let url = self.blob_url(chart, &seen.digest).ok_or(WebError::Scheme)?;
        let digest = seen.digest.strip_prefix("sha256:").map(str::to_owned);
        let digest = digest.ok_or_else(|| Fault::Odd("its digest is not one of SHA-256".into()))?;
        Ok(File { url, digest: Some(digest), changes: seen.changes.into() })
    }

    /// Asks for an archive.
    pub(super) async fn archive(&self, url: &Url) -> Result<Response, WebError> {
        self.ask(url, "*/*", true).await
    }

    /// Reads a version's manifest and description, and keeps what they say.
    async fn look(&self, chart: &ChartName, tag: &str) -> Result<Seen, Fault> {
        let manifest: Manifest = self.json(&self.manifest_url(chart, tag).ok_or(WebError::Scheme)?, MANIFEST).await?;
        let layer = manifest.layers.iter().find(|layer| layer.media_type == ARCHIVE);
        let layer = layer.ok_or_else(|| Fault::Odd("its manifest names no chart archive".into()))?;
        // Of a registry that is odd about the description, the archive is still good.
        let about: About = match self.blob_url(chart, &manifest.config.digest) {
            Some(url) => self.json(&url, "*/*").await.unwrap_or_default(),
            None => About::default(),
        };
        let created = manifest.annotations.get("org.opencontainers.image.created");
        let version = ChartVersion {
            app_version: short(&about.app_version, 100),
            description: short(&about.description, super::index::DESCRIPTION),
            created: created.and_then(|at| DateTime::parse_from_rfc3339(at).ok()).map(|at| at.with_timezone(&Utc)),
            deprecated: about.deprecated,
            kube_version: short(&about.kube_version, 100),
            digest: Some(layer.digest.clone()),
            ..plain(tag)
        };
        let seen = Seen { version, digest: layer.digest.clone(), changes: lines(&about.annotations.changes) };
        self.seen().insert((chart.clone(), tag.to_owned()), seen.clone());
        Ok(seen)
    }

    async fn tags(&self, chart: &ChartName) -> Result<Vec<String>, Fault> {
        let mut next = self.root.join(&format!("{}/tags/list?n={PAGE}", self.charts.get(chart).ok_or(WebError::Scheme)?)).ok();
        let mut tags = Vec::new();
        for _ in 0..PAGES {
            let Some(url) = next.take() else { break };
            let answer = self.ask(&url, "application/json", false).await?;
            next = following(&answer, &url);
            tags.extend(read::<Tags>(answer).await?.tags.unwrap_or_default());
        }
        Ok(tags)
    }

    async fn json<T: DeserializeOwned>(&self, url: &Url, accept: &'static str) -> Result<T, Fault> {
        read(self.ask(url, accept, false).await?).await
    }

    /// Asks, and once more with a token where the registry wants one.
    async fn ask(&self, url: &Url, accept: &'static str, archive: bool) -> Result<Response, WebError> {
        let scope = self.scope(url);
        let known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&scope).cloned();
        let headers = |token: Option<HeaderValue>| {
            let accept = (ACCEPT, HeaderValue::from_static(accept));
            [Some(accept), token.map(|token| (AUTHORIZATION, token))].into_iter().flatten().collect::<HeaderMap>()
        };
        let answer = self.web.ask(url, headers(known), archive).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return succeeded(answer);
        }
        let challenge = answer.headers().get(WWW_AUTHENTICATE).and_then(|text| text.to_str().ok()).unwrap_or_default().to_owned();
        let token = self.token(&challenge, url, &scope).await?;
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(scope, token.clone());
        succeeded(self.web.ask(url, headers(Some(token)), archive).await?)
    }

    /// What a challenge is answered with.
    async fn token(&self, challenge: &str, url: &Url, scope: &str) -> Result<HeaderValue, WebError> {
        let refused = WebError::Status(401);
        let (way, rest) = challenge.split_once(' ').ok_or(refused.clone())?;
        let basic = match &self.login {
            Login::Basic { user, password } => Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))),
            Login::None | Login::Bearer { .. } => None,
        };
        let header = |text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(|_| WebError::Status(401))?;
            value.set_sensitive(true);
            Ok::<_, WebError>(value)
        };
        if way.eq_ignore_ascii_case("basic") {
            return header(&basic.ok_or(refused)?);
        }
        let parameters = parameters(rest);
        let mut realm: Url = parameters.get("realm").and_then(|realm| realm.parse().ok()).ok_or(refused.clone())?;
        if url.scheme() == "https" && realm.scheme() != "https" {
            return Err(WebError::Redirects);
        }
        if let Some(service) = parameters.get("service") {
            realm.query_pairs_mut().append_pair("service", service);
        }
        realm.query_pairs_mut().append_pair("scope", scope);
        let login = match basic {
            Some(basic) => [(AUTHORIZATION, header(&basic)?)].into_iter().collect(),
            None => HeaderMap::new(),
        };
        let answer = succeeded(self.web.ask(&realm, login, false).await?)?;
        let Token { token, access_token } = read(answer).await.map_err(|_| refused)?;
        header(&format!("Bearer {}", if token.is_empty() { access_token } else { token }))
    }

    fn scope(&self, url: &Url) -> String {
        let path = url.path().trim_start_matches("/v2/");
        let repository = ["/tags/", "/manifests/", "/blobs/"].iter().find_map(|part| path.split_once(part)).map_or(path, |(name, _)| name);
        format!("repository:{repository}:pull")
    }

    fn manifest_url(&self, chart: &ChartName, tag: &str) -> Option<Url> {
        self.root.join(&format!("{}/manifests/{tag}", self.charts.get(chart)?)).ok()
    }

    fn blob_url(&self, chart: &ChartName, digest: &str) -> Option<Url> {
        let hex = digest.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.root.join(&format!("{}/blobs/sha256:{hex}", self.charts.get(chart)?)).ok()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<(ChartName, String), Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A version of which no more is known.
fn plain(tag: &str) -> ChartVersion {
    ChartVersion { version: version_of(tag), ..ChartVersion::default() }
}

/// A tag cannot hold a plus sign.
fn version_of(tag: &str) -> String {
    tag.replace('_', "+")
}

fn tag_of(version: &str) -> String {
    version.replace('+', "_")
}

fn succeeded(answer: Response) -> Result<Response, WebError> {
    if answer.status().is_success() { Ok(answer) } else { Err(WebError::Status(answer.status().as_u16())) }
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T, Fault> {
    let mut text = Vec::new();
    drain::<WebError>(answer, MOST, |piece| {
        text.extend_from_slice(piece);
        Ok(())
    })
    .await?;
    serde_json::from_slice(&text).map_err(|error| Fault::Odd(error.to_string()))
}

/// The next page, which is on the same server.
fn following(answer: &Response, url: &Url) -> Option<Url> {
    let link = answer.headers().get(LINK)?.to_str().ok()?;
    let target = link.split_once('<')?.1.split_once('>')?.0;
    url.join(target).ok().filter(|next| next.origin() == url.origin())
}

/// The parameters of a challenge: `realm="…",service="…"`.
fn parameters(text: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut rest = text.trim();
    while let Some((name, after)) = rest.split_once("=\"") {
        let Some((value, after)) = after.split_once('"') else { break };
        found.insert(name.trim_matches([',', ' ']).to_ascii_lowercase(), value.to_owned());
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_with_its_commas() {
        let found = parameters(r#"realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,push""#);
        assert_eq!(found["realm"], "https://auth.example.com/token");
        assert_eq!((found["service"].as_str(), found["scope"].as_str()), ("registry", "repository:a/b:pull,push"));
        assert!(parameters("nonsense").is_empty());
    }

    #[test]
    fn a_version_with_a_plus_is_a_tag_with_an_underscore() {
        assert_eq!((tag_of("1.0.0+7").as_str(), version_of("1.0.0_7").as_str()), ("1.0.0_7", "1.0.0+7"));
    }
}
