//! What a rollback does not bring back. Told from what the chart says of itself; what the application did to the world
//! outside of the release nobody can know.

use super::super::{manifest::Document, revision::RevisionBody};

/// The events at which a hook may have changed something that a rollback leaves as it is.
const DID: [&str; 4] = ["pre-install", "post-install", "pre-upgrade", "post-upgrade"];

/// What will not go back when a release goes from one body to an earlier one, each as a sentence.
pub fn stays(now: &RevisionBody, target: &RevisionBody) -> Vec<String> {
    let (now_objects, target_objects) = (Document::all(&now.manifest), Document::all(&target.manifest));
    let holds_data = |object: &&Document| matches!(object.kind.as_str(), "PersistentVolumeClaim" | "StatefulSet");
    // A claim that the target does not have goes with its data: that is a warning of its own.
    let remains = |object: &&Document| object.kind != "PersistentVolumeClaim" || object.is_kept() || object.twin(&target_objects).is_some();
    let mut out: Vec<String> = now_objects
        .iter()
        .filter(holds_data)
        .filter(remains)
        .map(|object| format!("The data on the volumes of {} stays as it is now.", object.name))
        .collect();
    let did = now.hooks.iter().filter(|hook| hook.events.iter().any(|event| DID.contains(&event.as_str())));
    out.extend(did.map(|hook| format!("What the hook {}/{} did, such as a migration, is not undone.", hook.kind, hook.name)));
    let kept = now_objects.iter().filter(|object| object.is_kept() && object.twin(&target_objects).is_none());
    out.extend(kept.map(|object| format!("{} stays in the cluster: the chart asks Helm to keep it.", object.name)));
    out.push("What the workloads have written elsewhere (databases, queues, other services) stays as it is.".into());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::revision::Hook;

    #[test]
    fn data_hooks_and_kept_objects_do_not_go_back() {
        let manifest = "---\nkind: StatefulSet\nmetadata: {name: db}\n---\nkind: ConfigMap\nmetadata:\n  name: keep\n  annotations:\n    helm.sh/resource-policy: keep\n";
        let hook =
            |name: &str, event: &str| Hook { name: name.into(), kind: "Job".into(), events: vec![event.into()], manifest: String::new() };
        let now = RevisionBody {
            manifest: manifest.into(),
            hooks: vec![hook("migrate", "pre-upgrade"), hook("smoke", "test")],
            ..RevisionBody::default()
        };
        let said = stays(&now, &RevisionBody::default());
        assert_eq!(said.len(), 4, "{said:?}");
        assert!(said[0].contains("StatefulSet/db") && said[1].contains("Job/migrate") && said[2].contains("ConfigMap/keep"), "{said:?}");
    }
}
