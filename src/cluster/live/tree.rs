//! From objects and what says that it is owned by them to a list in the order of a tree. Asks nobody.

use std::collections::{HashMap, HashSet};

use super::object::Found;
use crate::domain::{
    release::Health,
    resource::{Resource, Wanted},
};

/// The most lines of a tree.
const MOST: usize = 2_000;
/// Deeper than that no controller builds.
const DEEPEST: u8 = 6;

struct Tree {
    owned: HashMap<String, Vec<Found>>,
    /// Owners that own each other make no endless tree.
    seen: HashSet<String>,
    out: Vec<Resource>,
}

/// The wanted objects, each with what it owns after it.
pub(super) fn grown(roots: Vec<(Wanted, Result<Option<Found>, String>)>, owned: Vec<Found>) -> Vec<Resource> {
    let mut tree = Tree { owned: HashMap::new(), seen: HashSet::new(), out: Vec::new() };
    // What the release names itself is no child, whoever claims to own it.
    tree.seen.extend(roots.iter().filter_map(|(_, found)| Some(found.as_ref().ok()?.as_ref()?.uid.clone())));
    for found in owned {
        if let Some(owner) = found.owners.first().cloned() {
            tree.owned.entry(owner).or_default().push(found);
        }
    }
    for (wanted, found) in roots {
        match found {
            Ok(Some(found)) => tree.grow(found, None, 0, wanted.hook),
            // Hooks come and go.
            Ok(None) if wanted.hook => {}
            Ok(None) => tree.out.push(absent(wanted, Health::Degraded, "the manifest has it, and the cluster does not")),
            Err(why) => tree.out.push(absent(wanted, Health::Unknown, &why)),
        }
    }
    tree.out.truncate(MOST);
    tree.out
}

impl Tree {
    fn grow(&mut self, found: Found, owner: Option<&str>, depth: u8, hook: bool) {
        let Found { api_version, kind, name, uid, created_at, standing: (health, reason), pod, .. } = found;
        let line = Resource { api_version, kind, name, depth, owner: owner.map(str::to_owned), hook, health, reason, created_at, pod };
        let title = line.title();
        self.out.push(line);
        let mut children = self.owned.remove(&uid).unwrap_or_default();
        // The newest first: that is what people look for.
        children.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.name.cmp(&b.name)));
        for child in children {
            if depth < DEEPEST && self.seen.insert(child.uid.clone()) {
                self.grow(child, Some(&title), depth + 1, hook);
            }
        }
    }
}

fn absent(wanted: Wanted, health: Health, why: &str) -> Resource {
    Resource {
        api_version: wanted.api_version,
        kind: wanted.kind,
        name: wanted.name,
        depth: 0,
        owner: None,
        hook: wanted.hook,
        health,
        reason: Some(why.to_owned()),
        created_at: None,
        pod: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(kind: &str, name: &str, owner: &str) -> Found {
        let object = json!({"metadata": {"name": name, "uid": name, "ownerReferences": [{"apiVersion": "v1", "kind": "X", "name": owner, "uid": owner}]}});
        Found::of("example.test/v1", kind, serde_json::from_value(object).unwrap()).unwrap()
    }

    fn wanted(name: &str, hook: bool) -> Wanted {
        Wanted { api_version: "example.test/v1".into(), kind: "Root".into(), name: name.into(), namespace: None, hook }
    }

    #[test]
    fn what_is_owned_comes_after_its_owner_and_strangers_do_not_come_at_all() {
        let roots = vec![
            (wanted("web", false), Ok(Some(found("Root", "web", "")))),
            (wanted("gone", false), Ok(None)),
            (wanted("hook", true), Ok(None)),
            (wanted("closed", false), Err("no".into())),
        ];
        let owned = vec![found("Leaf", "pod", "set"), found("Set", "set", "web"), found("Leaf", "stranger", "other")];
        let lines = grown(roots, owned);
        let shape: Vec<_> = lines.iter().map(|line| (line.name.as_str(), line.depth, line.health)).collect();
        assert_eq!(
            shape,
            [
                ("web", 0, Health::Healthy),
                ("set", 1, Health::Healthy),
                ("pod", 2, Health::Healthy),
                ("gone", 0, Health::Degraded),
                ("closed", 0, Health::Unknown)
            ]
        );
        assert_eq!(lines[2].owner.as_deref(), Some("Set/set"));
    }

    #[test]
    fn owners_that_own_each_other_end() {
        let roots = vec![(wanted("a", false), Ok(Some(found("Root", "a", "b"))))];
        let lines = grown(roots, vec![found("Leaf", "b", "a"), found("Root", "a", "b")]);
        assert_eq!(lines.len(), 2);
    }
}
