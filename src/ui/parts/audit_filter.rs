//! The filter above the audit, and how it stands in the address. Does not filter: the store does.

use chrono::{DateTime, Days, NaiveDate, Utc};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::{filters::Choice, get_form::GetForm, search_field::SearchField};
use crate::{
    domain::{
        actor::Door,
        audit::{AuditQuery, AuditSort},
        page::Paging,
        tenant::Tenant,
    },
    ui::address::{given, href},
};

/// The nouns and acts that the filter offers; an address may name any other.
const ACTS: [&str; 12] = [
    "release",
    "release.install",
    "release.upgrade",
    "release.rollback",
    "release.uninstall",
    "release.elsewhere",
    "operation",
    "value.reveal",
    "tenant",
    "user",
    "token",
    "session",
];

/// Filter and page of the audit, as its address holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Searched for.
    pub text: String,
    /// A tenant's slug.
    pub tenant: String,
    /// Who.
    pub actor: String,
    /// An act or a noun.
    pub act: String,
    /// To what.
    pub subject: String,
    /// Through which door.
    pub door: Option<Door>,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
    /// The oldest first.
    pub oldest: bool,
    /// From 0; the address counts from 1.
    pub page: u32,
}

impl AuditFilter {
    /// Reads the address; what makes no sense in it is left out.
    pub fn read(query: &ParamsMap) -> Self {
        let text = |key| given(query, key).unwrap_or_default();
        let day = |key| given(query, key).and_then(|text| text.parse().ok());
        Self {
            text: text("q"),
            tenant: text("tenant"),
            actor: text("actor"),
            act: text("act"),
            subject: text("subject"),
            door: given(query, "door").and_then(|word| Door::parse(&word)),
            from: day("from"),
            to: day("to"),
            oldest: given(query, "sort").is_some_and(|sort| sort == "oldest"),
            page: given(query, "page").and_then(|page| page.parse::<u32>().ok()).unwrap_or(1).saturating_sub(1),
        }
    }

    /// As the release manager is asked, but for the tenant.
    pub fn query(&self) -> AuditQuery {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        AuditQuery {
            tenant: None,
            actor: some(&self.actor),
            act: some(&self.act),
            subject: some(&self.subject),
            operation: None,
            door: self.door,
            since: self.from.map(midnight),
            until: self.to.and_then(|day| day.checked_add_days(Days::new(1))).map(midnight),
            text: some(&self.text),
            sort: if self.oldest { AuditSort::Oldest } else { AuditSort::Newest },
            paging: Paging { page: self.page, ..Paging::default() },
        }
    }

    /// The address of the page with this filter.
    pub fn href(&self, path: &str) -> String {
        let (page, day) = ((self.page + 1).to_string(), |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default());
        href(
            path,
            &[
                ("q", &self.text),
                ("tenant", &self.tenant),
                ("actor", &self.actor),
                ("act", &self.act),
                ("subject", &self.subject),
                ("door", self.door.map(Door::as_str).unwrap_or_default()),
                ("from", &day(self.from)),
                ("to", &day(self.to)),
                ("sort", if self.oldest { "oldest" } else { "" }),
                ("page", if self.page == 0 { "" } else { &page }),
            ],
        )
    }

    /// The address of all rows that match, as a file.
    pub fn export(&self, tenant: Option<&Tenant>, format: &str) -> String {
        let query = self.query();
        let (tenant, time) = (tenant.map(|tenant| tenant.id.to_string()), |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339()));
        href(
            "/api/v1/audit",
            &[
                ("format", format),
                ("tenantId", &tenant.unwrap_or_default()),
                ("actor", &self.actor),
                ("act", &self.act),
                ("subject", &self.subject),
                ("door", self.door.map(Door::as_str).unwrap_or_default()),
                ("from", &time(query.since).unwrap_or_default()),
                ("to", &time(query.until).unwrap_or_default()),
                ("q", &self.text),
                ("sort", if self.oldest { "oldest" } else { "" }),
            ],
        )
    }

    /// Whether everything is shown.
    pub fn is_blank(&self) -> bool {
        Self { page: 0, oldest: false, ..self.clone() } == Self::default()
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// The filter as a form.
#[component]
pub fn AuditFilters(
    /// The page's path.
    path: &'static str,
    /// What it shows now.
    filter: AuditFilter,
    /// The tenants to choose from.
    tenants: Vec<Tenant>,
) -> impl IntoView {
    let clear = (!filter.is_blank()).then_some(path);
    let tenants = tenants.into_iter().map(|tenant| (tenant.slug.to_string(), tenant.name)).collect();
    let mut acts: Vec<(String, String)> = ACTS.iter().map(|act| ((*act).to_owned(), (*act).to_owned())).collect();
    if !filter.act.is_empty() && !ACTS.contains(&filter.act.as_str()) {
        acts.push((filter.act.clone(), filter.act.clone()));
    }
    let doors = Door::ALL.iter().map(|door| (door.as_str().to_owned(), door.as_str().to_owned())).collect();
    let sorts = vec![("oldest".to_owned(), "Oldest first".to_owned())];
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    view! {
        <GetForm action=path class="filters" role="search">
            <SearchField text=filter.text.clone() label="Search in actor, act, subject and reason"/>
            <Choice name="tenant" all=Some("Any tenant") options=tenants chosen=filter.tenant.clone()/>
            <Choice name="act" all=Some("Any act") options=acts chosen=filter.act.clone()/>
            <Choice name="door" all=Some("Any door") options=doors chosen=filter.door.map(Door::as_str).unwrap_or_default()/>
            <input type="text" name="actor" value=filter.actor.clone() placeholder="Actor" aria-label="Actor" autocapitalize="none" spellcheck="false"/>
            <input type="text" name="subject" value=filter.subject.clone() placeholder="namespace/name" aria-label="Subject, such as namespace/name" autocapitalize="none" spellcheck="false"/>
            <label class="check">"From " <input type="date" name="from" value=day(filter.from)/></label>
            <label class="check">"to " <input type="date" name="to" value=day(filter.to)/></label>
            <Choice name="sort" all=Some("Newest first") options=sorts chosen=if filter.oldest { "oldest" } else { "" }/>
            <button type="submit" class="btn">"Filter"</button>
            {clear.map(|path| view! { <a class="link" href=path>"Clear"</a> })}
        </GetForm>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_its_own_address_and_a_day_is_whole() {
        let filter = AuditFilter {
            text: "a b".into(),
            tenant: "acme".into(),
            actor: "ada".into(),
            act: "release.upgrade".into(),
            subject: "acme/web".into(),
            door: Some(Door::Elsewhere),
            from: NaiveDate::from_ymd_opt(2026, 11, 1),
            to: NaiveDate::from_ymd_opt(2026, 11, 2),
            oldest: true,
            page: 3,
        };
        let address = filter.href("/audit");
        let mut map = ParamsMap::new();
        for pair in address.split_once('?').unwrap().1.split('&') {
            let (key, value) = pair.split_once('=').unwrap();
            map.insert(key.to_owned(), value.replace("%20", " ").replace("%2F", "/"));
        }
        assert_eq!(AuditFilter::read(&map), filter);
        let query = filter.query();
        assert_eq!(query.until.unwrap() - query.since.unwrap(), chrono::TimeDelta::days(2));
        assert!(filter.export(None, "csv").starts_with("/api/v1/audit?format=csv&actor=ada"));
    }
}
