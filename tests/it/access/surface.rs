//! The routes that the server really has, read from what its router tells of itself. A new route shows up here
//! whether or not anybody thought of it.

use std::collections::{BTreeMap, BTreeSet};

const VERBS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// A verb and a path, such as `GET /tenants/{slug}`.
pub type Route = (String, String);

/// Every route in what a router prints of itself: its endpoints by number, and the paths by the same numbers.
pub fn routes(printed: &str) -> BTreeSet<Route> {
    let own = printed.split("fallback_router:").next().unwrap();
    let (endpoints, paths) = own.split_once("node: Node").expect("the router prints its paths");
    let endpoints: BTreeMap<&str, Vec<String>> = numbered(endpoints).map(|(number, endpoint)| (number, verbs(endpoint))).collect();
    let mut found = BTreeSet::new();
    for (number, entry) in numbered(paths) {
        let path = entry.split('"').nth(1).expect("a path is printed in quotes");
        found.extend(endpoints[number].iter().map(|verb| (verb.clone(), path.to_owned())));
    }
    found
}

/// What follows each number of a route.
fn numbered(printed: &str) -> impl Iterator<Item = (&str, &str)> {
    printed.split("RouteId(").skip(1).filter_map(|entry| entry.split_once(')'))
}

/// The verbs of one endpoint: those whose handler is not `None`.
fn verbs(endpoint: &str) -> Vec<String> {
    if !endpoint.contains("MethodRouter") {
        return vec!["ANY".to_owned()];
    }
    let has = |verb: &&str| {
        let handler = endpoint.split(&format!(" {verb}: ")).nth(1).unwrap_or("None");
        !handler.starts_with("None")
    };
    VERBS.into_iter().filter(has).map(|verb| verb.to_uppercase()).collect()
}

#[test]
fn the_routes_of_a_router_are_read_as_they_were_put_in() {
    let router: axum::Router = axum::Router::new()
        .route("/a/{id}", axum::routing::get(|| async {}).post(|| async {}))
        .route("/b", axum::routing::delete(|| async {}));
    let wanted = [("DELETE", "/b"), ("GET", "/a/{id}"), ("POST", "/a/{id}")];
    assert_eq!(routes(&format!("{router:?}")), wanted.map(|(verb, path)| (verb.to_owned(), path.to_owned())).into());
}
