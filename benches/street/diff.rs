//! Comparing two revisions that are as large as they get, the way a look does: redaction of both, then the diff; and the same
//! over REST. Against GNU `diff -u` of the same redacted texts, in turn, which neither hides, nor folds, nor marks words.

use std::time::{Duration, Instant};

use clap::Parser;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{Api, api::PostParams};
use pilothouse::{
    cluster::record::Record,
    config::Config,
    domain::{diff::Diff, names::ReleaseKey, redact::Rules, revision::BodyPart},
    manager::DIFF_DEADLINE,
    server,
};
use reqwest::Client;
use serde_json::{Value, json};

use super::{
    fleet, millis, part, spread,
    texts::{Pair, pairs},
};

const RUNS: usize = 5;
const NAMESPACE: &str = "bench-diff";
const TOKEN: &str = "bench-token-with-enough-characters";
const PARTS: [BodyPart; 2] = [BodyPart::Override, BodyPart::Manifest];

pub async fn run() {
    let pairs = pairs();
    println!("medians of {RUNS}, in ms; a diff may take {} ms before it becomes coarse", DIFF_DEADLINE.as_millis());
    let rest = Rest::start(&pairs).await;
    for (at, pair) in pairs.iter().enumerate() {
        for part in PARTS {
            let here = compare(pair, part);
            let (whole, bytes) = rest.ask(at, part).await;
            println!(
                "{:<30} {:<9} hide {:>6.0}  diff {:>5.0}{}  diff -u {:>5.0}  ratio {:>5.2} to 1   REST {:>6.0}, {:>5.1} MB",
                pair.what,
                part.as_str(),
                here.hide,
                here.diff,
                if here.coarse { " coarse" } else { "       " },
                here.peer,
                here.diff / here.peer,
                whole,
                bytes,
            );
        }
    }
    rest.server.stop().await.unwrap();
}

/// How long one comparison takes, in milliseconds.
struct Measured {
    hide: f64,
    diff: f64,
    peer: f64,
    coarse: bool,
}

fn compare(pair: &Pair, part: BodyPart) -> Measured {
    let (rules, dir) = (Rules::default(), tempfile::tempdir().unwrap());
    let files = ["left", "right"].map(|name| dir.path().join(name));
    let (mut hide, mut diff, mut peer, mut coarse) = (Vec::new(), Vec::new(), Vec::new(), false);
    for _ in 0..RUNS {
        let began = Instant::now();
        let (left, right) = rules.part_texts(&pair.left, &pair.right, part);
        hide.push(began.elapsed());
        let began = Instant::now();
        let found = Diff::of(&left, &right, DIFF_DEADLINE);
        diff.push(began.elapsed());
        assert!(!found.is_empty(), "{} {}", pair.what, part.as_str());
        coarse |= found.coarse;
        files.iter().zip([&left, &right]).for_each(|(file, text)| std::fs::write(file, text).unwrap());
        let began = Instant::now();
        let out = std::process::Command::new("diff").arg("-u").args(&files).output().unwrap();
        peer.push(began.elapsed());
        assert_eq!(out.status.code(), Some(1), "{}", String::from_utf8_lossy(&out.stderr));
    }
    let median = |times| millis(spread(times).0);
    Measured { hide: median(hide), diff: median(diff), peer: median(peer), coarse }
}

/// A whole server in this process, whose cluster holds the pairs, a release for each part.
struct Rest {
    server: server::Running,
    client: Client,
    releases: Vec<String>,
    _data: tempfile::TempDir,
}

impl Rest {
    async fn start(pairs: &[Pair]) -> Self {
        let client = fleet::client().await;
        let labelled = json!({"metadata": {"name": NAMESPACE, "labels": {"pilothouse.dev/tenant": NAMESPACE}}});
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let _ = namespaces.create(&PostParams::default(), &serde_json::from_value(labelled).unwrap()).await;
        let secrets: Api<Secret> = Api::namespaced(client, NAMESPACE);
        for (at, pair) in pairs.iter().enumerate() {
            for (part, revision) in PARTS.into_iter().flat_map(|part| [(part, 1), (part, 2)]) {
                let secret = serde_json::from_value(record(at, pair, part, revision).secret()).unwrap();
                secrets.create(&PostParams::default(), &secret).await.unwrap();
            }
        }
        let data = tempfile::tempdir().unwrap();
        let arguments = [
            "pilothouse".to_owned(),
            "--listen=127.0.0.1:0".into(),
            format!("--data={}", data.path().display()),
            format!("--kubeconfig={}", part("PILOTHOUSE_TEST_SERVER_KUBECONFIG")),
            format!("--helm={}", part("PILOTHOUSE_TEST_HELM")),
            format!("--admin-token={TOKEN}"),
            "--admin-password=bench-password-with-enough-characters".into(),
        ];
        let server = server::start(Config::parse_from(arguments)).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        let mut rest = Self { server, client, releases: Vec::new(), _data: data };
        for name in (0..pairs.len()).flat_map(|at| PARTS.map(|part| release(at, part))) {
            let id = pilothouse::domain::ids::ReleaseId::at(NAMESPACE, &name).to_string();
            let history = format!("/api/v1/helm/releases/{id}/history");
            // Bodies are read at leisure.
            while !matches!(rest.json(&history).await.as_array().map(Vec::as_slice), Some([one, other]) if one["hasBody"] == true && other["hasBody"] == true)
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            rest.releases.push(id);
        }
        rest
    }

    /// How long the answer takes, in milliseconds, and how many megabytes it has.
    async fn ask(&self, at: usize, part: BodyPart) -> (f64, f64) {
        let id = &self.releases[at * PARTS.len() + usize::from(part == BodyPart::Manifest)];
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..RUNS {
            let began = Instant::now();
            let answer = self.get(&format!("/api/v1/helm/releases/{id}/diff?from=1&to=2&of={}", part.as_str())).await;
            assert_eq!(answer.status(), 200);
            bytes = answer.bytes().await.unwrap().len();
            times.push(began.elapsed());
        }
        #[expect(clippy::cast_precision_loss, reason = "for show")]
        (millis(spread(times).0), bytes as f64 / 1e6)
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("http://{}{path}", self.server.address)).bearer_auth(TOKEN).send().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap_or_default()
    }
}

fn release(at: usize, part: BodyPart) -> String {
    format!("large-{at}-{}", part.as_str())
}

/// A release's record with that part alone, so that it fits into a Secret.
fn record(at: usize, pair: &Pair, part: BodyPart, revision: u32) -> Record {
    let key = ReleaseKey { namespace: NAMESPACE.parse().unwrap(), name: release(at, part).parse().unwrap() };
    let body = if revision == 1 { &pair.left } else { &pair.right };
    let mut record = Record::new(key, revision, chrono::DateTime::from_timestamp(1_760_000_000 + i64::from(revision), 0).unwrap());
    match part {
        BodyPart::Manifest => record.manifest.clone_from(&body.manifest),
        _ => record.values_override = body.values_override.clone(),
    }
    record
}
