//! What happened in a namespace lately, as Kubernetes tells it. Does not choose whose business it is.

use k8s_openapi::api::core::v1::Event;
use kube::{Api, api::ListParams};

use super::Sighting;
use crate::{
    cluster::{error::ClusterError, sight::chrono_time, text::short},
    domain::resource::Happening,
};

/// The most events of a namespace that are looked through.
const SEARCHED: u32 = 2_000;
/// How long a message may be.
const MESSAGE: usize = 600;
/// How long a name may be.
const NAME: usize = 330;

impl Sighting {
    /// What happened in the namespace to objects that `concerns` names by kind and name, the newest first.
    pub async fn events(&self, concerns: impl Fn(&str, &str) -> bool, most: usize) -> Result<Vec<Happening>, ClusterError> {
        let api: Api<Event> = Api::namespaced(self.cluster.client.clone(), self.namespace.as_str());
        let all = ListParams::default().limit(SEARCHED);
        let found = self.cluster.read(|| api.list(&all)).await?;
        let mut found: Vec<Happening> = found
            .items
            .into_iter()
            .filter(|event| {
                let object = &event.involved_object;
                concerns(object.kind.as_deref().unwrap_or_default(), object.name.as_deref().unwrap_or_default())
            })
            .map(read)
            .collect();
        found.sort_by_key(|event| std::cmp::Reverse(event.at));
        found.truncate(most);
        Ok(found)
    }
}

fn read(event: Event) -> Happening {
    let (kind, name) = (event.involved_object.kind.unwrap_or_default(), event.involved_object.name.unwrap_or_default());
    // Who reports by series leaves the older fields empty.
    let series = event.series;
    let count = series.as_ref().and_then(|series| series.count).or(event.count).and_then(|count| u32::try_from(count).ok());
    let micro = series.and_then(|series| series.last_observed_time).or(event.event_time);
    let at = micro.and_then(|at| chrono::DateTime::from_timestamp(at.0.as_second(), 0));
    let at = at.or(event.last_timestamp.as_ref().and_then(chrono_time));
    Happening {
        at: at.or(event.metadata.creation_timestamp.as_ref().and_then(chrono_time)),
        object: short(&format!("{kind}/{name}"), NAME),
        reason: short(&event.reason.unwrap_or_default(), 80),
        message: short(&event.message.unwrap_or_default(), MESSAGE),
        warning: event.type_.as_deref() == Some("Warning"),
        count: count.unwrap_or(1).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_events_tell_when_and_how_often() {
        let event = |more: serde_json::Value| {
            let mut event = serde_json::json!({"metadata": {"name": "e", "creationTimestamp": "2026-11-23T06:00:00Z"}, "type": "Warning",
                "reason": "BackOff", "message": "Back-off\nrestarting", "involvedObject": {"kind": "Pod", "name": "web-1"}});
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            read(serde_json::from_value(event).unwrap())
        };
        let old = event(serde_json::json!({"count": 7, "lastTimestamp": "2026-11-23T07:00:00Z"}));
        assert_eq!((old.object.as_str(), old.count, old.warning, old.message.as_str()), ("Pod/web-1", 7, true, "Back-off restarting"));
        assert_eq!(old.at.unwrap().to_rfc3339(), "2026-11-23T07:00:00+00:00");
        let new = event(serde_json::json!({"eventTime": "2026-11-23T06:30:00.000000Z",
            "series": {"count": 3, "lastObservedTime": "2026-11-23T06:45:00.000000Z"}}));
        assert_eq!((new.count, new.at.unwrap().to_rfc3339()), (3, "2026-11-23T06:45:00+00:00".into()));
        assert_eq!(event(serde_json::json!({})).count, 1);
    }
}
