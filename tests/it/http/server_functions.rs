//! Server functions asked by hand: what cannot be read is the caller's mistake, never a failure of the server.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::App;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_function_that_is_asked_without_its_arguments_answers_that_the_request_is_invalid() {
    let app = App::without_cluster().await;
    for (verb, path) in [
        (Method::GET, "/api/fn/release"),
        (Method::GET, "/api/fn/release?place=x&of=override"),
        (Method::GET, "/api/fn/releases?query[paging][page]=minus"),
        (Method::GET, "/api/fn/preview"),
        (Method::GET, "/api/fn/operation?ID=x"),
        (Method::GET, "/api/fn/tenant?slug=acme"),
        (Method::GET, "/api/fn/chart_schema?chart=demo%2Fweb"),
        (Method::POST, "/api/fn/check_values"),
    ] {
        let form = "application/x-www-form-urlencoded";
        let answer = app.request(verb, path).header("content-type", form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "invalid_request", "{path}");
    }
    let bytes = app.request(Method::POST, "/api/fn/check_values").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(bytes.body(vec![0xff, 0xfe, b'=']).send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    app.stop().await;
}
