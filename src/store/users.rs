//! Accounts. Passwords come and go as hashes alone. Every change is written with its audit row, in one transaction.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    audit::NewAudit,
    ids::UserId,
    names::UserName,
    page::{Page, Paging},
    people::{Standing, User},
};

/// What proves the holder of a new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A password's hash.
    Password(String),
    /// An identity provider's word, under its name for the person.
    Provider {
        /// The provider.
        issuer: String,
        /// Its name for the person, which never changes.
        subject: String,
    },
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Its id.
    pub id: UserId,
    /// Its name.
    pub name: UserName,
    /// What it may.
    pub standing: Standing,
    /// What proves its holder.
    pub proof: Proof,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Done; the account as it is now.
    Done(User),
    /// The account changed since its editor looked; as it is now.
    Moved(User),
    /// It would have been the last admin who can sign in.
    LastAdmin,
    /// There is no such account.
    Missing,
}

/// Accounts.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// A page of all accounts, by name.
    async fn list(&self, paging: Paging) -> Result<Page<User>, StoreError>;

    /// An account by id.
    async fn by_id(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// An account by name, in whatever case, with its password's hash where it has one.
    async fn by_name(&self, name: &str) -> Result<Option<(User, Option<String>)>, StoreError>;

    /// An account by its provider's name for the person.
    async fn by_subject(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError>;

    /// Makes an account; `None` where the name or the subject has one.
    async fn add(&self, new: &NewUser, audit: &NewAudit) -> Result<Option<User>, StoreError>;

    /// Changes what an account may, provided it is still at that version. Shutting it ends its sessions and revokes its
    /// tokens for good. The platform keeps an admin: the last open local one stays.
    async fn change(&self, id: UserId, version: Option<u32>, to: &Standing, audit: &NewAudit) -> Result<Changed, StoreError>;

    /// Sets a local account's password and ends its sessions, but for that one. Answers whether there is such an account.
    async fn set_password(&self, id: UserId, hash: &str, but: Option<[u8; 32]>, audit: &NewAudit) -> Result<bool, StoreError>;

    /// Notes something about people that changes no account, such as a refused sign-in.
    async fn note(&self, audit: &NewAudit) -> Result<(), StoreError>;
}
