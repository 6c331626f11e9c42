//! When the cluster or a chart source does not answer: what is known can be looked at, what cannot be done is said.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{App, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_whose_cluster_does_not_answer_is_alive_and_says_so() {
    let app = App::without_cluster().await;
    assert_eq!(app.anonymous(Method::GET, "/healthz").send().await.unwrap().status(), StatusCode::OK);
    let ready = until("ready all the same", || async {
        let answer = app.anonymous(Method::GET, "/readyz").send().await.unwrap();
        (answer.status() == StatusCode::OK).then_some(answer)
    });
    assert!(ready.await.text().await.unwrap().contains("cannot be reached"));
    assert_eq!(app.get("/api/v1/helm/releases").await["total"], 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_does_not_exist_is_a_problem_with_a_stable_code() {
    let app = App::without_cluster().await;
    let id = "018f0000-0000-7000-8000-000000000000";
    for (path, code) in [
        (format!("/api/v1/helm/releases/{id}"), "release_not_found"),
        ("/api/v1/helm/releases/nonsense".to_owned(), "release_not_found"),
        (format!("/api/v1/helm/releases/tenant/{id}"), "tenant_not_found"),
        ("/api/v1/tenants/nonsense".to_owned(), "tenant_not_found"),
        (format!("/api/v1/operations/{id}"), "operation_not_found"),
        (format!("/api/v1/operations/{id}/events"), "operation_not_found"),
        ("/api/v1/nothing".to_owned(), "not_found"),
    ] {
        let answer = app.look(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.body["code"], code, "{path}");
        assert_eq!(answer.body["status"], 404, "{path}");
        assert!(answer.body["detail"].as_str().unwrap().len() > 20, "{path}: {}", answer.body);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_that_cannot_be_read_is_refused_with_what_is_wrong() {
    let app = App::without_cluster().await;
    let install = "/api/v1/helm/releases";
    let odd = app.request(Method::POST, install).header("content-type", "application/json").body("{").send().await.unwrap();
    assert_eq!(odd.status(), StatusCode::BAD_REQUEST);
    assert_eq!(odd.json::<serde_json::Value>().await.unwrap()["code"], "invalid_request");
    let lacking = app.post(install, &json!({"releaseName": "web"})).await;
    assert_eq!((lacking.status, lacking.body["code"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")));
    assert!(lacking.body["detail"].as_str().unwrap().contains("tenantId"), "{}", lacking.body);
    let huge =
        app.request(Method::POST, install).header("content-type", "application/json").body("x".repeat(5 << 20)).send().await.unwrap();
    assert_eq!(huge.status(), StatusCode::PAYLOAD_TOO_LARGE);
    for query in ["sort=nonsense", "status=NONSENSE", "page=-1", "size=x"] {
        assert_eq!(app.look(&format!("/api/v1/helm/releases?{query}")).await.status, StatusCode::BAD_REQUEST, "{query}");
    }
    app.stop().await;
}
