//! A line to the API server that can be cut, frozen and mended.

use std::{path::PathBuf, sync::Arc};

use pilothouse::cluster::Cluster;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::support::Place;

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// As it should be.
    Good,
    /// Every connection is closed, old and new.
    Cut,
    /// Connections stay open and nothing gets through.
    Frozen,
}

pub struct Proxy {
    line: Arc<watch::Sender<Line>>,
    pub cluster: Cluster,
}

impl Proxy {
    /// A line of its own to the cluster of that place, and a client at its end.
    pub async fn new(place: &Place) -> Self {
        let path: PathBuf = place.dir.path().join("proxied");
        let mut kubeconfig = place.own_kubeconfig();
        let server = &mut kubeconfig["clusters"][0]["cluster"]["server"];
        let target = server.as_str().unwrap().trim_start_matches("https://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        *server = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port()).into();
        std::fs::write(&path, kubeconfig.to_string()).unwrap();

        let line = Arc::new(watch::channel(Line::Good).0);
        let state = line.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, target.clone(), state.subscribe()));
            }
        });
        Self { line, cluster: Cluster::connect(Some(path)).await.unwrap() }
    }

    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

async fn carry(mut near: TcpStream, target: String, mut line: watch::Receiver<Line>) -> Option<()> {
    let mut far = None;
    loop {
        let now = *line.borrow_and_update();
        match now {
            Line::Cut => return None,
            Line::Frozen => line.changed().await.ok()?,
            Line::Good => {
                if far.is_none() {
                    far = Some(TcpStream::connect(&target).await.ok()?);
                }
                tokio::select! {
                    _ = copy_bidirectional(&mut near, far.as_mut()?) => return None,
                    changed = line.changed() => changed.ok()?,
                }
            }
        }
    }
}
