//! The objects that differ between two revisions, each as two texts that may leave the process. Compares by what the
//! objects say and not by how they are written. Does not diff.

use std::collections::BTreeMap;

use super::{Document, Reading, RevisionBody, Rules, hide::Hider};
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
    /// How it is; empty where it is new.
    pub left: String,
    /// How it is to be; empty where it goes.
    pub right: String,
}

impl Rules {
    /// What becomes of the objects of a release from one body to another: those that do not stay as they are, how many do,
    /// and what is dangerous about it. Where there is no body yet, everything is new.
    pub fn objects(&self, left: &RevisionBody, right: &RevisionBody, namespace: &str) -> (Vec<Moved>, usize, Vec<Warning>) {
        let (mut left, mut right) = (self.read(left), self.read(right));
        let both = left.secrets.and(&right.secrets);
        (left.secrets, right.secrets) = (both.clone(), both);
        let (mut moved, mut unchanged, mut warnings) = (Vec::new(), 0, Vec::new());
        let mut take = |how: ChangeKind, before: Option<&Document>, after: Option<&Document>| {
            let Some(document) = after.or(before) else { return };
            let name = document.name.strip_prefix(&document.kind).unwrap_or(&document.name).trim_start_matches('/');
            let hide = |text: &str| right.secrets.hide(text).into_owned();
            let found = risk::of(&document.name, before.and_then(|one| one.value.as_ref()), after.and_then(|one| one.value.as_ref()));
            warnings.extend(found.into_iter().map(|one| Warning { subject: hide(&one.subject), text: hide(&one.text), ..one }));
            moved.push(Moved {
                kind: hide(&document.kind),
                name: hide(name),
                how,
                left: before.map(|before| self.object(&left, before, None)).unwrap_or_default(),
                right: after.map(|after| self.object(&right, after, before.map(|before| (&left, before)))).unwrap_or_default(),
            });
        };
        let mut were: BTreeMap<_, &Document> = left.documents.iter().map(|one| (one.identity(namespace), one)).collect();
        for after in &right.documents {
            match were.remove(&after.identity(namespace)) {
                Some(before) if before.same(after) => unchanged += 1,
                Some(before) => take(ChangeKind::Changed, Some(before), Some(after)),
                None => take(ChangeKind::Added, None, Some(after)),
            }
        }
        were.into_values().for_each(|gone| take(ChangeKind::Removed, Some(gone), None));
        moved.sort_by(|one, other| (one.how, &one.kind, &one.name).cmp(&(other.how, &other.kind, &other.name)));
        (moved, unchanged, warnings)
    }

    /// An object as text; against its twin, what is hidden and differs says so.
    fn object(&self, read: &Reading<'_>, document: &Document, twin: Option<(&Reading<'_>, &Document)>) -> String {
        let hider = Hider { rules: self, secrets: &read.secrets, before: twin.map(|(before, _)| &before.secrets) };
        let twin = twin.and_then(|(_, twin)| twin.value.as_ref());
        let shown = document.shown(document.value.as_ref().map(|value| hider.tree(value, twin, false)).as_ref());
        read.secrets.hide(&shown).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(manifest: &str) -> RevisionBody {
        RevisionBody { manifest: manifest.into(), ..RevisionBody::default() }
    }

    const SECRET: &str = "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: ";

    #[test]
    fn objects_are_told_apart_by_what_they_say() {
        let map = |name: &str, value: &str| format!("---\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: '{value}'}}\n");
        let left = body(&[map("same", "1"), map("changes", "1"), map("goes", "1")].concat());
        let right = body(&["# a comment\n".to_owned(), map("changes", "2"), map("same", "1"), map("comes", "1")].concat());
        let (moved, unchanged, _) = Rules::default().objects(&left, &right, "acme");
        let names: Vec<_> = moved.iter().map(|one| (one.how, one.name.as_str())).collect();
        assert_eq!(names, [(ChangeKind::Removed, "goes"), (ChangeKind::Changed, "changes"), (ChangeKind::Added, "comes")]);
        assert_eq!(unchanged, 1);
        assert!(moved[1].left.contains("'1'") && moved[1].right.contains("'2'"));
    }

    #[test]
    fn an_object_is_the_same_wherever_its_namespace_is_written_and_another_in_another_api() {
        let plain = body("---\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n");
        let spelled = body("---\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: acme}\n");
        let (moved, _, warnings) = Rules::default().objects(&plain, &spelled, "acme");
        assert_eq!((moved.len(), moved[0].how, warnings.len()), (1, ChangeKind::Changed, 0));
        let service = |api: &str| format!("---\napiVersion: {api}\nkind: Service\nmetadata: {{name: web}}\n");
        let both = body(&[service("v1"), service("serving.knative.dev/v1")].concat());
        let (moved, unchanged, _) = Rules::default().objects(&both, &body(&service("v1")), "acme");
        assert_eq!((moved.len(), moved[0].how, unchanged), (1, ChangeKind::Removed, 1));
    }

    #[test]
    fn a_secret_that_changes_says_so_and_nothing_else() {
        let (moved, ..) =
            Rules::default().objects(&body(&format!("{SECRET}hunter2-hunter2\n")), &body(&format!("{SECRET}correct-horse\n")), "acme");
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
        let (_, _, warnings) = Rules::default().objects(&with("1"), &with("top-secret-tag"), "acme");
        assert_eq!(warnings[0].text, "a runs r/app:hidden instead of r/app:1.");
    }
}
