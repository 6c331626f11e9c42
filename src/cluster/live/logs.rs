//! What a container writes: the newest lines, or every line from now on. Bounded in lines, bytes and width; not redacted.

use std::{collections::VecDeque, time::Duration};

use futures::{AsyncBufReadExt, AsyncReadExt, Stream, StreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, api::LogParams};
use tokio::time::timeout;

use super::Sighting;
use crate::{
    cluster::error::{ClusterError, Fault},
    domain::pod_log::{LogLine, LogQuery},
};

/// The most bytes that are asked for, so that the newest of them can be kept.
const ASKED: i64 = 8 * 1024 * 1024;
/// The most bytes that are given out.
const MOST: usize = 1024 * 1024;
/// The most characters of a line.
const WIDEST: usize = 8 * 1024;
/// How long the node may take to begin.
const BEGIN: Duration = Duration::from_secs(8);
/// How long it may take for the whole.
const WHOLE: Duration = Duration::from_secs(20);

/// How a kubelet begins the one line that it hands out, without a time, where the container's log is gone from its disk.
const REMOVED: &str = "unable to retrieve container logs for ";

/// Why there is no log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogError {
    /// The pod is gone.
    Gone,
    /// There is none, in Kubernetes' words.
    None(String),
    /// The node did not hand it out.
    Node,
    /// The cluster did not answer.
    Cluster(ClusterError),
}

impl From<kube::Error> for LogError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) if status.code == 404 => Self::Gone,
            kube::Error::Api(status) if status.code == 400 => Self::None(status.message.clone()),
            // The API server passes on what the node's kubelet said, or that it did not answer.
            kube::Error::Api(status) if status.code >= 500 => {
                // Not its words: they are whatever the node passed on.
                tracing::debug!(status.code, status.reason, "a node did not hand out a log");
                Self::Node
            }
            error => Self::Cluster(Fault::from(error).into_error()),
        }
    }
}

impl Sighting {
    /// The newest lines, oldest first, and whether some are missing because they were too many bytes.
    pub async fn log(&self, query: &LogQuery) -> Result<(Vec<LogLine>, bool), LogError> {
        let read = async {
            let mut lines = self.stream(query, false).await?;
            let (mut kept, mut bytes, mut cut) = (VecDeque::new(), 0, false);
            while let Some(line) = lines.next().await {
                bytes += line.line.len();
                kept.push_back(line);
                while bytes > MOST
                    && let Some(dropped) = kept.pop_front()
                {
                    (bytes, cut) = (bytes - dropped.line.len(), true);
                }
            }
            match kept.front() {
                Some(LogLine { at: None, line }) if kept.len() == 1 && line.starts_with(REMOVED) => {
                    Err(LogError::None("the node has removed it".to_owned()))
                }
                _ => Ok((kept.into(), cut)),
            }
        };
        timeout(WHOLE, read).await.unwrap_or(Err(LogError::Node))
    }

    /// The newest lines and then every further one, until the container ends.
    pub async fn follow(&self, query: &LogQuery) -> Result<impl Stream<Item = LogLine> + Send + Unpin + use<>, LogError> {
        self.stream(query, true).await
    }

    async fn stream(&self, query: &LogQuery, follow: bool) -> Result<impl Stream<Item = LogLine> + Send + Unpin + use<>, LogError> {
        let api: Api<Pod> = Api::namespaced(self.cluster.client.clone(), self.namespace.as_str());
        let how = LogParams {
            container: query.container.clone(),
            previous: query.previous,
            tail_lines: Some(query.tail.into()),
            limit_bytes: (!follow).then_some(ASKED),
            timestamps: true,
            follow,
            ..LogParams::default()
        };
        let begun = timeout(BEGIN, api.log_stream(&query.pod, &how)).await.map_err(|_| LogError::Node)??;
        Ok(Box::pin(futures::stream::unfold(begun, |mut reader| async move { line(&mut reader).await.map(|line| (line, reader)) })))
    }
}

/// The next line; what is too wide is cut. A broken line is the end.
async fn line(reader: &mut (impl futures::AsyncBufRead + Unpin)) -> Option<LogLine> {
    let mut bytes = Vec::new();
    let mut bounded = (&mut *reader).take(WIDEST as u64);
    let read = bounded.read_until(b'\n', &mut bytes).await.ok().filter(|read| *read > 0)?;
    let whole = bytes.ends_with(b"\n");
    let mut text = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
    if !whole && read == WIDEST {
        text.push('…');
        skip(reader).await;
    }
    // What a program paints with is not for a page.
    text.retain(|c| c == '\t' || !c.is_control());
    Some(LogLine::parse(&text))
}

/// Reads past the end of the line, holding none of it.
async fn skip(reader: &mut (impl futures::AsyncBufRead + Unpin)) {
    loop {
        let (taken, end) = match reader.fill_buf().await {
            Ok([]) | Err(_) => return,
            Ok(buffer) => match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), false),
            },
        };
        reader.consume_unpin(taken);
        if end {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_without_end_is_cut_and_the_next_one_is_whole() {
        let log = format!("2026-11-23T07:00:00Z {}\n2026-11-23T07:00:01Z \u{1b}[31mred\r\nlast", "x".repeat(100_000));
        let mut reader = futures::io::Cursor::new(log.into_bytes());
        let first = line(&mut reader).await.unwrap();
        assert!(first.line.len() < WIDEST + 4 && first.line.ends_with("x…"), "{}", first.line.len());
        assert_eq!(line(&mut reader).await.unwrap().line, "[31mred");
        assert_eq!(line(&mut reader).await.unwrap(), LogLine { at: None, line: "last".into() });
        assert_eq!(line(&mut reader).await, None);
    }
}
