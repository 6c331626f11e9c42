//! Asking the identity provider over HTTP: within limits of time and size, following no redirects. Knows no OpenID.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, redirect::Policy};

/// How long the provider may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes of an answer.
const MOST: usize = 1024 * 1024;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebError {
    #[error("no answer")]
    Failed(#[from] reqwest::Error),
    #[error("the answer is larger than 1 MiB")]
    TooLarge,
    #[error("the answer cannot be read")]
    Odd(#[from] http::Error),
}

/// The way to the provider.
#[derive(Clone)]
pub(super) struct Web(Client);

impl Web {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let builder = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT).timeout(PATIENCE);
        builder.user_agent(concat!("pilothouse/", env!("CARGO_PKG_VERSION"))).build().map(Self)
    }

    pub(super) async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, WebError> {
        let (parts, body) = request.into_parts();
        let asked = self.0.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        let mut answer = asked.send().await.map_err(reqwest::Error::without_url)?;
        let mut kept = http::Response::builder().status(answer.status());
        if let Some(headers) = kept.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let mut bytes = vec![];
        while let Some(piece) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
            if bytes.len() + piece.len() > MOST {
                return Err(WebError::TooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(kept.body(bytes)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Web {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, WebError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
