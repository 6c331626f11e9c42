//! Words of the cluster about a release of which nobody knows yet, or no more, what is secret in it: its health while its newest
//! record cannot be read, and its workloads while Helm has just made a password up.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::json;

use crate::{
    live::real_node::told,
    support::{App, Env, Shelf, env, until},
};

/// A workload that is named after its password, and is never ready where it is told so.
const NAMED: &str = "{{- $word := .Values.password | default (randAlphaNum 20 | lower) }}\napiVersion: v1\nkind: Secret\n\
    metadata: {name: {{ .Release.Name }}}\nstringData: {generated: {{ $word | quote }}}\n---\napiVersion: apps/v1\nkind: Deployment\n\
    metadata: {name: d-{{ $word }}}\nspec:\n  selector: {matchLabels: {app: {{ .Release.Name }}}}\n  template:\n    \
    metadata: {labels: {app: {{ .Release.Name }}}}\n    spec:\n      {{- if .Values.nowhere }}\n      nodeSelector: {there: is-none}\n      {{- end }}\n      \
    containers: [{name: a, image: 'a:1'}]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn words_of_health_are_hidden_while_the_newest_record_cannot_be_read_and_come_back_with_it() {
    let Some(env) = env() else { return };
    let shelf = Shelf::of(&[("named", NAMED)]).await;
    let env = Env { charts_url: shelf.url.clone(), ..env };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let mut wish = tenant.install("web", "named", "1.0.0", &json!({"password": "correct-horse-battery", "nowhere": true}));
    wish["wait"] = json!(false);
    let installed = app.change("/api/v1/helm/releases", &wish).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    let says = async |what: &str| {
        until(what, || async {
            let seen = app.get(&release).await;
            let words = seen["healthDetail"].as_str()?.to_owned();
            assert!(!words.contains("horse"), "{words}");
            words.contains(what).then_some(seen["revision"].clone())
        })
        .await
    };
    assert_eq!(says("Deployment/d-hidden").await, 1);

    // The next one, as a Helm writes it that is beyond us.
    let first = env.object(&tenant.namespace, "secret", "sh.helm.release.v1.web.v1").await.unwrap();
    let mut labels = first["metadata"]["labels"].clone();
    labels["version"] = json!("2");
    let record = |data: &serde_json::Value| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "data": {"release": data},
            "metadata": {"name": "sh.helm.release.v1.web.v2", "namespace": tenant.namespace, "labels": labels},
        })
    };
    env.apply(&record(&json!(STANDARD.encode("nothing of Helm's")))).await;
    assert_eq!(says("; hidden: its newest revision cannot be read").await, 2);
    env.apply(&record(&first["data"]["release"])).await;
    assert_eq!(says("Deployment/d-hidden").await, 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_password_that_helm_made_up_is_in_no_word_about_the_workloads_of_its_first_revision() {
    let Some(env) = env() else { return };
    let shelf = Shelf::of(&[("named", NAMED)]).await;
    let env = Env { charts_url: shelf.url.clone(), ..env };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    // Of an earlier life there is a first revision, too, with another password.
    for life in 1..=2 {
        let installed = app.change("/api/v1/helm/releases", &tenant.install("web", "named", "1.0.0", &json!({}))).await;
        assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
        let secret = env.object(&tenant.namespace, "secret", "web").await.unwrap();
        let word = STANDARD.decode(secret["data"]["generated"].as_str().unwrap()).unwrap();
        let word = String::from_utf8(word).unwrap();
        let path = format!("/api/v1/operations/{}/events", installed.body["id"].as_str().unwrap());
        let text = app.request(Method::GET, &path).send().await.unwrap().text().await.unwrap();
        assert!(!text.contains(&word), "life {life}: {text}");
        let ready: Vec<_> = told(&text).filter(|event| event["type"] == "readiness").collect();
        assert!(ready.iter().any(|event| event["items"][0]["name"] == "Deployment/d-hidden"), "life {life}: {ready:?}");
        let uninstalled = app.uninstall(&tenant.release("web")).await;
        assert_eq!(uninstalled.body["status"], "succeeded", "{uninstalled:?}");
    }
    app.stop().await;
}
