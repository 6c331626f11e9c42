//! Passwords: argon2id, a few at a time and off the threads that answer requests. Knows no accounts.

use std::{sync::Arc, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::domain::{
    clock::Entropy,
    people::LONGEST_PASSWORD,
    problem::{Code, Problem},
};

/// How many are hashed at the same time; each takes 19 MiB and most of a processor.
const AT_ONCE: usize = 2;
/// How long one may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hashes and compares passwords.
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    entropy: Arc<dyn Entropy>,
    /// The hash of a password that nobody has: comparing with it takes as long as with any other.
    nobodys: String,
}

impl Passwords {
    pub(super) fn new(entropy: Arc<dyn Entropy>) -> anyhow::Result<Self> {
        let mut random = [0; 32];
        entropy.fill(&mut random);
        let nobodys = hash(&random, &salt(&*entropy)).map_err(|error| anyhow::anyhow!("a password cannot be hashed: {error}"))?;
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), entropy, nobodys })
    }

    /// The hash to keep of a password.
    pub(super) async fn hash(&self, password: &str) -> Result<String, Problem> {
        let (password, salt) = (password.to_owned(), salt(&*self.entropy));
        self.in_turn(move || hash(password.as_bytes(), &salt)).await?.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Problem::internal()
        })
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and is not.
    pub(super) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, Problem> {
        let known = hash.is_some() && password.len() <= LONGEST_PASSWORD;
        let against = if known { hash.unwrap_or_default() } else { &self.nobodys }.to_owned();
        let password = if known { password.to_owned() } else { String::from("nobody") };
        let right = self.in_turn(move || Argon2::default().verify_password(password.as_bytes(), against.as_str()).is_ok()).await?;
        Ok(right && known)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let busy = || Problem::new(Code::TooManyAttempts, "Too many people are signing in at this moment. Try again in a few seconds.");
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await.map_err(|_| busy())?.map_err(|_| busy())?;
        let work = move || {
            let done = work();
            drop(turn);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "hashing failed");
            Problem::internal()
        })
    }
}

fn hash(password: &[u8], salt: &[u8]) -> argon2::password_hash::Result<String> {
    let hash: PasswordHash = Argon2::default().hash_password_with_salt(password, salt)?;
    Ok(hash.to_string())
}

fn salt(entropy: &dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    #[tokio::test]
    async fn only_the_right_password_fits_and_without_a_hash_none_does() {
        let passwords = Passwords::new(Arc::new(Zeros)).unwrap();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct hors", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horse", None).await.unwrap());
        assert!(!passwords.verify("nobody", None).await.unwrap());
        assert!(!passwords.verify(&"x".repeat(LONGEST_PASSWORD + 1), Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horse", Some("nonsense")).await.unwrap());
    }
}
