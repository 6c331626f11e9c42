//! Chart sources against a repository that the real Helm has made.

use pilothouse::{charts::ChartSources, domain::source::SourceConfig};

#[tokio::test]
async fn charts_that_helm_has_packaged_are_read_and_fetched() {
    let Ok(url) = std::env::var("PILOTHOUSE_TEST_CHARTS_URL") else {
        eprintln!("skipped: no cluster (run cargo xtask test)");
        return;
    };
    rustls::crypto::ring::default_provider().install_default().ok();
    let dir = tempfile::tempdir().unwrap();
    let source = SourceConfig::open("demo".parse().unwrap(), url.parse().unwrap());
    let charts = ChartSources::new(vec![source], dir.path().to_owned(), true).unwrap();
    let list = charts.list().await;
    assert!(!list.is_empty(), "{:?}", charts.sources());
    for chart in list {
        let name = chart.name.as_str().parse().unwrap();
        for version in chart.versions {
            let path = charts.fetch(&name, &version.version).await.unwrap();
            assert!(path.exists());
            assert!(!charts.details(&name, &version.version).await.unwrap().values.is_empty());
        }
    }
}
