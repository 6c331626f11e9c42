//! What a release Secret may hold: genuine records, odd ones, and attacks.

use serde_json::{Value, json};

use super::*;
use crate::cluster::record::{Record, pack};

fn record() -> Record {
    let key = crate::domain::names::ReleaseKey { namespace: "acme".parse().unwrap(), name: "web".parse().unwrap() };
    Record {
        values_override: object(json!({"replicas": 3})),
        defaults: object(json!({"replicas": 1, "image": {"tag": "1.0"}})),
        manifest: "kind: ConfigMap\n".into(),
        notes: "Thanks".into(),
        templates: vec![("templates/all.yaml".into(), "x".repeat(10_000))],
        ..Record::new(key, 3, DateTime::from_timestamp(1_795_341_600, 500).unwrap())
    }
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn decode_json(json: &Value) -> Result<DecodedRevision, RecordError> {
    decode(&pack(json.to_string().as_bytes()))
}

#[test]
fn a_genuine_record_is_read() {
    let decoded = decode(&record().payload()).unwrap();
    assert_eq!((decoded.chart_name.as_str(), decoded.chart_version.as_str(), decoded.app_version.as_str()), ("web", "1.0.0", "1.0"));
    assert_eq!(decoded.description, "Install complete");
    assert_eq!(decoded.first_deployed, Some(record().at));
    assert_eq!(decoded.body.values_override, record().values_override);
    assert_eq!(decoded.body.defaults, record().defaults);
    assert_eq!((decoded.body.manifest.as_str(), decoded.body.notes.as_str()), ("kind: ConfigMap\n", "Thanks"));
}

#[test]
fn an_uncompressed_record_is_read_too() {
    let plain = STANDARD.encode(record().json().to_string());
    assert_eq!(decode(plain.as_bytes()), decode(&record().payload()));
}

#[test]
fn hooks_are_read() {
    let mut json = record().json();
    json["hooks"] =
        json!([{"name": "migrate", "kind": "Job", "path": "x", "events": ["pre-upgrade"], "manifest": "kind: Job", "weight": 1}]);
    let hook = decode_json(&json).unwrap().body.hooks.remove(0);
    assert_eq!((hook.name.as_str(), hook.kind.as_str(), hook.events.as_slice()), ("migrate", "Job", &["pre-upgrade".to_owned()][..]));
}

#[test]
fn what_is_missing_or_null_is_empty() {
    for json in [
        json!({}),
        json!({"info": null, "chart": null, "config": null, "manifest": null, "hooks": null}),
        json!({"info": {"first_deployed": null}, "chart": {"metadata": null, "values": null, "templates": null}, "hooks": [null, {}]}),
    ] {
        let decoded = decode_json(&json).unwrap();
        assert_eq!((decoded.chart_name.as_str(), decoded.first_deployed), ("", None), "{json}");
    }
}

#[test]
fn a_time_that_was_never_set_is_none() {
    let decoded = decode_json(&json!({"info": {"first_deployed": "0001-01-01T00:00:00Z", "last_deployed": "yesterday"}})).unwrap();
    assert_eq!((decoded.first_deployed, decoded.last_deployed), (None, None));
}

#[test]
fn garbage_is_an_error_and_never_a_panic() {
    assert_eq!(decode(b"%%%"), Err(RecordError::NotBase64));
    assert!(matches!(decode(b""), Err(RecordError::NotARelease(_))));
    assert_eq!(decode(STANDARD.encode([0x1f, 0x8b, 0x08, 9, 9, 9]).as_bytes()), Err(RecordError::NotGzip));
    let genuine = record().payload();
    for cut in [genuine.len() / 4 * 2, genuine.len() / 8 * 4] {
        assert!(decode(&genuine[..cut]).is_err());
    }
    for json in [json!([]), json!("x"), json!({"config": []}), json!({"hooks": {}}), json!({"manifest": 7})] {
        assert!(matches!(decode_json(&json), Err(RecordError::NotARelease(_))), "{json}");
    }
}

#[test]
fn a_bomb_is_not_unpacked_to_its_end() {
    let spaces = vec![b' '; 4 * MAX_INFLATED];
    let bomb = pack(&spaces);
    assert!(bomb.len() < 1 << 20, "it would fit into a Secret");
    assert_eq!(decode(&bomb), Err(RecordError::TooLarge));
}

#[test]
fn a_record_of_millions_of_tiny_values_is_refused() {
    let zeros = format!(r#"{{"config":{{"a":[{}0]}}}}"#, "0,".repeat(5_000_000));
    assert_eq!(decode(&pack(zeros.as_bytes())), Err(RecordError::TooLarge));
    let text = json!({"manifest": ",[{\\\"".repeat(400_000)});
    assert!(decode_json(&text).is_ok(), "what stands in a string is no value");
}

#[test]
fn deep_nesting_is_refused_where_it_is_kept_and_skipped_where_it_is_not() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let kept = format!(r#"{{"config":{{"a":{deep}}}}}"#);
    assert!(matches!(decode(&pack(kept.as_bytes())), Err(RecordError::NotARelease(_))));
    let skipped = format!(r#"{{"chart":{{"files":{deep}}},"manifest":"m"}}"#);
    assert_eq!(decode(&pack(skipped.as_bytes())).map(|decoded| decoded.body.manifest), Ok("m".into()));
}

#[test]
fn short_texts_are_cut_and_cleaned() {
    let json = json!({"chart": {"metadata": {"name": "x".repeat(10_000), "version": "1\u{1b}[0m"}}});
    let decoded = decode_json(&json).unwrap();
    assert_eq!((decoded.chart_name.chars().count(), decoded.chart_version.as_str()), (100, "1[0m"));
}
