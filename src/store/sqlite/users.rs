//! Accounts as rows. Does not judge who may change one, and sees passwords as hashes alone.

use async_trait::async_trait;

use super::{Sqlite, Tx, audit, from_json, instant, json, micros, nonsense, parsed};
use crate::{
    domain::{
        actor::Role,
        audit::NewAudit,
        ids::UserId,
        page::{Page, Paging},
        people::{Source, Standing, User},
    },
    store::{
        StoreError,
        users::{Changed, NewUser, Proof, UserStore},
    },
};

/// What every look at an account reads, of `users u`.
macro_rules! user_columns {
    () => {
        "u.id AS user_id, u.name AS user_name, u.role AS user_role, u.tenants AS user_tenants, u.disabled, u.issuer, u.created_at AS \
         user_created_at, u.signed_in_at, u.version"
    };
}
pub(super) use user_columns;

/// An account's row.
#[derive(sqlx::FromRow)]
pub(super) struct UserRow {
    user_id: String,
    user_name: String,
    user_role: String,
    user_tenants: String,
    disabled: bool,
    issuer: Option<String>,
    user_created_at: i64,
    signed_in_at: Option<i64>,
    version: i64,
}

impl UserRow {
    pub(super) fn into_domain(self) -> Result<User, StoreError> {
        Ok(User {
            id: parsed(&self.user_id)?,
            name: parsed(&self.user_name)?,
            role: parsed(&self.user_role)?,
            tenants: from_json(&self.user_tenants)?,
            disabled: self.disabled,
            source: if self.issuer.is_some() { Source::Oidc } else { Source::Local },
            created_at: instant(self.user_created_at)?,
            signed_in_at: self.signed_in_at.map(instant).transpose()?,
            version: u32::try_from(self.version).map_err(|_| nonsense())?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct WithPassword {
    #[sqlx(flatten)]
    user: UserRow,
    password: Option<String>,
}

#[async_trait]
impl UserStore for Sqlite {
    async fn list(&self, paging: Paging) -> Result<Page<User>, StoreError> {
        let mut tx = self.read().await?;
        let total: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&mut *tx).await?;
        let rows: Vec<UserRow> = sqlx::query_as(concat!("SELECT ", user_columns!(), " FROM users u ORDER BY u.name LIMIT ?1 OFFSET ?2"))
            .bind(paging.size)
            .bind(paging.offset())
            .fetch_all(&mut *tx)
            .await?;
        let items = rows.into_iter().map(UserRow::into_domain).collect::<Result<_, _>>()?;
        Ok(Page { items, page: paging.page, size: paging.size, total: total.unsigned_abs() })
    }

    async fn by_id(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let row: Option<UserRow> = sqlx::query_as(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?1"))
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?;
        row.map(UserRow::into_domain).transpose()
    }

    async fn by_name(&self, name: &str) -> Result<Option<(User, Option<String>)>, StoreError> {
        let row: Option<WithPassword> = sqlx::query_as(concat!("SELECT ", user_columns!(), ", u.password FROM users u WHERE u.name = ?1"))
            .bind(name)
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| Ok((row.user.into_domain()?, row.password))).transpose()
    }

    async fn by_subject(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        let row: Option<UserRow> =
            sqlx::query_as(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.issuer = ?1 AND u.subject = ?2"))
                .bind(issuer)
                .bind(subject)
                .fetch_optional(&self.reader)
                .await?;
        row.map(UserRow::into_domain).transpose()
    }

    async fn add(&self, new: &NewUser, audit: &NewAudit) -> Result<Option<User>, StoreError> {
        let (issuer, subject, password) = match &new.proof {
            Proof::Password(hash) => (None, None, Some(hash)),
            Proof::Provider { issuer, subject } => (Some(issuer), Some(subject), None),
        };
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "INSERT INTO users (id, name, role, tenants, disabled, issuer, subject, password, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(new.name.as_str())
        .bind(new.standing.role.as_str())
        .bind(json(&new.standing.tenants)?)
        .bind(new.standing.disabled)
        .bind(issuer)
        .bind(subject)
        .bind(password)
        .bind(micros(audit.at))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        audit::append(&mut tx, audit).await?;
        let user = one(&mut tx, new.id).await?;
        tx.commit().await?;
        Ok(user)
    }

    async fn change(&self, id: UserId, version: Option<u32>, to: &Standing, audit: &NewAudit) -> Result<Changed, StoreError> {
        let mut tx = self.write().await?;
        let Some(user) = one(&mut tx, id).await? else { return Ok(Changed::Missing) };
        if version.is_some_and(|seen| seen != user.version) {
            return Ok(Changed::Moved(user));
        }
        if Standing::from(&user) == *to {
            return Ok(Changed::Done(user));
        }
        let stays_admin = to.role == Role::Admin && !to.disabled;
        if user.role == Role::Admin && !user.disabled && user.source == Source::Local && !stays_admin {
            let others: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM users WHERE id <> ?1 AND role = 'admin' AND disabled = 0 AND password IS NOT NULL",
            )
            .bind(id.to_string())
            .fetch_one(&mut *tx)
            .await?;
            if others == 0 {
                return Ok(Changed::LastAdmin);
            }
        }
        sqlx::query("UPDATE users SET role = ?2, tenants = ?3, disabled = ?4, version = version + 1 WHERE id = ?1")
            .bind(id.to_string())
            .bind(to.role.as_str())
            .bind(json(&to.tenants)?)
            .bind(to.disabled)
            .execute(&mut *tx)
            .await?;
        if to.disabled {
            end_sessions(&mut tx, id, None).await?;
            sqlx::query("DELETE FROM tokens WHERE user_id = ?1").bind(id.to_string()).execute(&mut *tx).await?;
        }
        audit::append(&mut tx, audit).await?;
        let user = one(&mut tx, id).await?.ok_or_else(nonsense)?;
        tx.commit().await?;
        Ok(Changed::Done(user))
    }

    async fn set_password(&self, id: UserId, hash: &str, but: Option<[u8; 32]>, audit: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("UPDATE users SET password = ?2, version = version + 1 WHERE id = ?1 AND password IS NOT NULL")
            .bind(id.to_string())
            .bind(hash)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        end_sessions(&mut tx, id, but).await?;
        audit::append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn note(&self, audit: &NewAudit) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        audit::append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Ends the sessions of an account, but for one.
pub(super) async fn end_sessions(tx: &mut Tx, user: UserId, but: Option<[u8; 32]>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE user_id = ?1 AND (?2 IS NULL OR id <> ?2)")
        .bind(user.to_string())
        .bind(but.map(|id| id.to_vec()))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn one(tx: &mut Tx, id: UserId) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = sqlx::query_as(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?1"))
        .bind(id.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(UserRow::into_domain).transpose()
}
