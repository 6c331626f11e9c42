//! What of a difference is ignored: by the path of the field, or by who wrote it. Rules are written
//! `KIND:/path` or `KIND@manager`, either with `/NAME` after the kind; `*` stands for any text within a piece. Compares
//! nothing.

use std::collections::BTreeSet;

use super::owners::Owner;

/// How the rule is called that needs no words: the replicas of what is scaled by an autoscaler.
const AUTOSCALER: &str = "replicas of what a HorizontalPodAutoscaler scales";
/// Who writes the replicas for an autoscaler, and through which part of the API.
const SCALER: (&str, &str) = ("kube-controller-manager", "scale");
/// What everybody ignores: what the API server, Kubernetes' own controllers and usual injectors write.
const USUAL: [&str; 11] = [
    "MutatingWebhookConfiguration:/webhooks/*/clientConfig/caBundle",
    "ValidatingWebhookConfiguration:/webhooks/*/clientConfig/caBundle",
    "CustomResourceDefinition:/spec/conversion/webhook/clientConfig/caBundle",
    "APIService:/spec/caBundle",
    "PersistentVolumeClaim:/spec/volumeName",
    "*:/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration",
    "*@kube-apiserver",
    "*@kube-controller-manager",
    "*@kube-scheduler",
    "*@kubelet",
    "*@cloud-controller-manager",
];

/// Kind and name of what autoscalers scale.
pub type Autoscaled = BTreeSet<(String, String)>;

/// What is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreRules(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    text: String,
    kind: String,
    name: Option<String>,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// The field at that path and all below it.
    Path(Vec<String>),
    /// Whatever that manager wrote.
    Manager(String),
}

/// A field that differs.
pub(super) struct Place<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    pub path: &'a [String],
    pub owners: &'a [&'a Owner],
}

impl Default for IgnoreRules {
    fn default() -> Self {
        // Each of them can be read: a test says so.
        Self(USUAL.iter().filter_map(|text| Rule::read(text).ok()).collect())
    }
}

impl IgnoreRules {
    /// The usual rules with a platform's own.
    pub fn with<S: AsRef<str>>(own: impl IntoIterator<Item = S>) -> Result<Self, String> {
        let mut rules = Self::default();
        for text in own {
            let text = text.as_ref().trim();
            if !text.is_empty() {
                rules.0.push(Rule::read(text)?);
            }
        }
        Ok(rules)
    }

    /// The rule that has that field ignored, as it is written.
    pub(super) fn find(&self, place: &Place<'_>, autoscaled: &Autoscaled) -> Option<&str> {
        if place.path == ["spec", "replicas"] {
            let scaled = autoscaled.contains(&(place.kind.to_owned(), place.name.to_owned()));
            if scaled || place.owners.iter().any(|owner| (owner.manager.as_str(), owner.subresource.as_str()) == SCALER) {
                return Some(AUTOSCALER);
            }
        }
        self.0.iter().find(|rule| rule.holds(place)).map(|rule| rule.text.as_str())
    }
}

impl Rule {
    fn read(text: &str) -> Result<Self, String> {
        let wrong =
            |why: &str| format!("“{text}” is no rule: {why}. Write KIND:/path or KIND@manager, such as Deployment/web:/spec/replicas");
        let at = text.find([':', '@']).ok_or_else(|| wrong("it says neither a path nor a manager"))?;
        let (object, rest) = text.split_at(at);
        let (kind, name) = object.split_once('/').map_or((object, None), |(kind, name)| (kind, Some(name)));
        if kind.is_empty() || name == Some("") {
            return Err(wrong("it says no kind, or an empty name; * stands for any"));
        }
        let what = match (&rest[..1], &rest[1..]) {
            ("@", manager) if !manager.is_empty() => What::Manager(manager.to_owned()),
            (":", path) if path.len() > 1 && path.starts_with('/') => {
                What::Path(path[1..].split('/').map(|piece| piece.replace("~1", "/").replace("~0", "~")).collect())
            }
            _ => return Err(wrong("a path begins with / and is not empty, and a manager has a name")),
        };
        Ok(Self { text: text.to_owned(), kind: kind.to_owned(), name: name.map(str::to_owned), what })
    }

    fn holds(&self, place: &Place<'_>) -> bool {
        glob(&self.kind, place.kind)
            && self.name.as_ref().is_none_or(|name| glob(name, place.name))
            && match &self.what {
                What::Path(path) => path.len() <= place.path.len() && path.iter().zip(place.path).all(|(rule, piece)| glob(rule, piece)),
                What::Manager(manager) => place.owners.iter().any(|owner| glob(manager, &owner.manager)),
            }
    }
}

/// Whether the text is one that the pattern means: `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match text.find(piece) {
            Some(at) => text = &text[at + piece.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::owners::Owners, *};

    fn found(rules: &IgnoreRules, kind: &str, name: &str, path: &str, owner: (&str, &str)) -> Option<String> {
        let object = json!({"metadata": {"managedFields": [{"manager": owner.0, "subresource": owner.1, "fieldsV1": {}}]}});
        let owners = Owners::of(&object);
        let owners: Vec<_> = owners.trails().iter().map(|trail| trail.owner).collect();
        let path: Vec<String> = path.split('/').skip(1).map(|piece| piece.replace('~', "/")).collect();
        let place = Place { kind, name, path: &path, owners: &owners };
        rules.find(&place, &Autoscaled::from([("Deployment".into(), "scaled".into())])).map(str::to_owned)
    }

    const EDIT: (&str, &str) = ("kubectl-edit", "");

    #[test]
    fn every_usual_rule_can_be_read() {
        assert_eq!(IgnoreRules::default().0.len(), USUAL.len());
    }

    #[test]
    fn replicas_are_ignored_where_an_autoscaler_scales_and_nowhere_else() {
        let rules = IgnoreRules::default();
        assert_eq!(found(&rules, "Deployment", "scaled", "/spec/replicas", EDIT).as_deref(), Some(AUTOSCALER));
        assert_eq!(found(&rules, "StatefulSet", "db", "/spec/replicas", SCALER).as_deref(), Some(AUTOSCALER));
        assert_eq!(found(&rules, "Deployment", "web", "/spec/replicas", ("kubectl", "scale")), None);
        assert_eq!(found(&rules, "Deployment", "scaled", "/spec/paused", EDIT), None);
    }

    #[test]
    fn injected_certificates_and_what_controllers_write_are_ignored() {
        let rules = IgnoreRules::default();
        assert!(found(&rules, "MutatingWebhookConfiguration", "a", "/webhooks/0/clientConfig/caBundle", EDIT).is_some());
        assert_eq!(found(&rules, "MutatingWebhookConfiguration", "a", "/webhooks/0/clientConfig/url", EDIT), None);
        assert_eq!(found(&rules, "Service", "a", "/metadata/finalizers", ("kubelet", "")).as_deref(), Some("*@kubelet"));
        assert!(found(&rules, "Service", "a", "/metadata/annotations/kubectl.kubernetes.io~last-applied-configuration", EDIT).is_some());
    }

    #[test]
    fn a_platform_s_own_rules_name_kinds_names_paths_and_managers() {
        let rules =
            IgnoreRules::with(["*Set/db-*:/spec/template/metadata/annotations", " Ingress@cert-*er ", "", "*/web:/data/a~1*"]).unwrap();
        assert!(found(&rules, "StatefulSet", "db-1", "/spec/template/metadata/annotations/x", EDIT).is_some(), "and all below it");
        assert_eq!(found(&rules, "StatefulSet", "web", "/spec/template/metadata/annotations/x", EDIT), None);
        assert_eq!(found(&rules, "StatefulSet", "db-1", "/spec/template/metadata", EDIT), None, "not what holds it");
        assert!(found(&rules, "Ingress", "a", "/metadata/annotations/b", ("cert-manager", "")).is_some());
        assert!(found(&rules, "ConfigMap", "web", "/data/a~b", EDIT).is_some());
    }

    #[test]
    fn a_rule_that_means_nothing_is_refused_in_words() {
        for text in ["Deployment", ":/spec", "Deployment/:/spec", "Deployment:spec", "Deployment:/", "Deployment@"] {
            assert!(IgnoreRules::with([text]).unwrap_err().contains("KIND:/path"), "{text}");
        }
    }
}
