//! The identity provider: discovered when it is first needed and again after failures, so that the server starts without
//! it; its keys fetched anew when a token is signed with one that is not known. Knows no accounts.

use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreProviderMetadata},
};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::{Settings, web::Web};
use crate::domain::{clock::Clock, names::UserName, people::Refusal};

/// How long what was discovered is taken for true.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// How long after a failure the next question is not asked.
const PAUSE: TimeDelta = TimeDelta::seconds(2);
/// How often keys may be fetched anew in a minute because of a token whose key is not known.
const NEW_KEYS: NonZeroU32 = NonZeroU32::MIN.saturating_add(5);

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The identity provider.
pub(crate) struct Provider {
    settings: Settings,
    clock: Arc<dyn Clock>,
    web: Web,
    known: Mutex<Known>,
    new_keys: DefaultDirectRateLimiter,
}

#[derive(Default)]
struct Known {
    metadata: Option<(CoreProviderMetadata, DateTime<Utc>)>,
    failed_at: Option<DateTime<Utc>>,
}

/// A person, as the provider vouches for them.
pub(crate) struct Person {
    /// The provider's name for them, which never changes.
    pub subject: String,
    /// What they are called.
    pub name: Option<UserName>,
    /// The groups that they are in.
    pub groups: BTreeSet<String>,
}

/// What a browser is given before it leaves for the provider.
pub(crate) struct Ticket {
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

impl Provider {
    pub(crate) fn new(settings: Settings, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let new_keys = RateLimiter::direct(Quota::per_minute(NEW_KEYS));
        Ok(Self { settings, clock, web: Web::new()?, known: Mutex::default(), new_keys })
    }

    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The address that a browser goes to.
    pub(super) async fn address(&self, ticket: &Ticket) -> Result<String, Refusal> {
        let client = self.client(self.metadata(false).await?)?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(ticket.verifier.clone()));
        let (state, nonce) = (CsrfToken::new(ticket.state.clone()), Nonce::new(ticket.nonce.clone()));
        let mut request =
            client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce).set_pkce_challenge(challenge);
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        Ok(request.url().0.to_string())
    }

    /// Exchanges a code for what the provider says about a person, and verifies that.
    pub(super) async fn person(&self, code: String, ticket: Ticket) -> Result<Person, Refusal> {
        let client = self.client(self.metadata(false).await?)?;
        let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| odd(&error))?;
        let answer = exchange.set_pkce_verifier(PkceCodeVerifier::new(ticket.verifier)).request_async(&self.web).await;
        let answer = answer.map_err(|error| match error {
            openidconnect::RequestTokenError::ServerResponse(_) => {
                tracing::warn!("the identity provider refused a code");
                Refusal::Declined
            }
            error => odd(&error),
        })?;
        let token = answer.id_token().ok_or_else(|| unproven("the answer holds no ID token"))?;
        let nonce = Nonce::new(ticket.nonce);
        let subject = match self.verify(&client, token, &nonce) {
            // It may be signed with a key that is new since we looked.
            Err(ClaimsVerificationError::SignatureVerification(_)) if self.new_keys.check().is_ok() => {
                let client = self.client(self.metadata(true).await?)?;
                self.verify(&client, token, &nonce)
            }
            outcome => outcome,
        };
        let subject = subject.map_err(|error| unproven(&error.to_string()))?;
        let mut claims = payload(token)?;
        if !claims.contains_key(&self.settings.groups_claim) {
            claims.extend(self.user_info(answer.access_token().secret(), &subject).await?);
        }
        Ok(self.read(subject, &claims))
    }

    /// Checks signature, issuer, audience, expiry and nonce; answers the subject.
    fn verify(&self, client: &Client, token: &CoreIdToken, nonce: &Nonce) -> Result<String, ClaimsVerificationError> {
        let now = self.clock.now();
        let verifier = client.id_token_verifier().set_time_fn(move || now);
        Ok(token.claims(&verifier, nonce)?.subject().to_string())
    }

    /// What the provider tells about the person beside the token, for those that keep groups out of it.
    async fn user_info(&self, access_token: &str, subject: &str) -> Result<Map<String, Value>, Refusal> {
        let metadata = self.metadata(false).await?;
        let Some(endpoint) = metadata.userinfo_endpoint() else { return Ok(Map::new()) };
        let request = http::Request::get(endpoint.as_str())
            .header(http::header::AUTHORIZATION, format!("Bearer {access_token}"))
            .header(http::header::ACCEPT, "application/json")
            .body(vec![])
            .map_err(|error| odd(&error))?;
        let answer = self.web.ask(request).await.map_err(|error| odd(&error))?;
        let told: Map<String, Value> = serde_json::from_slice(answer.body()).map_err(|error| odd(&error))?;
        if told.get("sub").and_then(Value::as_str) != Some(subject) {
            return Err(unproven("the userinfo is about somebody else"));
        }
        Ok(told)
    }

    /// The name and the groups that claims hold. Names that cannot be one here are passed over.
    fn read(&self, subject: String, claims: &Map<String, Value>) -> Person {
        let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
        let names = [text(&self.settings.username_claim), text("email"), Some(subject.as_str())];
        let name = names.into_iter().flatten().find_map(|name| name.parse().ok());
        let groups = match claims.get(&self.settings.groups_claim) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(group)) => BTreeSet::from([group.clone()]),
            _ => BTreeSet::new(),
        };
        Person { name, groups, subject }
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Result<Client, Refusal> {
        let redirect = RedirectUrl::new(self.settings.redirect.clone()).map_err(|error| odd(&error))?;
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let id = ClientId::new(self.settings.client_id.clone());
        Ok(CoreClient::from_provider_metadata(metadata, id, secret).set_redirect_uri(redirect))
    }

    /// What is known of the provider; asked for where it is not known, not true any more, or is wanted anew.
    async fn metadata(&self, anew: bool) -> Result<CoreProviderMetadata, Refusal> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((metadata, _)) = known.metadata.as_ref().filter(|(_, at)| !anew && now - *at < FRESH) {
            return Ok(metadata.clone());
        }
        if known.failed_at.is_some_and(|at| now - at < PAUSE) {
            return Err(Refusal::Provider);
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|error| odd(&error))?;
        let asked = CoreProviderMetadata::discover_async(issuer, &self.web);
        let metadata = match tokio::time::timeout(Duration::from_secs(15), asked).await {
            Ok(Ok(metadata)) => metadata,
            Ok(Err(error)) => {
                known.failed_at = Some(now);
                return Err(odd(&error));
            }
            Err(elapsed) => {
                known.failed_at = Some(now);
                return Err(odd(&elapsed));
            }
        };
        *known = Known { metadata: Some((metadata.clone(), now)), failed_at: None };
        Ok(metadata)
    }
}

/// The claims of a token that was verified, those that no standard knows included.
fn payload(token: &CoreIdToken) -> Result<Map<String, Value>, Refusal> {
    let text = token.to_string();
    let body = text.split('.').nth(1).and_then(|body| URL_SAFE_NO_PAD.decode(body).ok());
    body.and_then(|body| serde_json::from_slice(&body).ok()).ok_or_else(|| unproven("the ID token's claims cannot be read"))
}

/// The provider did not answer as it should. Its words go no further than the chain of errors, which holds no token.
fn odd(error: &dyn std::error::Error) -> Refusal {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    tracing::warn!(error = text, "the identity provider did not answer as it should");
    Refusal::Provider
}

fn unproven(why: &str) -> Refusal {
    tracing::warn!(why, "what the identity provider wrote does not hold");
    Refusal::Unproven
}
