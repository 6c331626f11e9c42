//! Guessing: refusals that tell nothing, and doors that close for whoever guesses and for nobody else.

use std::net::IpAddr;

use pilothouse::domain::{actor::Role, people::Refusal};
use reqwest::Method;

use super::desk::{Desk, PASSWORD};
use crate::support::{App, app};

fn from(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, last]))
}

#[tokio::test]
async fn a_refusal_is_the_same_whatever_was_wrong() {
    let desk = Desk::open().await;
    let ada = desk.user("ada", Role::Support, &[]).await;
    let shut = desk.user("shut", Role::Support, &[]).await;
    let to = pilothouse::domain::people::Standing { disabled: true, ..(&shut).into() };
    desk.auth.change_user(&super::desk::root(), shut.id, None, to).await.unwrap();
    let long = "x".repeat(100_000);
    for (name, password) in [
        ("ada", "wrong-password"),
        ("nobody", PASSWORD),
        ("nobody", ""),
        ("", ""),
        ("shut", PASSWORD),
        ("ada", long.as_str()),
        (&long, PASSWORD),
    ] {
        assert_eq!(desk.sign_in(name, password).await.unwrap_err(), Refusal::Wrong, "{name:.20}");
    }
    assert!(desk.sign_in("ADA", PASSWORD).await.is_ok(), "{} in any case", ada.name);
}

#[tokio::test]
async fn guessing_at_one_account_shuts_that_one_and_no_other() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    desk.user("grace", Role::Support, &[]).await;
    for i in 0..10 {
        assert!(desk.sign_in_from("ada", "wrong-password", from(i)).await.is_err());
    }
    assert_eq!(desk.sign_in_from("ada", PASSWORD, from(99)).await.unwrap_err(), Refusal::Wrong, "the same answer when it is shut");
    assert!(desk.sign_in_from("grace", PASSWORD, from(1)).await.is_ok());
    desk.pass(60);
    assert!(desk.sign_in_from("ada", PASSWORD, from(99)).await.is_ok());
}

#[tokio::test]
async fn guessing_from_one_address_shuts_that_one_and_no_other() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    for i in 0..30 {
        assert!(desk.sign_in_from(&format!("nobody-{i}"), "wrong-password", from(1)).await.is_err());
    }
    assert!(desk.sign_in_from("ada", PASSWORD, from(1)).await.is_err());
    assert!(desk.sign_in_from("ada", PASSWORD, from(2)).await.is_ok());
}

#[tokio::test]
async fn an_account_that_is_guessed_at_is_noted_once_in_a_minute_and_a_name_of_nobody_never_in_full() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    for _ in 0..5 {
        let _ = desk.sign_in("ada", "wrong-password").await;
        let _ = desk.sign_in("my-password-by-mistake", "ada").await;
    }
    let refused = |acts: Vec<String>| acts.into_iter().filter(|act| act.starts_with("session.refused")).collect::<Vec<_>>();
    assert_eq!(refused(desk.acts().await), ["session.refused ada", "session.refused unknown"]);
    desk.pass(61);
    let _ = desk.sign_in("ada", "wrong-password").await;
    assert_eq!(refused(desk.acts().await).len(), 3);
}

#[tokio::test]
async fn a_proxy_is_believed_only_where_it_is_configured() {
    let seen = |more: Vec<String>| async move {
        let app = App::without_cluster_but(&more).await;
        let form = [("user", "admin"), ("password", app::PASSWORD)];
        let forwarded = "203.0.113.9, 198.51.100.7, 10.0.0.1";
        let answer = app.anonymous(Method::POST, "/sign-in").header("x-forwarded-for", forwarded).form(&form).send().await.unwrap();
        assert!(answer.headers().contains_key("set-cookie"));
        let from = app.audit().await.into_iter().find(|row| row.act == "session.sign-in").unwrap().from_address;
        app.stop().await;
        from.unwrap()
    };
    assert_eq!(seen(vec![]).await, "127.0.0.1", "whatever the header says");
    let proxies = "--trusted-proxies=127.0.0.0/8,10.0.0.1".to_owned();
    assert_eq!(seen(vec![proxies]).await, "198.51.100.7", "what the client invented, further left, counts for nothing");
}
