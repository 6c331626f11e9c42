//! Webhooks: who is told when something happens to a batch, and how far that has come. What a notice says is [`notice`]'s,
//! when it is sent again [`retry`]'s. Sends nothing: `manager` does.

pub mod notice;
pub mod retry;

use core::net::Ipv4Addr;
use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::notice::{Notice, NoticeKind};
use super::{
    ids::{BatchId, NoticeId, WebhookId},
    names::WebhookName,
    people::Issued,
    problem::{Code, Problem},
};

/// The most webhooks.
pub const MOST_WEBHOOKS: usize = 20;
/// The longest address, in bytes.
const LONGEST: usize = 1_000;

/// Where notices are sent. Its path and its query may be what lets a sender in there, so that they are shown to nobody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HookUrl(String);

impl HookUrl {
    /// The whole address, for whoever sends.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as it may be shown: scheme, host and port.
    pub fn place(&self) -> &str {
        &self.0[..authority(&self.0).map_or(0, |(_, end)| end)]
    }
}

/// Host and port of an address, and where they end.
fn authority(url: &str) -> Option<(&str, usize)> {
    let begin = url.find("://")? + 3;
    let rest = &url[begin..];
    let length = rest.find(['/', '?']).unwrap_or(rest.len());
    Some((&rest[..length], begin + length))
}

/// Whether that host, with its port, is this very machine by its spelling.
fn is_loopback(authority: &str) -> bool {
    let host =
        authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(authority, |(host, _)| host);
    host == "localhost" || host == "[::1]" || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for HookUrl {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let odd = |c: char| !c.is_ascii_graphic() || matches!(c, '#' | '\\' | '"' | '<' | '>');
        let secure = text.starts_with("https://");
        if !secure && !text.starts_with("http://") {
            return Err(unusable("An address begins with https://"));
        }
        let host = authority(text).map(|(host, _)| host).unwrap_or_default();
        if host.is_empty() || host.starts_with(':') || text.len() > LONGEST || text.contains(odd) {
            return Err(unusable("An address has a host and a path, and at most 1000 plain characters"));
        }
        if host.contains('@') {
            return Err(unusable("An address holds no user and no password: who receives knows us by the signature"));
        }
        if !secure && !is_loopback(host) {
            return Err(unusable("An address begins with https://; http:// is for this very machine alone"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for HookUrl {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        text.parse()
    }
}

impl From<HookUrl> for String {
    fn from(url: HookUrl) -> String {
        url.0
    }
}

impl fmt::Debug for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place())
    }
}

/// A webhook as somebody wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookWish {
    /// Its name.
    pub name: WebhookName,
    /// Where notices are sent.
    pub url: HookUrl,
    /// Which.
    pub events: Vec<NoticeKind>,
}

impl WebhookWish {
    /// Refuses one that would never be told anything.
    pub fn checked(mut self) -> Result<Self, Problem> {
        self.events.sort_unstable();
        self.events.dedup();
        if self.events.is_empty() {
            return Err(unusable("Choose at least one event to be told of"));
        }
        if self.events.contains(&NoticeKind::Ping) {
            return Err(unusable("A ping is what a test sends; it cannot be chosen"));
        }
        Ok(self)
    }
}

/// A webhook to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHook {
    /// Its id.
    pub id: WebhookId,
    /// What it is to be.
    pub wish: WebhookWish,
    /// What its notices are signed with: `whsec_` and base64.
    pub secret: Issued,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
}

/// A webhook, without what notices are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Its name; the only one.
    pub name: WebhookName,
    /// Scheme, host and port of its address; the rest is kept sealed, since it may be a password.
    pub place: String,
    /// What it is told of.
    pub events: Vec<NoticeKind>,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
    /// Since when nothing is sent any more: its receiver answered that it is gone for good.
    pub disabled_at: Option<DateTime<Utc>>,
    /// The notice that was last tried to deliver.
    pub last: Option<Delivery>,
}

impl Webhook {
    /// The path of its page.
    pub fn path(&self) -> String {
        format!("/settings/webhooks/{}", self.id)
    }

    /// Refuses what would never be sent.
    pub fn demand_open(&self) -> Result<(), Problem> {
        match self.disabled_at {
            None => Ok(()),
            Some(_) => Err(Problem::new(
                Code::WebhookDisabled,
                "Its receiver answered 410 (gone for good), so that nothing is sent there any more. Remove the webhook, and add it again \
                 once there is a receiver.",
            )),
        }
    }
}

/// A notice on its way to a webhook, or how that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The notice's id: what the receiver gets as `webhook-id`, the same however often it is sent.
    pub id: NoticeId,
    /// What it tells of.
    pub event: NoticeKind,
    /// The batch concerned.
    pub batch_id: Option<BatchId>,
    /// When that happened.
    pub made_at: DateTime<Utc>,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was last sent.
    pub tried_at: Option<DateTime<Utc>>,
    /// What came of that, in a few words of ours.
    pub answer: Option<String>,
    /// When it is sent next; null once that is over.
    pub next_at: Option<DateTime<Utc>>,
    /// When the receiver took it.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When we gave up.
    pub given_up_at: Option<DateTime<Utc>>,
}

fn unusable(why: &str) -> Problem {
    Problem::new(Code::InvalidWebhook, format!("{why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<HookUrl, Problem> {
        text.parse()
    }

    #[test]
    fn an_address_is_https_or_this_very_machine_and_shows_its_host_alone() {
        for (text, place) in [
            ("https://hooks.example.com/services/T0/geheim?key=1", "https://hooks.example.com"),
            ("https://hooks.example.com:8443?key=geheim", "https://hooks.example.com:8443"),
            ("https://hooks.example.com", "https://hooks.example.com"),
            ("http://127.0.0.1:9000/x", "http://127.0.0.1:9000"),
            ("http://localhost/x", "http://localhost"),
            ("http://[::1]:9000/x", "http://[::1]:9000"),
        ] {
            let url = url(text).unwrap();
            assert_eq!((url.place(), url.as_str()), (place, text));
            assert!(!format!("{url:?}").contains("geheim"));
        }
        for bad in [
            "",
            "https://",
            "https:///x",
            "https://:443/x",
            "ftp://x/",
            "javascript:x",
            "http://hooks.example.com/x",
            "http://localhost.example.com/x",
            "http://127.0.0.1.example.com/x",
            "http://10.0.0.1/x",
            "https://mia:geheim@example.com/x",
            "https://example.com\\@127.0.0.1/x",
            "https://example.com/#x",
            "https://exa mple.com/",
            "https://ex\u{e4}mple.com/",
        ] {
            assert_eq!(url(bad).map_err(|problem| problem.code), Err(Code::InvalidWebhook), "{bad}");
        }
        assert!(url(&format!("https://example.com/{}", "x".repeat(LONGEST))).is_err());
    }

    #[test]
    fn a_webhook_is_told_of_something_and_never_chooses_pings() {
        let wish = |events: &[NoticeKind]| WebhookWish {
            name: "chat".parse().unwrap(),
            url: url("https://hooks.example.com/x").unwrap(),
            events: events.to_vec(),
        };
        assert!(wish(&[]).checked().is_err());
        assert!(wish(&[NoticeKind::BatchEnded, NoticeKind::Ping]).checked().is_err());
        let twice = wish(&[NoticeKind::BatchEnded, NoticeKind::BatchStarted, NoticeKind::BatchEnded]).checked().unwrap();
        assert_eq!(twice.events, [NoticeKind::BatchStarted, NoticeKind::BatchEnded]);
    }
}
