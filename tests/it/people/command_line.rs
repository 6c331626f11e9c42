//! `pilothouse user` and `pilothouse token`, beside a running server.

use std::{path::Path, process::Stdio};

use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::{ConnectOptions, Connection, Executor, sqlite::SqliteConnectOptions};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::support::App;

/// Runs the program on the data of a server; answers whether it succeeded, and what it said.
async fn run(app: &App, arguments: &[&str], input: &str) -> (bool, String) {
    run_on(app.data.path(), arguments, input).await
}

async fn run_on(data: &Path, arguments: &[&str], input: &str) -> (bool, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
        .args(arguments)
        .env("PILOTHOUSE_DATA", data)
        .env("USER", "operator")
        .env("PILOTHOUSE_LOG", "warn")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let out = child.wait_with_output().await.unwrap();
    let text = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8(text).unwrap())
}

async fn done(app: &App, arguments: &[&str], input: &str) -> String {
    let (ok, text) = run(app, arguments, input).await;
    assert!(ok, "{arguments:?}: {text}");
    text
}

#[tokio::test]
async fn accounts_are_added_listed_and_disabled_beside_a_running_server() {
    let app = App::without_cluster().await;
    app.tenants(["acme"]).await;
    let told = done(&app, &["user", "add", "mia", "--role", "viewer", "--tenant", "acme"], "").await;
    let password = told.lines().find_map(|line| line.strip_prefix("password: ")).unwrap().to_owned();
    let cookie = app.sign_in_as("mia", &password).await.unwrap();
    let list = done(&app, &["user", "list"], "").await;
    let mia = list.lines().find(|line| line.starts_with("mia")).unwrap();
    assert!(mia.contains("viewer") && mia.contains("acme") && mia.contains("local") && !list.contains(&password), "{list}");
    done(&app, &["user", "passwd", "mia", "--password-stdin"], "a-password-long-enough\n").await;
    assert_eq!(app.page(&cookie, "/").await.0, StatusCode::SEE_OTHER, "the session has ended");
    assert!(app.sign_in_as("mia", "a-password-long-enough").await.is_ok());
    done(&app, &["user", "disable", "mia"], "").await;
    assert!(app.sign_in_as("mia", "a-password-long-enough").await.is_err());
    done(&app, &["user", "enable", "mia"], "").await;
    assert!(app.sign_in_as("mia", "a-password-long-enough").await.is_ok());
    let noted = app.audit().await;
    for act in ["user.add", "user.password", "user.disable", "user.enable"] {
        assert!(noted.iter().any(|row| row.act == act && row.actor == "operator" && row.door.contains("cli")), "{act}: {noted:#?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_token_made_on_the_command_line_is_good_at_once_until_it_is_revoked() {
    let app = App::without_cluster().await;
    let token = done(&app, &["token", "create", "ci", "--role", "support", "--days", "7"], "").await;
    let token = token.trim();
    assert!(token.starts_with("plt_") && token.lines().count() == 1, "{token}");
    let me = app.ask(Method::GET, token, "/api/v1/me", None).await;
    assert_eq!((me.body["name"].as_str(), me.body["role"].as_str()), (Some("admin"), Some("support")));
    let list = done(&app, &["token", "list"], "").await;
    let id = list.lines().find(|line| line.contains(" ci ")).unwrap().split_whitespace().next().unwrap().to_owned();
    assert!(!list.contains(token), "{list}");
    done(&app, &["token", "revoke", &id], "").await;
    assert_eq!(app.ask(Method::GET, token, "/api/v1/me", None).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test]
async fn the_command_line_says_what_is_wrong_and_changes_nothing() {
    let app = App::without_cluster().await;
    for (arguments, input, word) in [
        (vec!["user", "add", "mia", "--role", "viewer", "--tenant", "nowhere"], "", "no tenant nowhere"),
        (vec!["user", "add", "ADMIN", "--role", "admin"], "", "already"),
        (vec!["user", "add", "mia", "--role", "support", "--password-stdin"], "short\n", "12 characters"),
        (vec!["user", "passwd", "nobody"], "", "no such account"),
        (vec!["user", "disable", "admin"], "", "last admin"),
        (vec!["token", "create", "x", "--user", "nobody"], "", "no such account"),
        (vec!["token", "create", "x", "--role", "viewer"], "", "Name the token's tenants"),
        (vec!["user", "list", "--data", "/nowhere/at/all"], "", "no database"),
        (vec!["user", "add", "mia", "--role", "support", "--password", "secret"], "", "--password"),
    ] {
        let (ok, text) = run(&app, &arguments, input).await;
        assert!(!ok && text.contains(word), "{arguments:?}: {text}");
    }
    assert_eq!(app.get("/api/v1/users").await["total"], 1);
    assert_eq!(app.post("/api/v1/users", &json!({"name": "mia", "role": "support"})).await.status, StatusCode::CREATED);
    app.stop().await;
}

#[tokio::test]
async fn the_audit_is_verified_beside_a_running_server_and_an_altered_row_is_found() {
    let app = App::without_cluster().await;
    app.tenants(["acme", "globex"]).await;
    done(&app, &["user", "add", "mia", "--role", "viewer", "--tenant", "acme"], "").await;
    let whole = done(&app, &["audit", "verify"], "").await;
    let anchor = whole.split_whitespace().last().unwrap().to_owned();
    done(&app, &["user", "disable", "mia"], "").await;
    done(&app, &["audit", "verify", "--anchor", &anchor], "").await;
    let data = app.stop().await;

    let file = data.path().join("pilothouse.db");
    let mut database = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    database.execute("DROP TRIGGER audit_is_never_changed").await.unwrap();
    database.execute("UPDATE audit SET actor = 'nobody' WHERE act = 'user.add'").await.unwrap();
    database.close().await.unwrap();
    let (ok, text) = run_on(data.path(), &["audit", "verify"], "").await;
    assert!(!ok && text.contains("row"), "{text}");
}
