//! Sends one notice: signed as Standard Webhooks has it, within limits of time and place. Follows nowhere, keeps nothing of an
//! answer but its status.

use std::{error::Error, net::IpAddr, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, Url, header::CONTENT_TYPE, redirect::Policy};

use crate::{
    charts::address::{PrivateAddress, is_open, open_internet},
    domain::{people::Issued, webhook::HookUrl},
    store::{seal::hmac, webhooks::Due},
};

/// How a secret begins, so that one that leaked is recognised.
pub(in crate::manager) const PREFIX: &str = "whsec_";
/// How long a receiver may take, from the connection to the end of its answer.
const LIMIT: Duration = Duration::from_secs(15);
/// How much of an answer is let pass by, so that who writes it is not cut off in the middle.
const MOST: usize = 64 * 1024;

/// Who brings notices to their receivers.
#[derive(Clone)]
pub struct Courier {
    client: Client,
    allow_private: bool,
    /// How long to wait after each try that failed.
    pub(super) delays: Vec<TimeDelta>,
}

/// What came of a try.
pub(super) struct Reply {
    /// The status of the answer, where there was one.
    pub(super) status: Option<u16>,
    /// In a few words of ours: nothing that the receiver said.
    pub(super) words: String,
}

impl Reply {
    fn none(words: &str) -> Self {
        Self { status: None, words: words.to_owned() }
    }
}

impl Courier {
    /// A courier to the open internet, or also to private addresses.
    pub fn new(allow_private: bool, delays: Vec<TimeDelta>) -> Result<Self, reqwest::Error> {
        // A proxy would resolve names itself, past our check of addresses.
        let builder = Client::builder().no_proxy().redirect(Policy::none()).timeout(LIMIT);
        let builder = builder.user_agent(concat!("pilothouse/", env!("CARGO_PKG_VERSION")));
        let builder = if allow_private { builder } else { builder.dns_resolver(open_internet()) };
        Ok(Self { client: builder.build()?, allow_private, delays })
    }

    /// The address for HTTP, unless it cannot be read or is private in figures, which never come by the resolver.
    pub(in crate::manager) fn admitted(&self, url: &HookUrl) -> Result<Url, &'static str> {
        let url: Url = url.as_str().parse().map_err(|_| "its address cannot be read")?;
        let host = url.host_str().unwrap_or_default();
        let figures: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        match figures {
            Some(address) if !self.allow_private && !is_open(address) => Err(PRIVATE),
            // Unencrypted only ever to the machine itself.
            _ if !self.allow_private && url.scheme() == "http" => Err(PRIVATE),
            _ => Ok(url),
        }
    }

    /// One try.
    pub(super) async fn post(&self, due: &Due, now: DateTime<Utc>) -> Reply {
        let url = match self.admitted(&due.url) {
            Ok(url) => url,
            Err(why) => return Reply::none(why),
        };
        let (id, at) = (due.notice.to_string(), now.timestamp());
        let Some(signature) = signature(&due.secret, &id, at, &due.body) else {
            return Reply::none("its secret cannot be read");
        };
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at.to_string())
            .header("webhook-signature", signature)
            .body(due.body.clone());
        let mut answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return Reply::none(told(&error)),
        };
        let status = answer.status();
        let mut seen = 0;
        while let Ok(Some(piece)) = answer.chunk().await {
            seen += piece.len();
            if seen > MOST {
                break;
            }
        }
        let led = if status.is_redirection() { ", which is not followed" } else { "" };
        Reply { status: Some(status.as_u16()), words: format!("HTTP status {}{led}", status.as_u16()) }
    }
}

const PRIVATE: &str = "its address is private, which is allowed by configuration only";

fn told(error: &reqwest::Error) -> &'static str {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<PrivateAddress>() {
            return PRIVATE;
        }
        cause = error.source();
    }
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection could be made"
    } else {
        "the connection broke off"
    }
}

/// The signature of Standard Webhooks; `None` where the secret is none.
fn signature(secret: &Issued, id: &str, at: i64, body: &str) -> Option<String> {
    let given = STANDARD.decode(secret.0.strip_prefix(PREFIX)?).ok()?;
    let mut key = [0; 32];
    key.get_mut(..given.len())?.copy_from_slice(&given);
    let signed = hmac(&key, &[format!("{id}.{at}.").as_bytes(), body.as_bytes()]);
    Some(format!("v1,{}", STANDARD.encode(signed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let secret = |text: &str| Issued(text.to_owned());
        let sign = |text: &str| signature(&secret(text), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        for bad in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64"] {
            assert_eq!(sign(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_private_address_in_figures_is_admitted_where_that_is_allowed() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        for (url, open) in [
            ("https://127.0.0.1:1/x", false),
            ("https://169.254.169.254/x", false),
            ("https://2130706433/x", false),
            ("https://0x7f.1/x", false),
            ("https://[::ffff:10.0.0.1]/x", false),
            ("http://localhost:1/x", false),
            ("https://8.8.8.8/x", true),
            ("https://hooks.example.com/x", true),
        ] {
            let url: HookUrl = url.parse().unwrap();
            assert_eq!(Courier::new(false, vec![]).unwrap().admitted(&url).is_ok(), open, "{url:?}");
            assert!(Courier::new(true, vec![]).unwrap().admitted(&url).is_ok(), "{url:?}");
        }
    }
}
