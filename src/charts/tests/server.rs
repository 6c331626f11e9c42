//! A small server of our own, which does what it is told, good or bad.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

/// What to answer to a path, and what was asked.
#[derive(Default)]
pub(super) struct Script {
    pub(super) answers: HashMap<String, Answer>,
    pub(super) asked: Vec<String>,
}

#[derive(Clone, Default)]
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
    /// Sent instead of the body, for ever.
    pub(super) endless: bool,
    /// Sent instead of the body too, for ever, but never so slowly that it is silent.
    pub(super) drips: bool,
    /// Sends its headers and then nothing.
    pub(super) silent: bool,
    /// What has to be in the request's authorization, and what whoever lacks it is told.
    pub(super) wants: Option<(&'static str, String)>,
}

/// A server that does as its script says.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) script: Arc<Mutex<Script>>,
    pub(super) port: u16,
}

impl Server {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = Self { script: Arc::default(), port: listener.local_addr().unwrap().port() };
        let answering = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = answering.clone();
                tokio::spawn(async move { server.answer(stream).await });
            }
        });
        server
    }

    async fn answer(&self, mut stream: TcpStream) -> Option<()> {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.ok()?);
        }
        let request = String::from_utf8(request).unwrap();
        let path = request.split(' ').nth(1)?.to_owned();
        let answer = {
            let mut script = self.script.lock().unwrap();
            script.asked.push(request.clone());
            script.answers.get(&path).cloned().unwrap_or(Answer { status: "404 Not Found", ..Answer::default() })
        };
        if let Some((wanted, challenge)) = &answer.wants
            && !request.to_lowercase().contains(&format!("authorization: {}\r\n", wanted.to_lowercase()))
        {
            let head =
                format!("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\nWWW-Authenticate: {challenge}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            return Some(());
        }
        let etag = answer.headers.lines().find_map(|line| line.strip_prefix("ETag: "));
        if etag.is_some_and(|etag| request.to_lowercase().contains(&format!("if-none-match: {etag}"))) {
            stream.write_all(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n").await.ok()?;
            return Some(());
        }
        let status = if answer.status.is_empty() { "200 OK" } else { answer.status };
        let length = if answer.endless || answer.silent || answer.drips {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", answer.body.len())
        };
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{length}{}\r\n", answer.headers.replace('\n', "\r\n"));
        stream.write_all(head.as_bytes()).await.ok()?;
        if answer.silent {
            // Until the client gives up.
            stream.read_u8().await.ok()?;
        }
        if answer.drips {
            loop {
                stream.write_all(b" ").await.ok()?;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        if answer.endless {
            loop {
                stream.write_all(&[b' '; 1 << 16]).await.ok()?;
            }
        }
        stream.write_all(&answer.body).await.ok()
    }

    pub(super) fn put(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.script(path, Answer { body: body.into(), ..Answer::default() });
    }

    pub(super) fn script(&self, path: &str, answer: Answer) {
        self.script.lock().unwrap().answers.insert(path.into(), answer);
    }

    pub(super) fn asked(&self, path: &str) -> usize {
        self.script.lock().unwrap().asked.iter().filter(|request| request.starts_with(&format!("GET {path} "))).count()
    }

    pub(super) fn config(&self, name: &str) -> SourceConfig {
        SourceConfig::open(name.parse().unwrap(), format!("http://127.0.0.1:{}/{name}", self.port).parse().unwrap())
    }

    /// A chart `web` of these versions in a source.
    pub(super) fn charts(&self, source: &str, versions: &[&str]) {
        let mut index = String::from("apiVersion: v1\nentries:\n  web:\n");
        for version in versions {
            let archive = Packer::chart("web", version).file("web/values.yaml", b"replicas: 1\n").pack();
            index += &format!("  - {{name: web, version: {version}, urls: [web-{version}.tgz], digest: {}}}\n", digest(&archive));
            self.put(&format!("/{source}/web-{version}.tgz"), archive);
        }
        self.put(&format!("/{source}/index.yaml"), index);
    }
}

pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
