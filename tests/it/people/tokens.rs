//! API tokens: never more than their owner or their maker, gone when they should be, kept as a digest.

use pilothouse::{
    auth::TokenWish,
    domain::{
        actor::{Act, Reach, Role},
        people::Standing,
        problem::Code,
    },
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::desk::{Desk, PASSWORD, bootstrap, root, wish};
use crate::support::{App, app::TOKEN};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_token_acts_within_its_role_and_tenants_under_its_owners_name() {
    let desk = Desk::open().await;
    let [acme, globex] = desk.tenants(["acme", "globex"]).await;
    desk.auth.bootstrap(&bootstrap(PASSWORD, "bootstrap-token-of-the-admin", true)).await.unwrap();
    let admin = desk.holder("bootstrap-token-of-the-admin").await.unwrap();
    let token = desk.token(&admin, "ci", Role::Admin, &[acme]).await.unwrap();
    assert!(token.starts_with("plt_") && token.len() >= 4 + 43, "256 random bits");
    let ci = desk.holder(&token).await.unwrap();
    assert_eq!((ci.name(), ci.via(), ci.role(), ci.reach()), ("admin", Some("ci"), Role::Admin, &Reach::Tenants(vec![acme])));
    assert!(ci.may(Act::Change) && !ci.may(Act::ManagePeople) && !ci.may(Act::ManageTenants) && !ci.may(Act::SeeUnassigned));
    let reader = desk.holder(&desk.token(&admin, "reader", Role::Support, &[]).await.unwrap()).await.unwrap();
    assert_eq!((reader.role(), reader.reach()), (Role::Support, &Reach::All));
    let mia = desk.holder(&desk.token(&admin, "mia", Role::Viewer, &[globex]).await.unwrap()).await.unwrap();
    assert_eq!((mia.role(), mia.reach()), (Role::Viewer, &Reach::Tenants(vec![globex])));
    let nameless = desk.token(&admin, "lost", Role::Viewer, &[]).await.unwrap_err();
    assert_eq!(nameless.code, Code::InvalidCombination, "a viewer of everything is no viewer");
}

#[tokio::test]
async fn nobody_makes_a_token_that_may_more_than_they() {
    let desk = Desk::open().await;
    let [acme, globex] = desk.tenants(["acme", "globex"]).await;
    desk.user("mia", Role::Viewer, &[acme]).await;
    desk.user("sue", Role::Support, &[]).await;
    let mia = desk.actor(&desk.sign_in("mia", PASSWORD).await.unwrap()).await.unwrap();
    for role in [Role::Admin, Role::Support] {
        assert_eq!(desk.token(&mia, "more", role, &[]).await.unwrap_err().code, Code::Forbidden, "{role:?}");
    }
    let elsewhere = desk.token(&mia, "more", Role::Viewer, &[acme, globex]).await.unwrap_err();
    let nowhere = desk.token(&mia, "more", Role::Viewer, &[pilothouse::domain::ids::TenantId(uuid::Uuid::max())]).await.unwrap_err();
    assert_eq!(elsewhere, nowhere, "another tenant is like one that does not exist");
    let own = desk.holder(&desk.token(&mia, "own", Role::Viewer, &[]).await.unwrap()).await.unwrap();
    assert_eq!(own.reach(), &Reach::Tenants(vec![acme]), "all of theirs");
    let sue = desk.actor(&desk.sign_in("sue", PASSWORD).await.unwrap()).await.unwrap();
    assert_eq!(desk.token(&sue, "more", Role::Admin, &[]).await.unwrap_err().code, Code::Forbidden);
    let speaking = desk.auth.make_token(&sue, TokenWish { speaks: true, ..wish("gate", Role::Support, &[]) }).await.unwrap_err();
    assert_eq!(speaking.code, Code::Forbidden, "only an admin trusts a token to speak for others");
    let others = TokenWish { owner: mia.account(), ..wish("theirs", Role::Viewer, &[acme]) };
    assert_eq!(desk.auth.make_token(&sue, others).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn a_token_follows_its_owner_downwards_and_never_upwards() {
    let desk = Desk::open().await;
    let [acme, globex] = desk.tenants(["acme", "globex"]).await;
    let ada = desk.user("ada", Role::Admin, &[]).await;
    desk.user("grace", Role::Admin, &[]).await;
    let actor = desk.actor(&desk.sign_in("ada", PASSWORD).await.unwrap()).await.unwrap();
    let token = desk.token(&actor, "ci", Role::Admin, &[]).await.unwrap();
    let cli = root();
    let stand =
        |role, tenants: &[_]| desk.auth.change_user(&cli, ada.id, None, Standing { role, tenants: tenants.to_vec(), disabled: false });
    stand(Role::Viewer, &[acme]).await.unwrap();
    let now = desk.holder(&token).await.unwrap();
    assert_eq!((now.role(), now.reach()), (Role::Viewer, &Reach::Tenants(vec![acme])));
    let mia = desk.actor(&desk.sign_in("ada", PASSWORD).await.unwrap()).await.unwrap();
    let viewers = desk.token(&mia, "viewers", Role::Viewer, &[]).await.unwrap();
    stand(Role::Viewer, &[globex]).await.unwrap();
    assert_eq!(desk.holder(&viewers).await.unwrap().reach(), &Reach::Tenants(vec![]), "what it was made for is gone");
    stand(Role::Admin, &[]).await.unwrap();
    let later = desk.holder(&viewers).await.unwrap();
    assert_eq!((later.role(), later.reach()), (Role::Viewer, &Reach::Tenants(vec![acme])), "its owner rose, it did not");
}

#[tokio::test]
async fn a_token_ends_when_it_said_and_one_that_it_makes_ends_no_later() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Admin, &[]).await;
    let ada = desk.actor(&desk.sign_in("ada", PASSWORD).await.unwrap()).await.unwrap();
    let token = desk.token(&ada, "ci", Role::Admin, &[]).await.unwrap();
    let holder = desk.holder(&token).await.unwrap();
    let child = desk.auth.make_token(&holder, TokenWish { life: Some(300 * DAY), ..wish("child", Role::Admin, &[]) }).await.unwrap();
    desk.pass(DAY - 1);
    assert!(desk.holder(&token).await.is_ok());
    desk.pass(1);
    assert!(desk.holder(&token).await.is_err());
    assert!(desk.holder(&child.1.0).await.is_err());
    for life in [0, -1, 400 * DAY, i64::MAX] {
        assert!(desk.auth.make_token(&ada, TokenWish { life: Some(life), ..wish("odd", Role::Admin, &[]) }).await.is_err(), "{life}");
    }
}

#[tokio::test]
async fn a_narrow_token_knows_no_wider_one_of_its_owner_and_has_no_say_over_the_account() {
    let desk = Desk::open().await;
    let [acme, globex] = desk.tenants(["acme", "globex"]).await;
    desk.user("ada", Role::Admin, &[]).await;
    let browser = desk.sign_in("ada", PASSWORD).await.unwrap();
    let ada = desk.actor(&browser).await.unwrap();
    let narrow = desk.holder(&desk.token(&ada, "narrow", Role::Viewer, &[acme]).await.unwrap()).await.unwrap();
    desk.token(&ada, "wide", Role::Admin, &[]).await.unwrap();
    desk.token(&ada, "beside", Role::Viewer, &[globex]).await.unwrap();
    let names = |tokens: Vec<pilothouse::domain::people::ApiToken>| tokens.iter().map(|token| token.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(desk.auth.tokens(&narrow, false).await.unwrap()), ["narrow"], "else it would learn of other tenants");
    assert_eq!(desk.auth.tokens(&narrow, true).await.unwrap_err().code, Code::Forbidden);
    let wide = desk.auth.tokens(&ada, false).await.unwrap().into_iter().find(|token| token.name.as_str() == "wide").unwrap();
    assert_eq!(desk.auth.revoke_token(&narrow, wide.id).await.unwrap_err().code, Code::TokenNotFound);
    assert_eq!(desk.auth.sign_out_everywhere(&narrow, ada.account().unwrap()).await.unwrap_err().code, Code::Forbidden);
    let change = desk.auth.change_password(&narrow, &browser, PASSWORD, "another-password").await;
    assert_eq!(change.unwrap_err().code, Code::Forbidden);
    desk.auth.revoke_token(&ada, wide.id).await.unwrap();
    assert_eq!(desk.auth.revoke_token(&ada, wide.id).await.unwrap_err().code, Code::TokenNotFound);
}

#[tokio::test]
async fn somebody_elses_token_is_like_one_that_does_not_exist() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    desk.user("eve", Role::Support, &[]).await;
    let ada = desk.actor(&desk.sign_in("ada", PASSWORD).await.unwrap()).await.unwrap();
    let eve = desk.actor(&desk.sign_in("eve", PASSWORD).await.unwrap()).await.unwrap();
    let (token, _) = desk.auth.make_token(&ada, wish("ci", Role::Support, &[])).await.unwrap();
    assert_eq!(desk.auth.tokens(&eve, false).await.unwrap(), []);
    assert_eq!(desk.auth.revoke_token(&eve, token.id).await.unwrap_err().code, Code::TokenNotFound);
    assert_eq!(desk.auth.tokens(&root(), true).await.unwrap().len(), 1);
    desk.auth.revoke_token(&root(), token.id).await.unwrap();
    assert_eq!(desk.acts().await.last().unwrap(), "token.revoke ada/ci");
}

#[tokio::test]
async fn use_is_noted_at_most_once_in_a_minute() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    let ada = desk.actor(&desk.sign_in("ada", PASSWORD).await.unwrap()).await.unwrap();
    let token = desk.token(&ada, "ci", Role::Support, &[]).await.unwrap();
    let used = || async { desk.auth.tokens(&ada, false).await.unwrap()[0].used_at };
    assert_eq!(used().await, None);
    desk.holder(&token).await.unwrap();
    let first = used().await.unwrap();
    desk.pass(30);
    desk.holder(&token).await.unwrap();
    assert_eq!(used().await, Some(first));
    desk.pass(60);
    desk.holder(&token).await.unwrap();
    assert!(used().await.unwrap() > first);
}

#[tokio::test]
async fn the_api_makes_lists_and_revokes_tokens_and_keeps_none() {
    let app = App::without_cluster().await;
    let [acme, globex] = app.tenants(["acme", "globex"]).await;
    let asked = json!({"name": "ci", "role": "viewer", "tenants": [acme], "expiresInSeconds": 3600});
    let made = app.post("/api/v1/tokens", &asked).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let (id, token) = (made.body["id"].as_str().unwrap(), made.body["token"].as_str().unwrap());
    let again = app.post("/api/v1/tokens", &asked).await;
    assert_eq!((again.status, again.body["code"].as_str()), (StatusCode::CONFLICT, Some("name_taken")));
    let me = app.ask(Method::GET, token, "/api/v1/me", None).await;
    assert_eq!((me.body["role"].as_str(), &me.body["tenants"], me.body["via"].as_str()), (Some("viewer"), &json!([acme]), Some("ci")));
    let seen = app.ask(Method::GET, token, "/api/v1/tenants", None).await.body;
    assert_eq!(seen.as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap()).collect::<Vec<_>>(), ["acme"]);
    let missing = app.ask(Method::GET, token, "/api/v1/tenants/018f0000-0000-7000-8000-000000000000", None).await;
    let others = app.ask(Method::GET, token, &format!("/api/v1/tenants/{globex}"), None).await;
    assert_eq!((others.status, others.body), (missing.status, missing.body));
    let more = app.ask(Method::POST, token, "/api/v1/tokens", Some(&json!({"name": "more", "role": "admin"}))).await;
    assert_eq!(more.status, StatusCode::FORBIDDEN);
    let listed = app.get("/api/v1/tokens").await;
    assert_eq!(listed.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>(), ["bootstrap", "ci"]);
    assert!(!listed.to_string().contains(token) && !listed.to_string().contains("digest"));
    let bytes = app.bytes_on_disk();
    assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "only a digest is kept");
    assert!(!bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()));
    for (path, status) in [(format!("/api/v1/tokens/{id}"), 204), (format!("/api/v1/tokens/{id}"), 404), ("/api/v1/tokens/x".into(), 404)] {
        assert_eq!(app.ask(Method::DELETE, TOKEN, &path, None).await.status, status, "{path}");
    }
    assert_eq!(app.ask(Method::GET, token, "/api/v1/me", None).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test]
async fn a_token_that_is_trusted_speaks_for_others_and_the_audit_names_both() {
    let app = App::without_cluster().await;
    let asked = json!({"name": "gateway", "role": "admin", "tenants": [], "expiresInSeconds": 3600, "speaksForOthers": true});
    let gateway = app.post("/api/v1/tokens", &asked).await.body["token"].as_str().unwrap().to_owned();
    let plain = json!({"name": "plain", "role": "admin", "expiresInSeconds": 3600});
    let plain = app.post("/api/v1/tokens", &plain).await.body["token"].as_str().unwrap().to_owned();
    let me = |token: String| app.anonymous(Method::GET, "/api/v1/me").bearer_auth(token).header("x-user-id", "mia@acme.example").send();
    assert_eq!(me(plain).await.unwrap().status(), StatusCode::FORBIDDEN);
    let spoken: serde_json::Value = me(gateway).await.unwrap().json().await.unwrap();
    assert_eq!((spoken["name"].as_str(), spoken["via"].as_str()), (Some("mia@acme.example"), Some("gateway")));
    assert!(spoken["userId"].is_null());
    app.stop().await;
}
