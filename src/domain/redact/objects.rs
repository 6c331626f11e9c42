//! The objects that differ between two revisions, hooks included, each as two texts that may leave the process. Compares by
//! what the objects say and not by how they are written. Does not diff.

use std::collections::BTreeMap;

use super::{Both, Document, Reading, hide::Hider};
use crate::domain::preview::{ChangeKind, Warning, risk};

/// An object that does not stay as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its kind.
    pub kind: String,
    /// The rest of its name.
    pub name: String,
    /// What becomes of it.
    pub how: ChangeKind,
    /// When it runs, where it is a hook.
    pub hook: Option<Vec<String>>,
    /// How it is; empty where it is new.
    pub left: String,
    /// How it is to be; empty where it goes.
    pub right: String,
}

/// An object of a body; of a hook, with when it runs.
type Entry<'a> = (Option<&'a [String]>, &'a Document);

impl Reading<'_> {
    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let hooks = self.hooks.iter().map(|(events, document)| (Some(*events), document));
        self.documents.iter().map(|document| (None, document)).chain(hooks)
    }
}

impl Both<'_> {
    /// What becomes of the objects of a release from one body to the other: those that do not stay as they are, how many do,
    /// and what is dangerous about it. Where there is no body yet, everything is new.
    pub fn objects(&self, namespace: &str) -> (Vec<Moved>, usize, Vec<Warning>) {
        let Self { left, right, secrets, .. } = self;
        let (mut moved, mut unchanged, mut warnings) = (Vec::new(), 0, Vec::new());
        let hide = |text: &str| secrets.hide(text).into_owned();
        let mut take = |how: ChangeKind, before: Option<Entry<'_>>, after: Option<Entry<'_>>| {
            let Some((events, document)) = after.or(before) else { return };
            let (before, after) = (before.map(|(_, one)| one), after.map(|(_, one)| one));
            // Helm makes a hook's object anew and leaves the former one to its deletion policy: none of the risks is its.
            if events.is_none() {
                let found =
                    risk::of(&document.name, before.and_then(|one| one.value.as_deref()), after.and_then(|one| one.value.as_deref()));
                warnings.extend(found.into_iter().map(|one| Warning { subject: hide(&one.subject), text: hide(&one.text), ..one }));
            }
            let name = document.name.strip_prefix(&document.kind).unwrap_or(&document.name).trim_start_matches('/');
            moved.push(Moved {
                kind: hide(&document.kind),
                name: hide(name),
                how,
                hook: events.map(|events| events.iter().map(|event| hide(event)).collect()),
                left: before.map(|before| self.object(before, None)).unwrap_or_default(),
                right: after.map(|after| self.object(after, before)).unwrap_or_default(),
            });
        };
        // An object that becomes a hook leaves the release, and the hook is new.
        let place = |(events, document): Entry<'_>| (events.is_some(), document.identity(namespace));
        let mut were: BTreeMap<_, Entry<'_>> = left.entries().map(|one| (place(one), one)).collect();
        for after in right.entries() {
            match were.remove(&place(after)) {
                Some(before) if before.1.same(after.1) => unchanged += 1,
                Some(before) => take(ChangeKind::Changed, Some(before), Some(after)),
                None => take(ChangeKind::Added, None, Some(after)),
            }
        }
        were.into_values().for_each(|gone| take(ChangeKind::Removed, Some(gone), None));
        let place = |one: &Moved| (one.how, one.hook.is_some(), one.kind.clone(), one.name.clone());
        moved.sort_by_cached_key(place);
        (moved, unchanged, warnings)
    }

    /// An object as text; against its twin, what is hidden and differs says so.
    fn object(&self, document: &Document, twin: Option<&Document>) -> String {
        let hider = Hider { rules: self.rules, secrets: &self.secrets, before: twin.map(|_| &self.secrets) };
        let twin = twin.and_then(|twin| twin.value.as_deref());
        let shown = document.shown(document.value.as_deref().and_then(|value| hider.changed(value, twin, false)).as_ref());
        self.secrets.hide(&shown).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        redact::Rules,
        revision::{Hook, RevisionBody},
    };

    fn body(manifest: &str) -> RevisionBody {
        RevisionBody { manifest: manifest.into(), ..RevisionBody::default() }
    }

    fn objects(left: &RevisionBody, right: &RevisionBody) -> (Vec<Moved>, usize, Vec<Warning>) {
        Rules::default().both(left, right).objects("acme")
    }

    const SECRET: &str = "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: ";

    #[test]
    fn objects_are_told_apart_by_what_they_say() {
        let map = |name: &str, value: &str| format!("---\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: '{value}'}}\n");
        let left = body(&[map("same", "1"), map("changes", "1"), map("goes", "1")].concat());
        let right = body(&["# a comment\n".to_owned(), map("changes", "2"), map("same", "1"), map("comes", "1")].concat());
        let (moved, unchanged, _) = objects(&left, &right);
        let names: Vec<_> = moved.iter().map(|one| (one.how, one.name.as_str())).collect();
        assert_eq!(names, [(ChangeKind::Removed, "goes"), (ChangeKind::Changed, "changes"), (ChangeKind::Added, "comes")]);
        assert_eq!(unchanged, 1);
        assert!(moved[1].left.contains("'1'") && moved[1].right.contains("'2'"));
    }

    #[test]
    fn hooks_are_compared_with_hooks_and_bring_no_warnings() {
        let job = |image: &str| {
            format!(
                "kind: Job\nmetadata: {{name: migrate}}\nspec: {{template: {{spec: {{containers: [{{name: a, image: '{image}'}}]}}}}}}\n"
            )
        };
        let with = |image: &str| {
            let hook = Hook { name: "migrate".into(), kind: "Job".into(), events: vec!["pre-upgrade".into()], manifest: job(image) };
            RevisionBody { hooks: vec![hook], ..RevisionBody::default() }
        };
        let (moved, unchanged, warnings) = objects(&with("app:1"), &with("app:2"));
        assert_eq!((moved.len(), moved[0].how, moved[0].name.as_str(), unchanged), (1, ChangeKind::Changed, "migrate", 0));
        assert_eq!(moved[0].hook, Some(vec!["pre-upgrade".to_owned()]));
        assert!(moved[0].right.contains("app:2") && warnings.is_empty(), "{moved:?} {warnings:?}");
        assert_eq!(objects(&with("app:1"), &with("app:1")).1, 1);
        let (moved, ..) = objects(&body(&job("app:1")), &with("app:1"));
        let found: Vec<_> = moved.iter().map(|one| (one.how, one.hook.is_some())).collect();
        assert_eq!(found, [(ChangeKind::Removed, false), (ChangeKind::Added, true)], "an object became a hook");
    }

    #[test]
    fn a_secret_of_a_hook_is_hidden_in_it() {
        let with = |secret: &str| {
            let manifest = format!("{}{secret}\n", SECRET.trim_start_matches("---\n"));
            let hook = Hook { name: "db".into(), kind: "Secret".into(), events: vec!["pre-install".into()], manifest };
            RevisionBody { hooks: vec![hook], ..RevisionBody::default() }
        };
        let (moved, ..) = objects(&with("hunter2-hunter2"), &with("correct-horse"));
        let text = format!("{moved:?}");
        assert!(text.contains("changed, hidden") && !text.contains("hunter2") && !text.contains("correct-horse"), "{text}");
    }

    #[test]
    fn an_object_is_the_same_wherever_its_namespace_is_written_and_another_in_another_api() {
        let plain = body("---\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n");
        let spelled = body("---\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: acme}\n");
        let (moved, _, warnings) = objects(&plain, &spelled);
        assert_eq!((moved.len(), moved[0].how, warnings.len()), (1, ChangeKind::Changed, 0));
        let service = |api: &str| format!("---\napiVersion: {api}\nkind: Service\nmetadata: {{name: web}}\n");
        let both = body(&[service("v1"), service("serving.knative.dev/v1")].concat());
        let (moved, unchanged, _) = objects(&both, &body(&service("v1")));
        assert_eq!((moved.len(), moved[0].how, unchanged), (1, ChangeKind::Removed, 1));
    }

    #[test]
    fn a_secret_that_changes_says_so_and_nothing_else() {
        let (moved, ..) = objects(&body(&format!("{SECRET}hunter2-hunter2\n")), &body(&format!("{SECRET}correct-horse\n")));
        assert!(moved[0].right.contains("changed, hidden"), "{moved:?}");
        let text = format!("{moved:?}");
        assert!(!text.contains("hunter2") && !text.contains("correct-horse"), "{text}");
    }

    #[test]
    fn a_secret_in_an_image_is_hidden_in_the_warning_about_it() {
        let with = |tag: &str| {
            let pod = format!("spec: {{template: {{spec: {{containers: [{{name: a, image: 'r/app:{tag}'}}]}}}}}}\n");
            body(&format!("{SECRET}top-secret-tag\n---\nkind: Deployment\nmetadata: {{name: a}}\n{pod}"))
        };
        let (_, _, warnings) = objects(&with("1"), &with("top-secret-tag"));
        assert_eq!(warnings[0].text, "a runs r/app:hidden instead of r/app:1.");
    }
}
