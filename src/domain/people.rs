//! People: accounts and their API tokens, as screens and the API show them. A password, its hash or a token is in none
//! of these types but [`Issued`], which is shown once. Decides who may manage whom nowhere: `auth` does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    actor::{Reach, Role},
    ids::{TenantId, TokenId, UserId},
    names::{TokenName, UserName},
    problem::{Code, Problem},
};

/// The fewest characters of a password.
pub const SHORTEST_PASSWORD: usize = 12;
/// The most bytes of a password.
pub const LONGEST_PASSWORD: usize = 1024;

/// Where an account comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Made in Pilothouse; signs in with a password.
    Local,
    /// Made at the first sign-in through the identity provider, which says anew at each what they may.
    Oidc,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Its name; the only one that differs in more than case.
    pub name: UserName,
    /// Its role.
    pub role: Role,
    /// A viewer's tenants.
    pub tenants: Vec<TenantId>,
    /// Whether it is shut: nobody signs in to it, and its tokens and sessions have ended.
    pub disabled: bool,
    /// Where it comes from.
    pub source: Source,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
    /// When somebody last signed in to it.
    pub signed_in_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: u32,
}

impl User {
    /// How far the account reaches.
    pub fn reach(&self) -> Reach {
        Reach::of(self.role, &self.tenants)
    }
}

/// What an admin may change of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its role.
    pub role: Role,
    /// A viewer's tenants; nobody else has any of their own.
    pub tenants: Vec<TenantId>,
    /// Whether it is shut.
    pub disabled: bool,
}

impl From<&User> for Standing {
    fn from(user: &User) -> Self {
        Self { role: user.role, tenants: user.tenants.clone(), disabled: user.disabled }
    }
}

impl Standing {
    /// Refuses tenants for who reaches all of them anyway.
    pub fn checked(mut self) -> Result<Self, Problem> {
        if self.role != Role::Viewer && !self.tenants.is_empty() {
            let text = "An admin or a support account reaches every tenant. Leave the tenants out, or make the account a viewer.";
            return Err(Problem::new(Code::InvalidCombination, text));
        }
        self.tenants.sort_unstable();
        self.tenants.dedup();
        Ok(self)
    }
}

/// An API token, without what proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiToken {
    /// Its id.
    pub id: TokenId,
    /// Its owner's id.
    pub owner_id: UserId,
    /// Its owner's name.
    pub owner: UserName,
    /// Its name; the only one among its owner's.
    pub name: TokenName,
    /// The most that it may: never more than its owner at the time.
    pub role: Role,
    /// The tenants that it is restricted to; `None` reaches as far as its owner does.
    pub tenants: Option<Vec<TenantId>>,
    /// Whether it is trusted to speak for others.
    pub speaks_for_others: bool,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub used_at: Option<DateTime<Utc>>,
}

impl ApiToken {
    /// How far it reaches as long as its owner does.
    pub fn reach(&self) -> Reach {
        match &self.tenants {
            Some(tenants) => Reach::Tenants(tenants.clone()),
            None => Reach::All,
        }
    }
}

/// A secret that was just made: shown once, kept nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued(pub String);

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued(…)")
    }
}

/// Why a sign-in was refused. The sentences tell nobody which accounts there are, or who is shut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Name and password do not belong together, the account is shut, or there were too many attempts.
    Wrong,
    /// The database did not answer, or too many sign in at once.
    Busy,
    /// The identity provider did not answer, or not as it should.
    Provider,
    /// The identity provider did not sign the person in.
    Declined,
    /// The browser does not carry what it was given when the sign-in began.
    Stale,
    /// What the identity provider wrote about the person does not hold.
    Unproven,
    /// None of the person's groups gives them a role.
    NoRole,
    /// Somebody else has the name.
    NameTaken,
    /// The account is shut.
    Disabled,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 9] = [
        Self::Wrong,
        Self::Busy,
        Self::Provider,
        Self::Declined,
        Self::Stale,
        Self::Unproven,
        Self::NoRole,
        Self::NameTaken,
        Self::Disabled,
    ];

    /// The word for it in the sign-in page's address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Busy => "busy",
            Self::Provider => "provider",
            Self::Declined => "declined",
            Self::Stale => "stale",
            Self::Unproven => "unproven",
            Self::NoRole => "no-role",
            Self::NameTaken => "name-taken",
            Self::Disabled => "disabled",
        }
    }

    /// The refusal of that word; any other is the plainest one.
    pub fn read(text: &str) -> Self {
        Self::ALL.into_iter().find(|refusal| refusal.as_str() == text).unwrap_or(Self::Wrong)
    }

    /// What went wrong and what to do next.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Wrong => "The name or the password is wrong, or there were too many attempts. Wait a moment and try again.",
            Self::Busy => "Pilothouse could not look at this just now. Try again in a few seconds.",
            Self::Provider => "The identity provider did not answer as it should. Try again in a minute, or tell a platform admin.",
            Self::Declined => "The identity provider did not sign you in. Try again, or ask whoever runs it.",
            Self::Stale => "That sign-in was begun too long ago, or in another browser. Begin it again here.",
            Self::Unproven => "What the identity provider wrote about you could not be verified. Try again, or tell a platform admin.",
            Self::NoRole => "None of your groups has a role in Pilothouse. Ask a platform admin for one.",
            Self::NameTaken => "An account of your name is there already, and it is not yours. Ask a platform admin to sort it out.",
            Self::Disabled => "Your account is disabled. Ask a platform admin.",
        }
    }
}

/// Refuses a password that is too short to be one or too long to be worth hashing.
pub fn check_password(password: &str) -> Result<(), Problem> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(Problem::new(Code::InvalidPassword, format!("A password needs at least {SHORTEST_PASSWORD} characters.")));
    }
    if password.len() > LONGEST_PASSWORD {
        return Err(Problem::new(Code::InvalidPassword, format!("A password has at most {LONGEST_PASSWORD} bytes.")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_a_least_and_a_greatest_length() {
        assert!(check_password("eleven-char").is_err());
        assert!(check_password("twelve-chars").is_ok());
        assert!(check_password(&"x".repeat(LONGEST_PASSWORD + 1)).is_err());
    }

    #[test]
    fn every_refusal_has_a_word_of_its_own() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::read(refusal.as_str()), refusal);
            assert!(refusal.sentence().len() > 30);
        }
        assert_eq!(Refusal::read("<script>"), Refusal::Wrong);
    }

    #[test]
    fn an_issued_secret_is_not_written_by_accident() {
        assert!(!format!("{:?}", Issued("plt_secret".into())).contains("secret"));
    }

    #[test]
    fn only_viewers_have_tenants_of_their_own() {
        let tenants = vec![TenantId(uuid::Uuid::nil()); 2];
        let standing = |role| Standing { role, tenants: tenants.clone(), disabled: false }.checked();
        assert!(standing(Role::Admin).is_err() && standing(Role::Support).is_err());
        assert_eq!(standing(Role::Viewer).unwrap().tenants.len(), 1, "named twice, kept once");
    }
}
