//! What the API server refused, and on whose account: rights, quota, Pod Security, webhooks, conflicts, the object
//! itself. Does not repeat its words: they quote the object, which may be a Secret.

use super::{
    Meaning,
    shape::{self, within},
};
use crate::domain::problem::Code;

/// Reads a refusal.
pub(super) fn read(text: &str) -> Option<Meaning> {
    if let Some(message) = outside(text) {
        return Some((Code::OutsideTenant, message));
    }
    let object = object(text).unwrap_or_else(|| "an object of the chart".to_owned());
    why(text, &object).map(|message| (Code::ClusterRefused, message))
}

/// The chart reached for what is not its tenant's: something of the whole cluster or of another namespace, or rights that
/// the tenant does not have. An account's rights end with its namespace, so that the refusal itself tells.
pub(super) fn outside(text: &str) -> Option<String> {
    let next = "A tenant's release may touch its own namespace alone: choose values or a chart that do without, or have a platform admin install that part.";
    if text.contains(" is forbidden: user \"system:serviceaccount:")
        && text.contains(" is attempting to grant RBAC permissions not currently held")
    {
        return Some(format!("The chart hands out rights that its tenant does not have. {next}"));
    }
    let refused = &text[text.find(" is forbidden: User \"system:serviceaccount:")?..];
    let home = within(refused, "system:serviceaccount:", ":").and_then(shape::dns)?;
    let verb = within(refused, " cannot ", " resource \"").and_then(shape::word)?;
    let kind = within(refused, " resource \"", "\" in API group ").and_then(|kind| shape::dns(kind.split('/').next()?))?;
    let (_, scope) = refused.split_once("\" in API group \"")?;
    let place = match scope.split_once("\" at the cluster scope") {
        Some((group, _)) if group.is_empty() || shape::dns(group).is_some() => "of the whole cluster".to_owned(),
        _ => match within(scope, "\" in the namespace \"", "\"").and_then(shape::dns)? {
            namespace if namespace == home => return None,
            namespace => format!("in the namespace {namespace}"),
        },
    };
    Some(format!("The chart reaches outside of its tenant: it wants to {verb} {kind} {place}. {next}"))
}

fn why(text: &str, object: &str) -> Option<String> {
    who(text, object).or_else(|| what(text, object))
}

/// Somebody stands in the way.
fn who(text: &str, object: &str) -> Option<String> {
    if text.contains("kubernetes cluster unreachable: the server has asked for the client to provide credentials") {
        return Some("The cluster refused Pilothouse's credentials. An administrator has to renew them.".into());
    }
    if let Some(hook) = within(text, "admission webhook \"", "\" denied the request").and_then(shape::dns) {
        return Some(format!(
            "The admission webhook {hook} denied {object}. The operation's log has its reason; change the values or ask those who run it."
        ));
    }
    if let Some(hook) = within(text, "failed calling webhook \"", "\": ").and_then(shape::dns) {
        return Some(format!(
            "The cluster could not ask its admission webhook {hook} about {object}: it does not answer. Ask those who run it, then try again."
        ));
    }
    if let Some(policy) = within(text, " is forbidden: ValidatingAdmissionPolicy '", "' with binding '").and_then(shape::dns) {
        return Some(format!(
            "The cluster's admission policy {policy} denied {object}. The operation's log has its reason; change the values or ask those who run it."
        ));
    }
    if let Some(level) = within(text, " is forbidden: violates PodSecurity \"", ":").and_then(shape::word) {
        return Some(format!(
            "The namespace's Pod Security level ({level}) forbids {object}. Choose values with a stricter security context."
        ));
    }
    if let Some(quota) = within(text, " is forbidden: exceeded quota: ", ", requested: ").and_then(shape::dns) {
        return Some(format!(
            "The namespace's quota {quota} is used up: {object} does not fit any more. Ask for less, or have an administrator raise it."
        ));
    }
    if text.contains(" is forbidden: ") && text.contains(" cannot ") {
        let verb = within(text, " cannot ", " resource \"").and_then(shape::word);
        let kind = within(text, " resource \"", "\" in API group ").and_then(|kind| shape::dns(kind.split('/').next()?));
        return Some(match (verb, kind) {
            (Some(verb), Some(kind)) => format!("The release's service account may not {verb} {kind} in the cluster. An administrator has to grant it, or the chart must do without."),
            _ => "The release's service account lacks a right that the chart needs. An administrator has to grant it, or the chart must do without.".into(),
        });
    }
    if text.contains("exists and cannot be imported into the current release: invalid ownership metadata") {
        return Some(format!(
            "{} exists already and does not belong to this release. Remove or rename it, or choose another release name.",
            capital(object)
        ));
    }
    if text.contains("conflict occurred while applying object ") {
        let owner = within(text, "conflict with \"", "\"").or_else(|| within(text, "conflicts with \"", "\"")).and_then(shape::word);
        let owner = owner.map_or("Something else".into(), |owner| format!("“{owner}”"));
        let field = text
            .rsplit_once(": ")
            .and_then(|(_, field)| shape::field(field.trim()))
            .map_or("fields".to_owned(), |field| format!("the field {field}"));
        return Some(format!(
            "{owner} has set {field} of {object} beside Helm. Leave that field out of the values, or have its owner give it up, then try again."
        ));
    }
    None
}

/// The object is wrong, or its place is.
fn what(text: &str, object: &str) -> Option<String> {
    if let Some(kind) = within(text, "no matches for kind \"", "\" in version \"").and_then(shape::kind) {
        return Some(format!("The cluster does not know the kind {kind}. An administrator has to install its definition first."));
    }
    if let Some(namespace) = within(text, "namespaces \"", "\" not found").and_then(shape::dns) {
        return Some(format!("There is no namespace {namespace} in the cluster. Create it for the tenant first."));
    }
    if text.contains(" is invalid: ") && text.contains("field is immutable") {
        return Some(format!(
            "A field of {object} cannot be changed once it is set. Keep its former value, or have the object deleted and made anew."
        ));
    }
    if text.contains(" is invalid: ") {
        return Some(format!(
            "The cluster says that {object} is not valid. The operation's log names the fields; correct the values that they come from."
        ));
    }
    if text.contains("failed to create typed patch object (") {
        return Some(format!(
            "{} does not fit its kind: a field is unknown or of the wrong type. Correct the values that it comes from, or report it to the chart's publisher.",
            capital(object)
        ));
    }
    None
}

/// `Kind/name` of the object in question, in any of the ways in which Helm and the API server name it.
fn object(text: &str) -> Option<String> {
    let applied = text.find("applying object ").map(|at| at + "applying object ".len());
    let applied = applied.or_else(|| text.find("apply failed for object ").map(|at| at + "apply failed for object ".len()));
    let (kind, name) = match applied {
        // `namespace/name group/version, Kind=Kind: `
        Some(at) => {
            let (path, rest) = text[at..].split_once(' ')?;
            (within(rest, ", Kind=", ":")?, path.split_once('/')?.1)
        }
        // `cannot patch "name" with kind Kind: ` or `Kind "name" in namespace "…" exists`
        None => match within(text, "cannot patch \"", "\" with kind ") {
            Some(name) => (within(text, " with kind ", ":")?, name),
            None => (
                within(text, "unable to continue with install: ", " \"")
                    .or_else(|| within(text, "unable to continue with update: ", " \""))?,
                within(text, " \"", "\"")?,
            ),
        },
    };
    Some(format!("{}/{}", shape::kind(kind)?, shape::dns(name)?))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
