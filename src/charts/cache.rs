//! Chart archives on disk, each under its digest: downloaded beside, verified, looked through, then put in place. Does
//! not choose what to download.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::{
    Limits,
    archive::{ChartDetails, look_through},
    choose::Chosen,
    index::File as Place,
    web::{WebError, drain},
};
use crate::domain::problem::{Code, Problem};

/// Downloads at a time.
const DOWNLOADS: usize = 4;

pub(super) struct Archives {
    dir: PathBuf,
    limits: Limits,
    downloads: tokio::sync::Semaphore,
    serial: AtomicU64,
}

/// Why an archive cannot be had; the text completes "because …".
enum Fault {
    Web(WebError),
    Rejected(String),
    Disk(io::Error),
}

impl From<WebError> for Fault {
    fn from(error: WebError) -> Self {
        Self::Web(error)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// A file being written; gone unless it is kept.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

impl Archives {
    pub(super) fn new(dir: PathBuf, limits: Limits) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        // What a killed process left behind.
        for entry in fs::read_dir(&dir)?.flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "part") {
                fs::remove_file(entry.path()).ok();
            }
        }
        Ok(Self { dir, limits, downloads: tokio::sync::Semaphore::new(DOWNLOADS), serial: AtomicU64::new(0) })
    }

    /// The archive's file and what it holds; downloaded where it is not at hand, or no digest tells what it should be.
    pub(super) async fn fetch(&self, chosen: &Chosen) -> Result<(PathBuf, ChartDetails), Problem> {
        let place = chosen.source.resolve(&chosen.chart.name, &chosen.version.version, &chosen.file).await?;
        if let Some(digest) = &place.digest {
            let path = self.place(digest);
            match self.inspect(path.clone(), chosen, digest.clone()).await {
                Ok(details) => return Ok((path, details)),
                // Not there, or damaged: a download puts it right.
                Err(Fault::Disk(_) | Fault::Web(_)) => {}
                Err(Fault::Rejected(why)) => tracing::debug!(why, "an archive in the cache is not what it should be"),
            }
        }
        let downloaded = timeout(self.limits.archive_time, self.download(chosen, &place)).await;
        downloaded.unwrap_or(Err(Fault::Web(WebError::Timeout))).map_err(|fault| problem(chosen, fault))
    }

    async fn download(&self, chosen: &Chosen, place: &Place) -> Result<(PathBuf, ChartDetails), Fault> {
        // Never closed; without a permit we would go on all the same.
        let _permit = self.downloads.acquire().await.ok();
        let answer = chosen.source.archive(&place.url).await?;
        let name = format!("{}-{}.part", std::process::id(), self.serial.fetch_add(1, Ordering::Relaxed));
        let partial = Partial(self.dir.join(name));
        let (mut file, mut hash) = (File::create(&partial.0)?, Sha256::new());
        drain::<Fault>(answer, self.limits.archive_bytes, |piece| {
            hash.update(piece);
            Ok(file.write_all(piece)?)
        })
        .await?;
        drop(file);
        let digest = hex(&hash.finalize());
        if place.digest.as_ref().is_some_and(|expected| *expected != digest) {
            return Err(Fault::Rejected("its digest is not the one that its source names".into()));
        }
        let details = self.inspect(partial.0.clone(), chosen, digest.clone()).await?;
        let path = self.place(&digest);
        fs::rename(&partial.0, &path)?;
        Ok((path, details))
    }

    /// Reads a file, which must be what it is called, and looks through it.
    async fn inspect(&self, path: PathBuf, chosen: &Chosen, digest: String) -> Result<ChartDetails, Fault> {
        let (name, version) = (chosen.chart.name.to_string(), chosen.version.version.clone());
        let inspected = tokio::task::spawn_blocking(move || {
            let size = fs::metadata(&path)?.len();
            if digest_of(&path)? != digest {
                return Err(Fault::Rejected("it has changed on disk".into()));
            }
            look_through(io::BufReader::new(File::open(&path)?), size, &name, &version).map_err(Fault::Rejected)
        });
        inspected.await.map_err(io::Error::other)?
    }

    fn place(&self, digest: &str) -> PathBuf {
        self.dir.join(format!("{digest}.tgz"))
    }
}

fn digest_of(path: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut piece) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn problem(chosen: &Chosen, fault: Fault) -> Problem {
    let (chart, version) = (&chosen.chart, &chosen.version.version);
    match fault {
        Fault::Web(error @ WebError::TooLarge(_)) => {
            Problem::new(Code::ChartRejected, format!("{chart} {version} was rejected: {error}. Nothing was installed."))
        }
        Fault::Web(error) => Problem::new(
            Code::ChartSourceUnreachable,
            format!("The archive of {chart} {version} cannot be downloaded: {error}. Check the chart source, or try again later."),
        ),
        Fault::Rejected(why) => Problem::new(
            Code::ChartRejected,
            format!(
                "{chart} {version} was rejected: {why}. Nothing was installed; its authors have to put it right, or choose another version."
            ),
        ),
        Fault::Disk(error) => {
            tracing::error!(%error, "a chart archive cannot be kept");
            Problem::internal()
        }
    }
}
