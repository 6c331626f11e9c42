//! Accounts and API tokens.

use pilothouse::{
    domain::{
        actor::{Actor, Door, Role},
        audit::{AuditQuery, NewAudit},
        ids::{TokenId, UserId},
        page::Paging,
        people::{Source, Standing, User},
    },
    store::{
        sessions::Session,
        tokens::NewToken,
        users::{Changed, NewUser, Proof},
    },
};
use uuid::Uuid;

use super::{contract, fixture::*};

contract!(
    an_account_is_found_by_id_and_by_name_in_any_case,
    a_name_is_taken_in_any_case_whoever_has_it,
    an_account_of_a_provider_is_found_by_its_subject_and_has_no_password,
    a_change_is_refused_where_somebody_else_changed_the_account_meanwhile,
    the_last_local_admin_can_be_neither_disabled_nor_demoted,
    disabling_ends_sessions_and_revokes_tokens_for_good,
    a_new_password_ends_all_other_sessions,
    no_change_of_people_without_its_audit_row,
    a_token_is_found_by_its_digest_with_its_owner,
    a_token_is_kept_as_its_digest_alone,
    a_token_is_revoked_once,
    a_name_of_a_token_is_free_again_when_it_ran_out,
    use_of_a_token_is_noted_and_never_taken_back,
    tokens_are_listed_by_owner_and_name,
);

pub fn audit(act: &str, subject: &str) -> NewAudit {
    NewAudit::of(&Actor::person("root", Role::Admin, vec![], Door::Cli), at(0), act, subject)
}

fn standing(role: Role) -> Standing {
    Standing { role, tenants: vec![], disabled: false }
}

pub fn disabled(user: &User) -> Standing {
    Standing { disabled: true, ..Standing::from(user) }
}

async fn add(f: &Fixture, name: &str, role: Role, proof: Proof) -> Option<User> {
    let id = UserId(Uuid::from_u128(f.fresh_id()));
    let new = NewUser { id, name: name.parse().unwrap(), standing: standing(role), proof };
    f.stores.users.add(&new, &audit("user.add", name)).await.unwrap()
}

fn password() -> Proof {
    Proof::Password("$argon2id$hash".into())
}

fn subject(subject: &str) -> Proof {
    Proof::Provider { issuer: "https://id.example".into(), subject: subject.into() }
}

pub async fn local(f: &Fixture, name: &str) -> User {
    add(f, name, Role::Support, password()).await.unwrap()
}

pub async fn change(f: &Fixture, user: &User, to: Standing) -> Changed {
    f.stores.users.change(user.id, Some(user.version), &to, &audit("user.role", user.name.as_str())).await.unwrap()
}

/// What the audit tells, newest first.
pub async fn acts(f: &Fixture) -> Vec<String> {
    f.stores.audit.list(&admin(), &AuditQuery::default()).await.unwrap().items.into_iter().map(|row| row.entry.act).collect()
}

fn token(f: &Fixture, owner: &User, name: &str, digest: u8) -> NewToken {
    NewToken {
        id: TokenId(Uuid::from_u128(f.fresh_id())),
        owner: owner.id,
        name: name.parse().unwrap(),
        digest: [digest; 32],
        role: Role::Viewer,
        tenants: Some(vec![]),
        speaks: false,
        created_at: at(0),
        expires_at: Some(at(100)),
    }
}

async fn add_token(f: &Fixture, new: &NewToken) -> bool {
    f.stores.tokens.add(new, &audit("token.create", new.name.as_str())).await.unwrap().is_some()
}

async fn an_account_is_found_by_id_and_by_name_in_any_case(f: Fixture) {
    let tenant = f.tenant("acme").await;
    let id = UserId(Uuid::from_u128(f.fresh_id()));
    let standing = Standing { role: Role::Viewer, tenants: vec![tenant], disabled: false };
    let new = NewUser { id, name: "Mia@acme.example".parse().unwrap(), standing, proof: password() };
    let mia = f.stores.users.add(&new, &audit("user.add", "mia")).await.unwrap().unwrap();
    assert_eq!((mia.role, mia.tenants.as_slice(), mia.disabled), (Role::Viewer, [tenant].as_slice(), false));
    assert_eq!((mia.source, mia.created_at, mia.signed_in_at, mia.version), (Source::Local, at(0), None, 1));
    assert_eq!(f.stores.users.by_id(id).await.unwrap(), Some(mia.clone()));
    let (found, hash) = f.stores.users.by_name("mia@ACME.example").await.unwrap().unwrap();
    assert_eq!((found, hash.as_deref()), (mia, Some("$argon2id$hash")));
    assert_eq!(f.stores.users.by_name("mia").await.unwrap(), None);
    assert_eq!(f.stores.users.list(Paging::default()).await.unwrap().total, 1);
}

async fn a_name_is_taken_in_any_case_whoever_has_it(f: Fixture) {
    local(&f, "ada").await;
    assert_eq!(add(&f, "ADA", Role::Viewer, password()).await, None);
    assert_eq!(add(&f, "Ada", Role::Admin, subject("s-1")).await, None);
    assert_eq!(f.stores.users.by_subject("https://id.example", "s-1").await.unwrap(), None);
    assert_eq!(f.stores.users.by_name("ada").await.unwrap().unwrap().0.role, Role::Support);
    assert_eq!(acts(&f).await, ["user.add"], "what was not done is not noted");
}

async fn an_account_of_a_provider_is_found_by_its_subject_and_has_no_password(f: Fixture) {
    let mia = add(&f, "mia", Role::Viewer, subject("s-1")).await.unwrap();
    assert_eq!(mia.source, Source::Oidc);
    assert_eq!(f.stores.users.by_subject("https://id.example", "s-1").await.unwrap(), Some(mia.clone()));
    assert_eq!(f.stores.users.by_subject("https://other.example", "s-1").await.unwrap(), None);
    assert_eq!(f.stores.users.by_name("mia").await.unwrap().unwrap().1, None);
    assert!(!f.stores.users.set_password(mia.id, "$hash", None, &audit("user.password", "mia")).await.unwrap());
    assert_eq!(add(&f, "mia2", Role::Viewer, subject("s-1")).await, None, "one account for each subject");
}

async fn a_change_is_refused_where_somebody_else_changed_the_account_meanwhile(f: Fixture) {
    let ada = local(&f, "ada").await;
    let Changed::Done(now) = change(&f, &ada, standing(Role::Viewer)).await else { panic!("refused") };
    assert_eq!((now.role, now.version), (Role::Viewer, 2));
    assert_eq!(change(&f, &ada, standing(Role::Admin)).await, Changed::Moved(now.clone()));
    assert_eq!(change(&f, &now, standing(Role::Viewer)).await, Changed::Done(now.clone()), "nothing changed, so nothing is noted");
    assert_eq!(acts(&f).await, ["user.role", "user.add"]);
    let nobody = User { id: UserId(Uuid::from_u128(f.fresh_id())), ..now };
    assert_eq!(change(&f, &nobody, standing(Role::Admin)).await, Changed::Missing);
}

async fn the_last_local_admin_can_be_neither_disabled_nor_demoted(f: Fixture) {
    let ada = add(&f, "ada", Role::Admin, password()).await.unwrap();
    add(&f, "mia", Role::Admin, subject("s-1")).await.unwrap();
    assert_eq!(change(&f, &ada, disabled(&ada)).await, Changed::LastAdmin, "one of the provider's does not count: it may be down");
    assert_eq!(change(&f, &ada, standing(Role::Support)).await, Changed::LastAdmin);
    let grace = add(&f, "grace", Role::Admin, password()).await.unwrap();
    assert!(matches!(change(&f, &ada, disabled(&ada)).await, Changed::Done(_)));
    assert_eq!(change(&f, &grace, disabled(&grace)).await, Changed::LastAdmin);
}

async fn disabling_ends_sessions_and_revokes_tokens_for_good(f: Fixture) {
    let ada = local(&f, "ada").await;
    assert!(add_token(&f, &token(&f, &ada, "ci", 1)).await);
    let session = Session { user: ada.id, expires_at: at(100), used_at: at(0) };
    f.stores.sessions.begin([1; 32], &session, &audit("session.sign-in", "ada")).await.unwrap();
    let Changed::Done(shut) = change(&f, &ada, disabled(&ada)).await else { panic!("refused") };
    assert!(f.stores.sessions.find([1; 32]).await.unwrap().is_none());
    assert!(f.stores.tokens.find([1; 32]).await.unwrap().is_none());
    assert!(!add_token(&f, &token(&f, &ada, "new", 2)).await, "a disabled account gets no new one");
    change(&f, &shut, standing(Role::Support)).await;
    assert!(f.stores.tokens.find([1; 32]).await.unwrap().is_none(), "enabled again, the old one stays revoked");
}

async fn a_new_password_ends_all_other_sessions(f: Fixture) {
    let ada = local(&f, "ada").await;
    let session = Session { user: ada.id, expires_at: at(100), used_at: at(0) };
    for id in 1..=3 {
        f.stores.sessions.begin([id; 32], &session, &audit("session.sign-in", "ada")).await.unwrap();
    }
    assert!(f.stores.users.set_password(ada.id, "$new", Some([2; 32]), &audit("user.password", "ada")).await.unwrap());
    assert_eq!(f.stores.users.by_name("ada").await.unwrap().unwrap().1.as_deref(), Some("$new"));
    for (id, there) in [(1, false), (2, true), (3, false)] {
        assert_eq!(f.stores.sessions.find([id; 32]).await.unwrap().is_some(), there, "{id}");
    }
}

async fn no_change_of_people_without_its_audit_row(f: Fixture) {
    let ada = local(&f, "ada").await;
    let ci = token(&f, &ada, "ci", 1);
    assert!(add_token(&f, &ci).await);
    f.break_audit().await;
    let row = audit("x", "y");
    let new = NewUser { id: UserId(Uuid::nil()), name: "eve".parse().unwrap(), standing: standing(Role::Admin), proof: password() };
    assert!(f.stores.users.add(&new, &row).await.is_err());
    assert!(f.stores.users.change(ada.id, None, &standing(Role::Admin), &row).await.is_err());
    assert!(f.stores.users.set_password(ada.id, "$new", None, &row).await.is_err());
    assert!(f.stores.tokens.add(&token(&f, &ada, "more", 2), &row).await.is_err());
    assert!(f.stores.tokens.revoke(ci.id, &row).await.is_err());
    assert!(f.stores.sessions.end_all(ada.id, &row).await.is_err());
    let (now, hash) = f.stores.users.by_name("ada").await.unwrap().unwrap();
    assert_eq!((now, hash.as_deref()), (ada, Some("$argon2id$hash")));
    assert_eq!(f.stores.users.by_name("eve").await.unwrap(), None);
    assert_eq!(f.stores.tokens.list(None).await.unwrap().len(), 1);
}

async fn a_token_is_found_by_its_digest_with_its_owner(f: Fixture) {
    let ada = local(&f, "ada").await;
    let new = token(&f, &ada, "ci", 1);
    let made = f.stores.tokens.add(&new, &audit("token.create", "ada/ci")).await.unwrap().unwrap();
    assert_eq!((made.id, made.owner_id, made.owner.as_str(), made.name.as_str()), (new.id, ada.id, "ada", "ci"));
    assert_eq!((made.role, made.tenants.clone(), made.expires_at, made.used_at), (Role::Viewer, Some(vec![]), Some(at(100)), None));
    assert_eq!(f.stores.tokens.find([1; 32]).await.unwrap(), Some((made.clone(), ada)));
    assert_eq!(f.stores.tokens.find([2; 32]).await.unwrap(), None);
    assert_eq!(f.stores.tokens.by_id(new.id).await.unwrap(), Some(made));
    assert_eq!(acts(&f).await, ["token.create", "user.add"]);
}

async fn a_token_is_kept_as_its_digest_alone(f: Fixture) {
    let ada = local(&f, "ada").await;
    add_token(&f, &token(&f, &ada, "ci", 0xab)).await;
    assert!(f.bytes_on_disk().windows(32).any(|bytes| bytes == [0xab; 32]), "the digest is there; a token never reaches a store");
}

async fn a_token_is_revoked_once(f: Fixture) {
    let ada = local(&f, "ada").await;
    let ci = token(&f, &ada, "ci", 1);
    add_token(&f, &ci).await;
    assert!(f.stores.tokens.revoke(ci.id, &audit("token.revoke", "ada/ci")).await.unwrap());
    assert!(!f.stores.tokens.revoke(ci.id, &audit("token.revoke", "ada/ci")).await.unwrap());
    assert!(f.stores.tokens.find([1; 32]).await.unwrap().is_none());
    assert_eq!(acts(&f).await, ["token.revoke", "token.create", "user.add"]);
}

async fn a_name_of_a_token_is_free_again_when_it_ran_out(f: Fixture) {
    let (ada, grace) = (local(&f, "ada").await, local(&f, "grace").await);
    assert!(add_token(&f, &token(&f, &ada, "ci", 1)).await);
    assert!(!add_token(&f, &token(&f, &ada, "CI", 2)).await);
    assert!(add_token(&f, &token(&f, &grace, "ci", 3)).await, "another owner's name is another");
    let later = NewToken { created_at: at(100), expires_at: Some(at(200)), ..token(&f, &ada, "ci", 4) };
    assert!(add_token(&f, &later).await);
    assert!(f.stores.tokens.find([1; 32]).await.unwrap().is_none());
}

async fn use_of_a_token_is_noted_and_never_taken_back(f: Fixture) {
    let ada = local(&f, "ada").await;
    let ci = token(&f, &ada, "ci", 1);
    add_token(&f, &ci).await;
    f.stores.tokens.touch(ci.id, at(50)).await.unwrap();
    f.stores.tokens.touch(ci.id, at(40)).await.unwrap();
    assert_eq!(f.stores.tokens.by_id(ci.id).await.unwrap().unwrap().used_at, Some(at(50)));
}

async fn tokens_are_listed_by_owner_and_name(f: Fixture) {
    let (ada, grace) = (local(&f, "ada").await, local(&f, "grace").await);
    for (owner, name, digest) in [(&grace, "a", 1), (&ada, "b", 2), (&ada, "A", 3)] {
        add_token(&f, &token(&f, owner, name, digest)).await;
    }
    let names = |tokens: Vec<pilothouse::domain::people::ApiToken>| {
        tokens.iter().map(|token| format!("{}/{}", token.owner, token.name)).collect::<Vec<_>>()
    };
    assert_eq!(names(f.stores.tokens.list(None).await.unwrap()), ["ada/A", "ada/b", "grace/a"]);
    assert_eq!(names(f.stores.tokens.list(Some(grace.id)).await.unwrap()), ["grace/a"]);
}
