//! Charts that a test makes up, packaged in memory and served on loopback like any chart repository.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode},
    routing::get,
};

/// A chart repository of a test's own; ends with it.
pub struct Shelf {
    pub url: String,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    served: tokio::task::JoinHandle<()>,
}

/// A version of a chart.
pub struct Edition<'a> {
    pub name: &'a str,
    pub version: &'a str,
    /// What else its Chart.yaml says, as lines of YAML.
    pub about: &'a str,
    pub files: &'a [(&'a str, &'a str)],
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl Shelf {
    /// Serves version 1.0.0 of each of these charts: its name, and its one template.
    pub async fn of(charts: &[(&str, &str)]) -> Self {
        let files: Vec<[(&str, &str); 2]> =
            charts.iter().map(|(_, template)| [("values.yaml", "{}\n"), ("templates/all.yaml", *template)]).collect();
        let edition = |((name, _), files)| Edition { name, version: "1.0.0", about: "", files };
        Self::editions(&charts.iter().copied().zip(files.iter().map(|files| files.as_slice())).map(edition).collect::<Vec<_>>(), None).await
    }

    /// Serves these versions, newest first; to who sends that authorization alone, where there is one.
    pub async fn editions(editions: &[Edition<'_>], authorization: Option<&'static str>) -> Self {
        let mut files = BTreeMap::new();
        let mut entries: BTreeMap<&str, String> = BTreeMap::new();
        for edition in editions {
            let Edition { name, version, about, .. } = edition;
            let entry = entries.entry(name).or_default();
            let about: String = about.lines().map(|line| format!("    {line}\n")).collect();
            write!(entry, "  - name: {name}\n    version: {version}\n    urls: [{name}-{version}.tgz]\n{about}").unwrap();
            files.insert(format!("{name}-{version}.tgz"), package(edition));
        }
        let entries: String = entries.iter().map(|(name, entry)| format!("  {name}:\n{entry}")).collect();
        files.insert("index.yaml".to_owned(), format!("apiVersion: v1\nentries:\n{entries}").into_bytes());
        let files = Arc::new(Mutex::new(files));
        let here = files.clone();
        let serve = move |Path(name): Path<String>, headers: HeaderMap| {
            let (files, given) = (here.clone(), headers.get("authorization").and_then(|given| given.to_str().ok()).map(str::to_owned));
            async move {
                match authorization.is_none_or(|wanted| given.as_deref() == Some(wanted)) {
                    true => files.lock().unwrap().get(&name).cloned().ok_or(StatusCode::NOT_FOUND),
                    false => Err(StatusCode::UNAUTHORIZED),
                }
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let served = tokio::spawn(async move { axum::serve(listener, Router::new().route("/{name}", get(serve))).await.unwrap() });
        Self { url, files, served }
    }

    /// Has another archive under the name and version of one that is there.
    pub fn replace(&self, edition: &Edition<'_>) {
        let before = self.files.lock().unwrap().insert(format!("{}-{}.tgz", edition.name, edition.version), package(edition));
        assert!(before.is_some(), "nothing to replace");
    }
}

fn package(edition: &Edition<'_>) -> Vec<u8> {
    let Edition { name, version, about, files } = edition;
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let chart = format!("apiVersion: v2\nname: {name}\nversion: {version}\n{about}\n");
    for (path, text) in [("Chart.yaml", chart.as_str())].iter().chain(*files) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len().try_into().unwrap());
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{name}/{path}"), text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}
