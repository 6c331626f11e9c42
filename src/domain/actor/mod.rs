//! Who acts, and how far they reach. Every read and write of tenant data takes an [`Actor`], and the only ways
//! to have one are the constructors here, called by `auth` and by the server's own parts.
//! Does not authenticate: `auth` does.

mod role;

use core::net::IpAddr;

use chrono::{DateTime, Utc};

pub use self::role::{Act, Role};
pub use super::reach::Reach;
use super::{
    ids::{TenantId, UserId},
    problem::{Code, Problem},
};

/// Through which door a request came; kept in the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// A page in a browser.
    Page,
    /// The REST API.
    Api,
    /// A batch, on behalf of who started it.
    Batch,
    /// The program's own command line, run beside the database.
    Cli,
    /// A part of the server itself.
    System,
    /// Not through Pilothouse: seen in the cluster.
    Elsewhere,
}

impl Door {
    /// Every door.
    pub const ALL: [Self; 6] = [Self::Page, Self::Api, Self::Batch, Self::Cli, Self::System, Self::Elsewhere];

    /// The word for it, as the API and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Batch => "batch",
            Self::Cli => "cli",
            Self::System => "system",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|door| door.as_str() == text)
    }
}

/// Somebody who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    name: String,
    account: Option<UserId>,
    role: Role,
    reach: Reach,
    door: Door,
    from: Option<IpAddr>,
    via: Option<String>,
    speaks: bool,
    until: Option<DateTime<Utc>>,
}

impl Actor {
    /// Somebody signed in or holding a token.
    pub fn person(name: impl Into<String>, role: Role, tenants: Vec<TenantId>, door: Door) -> Self {
        let reach = Reach::of(role, &tenants);
        Self { name: name.into(), account: None, role, reach, door, from: None, via: None, speaks: false, until: None }
    }

    /// The same actor, as the holder of that account.
    pub fn of_account(self, account: UserId) -> Self {
        Self { account: Some(account), ..self }
    }

    /// The same actor with that role and that reach at most.
    pub fn narrowed(self, role: Role, reach: &Reach) -> Self {
        Self { role: self.role.max(role), reach: self.reach.and(reach), ..self }
    }

    /// The same actor, who is nobody any more after that time.
    pub fn until(self, until: Option<DateTime<Utc>>) -> Self {
        Self { until, ..self }
    }

    /// The same actor, asking from that address.
    pub fn from_address(self, from: Option<IpAddr>) -> Self {
        Self { from, ..self }
    }

    /// The same actor, proven by the API token of that name; one that `speaks` may name others it speaks for.
    pub fn by_token(self, token: impl Into<String>, speaks: bool) -> Self {
        Self { via: Some(token.into()), speaks, ..self }
    }

    /// The same rights under the name of somebody whom a trusted gateway speaks for.
    pub fn speaking_for(self, name: &str) -> Result<Self, Problem> {
        if name == self.name {
            return Ok(self);
        }
        let usable = !name.is_empty() && name.len() <= 128 && !name.chars().any(char::is_control);
        if self.speaks && usable {
            let via = Some(self.via.unwrap_or(self.name));
            // The account stays the gateway's own: who is spoken for has no say over it.
            return Ok(Self { name: name.to_owned(), via, account: None, ..self });
        }
        Err(Problem::new(Code::Forbidden, "X-User-ID names somebody else, and you are not trusted to speak for others."))
    }

    /// A part of the server itself, such as the worker or the watch.
    pub fn system(part: &'static str) -> Self {
        Self::person(part, Role::Admin, vec![], Door::System)
    }

    /// The same actor, seeing one tenant at most: nothing where they do not reach it.
    pub fn within(self, tenant: TenantId) -> Self {
        Self { reach: self.reach.and(&Reach::Tenants(vec![tenant])), ..self }
    }

    /// The name that audit rows and operations carry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The account that they hold; `None` for parts of the server and for who is spoken for.
    pub fn account(&self) -> Option<UserId> {
        self.account
    }

    /// When what proves them ends, where that is known.
    pub fn ends(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// How far this actor sees; stores put it into every query.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Through which door the request came.
    pub fn door(&self) -> Door {
        self.door
    }

    /// The address that the request came from.
    pub fn from(&self) -> Option<IpAddr> {
        self.from
    }

    /// The API token or the gateway through which the request came.
    pub fn via(&self) -> Option<&str> {
        self.via.as_deref()
    }

    /// Whether the role allows the act; what concerns the whole platform takes a reach over all of it, too.
    pub fn may(&self, act: Act) -> bool {
        self.role.may(act) && (!act.is_platform_wide() || self.reach == Reach::All)
    }

    /// Refuses what the role does not allow.
    pub fn demand(&self, act: Act) -> Result<(), Problem> {
        if self.may(act) {
            return Ok(());
        }
        let text = match self.role.may(act) {
            true => {
                "This concerns the whole platform, and you act within some tenants only. Use an account or a token without such a restriction."
            }
            false => "Your role does not allow this. Ask a platform admin.",
        };
        Err(Problem::new(Code::Forbidden, text))
    }
}

#[cfg(test)]
mod tests;
