//! Browser sessions.

use pilothouse::store::sessions::Session;

use super::{contract, fixture::*};

contract!(a_session_is_found_until_it_ends, use_is_noted_and_never_taken_back, those_that_ran_out_are_swept);

fn session(expires: i64) -> Session {
    Session { user: "ada".into(), expires_at: at(expires), used_at: at(0) }
}

async fn a_session_is_found_until_it_ends(f: Fixture) {
    f.stores.sessions.begin([1; 32], &session(100)).await.unwrap();
    assert_eq!(f.stores.sessions.find([1; 32]).await.unwrap(), Some(session(100)));
    assert_eq!(f.stores.sessions.find([2; 32]).await.unwrap(), None);
    f.stores.sessions.end([1; 32]).await.unwrap();
    assert_eq!(f.stores.sessions.find([1; 32]).await.unwrap(), None);
    f.stores.sessions.end([1; 32]).await.unwrap();
}

async fn use_is_noted_and_never_taken_back(f: Fixture) {
    f.stores.sessions.begin([1; 32], &session(100)).await.unwrap();
    f.stores.sessions.touch([1; 32], at(50)).await.unwrap();
    f.stores.sessions.touch([1; 32], at(40)).await.unwrap();
    assert_eq!(f.stores.sessions.find([1; 32]).await.unwrap().unwrap().used_at, at(50));
}

async fn those_that_ran_out_are_swept(f: Fixture) {
    f.stores.sessions.begin([1; 32], &session(100)).await.unwrap();
    f.stores.sessions.begin([2; 32], &session(200)).await.unwrap();
    f.stores.sessions.sweep(at(150)).await.unwrap();
    assert_eq!(f.stores.sessions.find([1; 32]).await.unwrap(), None);
    assert!(f.stores.sessions.find([2; 32]).await.unwrap().is_some());
}
