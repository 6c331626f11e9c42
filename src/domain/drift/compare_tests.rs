//! Objects as they run against the answers to applying their manifests.

use serde_json::json;

use super::*;

/// An object with owners of its fields.
fn owned(mut object: Value, owners: &[(&str, Value)]) -> Value {
    let entries = owners.iter().map(|(manager, fields)| json!({"manager": manager, "operation": "Update", "fieldsV1": fields}));
    object["metadata"]["managedFields"] = Value::Array(entries.collect());
    object
}

fn run(live: &Value, answer: &Value) -> Compared {
    compared("ConfigMap", "a", live, answer, &IgnoreRules::default(), &Autoscaled::new())
}

fn told(compared: &Compared) -> Vec<(&str, ChangeKind, Option<&str>)> {
    compared.fields.iter().map(|field| (field.path.as_str(), field.change, field.by.as_deref())).collect()
}

#[test]
fn an_object_that_applying_would_leave_as_it_is_has_no_drift() {
    let fields = json!({"f:data": {"f:a": {}}});
    let live = owned(
        json!({"metadata": {"uid": "1", "resourceVersion": "5"}, "data": {"a": "1"}, "status": {"x": 1}}),
        &[("helm", fields.clone())],
    );
    let answer = owned(json!({"metadata": {"uid": "1", "resourceVersion": "6"}, "data": {"a": "1"}}), &[("helm", fields)]);
    let compared = run(&live, &answer);
    assert!(compared.fields.is_empty() && compared.ignored.is_empty(), "{compared:?}");
    assert_eq!(compared.wanted, compared.live);
}

#[test]
fn a_field_that_applying_would_put_back_is_changed_and_says_by_whom() {
    let live = owned(json!({"data": {"a": "2", "b": "1"}, "metadata": {}}), &[("kubectl-edit", json!({"f:data": {"f:a": {}}}))]);
    let answer = owned(json!({"data": {"a": "1", "b": "1"}, "metadata": {}}), &[("helm", json!({"f:data": {"f:a": {}, "f:b": {}}}))]);
    let compared = run(&live, &answer);
    assert_eq!(told(&compared), [("/data/a", ChangeKind::Changed, Some("kubectl-edit"))]);
    assert_eq!((&compared.wanted["data"]["a"], &compared.live["data"]["a"]), (&json!("1"), &json!("2")));
}

#[test]
fn what_somebody_added_is_told_though_applying_would_leave_it() {
    let owners = [("helm", json!({"f:data": {"f:a": {}}})), ("kubectl-label", json!({"f:metadata": {"f:labels": {".": {}, "f:x/y": {}}}}))];
    let object = owned(json!({"metadata": {"labels": {"x/y": "1"}}, "data": {"a": "1"}, "default": "nobody's"}), &owners);
    let compared = run(&object, &object);
    assert_eq!(told(&compared), [("/metadata/labels/x~1y", ChangeKind::Added, Some("kubectl-label"))]);
    assert_eq!(compared.wanted["metadata"].pointer("/labels/x~1y"), None);
    assert_eq!(compared.wanted["default"], "nobody's", "a default is no addition");
}

#[test]
fn what_both_helm_and_somebody_else_say_is_no_addition() {
    let both = json!({"f:data": {"f:a": {}}});
    let object = owned(json!({"metadata": {}, "data": {"a": "1"}}), &[("helm", both.clone()), ("kubectl", both)]);
    assert!(run(&object, &object).fields.is_empty());
}

#[test]
fn what_is_gone_is_told_and_shown_as_wanted() {
    let live = owned(json!({"metadata": {}}), &[]);
    let answer = owned(json!({"metadata": {}, "data": {"a": "1"}}), &[("helm", json!({"f:data": {"f:a": {}}}))]);
    let compared = run(&live, &answer);
    assert_eq!(told(&compared), [("/data/a", ChangeKind::Removed, None)]);
    assert_eq!((&compared.wanted["data"], compared.live.get("data")), (&json!({"a": "1"}), None));
}

#[test]
fn an_item_of_a_list_is_one_difference_and_items_are_known_by_their_names() {
    let helm = ("helm", json!({"f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}}}));
    let kubectl = ("kubectl-set", json!({"f:env": {"k:{\"name\":\"B\"}": {".": {}, "f:name": {}, "f:value": {}}}}));
    let env = json!([{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]);
    let object = owned(json!({"metadata": {}, "env": env}), &[helm.clone(), kubectl]);
    let compared = run(&object, &object);
    assert_eq!(told(&compared), [("/env/0", ChangeKind::Added, Some("kubectl-set"))]);
    assert_eq!(compared.wanted["env"], json!([{"name": "A", "value": "1"}]));

    let live = owned(json!({"metadata": {}, "env": []}), &[]);
    let answer = owned(json!({"metadata": {}, "env": [{"name": "A", "value": "1"}]}), &[helm]);
    assert_eq!(told(&run(&live, &answer)), [("/env/0", ChangeKind::Removed, None)]);
}

#[test]
fn an_ignored_difference_is_told_by_its_rule_and_not_shown() {
    let scaled = |replicas: u32, manager: &str| {
        owned(json!({"metadata": {}, "spec": {"replicas": replicas}}), &[(manager, json!({"f:spec": {"f:replicas": {}}}))])
    };
    let autoscaled = Autoscaled::from([("Deployment".to_owned(), "web".to_owned())]);
    let of = |name| compared("Deployment", name, &scaled(5, "kubectl"), &scaled(2, "helm"), &IgnoreRules::default(), &autoscaled);
    let web = of("web");
    assert!(web.fields.is_empty() && web.wanted == web.live, "{web:?}");
    assert_eq!(web.ignored, [("replicas of what a HorizontalPodAutoscaler scales".to_owned(), "/spec/replicas".to_owned())]);
    assert_eq!(told(&of("other")), [("/spec/replicas", ChangeKind::Changed, Some("kubectl"))]);
}

#[test]
fn another_type_in_the_same_place_is_a_change_and_nothing_is_lost() {
    let live = json!({"metadata": {}, "spec": ["a", "b"]});
    let answer = json!({"metadata": {}, "spec": {"a": 1}});
    let compared = run(&live, &answer);
    assert_eq!(told(&compared), [("/spec", ChangeKind::Changed, None)]);
    assert_eq!((&compared.wanted["spec"], &compared.live["spec"]), (&json!({"a": 1}), &json!(["a", "b"])));
}
