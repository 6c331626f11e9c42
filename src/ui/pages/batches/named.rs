//! How the releases of a batch are called on its board: by their tenant, and where that has several of them in the batch, by their
//! own names, too. And what is shown of one in words.

use std::collections::BTreeMap;

use crate::domain::{
    batch::{Target, TargetState},
    release::release_path,
};

/// A target with what it is called.
#[derive(Clone)]
pub struct Named {
    /// What tells it from the others of its batch, as short as can be.
    pub name: String,
    /// The target.
    pub target: Target,
}

/// Calls all targets of a batch by names that tell them apart.
pub fn named(targets: Vec<Target>) -> Vec<Named> {
    let (mut of_tenant, mut of_name) = (BTreeMap::<_, usize>::new(), BTreeMap::<_, usize>::new());
    for target in &targets {
        *of_tenant.entry(target.tenant_id).or_default() += 1;
        *of_name.entry((target.tenant_id, target.release_name.clone())).or_default() += 1;
    }
    let count = |target: &Target| {
        let name = (target.tenant_id, target.release_name.clone());
        (of_tenant.get(&target.tenant_id).copied(), of_name.get(&name).copied())
    };
    let called = |target: &Target| match count(target) {
        (Some(1), _) => target.tenant.to_string(),
        (_, Some(1)) => format!("{} {}", target.tenant, target.release_name),
        _ => format!("{} {}", target.tenant, target.key()),
    };
    let names: Vec<String> = targets.iter().map(called).collect();
    names.into_iter().zip(targets).map(|(name, target)| Named { name, target }).collect()
}

/// So many names, and how many more there are.
pub fn some_names<'a>(mut names: impl Iterator<Item = &'a Named>, most: usize) -> String {
    let shown: Vec<&str> = names.by_ref().take(most).map(|one| one.name.as_str()).collect();
    match names.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl Named {
    /// The path of its release.
    pub fn path(&self) -> String {
        release_path(Some(&self.target.tenant), &self.target.key())
    }

    /// Its whole name, where it stands and why.
    pub fn title(&self, word: &str) -> String {
        let why = self.target.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        format!("{}: {}, {word}{why}", self.target.tenant, self.target.key())
    }

    /// Whether it is to go back or on its way there, so that it is not yet what it will be.
    pub fn is_returning(&self) -> bool {
        let Target { state, back, result_revision, home_revision, .. } = &self.target;
        match state {
            TargetState::RollingBack => true,
            TargetState::Failed => *back && result_revision.is_some() && home_revision.is_some(),
            _ => false,
        }
    }

    /// Whether something was made of it that could be taken back, or is being made.
    pub fn can_go_back(&self) -> bool {
        let made = self.target.result_revision.is_some() && self.target.home_revision.is_some();
        match self.target.state {
            TargetState::Running => true,
            TargetState::Settling | TargetState::Soaking | TargetState::Done | TargetState::Failed => made,
            _ => false,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::ids::{ReleaseId, TenantId};

    /// A target that waits, of that tenant, namespace and name.
    pub fn target(ord: u32, tenant: u128, namespace: &str, name: &str) -> Target {
        let (release_id, tenant_id) = (ReleaseId(uuid::Uuid::from_u128(ord.into())), TenantId(uuid::Uuid::from_u128(tenant)));
        let facts = serde_json::json!({
            "ord": ord, "wave": 0, "releaseId": release_id, "tenantId": tenant_id, "tenant": format!("t{tenant}"),
            "namespace": namespace, "releaseName": name, "fromVersion": "1.0.0", "state": "waiting", "since": DateTime::UNIX_EPOCH,
            "attempt": 1, "failed": false, "back": false,
        });
        serde_json::from_value(facts).unwrap()
    }

    #[test]
    fn a_release_is_called_by_as_little_as_tells_it_from_the_others() {
        let targets = vec![target(0, 1, "ns", "web"), target(1, 2, "a", "web"), target(2, 2, "a", "blue"), target(3, 2, "b", "web")];
        let names: Vec<String> = named(targets).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["t1", "t2 a/web", "t2 blue", "t2 b/web"]);
    }

    #[test]
    fn a_title_has_the_whole_name_and_the_reason() {
        let mut one = named(vec![target(0, 1, "ns", "web")]).remove(0);
        assert_eq!(one.title("waiting"), "t1: ns/web, waiting");
        one.target.why = Some("it is frozen".into());
        assert_eq!(one.title("set aside"), "t1: ns/web, set aside: it is frozen");
    }

    #[test]
    fn of_many_names_some_are_told_and_the_others_counted() {
        let all = named((0..5).map(|at| target(at, u128::from(at), "ns", "web")).collect());
        assert_eq!(some_names(all.iter(), 5), "t0, t1, t2, t3, t4");
        assert_eq!(some_names(all.iter(), 2), "t0, t1 and 3 more");
        assert_eq!(some_names([].iter(), 2), "");
    }

    #[test]
    fn what_waits_to_go_back_is_returning_and_what_made_nothing_is_not() {
        let mut one = named(vec![target(0, 1, "ns", "web")]).remove(0);
        (one.target.state, one.target.failed, one.target.back) = (TargetState::Failed, true, true);
        assert!(!one.is_returning() && !one.can_go_back(), "nothing was made");
        (one.target.result_revision, one.target.home_revision) = (Some(2), Some(1));
        assert!(one.is_returning() && one.can_go_back());
        one.target.back = false;
        assert!(!one.is_returning() && one.can_go_back());
        one.target.state = TargetState::RollingBack;
        assert!(one.is_returning() && !one.can_go_back());
    }
}
