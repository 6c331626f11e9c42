//! Where the values of a release come from, on the real control plane.

use serde_json::{Value, json};

use crate::support::{App, env};

#[tokio::test]
async fn each_value_is_told_with_who_said_it_and_since_which_revision() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    let first = json!({"replicaCount": 3, "own": {"password": "correct-horse-battery"}});
    app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &first)).await;
    let second = json!({"replicaCount": 3, "ingress": {"host": "a.example"}, "own": {"password": "correct-horse-battery"}});
    app.change(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1", "valuesOverride": second})).await;

    let told = app.get(&format!("{release}/provenance")).await;
    assert_eq!((&told["revision"], &told["reaches"]), (&json!(2), &json!(1)));
    let one = |path: &str| -> Value {
        let values = told["values"].as_array().unwrap();
        values.iter().find(|one| one["path"] == path).unwrap_or_else(|| panic!("no {path} in {told}")).clone()
    };
    let replicas = one("replicaCount");
    assert_eq!((&replicas["value"], &replicas["said"], &replicas["since"]), (&json!(3), &json!("override"), &json!(1)));
    assert!(replicas["default"].is_number(), "{replicas}");
    let host = one("ingress.host");
    assert_eq!((&host["value"], &host["said"], &host["since"]), (&json!("a.example"), &json!("override"), &json!(2)));
    assert_eq!(one("own.password")["value"], "hidden");
    assert!(told["values"].as_array().unwrap().iter().any(|one| one["said"] == "default" && one["since"] == 1), "{told}");
    assert!(!told.to_string().contains("correct-horse-battery"));

    // Over the fleet, by the same path.
    let other = app.tenant(&env).await;
    app.change("/api/v1/helm/releases", &other.install("web", "web", "1.3.2", &json!({"ingress": {"host": "b.example"}}))).await;
    let found = app.get("/api/v1/helm/releases/values?key=ingress.host&chart=web").await;
    let of = |namespace: &str| {
        let set = found["set"].as_array().unwrap();
        set.iter().find(|one| one["namespace"] == namespace).unwrap_or_else(|| panic!("{namespace} is not in {found}"))["value"].clone()
    };
    assert_eq!((of(&tenant.namespace), of(&other.namespace)), (json!("a.example"), json!("b.example")));
    let secret = app.get("/api/v1/helm/releases/values?key=own.password").await;
    assert!(!secret.to_string().contains("correct-horse-battery") && secret["set"][0]["value"] == "hidden", "{secret}");
    let nothing = app.look("/api/v1/helm/releases/values?key=a..b").await;
    assert_eq!((nothing.status.as_u16(), &nothing.body["code"]), (400, &json!("invalid_request")));
    app.stop().await;
}
