//! Charts that a test makes up, packaged in memory and served on loopback like any chart repository.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use axum::{Router, extract::Path, http::StatusCode, routing::get};

/// A chart repository of a test's own; ends with it.
pub struct Shelf {
    pub url: String,
    served: tokio::task::JoinHandle<()>,
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl Shelf {
    /// Serves version 1.0.0 of each of these charts: its name, and its one template.
    pub async fn of(charts: &[(&str, &str)]) -> Self {
        let mut files = BTreeMap::new();
        let mut index = "apiVersion: v1\nentries:\n".to_owned();
        for (name, template) in charts {
            write!(index, "  {name}:\n  - {{apiVersion: v2, name: {name}, version: 1.0.0, urls: [{name}-1.0.0.tgz]}}\n").unwrap();
            files.insert(format!("{name}-1.0.0.tgz"), package(name, template));
        }
        files.insert("index.yaml".to_owned(), index.into_bytes());
        let files = Arc::new(files);
        let serve = move |Path(name): Path<String>| {
            let files = files.clone();
            async move { files.get(&name).cloned().ok_or(StatusCode::NOT_FOUND) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let served = tokio::spawn(async move { axum::serve(listener, Router::new().route("/{name}", get(serve))).await.unwrap() });
        Self { url, served }
    }
}

fn package(name: &str, template: &str) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, text) in [
        ("Chart.yaml", format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n").as_str()),
        ("values.yaml", "{}\n"),
        ("templates/all.yaml", template),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len().try_into().unwrap());
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{name}/{path}"), text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}
