//! Asking over HTTP: within limits of time, size and place. Does not know what an index or a chart is.

use std::{error::Error, net::IpAddr, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{
    Certificate, Client, Response, StatusCode, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION},
    redirect::Policy,
};

use super::{
    Limits,
    address::{PrivateAddress, is_open, open_internet},
};
use crate::domain::source::Login;

/// How many redirects are followed.
const REDIRECTS: usize = 3;
/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may be silent.
const SILENCE: Duration = Duration::from_secs(15);

/// Why there was no answer, to complete "because …". Safe to show: it holds nothing that the server said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WebError {
    #[error("its address is private, which is allowed by configuration only")]
    Private,
    #[error("its address is neither http nor https")]
    Scheme,
    #[error("it redirects too often, or from https to http")]
    Redirects,
    #[error("it did not answer in time")]
    Timeout,
    #[error("no connection could be made")]
    Connect,
    #[error("the connection broke off")]
    Broken,
    #[error("it answered with HTTP status {0}")]
    Status(u16),
    #[error("its answer is larger than {} MiB", .0 >> 20)]
    TooLarge(u64),
    #[error("its charts have more than {0} versions together; name fewer of them, or have old ones removed there")]
    TooManyVersions(usize),
    #[error("it lists the versions of a chart on more than {0} pages; have old ones removed there")]
    TooManyPages(usize),
    #[error(
        "without TLS it sends whoever signs in to another server, which is not shown the password that is kept for this one; \
         name the registry by https://, or sign in with a bearer token"
    )]
    Realm,
    #[error("it wants a token that is to be had without TLS only; it has to name an address that begins with https://")]
    PlainRealm,
    #[error("what it gave out as a token is none")]
    Token,
}

/// Several clients: an index may come compressed; an archive is wanted as it is, or its digest would not fit. Each has a limit
/// for a question and its whole answer, so that one that comes in drops ends, too.
#[derive(Clone)]
pub(super) struct Web {
    index: Client,
    archive: Client,
    /// For addresses that a server names, where private ones are allowed to those whom somebody here has named.
    open: Client,
    allow_private: bool,
    /// Where to sign in, and how; shown to nobody else.
    login: Option<(Url, HeaderValue)>,
}

impl Web {
    /// Asks the open internet, or also private addresses, no longer than the limits say; trusts what the machine trusts, and
    /// these certificates.
    pub(super) fn new(allow_private: bool, ca: Option<&str>, limits: &Limits) -> Result<Self, reqwest::Error> {
        let own = ca.map(|ca| Certificate::from_pem_bundle(ca.as_bytes())).transpose()?.unwrap_or_default();
        let builder = |total| {
            // A proxy would resolve names itself, past our check of addresses.
            let builder = Client::builder().no_proxy().redirect(Policy::none()).connect_timeout(CONNECT).read_timeout(SILENCE);
            let builder = builder.timeout(total);
            builder.user_agent(concat!("pilothouse/", env!("CARGO_PKG_VERSION"))).tls_certs_merge(own.clone())
        };
        let open = builder(limits.index_time).dns_resolver(open_internet()).build()?;
        let archive = builder(limits.archive_time).no_gzip();
        let (index, archive) = if allow_private {
            (builder(limits.index_time).build()?, archive.build()?)
        } else {
            (open.clone(), archive.dns_resolver(open_internet()).build()?)
        };
        Ok(Self { index, archive, open, allow_private, login: None })
    }

    /// The same, for an address that a server has named: of the open internet only, and without signing in.
    pub(super) fn open_internet(&self) -> Self {
        Self { index: self.open.clone(), archive: self.open.clone(), open: self.open.clone(), allow_private: false, login: None }
    }

    /// The same, signing in where that address is.
    pub(super) fn signing_in(self, at: &Url, login: &Login) -> Self {
        let text = match login {
            Login::None => return self,
            Login::Basic { user, password } => format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))),
            Login::Bearer { token } => format!("Bearer {token}"),
        };
        let login = HeaderValue::from_str(&text).ok().map(|mut value| {
            value.set_sensitive(true);
            (at.clone(), value)
        });
        Self { login, ..self }
    }

    /// Asks for an index, or for what it has become since.
    pub(super) async fn index(&self, url: &Url, headers: HeaderMap) -> Result<Response, WebError> {
        let answer = self.ask(url, headers, false).await?;
        let status = answer.status();
        let good = status.is_success() || status == StatusCode::NOT_MODIFIED;
        if good { Ok(answer) } else { Err(WebError::Status(status.as_u16())) }
    }

    /// Asks for an archive.
    pub(super) async fn archive(&self, url: &Url) -> Result<Response, WebError> {
        let answer = self.ask(url, HeaderMap::new(), true).await?;
        if answer.status().is_success() { Ok(answer) } else { Err(WebError::Status(answer.status().as_u16())) }
    }

    /// Asks, and follows where that leads; the answer may be a refusal. Nobody but who was asked sees how we sign in.
    pub(super) async fn ask(&self, url: &Url, mut headers: HeaderMap, archive: bool) -> Result<Response, WebError> {
        let client = if archive { &self.archive } else { &self.index };
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            self.check(&url)?;
            let mut headers_here = headers.clone();
            if let Some((_, login)) = self.login.as_ref().filter(|(at, _)| at.origin() == url.origin()) {
                headers_here.entry(AUTHORIZATION).or_insert_with(|| login.clone());
            }
            let answer = client.get(url.clone()).headers(headers_here).send().await.map_err(|error| told(&error))?;
            let status = answer.status();
            if !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
                return Ok(answer);
            }
            let location = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok()).ok_or(WebError::Redirects)?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(WebError::Redirects);
            }
            if next.origin() != url.origin() {
                headers.remove(AUTHORIZATION);
            }
            url = next;
        }
        Err(WebError::Redirects)
    }

    /// An address in figures never comes by the resolver.
    fn check(&self, url: &Url) -> Result<(), WebError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(WebError::Scheme);
        }
        let host = url.host_str().unwrap_or_default();
        let figures: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        if !self.allow_private && figures.is_some_and(|address| !is_open(address)) {
            return Err(WebError::Private);
        }
        Ok(())
    }
}

/// Takes an answer's body piece by piece, up to a limit.
pub(super) async fn drain<E: From<WebError>>(
    mut answer: Response,
    limit: u64,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut length = 0;
    while let Some(piece) = answer.chunk().await.map_err(|error| told(&error))? {
        length += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if length > limit {
            return Err(WebError::TooLarge(limit).into());
        }
        take(&piece)?;
    }
    Ok(())
}

fn told(error: &reqwest::Error) -> WebError {
    tracing::debug!(%error, "a chart source did not answer");
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<PrivateAddress>() {
            return WebError::Private;
        }
        cause = error.source();
    }
    if error.is_timeout() {
        WebError::Timeout
    } else if error.is_connect() {
        WebError::Connect
    } else {
        WebError::Broken
    }
}
