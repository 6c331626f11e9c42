//! A line to the API server that can be cut, frozen and mended: for outages that a cluster which all tests share cannot have.

use std::{path::Path, sync::Arc};

use kube::config::Kubeconfig;
use serde_json::Value;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

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

/// A line that is good to begin with.
pub struct Wire(Arc<watch::Sender<Line>>);

impl Wire {
    /// One to the cluster of a kubeconfig, and that kubeconfig with its end instead.
    pub async fn to(kubeconfig: &Path) -> (Self, Value) {
        let mut kubeconfig = serde_json::to_value(Kubeconfig::read_from(kubeconfig).unwrap()).unwrap();
        let server = &mut kubeconfig["clusters"][0]["cluster"]["server"];
        let target = server.as_str().unwrap().trim_start_matches("https://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        *server = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port()).into();
        let line = Arc::new(watch::channel(Line::Good).0);
        let state = line.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, target.clone(), state.subscribe()));
            }
        });
        (Self(line), kubeconfig)
    }

    pub fn set(&self, line: Line) {
        self.0.send_replace(line);
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
