//! Sessions: how long they last, what ends them, and that they carry no more than the account has now.

use pilothouse::{
    auth::{Password, session::Origin},
    domain::{
        actor::{Reach, Role},
        people::{Refusal, Standing},
        problem::Code,
    },
};

use super::desk::{Desk, PASSWORD, bootstrap, root};

const HOUR: i64 = 3600;

#[tokio::test]
async fn a_session_that_is_not_used_is_over_after_two_hours() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    let browser = desk.sign_in("ada", PASSWORD).await.unwrap();
    desk.pass(HOUR);
    assert_eq!(desk.actor(&browser).await.unwrap().name(), "ada");
    desk.pass(2 * HOUR - 60);
    assert!(desk.actor(&browser).await.is_ok(), "it was used an hour ago");
    desk.pass(2 * HOUR);
    assert_eq!(desk.actor(&browser).await.unwrap_err().code, Code::NotSignedIn);
}

#[tokio::test]
async fn what_an_open_page_asks_by_itself_keeps_no_session_alive() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    let browser = desk.sign_in("ada", PASSWORD).await.unwrap();
    for _ in 0..11 {
        desk.pass(10 * 60);
        assert!(desk.glance(&browser).await.is_ok());
    }
    desk.pass(10 * 60);
    assert!(desk.glance(&browser).await.is_err());
}

#[tokio::test]
async fn a_session_is_over_after_twelve_hours_however_busy() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    let browser = desk.sign_in("ada", PASSWORD).await.unwrap();
    for _ in 0..11 {
        desk.pass(HOUR);
        assert!(desk.actor(&browser).await.is_ok());
    }
    desk.pass(HOUR);
    assert!(desk.actor(&browser).await.is_err());
}

#[tokio::test]
async fn signing_in_again_gives_another_id_and_ends_the_former() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    let former = desk.sign_in("ada", PASSWORD).await.unwrap();
    let cookie = desk.auth.sign_in(Origin { headers: &former, from: None }, "ada", PASSWORD).await.unwrap();
    let cookie = cookie.to_str().unwrap();
    assert!(cookie.starts_with("__Host-pilothouse=") && cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
    assert_ne!(former["cookie"].to_str().unwrap(), cookie.split(';').next().unwrap());
    assert!(desk.actor(&former).await.is_err());
}

#[tokio::test]
async fn a_change_of_role_acts_at_once_in_an_open_session() {
    let desk = Desk::open().await;
    let [acme] = desk.tenants(["acme"]).await;
    let ada = desk.user("ada", Role::Support, &[]).await;
    let browser = desk.sign_in("ada", PASSWORD).await.unwrap();
    assert_eq!(desk.actor(&browser).await.unwrap().reach(), &Reach::All);
    let viewer = Standing { role: Role::Viewer, tenants: vec![acme], disabled: false };
    desk.auth.change_user(&root(), ada.id, None, viewer).await.unwrap();
    let actor = desk.actor(&browser).await.unwrap();
    assert_eq!((actor.role(), actor.reach()), (Role::Viewer, &Reach::Tenants(vec![acme])));
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_cannot_sign_in() {
    let desk = Desk::open().await;
    let ada = desk.user("ada", Role::Support, &[]).await;
    let browser = desk.sign_in("ada", PASSWORD).await.unwrap();
    let token = desk.token(&desk.actor(&browser).await.unwrap(), "ci", Role::Support, &[]).await.unwrap();
    assert!(desk.holder(&token).await.is_ok());
    desk.auth.change_user(&root(), ada.id, None, Standing { disabled: true, ..Standing::from(&ada) }).await.unwrap();
    assert!(desk.actor(&browser).await.is_err());
    assert!(desk.holder(&token).await.is_err());
    assert_eq!(desk.sign_in("ada", PASSWORD).await.unwrap_err(), Refusal::Wrong, "it is not told that the password was right");
    assert!(desk.acts().await.contains(&"user.disable ada".to_owned()));
}

#[tokio::test]
async fn signing_out_is_on_record_once() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    let browser = desk.sign_in("ada", PASSWORD).await.unwrap();
    for _ in 0..2 {
        desk.auth.sign_out(Origin { headers: &browser, from: None }).await.unwrap();
        assert!(desk.actor(&browser).await.is_err());
    }
    let acts = desk.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "session.sign-out ada").count(), 1, "{acts:?}");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_the_account_and_no_other() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    desk.user("grace", Role::Support, &[]).await;
    let (here, there) = (desk.sign_in("ada", PASSWORD).await.unwrap(), desk.sign_in("ada", PASSWORD).await.unwrap());
    let other = desk.sign_in("grace", PASSWORD).await.unwrap();
    let ada = desk.actor(&here).await.unwrap();
    let grace = desk.actor(&other).await.unwrap();
    let refused = desk.auth.sign_out_everywhere(&grace, ada.account().unwrap()).await.unwrap_err();
    assert_eq!(refused.code, Code::UserNotFound, "who may not manage people learns nothing of accounts");
    desk.auth.sign_out_everywhere(&ada, ada.account().unwrap()).await.unwrap();
    assert!(desk.actor(&here).await.is_err() && desk.actor(&there).await.is_err());
    assert!(desk.actor(&other).await.is_ok());
    assert_eq!(desk.acts().await.last().unwrap(), "session.sign-out-everywhere ada");
}

#[tokio::test]
async fn a_new_password_takes_the_present_one_and_ends_the_other_sessions() {
    let desk = Desk::open().await;
    desk.user("ada", Role::Support, &[]).await;
    let (here, there) = (desk.sign_in("ada", PASSWORD).await.unwrap(), desk.sign_in("ada", PASSWORD).await.unwrap());
    let ada = desk.actor(&here).await.unwrap();
    let change = |old: &'static str, new: &'static str| desk.auth.change_password(&ada, &here, old, new);
    assert_eq!(change("wrong-password", "another-password").await.unwrap_err().code, Code::InvalidPassword);
    assert_eq!(change(PASSWORD, "short").await.unwrap_err().code, Code::InvalidPassword);
    assert!(desk.actor(&there).await.is_ok(), "nothing was changed");
    change(PASSWORD, "another-password").await.unwrap();
    assert!(desk.actor(&here).await.is_ok());
    assert!(desk.actor(&there).await.is_err());
    assert!(desk.sign_in("ada", PASSWORD).await.is_err());
    assert!(desk.sign_in("ada", "another-password").await.is_ok());
    for _ in 0..10 {
        let _ = change("guess-after-guess", "another-password").await;
    }
    assert_eq!(change("another-password", PASSWORD).await.unwrap_err().code, Code::TooManyAttempts, "a stolen session guesses no password");
}

#[tokio::test]
async fn a_password_that_an_admin_sets_ends_all_sessions() {
    let desk = Desk::open().await;
    let ada = desk.user("ada", Role::Support, &[]).await;
    let browser = desk.sign_in("ada", PASSWORD).await.unwrap();
    let told = desk.auth.reset_password(&root(), ada.id, &Password::MadeUp).await.unwrap().unwrap();
    assert!(desk.actor(&browser).await.is_err());
    assert!(desk.sign_in("ada", PASSWORD).await.is_err());
    assert!(desk.sign_in("ada", &told.0).await.is_ok());
}

#[tokio::test]
async fn the_configured_password_and_token_of_the_first_admin_hold_at_every_start() {
    let desk = Desk::open().await;
    desk.auth.bootstrap(&bootstrap(PASSWORD, "first-token-of-the-admin", true)).await.unwrap();
    assert!(desk.sign_in("admin", PASSWORD).await.is_ok());
    let admin = desk.holder("first-token-of-the-admin").await.unwrap();
    assert_eq!((admin.name(), admin.role(), admin.via(), admin.reach()), ("admin", Role::Admin, Some("bootstrap"), &Reach::All));
    desk.auth.bootstrap(&bootstrap(PASSWORD, "first-token-of-the-admin", true)).await.unwrap();
    assert_eq!(desk.acts().await, ["user.add admin", "token.create admin/bootstrap", "session.sign-in admin"], "nothing to do");
    desk.auth.bootstrap(&bootstrap("another-password", "second-token-of-the-admin", true)).await.unwrap();
    assert!(desk.sign_in("admin", PASSWORD).await.is_err());
    assert!(desk.sign_in("admin", "another-password").await.is_ok());
    assert!(desk.holder("first-token-of-the-admin").await.is_err());
    assert!(desk.holder("second-token-of-the-admin").await.is_ok());
}

#[tokio::test]
async fn what_was_made_up_for_the_first_admin_is_for_the_first_start_alone() {
    let desk = Desk::open().await;
    let made_up = bootstrap(PASSWORD, "made-up-token-of-the-admin", false);
    desk.auth.bootstrap(&made_up).await.unwrap();
    let admin = desk.holder("made-up-token-of-the-admin").await.unwrap();
    let id = admin.account().unwrap();
    desk.auth.reset_password(&root(), id, &Password::Given("a-password-of-their-own".into())).await.unwrap();
    let token = desk.auth.tokens(&root(), true).await.unwrap().remove(0);
    desk.auth.revoke_token(&root(), token.id).await.unwrap();
    desk.auth.bootstrap(&made_up).await.unwrap();
    assert!(desk.sign_in("admin", PASSWORD).await.is_err());
    assert!(desk.sign_in("admin", "a-password-of-their-own").await.is_ok());
    assert!(desk.holder("made-up-token-of-the-admin").await.is_err(), "revoked is revoked");
}

#[tokio::test]
async fn a_first_admin_whom_somebody_disabled_stays_disabled() {
    let desk = Desk::open().await;
    let configured = bootstrap(PASSWORD, "first-token-of-the-admin", true);
    desk.auth.bootstrap(&configured).await.unwrap();
    desk.user("ada", Role::Admin, &[]).await;
    let admin = desk.auth.user_named(&root(), "admin").await.unwrap();
    desk.auth.change_user(&root(), admin.id, None, Standing { disabled: true, ..Standing::from(&admin) }).await.unwrap();
    desk.auth.bootstrap(&configured).await.unwrap();
    assert!(desk.sign_in("admin", PASSWORD).await.is_err());
    assert!(desk.holder("first-token-of-the-admin").await.is_err());
}
