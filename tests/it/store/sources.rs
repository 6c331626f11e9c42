//! Chart sources.

use pilothouse::domain::source::{Access, Login, SourceConfig};

use super::{contract, fixture::*, people::*};

contract!(
    a_source_comes_back_as_it_was_added_and_what_signs_in_is_sealed,
    a_name_is_taken_once_and_free_again_when_its_source_is_removed,
    without_its_audit_row_no_source_is_added_or_removed,
);

const PASSWORD: &str = "geheim-hinter-der-tapete";

fn source(name: &str) -> SourceConfig {
    SourceConfig {
        charts: vec!["web".parse().unwrap()],
        access: Access { login: Login::Basic { user: "mia".into(), password: PASSWORD.into() }, ca: Some("pem".into()) },
        ..SourceConfig::open(name.parse().unwrap(), "oci://registry.example.com/charts".parse().unwrap())
    }
}

async fn add(f: &Fixture, name: &str) -> bool {
    f.stores.sources.add(&source(name), at(0), &audit("source.add", name)).await.unwrap()
}

async fn a_source_comes_back_as_it_was_added_and_what_signs_in_is_sealed(f: Fixture) {
    assert!(add(&f, "b").await && add(&f, "a").await);
    assert_eq!(f.stores.sources.list().await.unwrap(), [source("a"), source("b")]);
    assert!(!holds(&f.bytes_on_disk(), PASSWORD) && !holds(&f.bytes_on_disk(), "mia"));
}

async fn a_name_is_taken_once_and_free_again_when_its_source_is_removed(f: Fixture) {
    assert!(add(&f, "a").await && !add(&f, "a").await);
    let remove = async || f.stores.sources.remove(&"a".parse().unwrap(), &audit("source.remove", "a")).await.unwrap();
    assert!(remove().await && !remove().await);
    assert!(add(&f, "a").await);
    assert_eq!(acts(&f).await, ["source.add", "source.remove", "source.add"]);
}

async fn without_its_audit_row_no_source_is_added_or_removed(f: Fixture) {
    assert!(add(&f, "a").await);
    f.break_audit().await;
    assert!(f.stores.sources.add(&source("b"), at(0), &audit("source.add", "b")).await.is_err());
    assert!(f.stores.sources.remove(&"a".parse().unwrap(), &audit("source.remove", "a")).await.is_err());
    assert_eq!(f.stores.sources.list().await.unwrap().len(), 1);
}
