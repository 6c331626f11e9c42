//! Who acts, and how far they reach. Every read and write of tenant data takes an [`Actor`], and the only ways
//! to have one are the constructors here, called by `auth` and by the server's own parts.
//! Does not authenticate: `auth` does.

use super::{
    ids::TenantId,
    problem::{Code, Problem},
};

/// What somebody is to the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything.
    Admin,
    /// Reads every tenant, changes nothing.
    Support,
    /// Reads the tenants they belong to.
    Viewer,
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Look at tenants, releases, operations.
    Read,
    /// Install, upgrade, roll back, uninstall, cancel.
    Change,
    /// Look at releases in namespaces of no tenant.
    SeeUnassigned,
}

/// Through which door a request came; kept in the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// A page in a browser.
    Page,
    /// The REST API.
    Api,
    /// A part of the server itself.
    System,
}

/// How far an actor sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every tenant, and what belongs to none.
    All,
    /// These tenants and nothing else.
    Tenants(Vec<TenantId>),
}

/// Somebody who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    name: String,
    role: Role,
    reach: Reach,
    door: Door,
}

impl Actor {
    /// Somebody signed in or holding a token.
    pub fn person(name: impl Into<String>, role: Role, tenants: Vec<TenantId>, door: Door) -> Self {
        let reach = match role {
            Role::Admin | Role::Support => Reach::All,
            Role::Viewer => Reach::Tenants(tenants),
        };
        Self { name: name.into(), role, reach, door }
    }

    /// A part of the server itself, such as the worker or the watch.
    pub fn system(part: &'static str) -> Self {
        Self { name: part.into(), role: Role::Admin, reach: Reach::All, door: Door::System }
    }

    /// The same actor, seeing one tenant at most: nothing where they do not reach it.
    pub fn within(self, tenant: TenantId) -> Self {
        let reached = match &self.reach {
            Reach::All => true,
            Reach::Tenants(own) => own.contains(&tenant),
        };
        Self { reach: Reach::Tenants(if reached { vec![tenant] } else { vec![] }), ..self }
    }

    /// The name that audit rows and operations carry.
    pub fn name(&self) -> &str {
        &self.name
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

    /// Whether the role allows the act.
    pub fn may(&self, act: Act) -> bool {
        match (self.role, act) {
            (Role::Admin, _) | (Role::Support, Act::Read | Act::SeeUnassigned) | (Role::Viewer, Act::Read) => true,
            (Role::Support, Act::Change) | (Role::Viewer, Act::Change | Act::SeeUnassigned) => false,
        }
    }

    /// Refuses what the role does not allow.
    pub fn demand(&self, act: Act) -> Result<(), Problem> {
        if self.may(act) {
            return Ok(());
        }
        Err(Problem::new(Code::Forbidden, "Your role does not allow this. Ask a platform admin."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_admin_may_change_anything() {
        for (role, allowed) in [(Role::Admin, true), (Role::Support, false), (Role::Viewer, false)] {
            assert_eq!(Actor::person("p", role, vec![], Door::Api).may(Act::Change), allowed, "{role:?}");
        }
    }

    #[test]
    fn a_viewer_of_no_tenant_reaches_nothing() {
        assert_eq!(Actor::person("p", Role::Viewer, vec![], Door::Api).reach(), &Reach::Tenants(vec![]));
    }
}
