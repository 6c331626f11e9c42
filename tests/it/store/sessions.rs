//! Browser sessions.

use pilothouse::{domain::people::User, store::sessions::Session};

use super::{contract, fixture::*, people::*};

contract!(
    a_session_is_found_with_its_account_until_it_ends,
    beginning_one_is_noted_on_the_account_and_in_the_audit,
    none_begins_on_a_disabled_account,
    without_its_audit_row_no_session_begins,
    use_is_noted_and_never_taken_back,
    those_that_ran_out_are_swept,
    ending_all_of_an_account_leaves_the_others,
);

fn session(user: &User, expires: i64) -> Session {
    Session { user: user.id, expires_at: at(expires), used_at: at(0) }
}

async fn begin(f: &Fixture, id: u8, user: &User, expires: i64) -> bool {
    f.stores.sessions.begin([id; 32], &session(user, expires), &audit("session.sign-in", "ada")).await.unwrap()
}

async fn is_there(f: &Fixture, id: u8) -> bool {
    f.stores.sessions.find([id; 32]).await.unwrap().is_some()
}

async fn a_session_is_found_with_its_account_until_it_ends(f: Fixture) {
    let ada = local(&f, "ada").await;
    assert!(begin(&f, 1, &ada, 100).await);
    let (found, user) = f.stores.sessions.find([1; 32]).await.unwrap().unwrap();
    assert_eq!((found, user.id), (session(&ada, 100), ada.id));
    assert!(!is_there(&f, 2).await);
    f.stores.sessions.end([1; 32], None).await.unwrap();
    assert!(!is_there(&f, 1).await);
    f.stores.sessions.end([1; 32], None).await.unwrap();
}

async fn beginning_one_is_noted_on_the_account_and_in_the_audit(f: Fixture) {
    let ada = local(&f, "ada").await;
    assert_eq!(ada.signed_in_at, None);
    begin(&f, 1, &ada, 100).await;
    assert_eq!(f.stores.users.by_id(ada.id).await.unwrap().unwrap().signed_in_at, Some(at(0)));
    assert_eq!(acts(&f).await, ["session.sign-in", "user.add"]);
}

async fn none_begins_on_a_disabled_account(f: Fixture) {
    let ada = local(&f, "ada").await;
    change(&f, &ada, disabled(&ada)).await;
    assert!(!begin(&f, 1, &ada, 100).await);
    assert!(!is_there(&f, 1).await);
}

async fn without_its_audit_row_no_session_begins(f: Fixture) {
    let ada = local(&f, "ada").await;
    f.break_audit().await;
    assert!(f.stores.sessions.begin([1; 32], &session(&ada, 100), &audit("session.sign-in", "ada")).await.is_err());
    assert!(!is_there(&f, 1).await);
}

async fn use_is_noted_and_never_taken_back(f: Fixture) {
    begin(&f, 1, &local(&f, "ada").await, 100).await;
    f.stores.sessions.touch([1; 32], at(50)).await.unwrap();
    f.stores.sessions.touch([1; 32], at(40)).await.unwrap();
    assert_eq!(f.stores.sessions.find([1; 32]).await.unwrap().unwrap().0.used_at, at(50));
}

async fn those_that_ran_out_are_swept(f: Fixture) {
    let ada = local(&f, "ada").await;
    begin(&f, 1, &ada, 100).await;
    begin(&f, 2, &ada, 200).await;
    f.stores.sessions.sweep(at(150)).await.unwrap();
    assert!(!is_there(&f, 1).await);
    assert!(is_there(&f, 2).await);
}

async fn ending_all_of_an_account_leaves_the_others(f: Fixture) {
    let (ada, grace) = (local(&f, "ada").await, local(&f, "grace").await);
    begin(&f, 1, &ada, 100).await;
    begin(&f, 2, &ada, 100).await;
    begin(&f, 3, &grace, 100).await;
    assert!(f.stores.sessions.end_all(ada.id, &audit("session.sign-out-everywhere", "ada")).await.unwrap());
    assert_eq!((is_there(&f, 1).await, is_there(&f, 2).await, is_there(&f, 3).await), (false, false, true));
    assert_eq!(acts(&f).await[0], "session.sign-out-everywhere");
}
