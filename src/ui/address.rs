//! Addresses of pages, with every piece that comes from elsewhere percent-encoded. Does not route: `app` does.

use leptos_router::params::ParamsMap;

use crate::{api::releases::Place, domain::ids::SelectionId};

/// A text as a piece of a path or a query.
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A path with a query; pairs without a value are left out.
pub fn href(path: &str, query: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        query.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| format!("{key}={}", encode(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// The release that a page's path names.
pub fn place(params: &ParamsMap) -> Place {
    Place {
        tenant: params.get("slug"),
        namespace: params.get("namespace").unwrap_or_default(),
        name: params.get("name").unwrap_or_default(),
    }
}

/// The path of a tenant's page.
pub fn tenant(slug: &str) -> String {
    format!("/tenants/{}", encode(slug))
}

/// The path of a chart's page.
pub fn chart(source: &str, chart: &str) -> String {
    format!("/charts/{}/{}", encode(source), encode(chart))
}

/// Where a batch begins over the releases of a chart that are below a version, which that source offers.
pub fn batch_below(chart: &str, newest: &str, source: Option<&str>) -> String {
    href("/batches/new", &[("chart", chart), ("below", newest), ("source", source.unwrap_or_default())])
}

/// Where a batch is made, with what it does and which saved selection it is of.
pub fn new_batch(kind: &str, to: &str, saved: Option<SelectionId>) -> String {
    let saved = saved.map(|id| id.to_string()).unwrap_or_default();
    href("/batches/new", &[("kind", kind), ("to", to), ("saved", &saved)])
}

/// The path below which the API tells of a chart's version.
pub fn chart_version(source: &str, chart: &str, version: &str) -> String {
    format!("/api/v1/charts/{}/{}/{}", encode(source), encode(chart), encode(version))
}

/// A value of a query, unless it is empty.
pub fn given(query: &ParamsMap, key: &str) -> Option<String> {
    query.get(key).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_cannot_leave_its_place_in_an_address() {
        assert_eq!(href("/charts", &[("chart", "a&b=/../#?\"<é"), ("none", "")]), "/charts?chart=a%26b%3D%2F..%2F%23%3F%22%3C%C3%A9");
        assert_eq!(tenant("a/b?"), "/tenants/a%2Fb%3F");
        assert_eq!(batch_below("a&b", "1.0.0+x", None), "/batches/new?chart=a%26b&below=1.0.0%2Bx");
        assert_eq!(batch_below("web", "1.0.0", Some("demo")), "/batches/new?chart=web&below=1.0.0&source=demo");
    }
}
