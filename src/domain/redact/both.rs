//! Two bodies that were read once for everything that is to be compared of them. Does not diff.

use super::{BodyPart, Reading, RevisionBody, Rules, Secrets, whole};
use crate::domain::beside::beside;

/// Two bodies. What is secret in one is none of the other's business either.
pub struct Both<'a> {
    pub(super) rules: &'a Rules,
    pub(super) left: Reading<'a>,
    pub(super) right: Reading<'a>,
    pub(super) secrets: Secrets,
}

impl Rules {
    /// Reads two bodies.
    pub fn both<'a>(&'a self, left: &'a RevisionBody, right: &'a RevisionBody) -> Both<'a> {
        let left = self.read(left, &[]);
        let right = self.read(right, &left.documents);
        let secrets = Secrets::of(left.found.union(&right.found).cloned().collect());
        Both { rules: self, left, right, secrets }
    }

    /// A part of two bodies as texts that may leave the process and be compared.
    pub fn part_texts(&self, left: &RevisionBody, right: &RevisionBody, part: BodyPart) -> (String, String) {
        self.both(left, right).part_texts(part)
    }
}

impl Both<'_> {
    /// What is secret in either of them.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The same part of both as texts that may leave the process and be compared: a hidden value that differs reads
    /// *changed, hidden* on the right.
    pub fn part_texts(&self, part: BodyPart) -> (String, String) {
        let Self { rules, left, right, secrets } = self;
        if part == BodyPart::Manifest {
            let before = rules.objects_shown(left, secrets, None);
            let after = rules.objects_shown(right, secrets, Some((&left.documents, &before)));
            return beside(|| whole(&before, secrets), || whole(&after, secrets));
        }
        (rules.shown(left, secrets, part, None), rules.shown(right, secrets, part, Some(left)))
    }
}
