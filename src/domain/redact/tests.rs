//! The choke point as a whole: what is hidden, in which encodings, what stays readable, and the way back.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::*;

const SECRET: &str = "s3cr3t-válue/with \"quotes\" & 'more'+";

fn body(values: Value, manifest: &str, notes: &str) -> RevisionBody {
    RevisionBody {
        values_override: values.as_object().unwrap().clone(),
        manifest: manifest.into(),
        notes: notes.into(),
        ..RevisionBody::default()
    }
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn rules() -> Rules {
    Rules::default()
}

#[test]
fn a_value_under_a_secret_key_is_hidden_and_says_when_it_changed() {
    let old = body(json!({"db": {"password": "hunter2hunter2", "pool": 20}}), "", "");
    let new = body(json!({"db": {"password": "correcthorse", "pool": 20}}), "", "");
    let (left, right) = rules().part_texts(&old, &new, BodyPart::Override);
    assert_eq!(left, "db:\n  password: hidden\n  pool: 20\n");
    assert_eq!(right, "db:\n  password: changed, hidden\n  pool: 20\n");
    assert_eq!(rules().part_texts(&old, &old, BodyPart::Override).1, left);
}

#[test]
fn a_text_whose_secret_changed_says_so_where_nothing_else_did() {
    let with = |password: &str| body(json!({"password": password, "url": format!("postgres://app:{password}@db")}), "", "");
    let (left, right) = rules().part_texts(&with("hunter2hunter2"), &with("correcthorse"), BodyPart::Override);
    assert!(left.contains("app:hidden@db"), "{left}");
    assert!(right.contains("app:changed, hidden@db"), "{right}");
}

#[test]
fn the_data_of_a_secret_in_a_manifest_is_hidden_and_the_rest_is_left_as_it_was() {
    let manifest = "# Source: web/a.yaml\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y}\n---\n# Source: web/s.yaml\nkind: Secret\nmetadata:\n  name: s\ndata:\n  any: aHVudGVyMg==\n  short: YWJj\n";
    let shown = rules().part_text(&body(json!({}), manifest, ""), BodyPart::Manifest);
    assert!(shown.contains("# Source: web/a.yaml\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y}\n"), "{shown}");
    assert!(!shown.contains("aHVudGVyMg") && !shown.contains("YWJj"), "{shown}");
    assert!(shown.contains("any: hidden") && shown.contains("# Source: web/s.yaml"), "{shown}");
}

#[test]
fn secrets_inside_of_lists_and_of_last_applied_annotations_are_hidden() {
    let applied = json!({"kind": "Secret", "stringData": {"any": "applied-before"}}).to_string();
    let manifest = json!({"kind": "List", "items": [
        {"kind": "Secret", "stringData": {"any": "hunter2hunter2"}},
        {"kind": "ConfigMap", "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}}},
    ]});
    let shown = rules().part_text(&body(json!({}), &manifest.to_string(), "applied-before, hunter2hunter2"), BodyPart::Manifest);
    assert!(!shown.contains("hunter2") && !shown.contains("applied-before"), "{shown}");
    let notes = rules().part_text(&body(json!({}), &manifest.to_string(), "applied-before, hunter2hunter2"), BodyPart::Notes);
    assert_eq!(notes, "hidden, hidden");
}

/// Every encoding that a secret is looked for in.
fn encodings(secret: &str) -> Vec<(&'static str, String)> {
    let percent = |plain: &str| {
        let keep = |byte: u8| byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte);
        secret.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect::<String>()
    };
    let json = serde_json::to_string(secret).unwrap();
    let split = |every: usize, with: &str| {
        let chars: Vec<char> = secret.chars().collect();
        chars.chunks(every).map(|piece| piece.iter().collect::<String>()).collect::<Vec<_>>().join(with)
    };
    let wrapped: Vec<String> =
        STANDARD.encode(format!("user:{secret}@host")).as_bytes().chunks(11).map(|line| String::from_utf8_lossy(line).into()).collect();
    vec![
        ("plain", secret.into()),
        ("base64", STANDARD.encode(secret)),
        ("base64 in a larger one", STANDARD.encode(format!("u:{secret}@db"))),
        ("base64 at another alignment", STANDARD.encode(format!("us:{secret}"))),
        ("base64 over lines", wrapped.join("\n    ")),
        ("URL, strict", percent("")),
        ("URL, lenient", percent("-_.!~*'()/+&")),
        ("URL, lower case", percent("").to_lowercase()),
        ("URL, form", percent("-_.").replace("%20", "+")),
        ("JSON", json[1..json.len() - 1].to_owned()),
        ("JSON, ASCII alone", json[1..json.len() - 1].replace('á', "\\u00e1").replace('&', "\\u0026").replace('/', "\\/")),
        ("JSON in JSON", serde_json::to_string(&json).unwrap()),
        ("YAML, single quotes", secret.replace('\'', "''")),
        ("YAML, folded", secret.replace(' ', "\n      ")),
        ("YAML, folded in double quotes", split(7, "\\\n    ")),
        ("hex", secret.bytes().map(|byte| format!("{byte:02x}")).collect()),
        ("HEX", secret.bytes().map(|byte| format!("{byte:02X}")).collect()),
        ("split over lines", split(5, "\n        ")),
    ]
}

#[test]
fn a_secret_is_hidden_wherever_it_occurs_in_every_encoding() {
    let body = body(json!({"adminPassword": SECRET}), "", "");
    let secrets = rules().secrets(&body);
    for (name, written) in encodings(SECRET) {
        let shown = secrets.hide(&format!("before >{written}< after")).into_owned();
        assert!(shown.starts_with("before ") && shown.ends_with(" after"), "{name}: {shown}");
        assert!(shown.contains(HIDDEN), "{name}: {written} became {shown}");
        // Only what base64 says of its neighbours may be left beside it.
        assert!(shown.len() < "before >< after".len() + HIDDEN.len() + 18, "{name}: {written} became {shown}");
    }
}

#[test]
fn a_secret_that_occurs_in_values_manifest_and_notes_is_hidden_there() {
    let body = body(
        json!({"adminPassword": "s3cr3t-value", "motd": "use s3cr3t-value", "s3cr3t-value": 1, "list": ["a", "s3cr3t-value"]}),
        "# s3cr3t-value\nkind: ConfigMap\ndata:\n  url: http://u:s3cr3t-value@db\n",
        "log in with s3cr3t-value",
    );
    for part in BodyPart::ALL {
        let shown = rules().part_text(&body, part);
        assert!(!shown.contains("s3cr3t") && shown.contains(HIDDEN), "{part:?}: {shown}");
    }
    assert_eq!(rules().part_text(&body, BodyPart::Notes), "log in with hidden");
}

#[test]
fn the_lines_of_a_key_file_and_the_password_of_an_address_are_secrets_of_their_own() {
    let lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"];
    let key = format!("-----BEGIN KEY-----\n{}\n-----END KEY-----\n", lines.join("\n"));
    let values =
        json!({"tls": {"privateKey": key}, "databaseDsn": "postgres://app:pa%24swort@db/x", "envSecret": "A=1\nDB_PASSWORD=lonely-word\n"});
    let secrets = rules().secrets(&body(values, "", ""));
    assert_eq!(secrets.hide(&format!("bad line: {}", lines[1])), "bad line: hidden");
    assert_eq!(secrets.hide("app has pa%24swort"), "app has hidden");
    assert_eq!(secrets.hide("lonely-word"), HIDDEN);
    assert_eq!(secrets.hide("-----BEGIN KEY-----"), "-----BEGIN KEY-----");
}

#[test]
fn a_short_secret_is_hidden_at_its_key_alone() {
    let body = body(json!({"password": "abc", "name": "abc"}), "", "abc");
    assert_eq!(rules().part_text(&body, BodyPart::Override), "name: abc\npassword: hidden\n");
    assert_eq!(rules().part_text(&body, BodyPart::Notes), "abc");
}

#[test]
fn overlapping_secrets_leave_nothing_of_either() {
    let secrets = rules().secrets(&body(json!({"aToken": "abcdefgh", "bToken": "efghijkl"}), "", ""));
    assert_eq!(secrets.hide("<abcdefghijkl> <xefghijkl>"), "<hidden> <xhidden>");
}

#[test]
fn a_piece_of_a_secret_where_a_text_was_cut_is_hidden() {
    let secrets = rules().secrets(&body(json!({"token": "abcdefghijklmnop"}), "", ""));
    assert_eq!(secrets.hide_cut("it was abcdefghij"), "it was hidden");
    assert_eq!(secrets.hide_cut("it was abcdefghij…\nnext"), "it was hidden…\nnext");
    assert_eq!(secrets.hide_cut("ghijklmnop it was"), "hidden it was");
    assert_eq!(secrets.hide_cut("it was abcde"), "it was abcde", "too short to tell");
    assert_eq!(secrets.hide("it was abcdefghij"), "it was abcdefghij");
}

#[test]
fn where_nobody_knows_what_is_secret_everything_is() {
    assert_eq!(Secrets::unknown().hide("helm said something"), HIDDEN);
    let both = rules().secrets(&body(json!({"token": "abcdefghijklmnop"}), "", "")).and(&Secrets::unknown());
    assert_eq!(both.hide("anything"), HIDDEN);
}

#[test]
fn secrets_of_hooks_are_secrets_too() {
    let hook = Hook {
        name: "seed".into(),
        kind: "Secret".into(),
        events: vec![],
        manifest: "kind: Secret\nstringData: {any: from-the-hook}\n".into(),
    };
    let body = RevisionBody { hooks: vec![hook], notes: "from-the-hook".into(), ..RevisionBody::default() };
    assert_eq!(rules().part_text(&body, BodyPart::Notes), HIDDEN);
}

#[test]
fn an_object_that_cannot_be_read_is_hidden_whole() {
    let shown = rules().part_text(&body(json!({}), "kind: Secret\n  bad: [indent\ndata: hunter2\n", ""), BodyPart::Manifest);
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn an_environment_variable_with_a_secret_name_is_hidden() {
    let manifest = "kind: Pod\nspec:\n  containers:\n  - env:\n    - name: DB_PASSWORD\n      value: hunter2\n";
    let shown = rules().part_text(&body(json!({}), manifest, ""), BodyPart::Manifest);
    assert!(!shown.contains("hunter2") && shown.contains("DB_PASSWORD"), "{shown}");
}

#[test]
fn a_hidden_value_that_comes_back_from_an_editor_keeps_what_is_there() {
    let present = body(json!({"db": {"password": "hunter2hunter2", "pool": 1}, "env": [{"name": "API_TOKEN", "value": "abcdef"}]}), "", "");
    let edited = json!({"db": {"password": "hidden", "pool": 2}, "env": [{"name": "API_TOKEN", "value": "hidden"}], "note": "hidden"});
    let wanted =
        json!({"db": {"password": "hunter2hunter2", "pool": 2}, "env": [{"name": "API_TOKEN", "value": "abcdef"}], "note": "hidden"});
    assert_eq!(Value::Object(rules().restore(map(&edited), &present).unwrap()), wanted);
    for lost in [json!({"token": "hidden"}), json!({"env": [{"name": "OTHER_TOKEN", "value": "hidden"}]})] {
        assert!(rules().restore(map(&lost), &present).is_err(), "{lost}");
    }
}

#[test]
fn what_an_editor_was_shown_comes_back_as_what_is_there() {
    let values = json!({
        "password": "hunter2hunter2", "url": "postgres://u:hunter2hunter2@db", "hunter2hunter2": "a key", "pin": {"token": 123456789},
        "same": 123456789, "list": ["hunter2hunter2", {"name": "x hunter2hunter2", "v": 1}], "text": "a\nhunter2hunter2\nb\n",
    });
    let present = body(values.clone(), "", "");
    let shown = rules().part_text(&present, BodyPart::Override);
    assert!(!shown.contains("hunter2") && !shown.contains("123456789"), "{shown}");
    let back = rules().restore(values::parse_override(&shown).unwrap(), &present).unwrap();
    assert_eq!(Value::Object(back), values);
}

#[test]
fn a_value_hidden_in_part_that_was_edited_is_refused() {
    let present = body(json!({"password": "hunter2hunter2", "url": "postgres://u:hunter2hunter2@db"}), "", "");
    let edited = json!({"password": "hidden", "url": "postgres://u:hidden@other"});
    assert!(rules().restore(map(&edited), &present).unwrap_err().detail.contains("in part"));
    let anew = json!({"password": "hidden", "url": "postgres://u:new@other"});
    assert!(rules().restore(map(&anew), &present).is_ok());
}

#[test]
fn every_hidden_value_has_a_path_and_is_given_out_alone() {
    let manifest = format!(
        "kind: Secret\nmetadata: {{name: s, namespace: ns}}\ndata:\n  a.b/c: {}\n---\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{url: x-hunter2hunter2}}\n",
        STANDARD.encode("from-data")
    );
    let body = body(json!({"db": {"password": "hunter2hunter2"}, "list": [{"name": "A_TOKEN", "value": 7}], "open": 1}), &manifest, "");
    assert_eq!(rules().hidden_paths(&body, BodyPart::Override), ["/db/password", "/list/0/value"]);
    assert_eq!(rules().reveal(&body, BodyPart::Override, "/db/password").as_deref(), Some("hunter2hunter2"));
    assert_eq!(rules().reveal(&body, BodyPart::Override, "/open"), None, "what is not hidden is no reason to ask");
    assert_eq!(rules().hidden_paths(&body, BodyPart::Manifest), ["Secret/ns/s:/data/a.b~1c", "ConfigMap/c:/data/url"]);
    assert_eq!(rules().reveal(&body, BodyPart::Manifest, "Secret/ns/s:/data/a.b~1c").as_deref(), Some("from-data"));
}

#[test]
fn the_defaults_of_a_chart_are_shown_with_their_comments_and_without_their_secrets() {
    let text = "# Who may come in.\nauth:\n  # Change it.\n  password: changeme1 # now\n  pin_token: abc\n  existingSecret: mine\nurl: http://u:changeme1@db\nempty:\n  password: \"\"\n";
    let shown = rules().defaults_text(text);
    assert_eq!(
        shown,
        "# Who may come in.\nauth:\n  # Change it.\n  password: hidden\n  pin_token: hidden\n  existingSecret: mine\nurl: http://u:hidden@db\nempty:\n  password: \"\"\n"
    );
    assert!(rules().defaults_text("a: [").starts_with("# hidden"));
}

#[test]
fn a_manifest_of_a_megabyte_is_hidden_throughout() {
    let object = |i: usize| {
        format!(
            "---\n# Source: web/templates/{i}.yaml\nkind: ConfigMap\nmetadata:\n  name: c-{i}\ndata:\n  motd: \"line one\\nline two {}\"\n  plain: {}\n",
            "x".repeat(300),
            "some words that say nothing ".repeat(20)
        )
    };
    let secret =
        (0..40).map(|i| format!("  key-{i}: {}\n", STANDARD.encode(format!("secret-number-{i}-{}", i * 7919)))).collect::<String>();
    let manifest = format!("kind: Secret\nmetadata: {{name: s}}\ndata:\n{secret}{}", (0..1_200).map(object).collect::<String>());
    assert!(manifest.len() > 1_000_000);
    let body = body(json!({"password": "hunter2hunter2"}), &manifest, "");
    let shown = rules().part_text(&body, BodyPart::Manifest);
    assert!(!shown.contains("secret-number") && shown.len() > 1_000_000);
}

#[test]
fn a_secret_that_goes_over_many_lines_is_hidden_in_each_of_them() {
    let long = "one-that-is-longer-than-a-line-of-base64-and-goes-on-".repeat(20);
    let secrets = rules().secrets_of_values(&map(&json!({"password": SECRET, "token": long})));
    let pieces = |text: &str, length: usize| {
        text.as_bytes().chunks(length).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect::<Vec<_>>()
    };
    let plain: String = SECRET.chars().filter(char::is_ascii).collect();
    let ascii = rules().secrets_of_values(&map(&json!({ "password": plain })));
    let cases = [(&ascii, pieces(&plain, 5)), (&secrets, pieces(&long, 40)), (&secrets, pieces(&STANDARD.encode(format!("ab{long}")), 76))];
    for (secrets, lines) in cases {
        let mut carried = Carried::default();
        let all = ["before"].into_iter().chain(lines.iter().map(String::as_str)).chain(["after"]);
        let shown: Vec<_> = all.map(|line| secrets.hide_next(&mut carried, line)).collect();
        assert_eq!((shown[0].as_str(), shown.last().unwrap().as_str()), ("before", "after"));
        let left: Vec<_> = shown[2..shown.len() - 1].iter().filter(|line| *line != HIDDEN).collect();
        assert!(left.is_empty() || left == [shown[shown.len() - 2].as_str()], "the end of what was not secret alone: {left:?}");
        assert!(shown[1].len() < 12 || shown[1].ends_with(HIDDEN), "{}", shown[1]);
    }
}

#[test]
fn what_only_looks_like_the_beginning_of_a_secret_is_shown_with_what_follows() {
    let secrets = rules().secrets_of_values(&map(&json!({"password": "correct-horse-battery"})));
    let mut carried = Carried::default();
    let shown = ["so corr", "ectly done", "c", "correct-hor", "se-battery and more", "correct-horse-battery"];
    let shown = shown.map(|line| secrets.hide_next(&mut carried, line));
    assert_eq!(shown, ["so corr", "ectly done", "c", "hidden", "hidden and more", "hidden"]);
}
