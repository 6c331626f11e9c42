//! What a registry wants to see of whoever asks it, and how that is answered. A name and a password go to the registry, or to the
//! server that it says gives out its tokens, as many public registries do: where TLS vouches that it was the registry who said
//! so, and never because of what a server said to which the registry led us (CVE-2020-15157). Does not ask for charts.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{
    Response, Url,
    header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE},
};

use super::{
    Registry,
    wire::{MOST, Token, read, succeeded},
};
use crate::{
    charts::{address::is_open, web::WebError},
    domain::source::Login,
};

/// The longest token that is sent back, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// What a registry wants to see.
#[derive(Debug, PartialEq, Eq)]
enum Challenge {
    /// A name and a password.
    Basic,
    /// A token from whoever answers at that address.
    Token(Url),
}

impl Challenge {
    /// Reads what the registry at that address says, for a token that allows what `scope` names.
    fn read(text: &str, root: &Url, scope: &str) -> Result<Self, WebError> {
        let refused = WebError::Status(401);
        let (way, rest) = text.split_once(' ').unwrap_or((text, ""));
        if way.eq_ignore_ascii_case("basic") {
            return Ok(Self::Basic);
        }
        if !way.eq_ignore_ascii_case("bearer") {
            return Err(refused);
        }
        let parameters = parameters(rest);
        let mut realm: Url = parameters.get("realm").and_then(|realm| realm.parse().ok()).ok_or(refused)?;
        if realm.scheme() != "https" && realm.scheme() != root.scheme() {
            return Err(WebError::PlainRealm);
        }
        if let Some(service) = parameters.get("service") {
            realm.query_pairs_mut().append_pair("service", service);
        }
        realm.query_pairs_mut().append_pair("scope", scope);
        Ok(Self::Token(realm))
    }
}

impl Registry {
    /// What to send along with the question once more that was refused with this answer.
    pub(super) async fn token(&self, refusal: Response, scope: &str) -> Result<HeaderValue, WebError> {
        // Where the registry led us elsewhere, it is not the registry that wants to know.
        if refusal.url().origin() != self.root.origin() {
            return Err(WebError::Status(401));
        }
        let private = refusal.remote_addr().is_some_and(|peer| !is_open(peer.ip()));
        let text = refusal.headers().get(WWW_AUTHENTICATE).and_then(|text| text.to_str().ok()).unwrap_or_default().to_owned();
        drop(refusal);
        let basic = match &self.login {
            Login::Basic { user, password } => Some(secret(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))?),
            Login::None | Login::Bearer { .. } => None,
        };
        let realm = match Challenge::read(&text, &self.root, scope)? {
            Challenge::Basic => return basic.ok_or(WebError::Status(401)),
            Challenge::Token(realm) => realm,
        };
        let own = realm.origin() == self.root.origin();
        if basic.is_some() && !may_see_password(&self.root, &realm) {
            return Err(WebError::Realm);
        }
        // The word of a registry of the open internet leads nobody to a private address, also where sources may have one.
        let web = if own || private { self.web.clone() } else { self.web.open_internet() };
        let login = basic.map(|basic| (AUTHORIZATION, basic)).into_iter().collect();
        let answer = succeeded(web.ask(&realm, login, false).await?)?;
        let Token { token, access_token } = read(answer, MOST).await.map_err(|_| WebError::Token)?;
        let token = if token.is_empty() { access_token } else { token };
        if token.is_empty() || token.len() > LONGEST_TOKEN {
            return Err(WebError::Token);
        }
        secret(&format!("Bearer {token}")).map_err(|_| WebError::Token)
    }
}

/// Whether a password that is kept for a registry may go to where the registry says that tokens are given out. Without TLS
/// anybody on the way could have said so.
fn may_see_password(root: &Url, realm: &Url) -> bool {
    realm.origin() == root.origin() || (root.scheme() == "https" && realm.scheme() == "https")
}

/// A header that logs do not show.
fn secret(text: &str) -> Result<HeaderValue, WebError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| WebError::Status(401))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The parameters of a challenge: `realm="…",service="…"`.
fn parameters(text: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut rest = text.trim();
    while let Some((name, after)) = rest.split_once("=\"") {
        let Some((value, after)) = after.split_once('"') else { break };
        found.insert(name.trim_matches([',', ' ']).to_ascii_lowercase(), value.to_owned());
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_with_its_commas() {
        let found = parameters(r#"realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,push""#);
        assert_eq!(found["realm"], "https://auth.example.com/token");
        assert_eq!((found["service"].as_str(), found["scope"].as_str()), ("registry", "repository:a/b:pull,push"));
        assert!(parameters("nonsense").is_empty());
    }

    #[test]
    fn a_password_goes_to_another_server_only_where_tls_vouches_for_who_named_it() {
        let may = |root: &str, realm: &str| may_see_password(&root.parse().unwrap(), &realm.parse().unwrap());
        assert!(may("https://r.example.com/v2/", "https://auth.example.org/token"));
        assert!(may("http://r.example.com/v2/", "http://r.example.com/token"), "the registry itself");
        assert!(!may("http://r.example.com/v2/", "https://auth.example.org/token"), "anybody may have said so");
        assert!(!may("http://r.example.com/v2/", "http://r.example.com:81/token"), "another server");
        assert!(!may("https://r.example.com/v2/", "http://r.example.com/token"));
    }

    #[test]
    fn a_registry_with_tls_names_nobody_without() {
        let read = |root: &str, text: &str| Challenge::read(text, &root.parse().unwrap(), "a");
        let realm = |text: &str| Ok(Challenge::Token(text.parse().unwrap()));
        let (safe, plain) = ("https://r.example.com/v2/", "http://r.example.com/v2/");
        assert_eq!(read(safe, r#"Bearer realm="https://t.example.com/x""#), realm("https://t.example.com/x?scope=a"));
        assert_eq!(read(plain, r#"bearer realm="https://t.example.com/x""#), realm("https://t.example.com/x?scope=a"));
        assert_eq!(read(plain, r#"Bearer realm="http://t.example.com/x",service="s""#), realm("http://t.example.com/x?service=s&scope=a"));
        assert_eq!(read(safe, r#"Bearer realm="http://r.example.com/x""#), Err(WebError::PlainRealm));
        assert_eq!(read(plain, r#"Bearer realm="file:///etc/passwd""#), Err(WebError::PlainRealm));
        assert_eq!((read(safe, "Basic realm=x"), read(safe, "basic")), (Ok(Challenge::Basic), Ok(Challenge::Basic)));
        for odd in ["", "Bearer", "Negotiate x", r#"Bearer realm="/token""#] {
            assert_eq!(read(safe, odd), Err(WebError::Status(401)), "{odd}");
        }
    }
}
