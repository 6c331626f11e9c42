//! What a notice says: which batch, how far, in numbers. No values, no words of people, no reasons of failures: whoever
//! needs these follows the path to the board, where rights are asked. Decides not who is told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{
    batch::{Aim, Batch, BatchState, Counts, Definition},
    ids::{BatchId, NoticeId},
};

/// The uuid namespace from which the ids of notices are derived.
const NOTICES: Uuid = Uuid::from_u128(0x1d3a_9a6e_6c0b_4f4d_8a55_0e6f_27c4_b91e);

/// What a notice tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum NoticeKind {
    /// A batch was started.
    #[serde(rename = "batch.started")]
    BatchStarted,
    /// The last target of a wave was over.
    #[serde(rename = "batch.wave_done")]
    WaveDone,
    /// There were too many failures: the batch was paused or ended.
    #[serde(rename = "batch.threshold_hit")]
    ThresholdHit,
    /// It was paused by itself for another reason, and waits for a person.
    #[serde(rename = "batch.paused")]
    BatchPaused,
    /// Nothing is left to do.
    #[serde(rename = "batch.ended")]
    BatchEnded,
    /// A test of the webhook.
    #[serde(rename = "ping")]
    Ping,
}

impl NoticeKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::BatchStarted, Self::WaveDone, Self::ThresholdHit, Self::BatchPaused, Self::BatchEnded, Self::Ping];
    /// Those that a webhook chooses from.
    pub const CHOICES: [Self; 5] = [Self::BatchStarted, Self::WaveDone, Self::ThresholdHit, Self::BatchPaused, Self::BatchEnded];

    /// The word for it, as notices, the API and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BatchStarted => "batch.started",
            Self::WaveDone => "batch.wave_done",
            Self::ThresholdHit => "batch.threshold_hit",
            Self::BatchPaused => "batch.paused",
            Self::BatchEnded => "batch.ended",
            Self::Ping => "ping",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What screens call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::BatchStarted => "batch started",
            Self::WaveDone => "wave done",
            Self::ThresholdHit => "threshold hit",
            Self::BatchPaused => "batch paused",
            Self::BatchEnded => "batch ended",
            Self::Ping => "ping",
        }
    }
}

/// A notice as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct NoticeBody {
    /// What it tells of.
    #[serde(rename = "type")]
    pub kind: NoticeKind,
    /// When that happened.
    pub timestamp: DateTime<Utc>,
    /// What it tells of the batch; null in a ping.
    pub data: Option<BatchNews>,
}

/// What a notice tells of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BatchNews {
    /// Which.
    pub batch_id: BatchId,
    /// The path of its board on the server.
    pub path: String,
    /// What it does: `upgrade`, `values`, `rollback`, `uninstall` or `restart`.
    pub aim: String,
    /// The chart, where it is of one.
    pub chart: Option<String>,
    /// The version that it upgrades to.
    pub version: Option<String>,
    /// In which order: `sequential`, `rolling`, `canary` or `staged`.
    pub order: String,
    /// Where it stands now; at its end, how it ended.
    pub state: BatchState,
    /// The wave concerned.
    pub wave: Option<WaveNews>,
    /// How its targets stand.
    pub counts: Counts,
    /// When it was started.
    pub started_at: Option<DateTime<Utc>>,
    /// When nothing was left to do.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A wave among all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct WaveNews {
    /// Its number, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

/// A notice to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// What it tells of.
    pub kind: NoticeKind,
    /// The batch concerned.
    pub batch: Option<BatchId>,
    /// When that happened.
    pub at: DateTime<Utc>,
    /// What is sent.
    pub body: String,
}

impl Notice {
    /// A test.
    pub fn ping(id: NoticeId, at: DateTime<Utc>) -> Self {
        let body = NoticeBody { kind: NoticeKind::Ping, timestamp: at, data: None };
        Self { id, kind: NoticeKind::Ping, batch: None, at, body: written(&body) }
    }

    /// What is to be told of a batch that was as `before` and is as `after`, in the order in which it happened. The counts of
    /// `after` have to be those of that moment. `halted` says that it was stopped by itself, and in which wave too many had failed
    /// where it was for that.
    pub fn of_step(before: &Batch, after: &Batch, halted: Option<Option<usize>>, definition: &Definition, at: DateTime<Utc>) -> Vec<Self> {
        let mut told = Vec::new();
        if before.started_at.is_none() && after.started_at.is_some() {
            told.push((NoticeKind::BatchStarted, None));
        }
        for (number, wave) in after.waves.iter().enumerate() {
            let was_over = before.waves.get(number).is_some_and(|wave| wave.over_at.is_some());
            if wave.over_at.is_some() && !was_over {
                told.push((NoticeKind::WaveDone, Some(number)));
            }
        }
        match halted {
            Some(Some(wave)) => told.push((NoticeKind::ThresholdHit, Some(wave))),
            Some(None) => told.push((NoticeKind::BatchPaused, after.waves.iter().rposition(|wave| wave.begun_at.is_some()))),
            None => {}
        }
        if before.finished_at.is_none() && after.finished_at.is_some() {
            told.push((NoticeKind::BatchEnded, None));
        }
        told.into_iter().map(|(kind, wave)| Self::of(kind, wave, before.version, after, definition, at)).collect()
    }

    /// The id is derived from the batch's version, at which alone its change is written: told once, however often it is tried.
    fn of(kind: NoticeKind, wave: Option<usize>, version: u32, batch: &Batch, definition: &Definition, at: DateTime<Utc>) -> Self {
        let (chart, to) = match &definition.aim {
            Aim::Upgrade { chart, version } => (Some(chart.rsplit('/').next().unwrap_or(chart).to_owned()), Some(version.clone())),
            _ => (definition.selection.chart_name().map(str::to_owned), None),
        };
        let data = BatchNews {
            batch_id: batch.id,
            path: batch.path(),
            aim: definition.aim.word().to_owned(),
            chart,
            version: to,
            order: batch.strategy.order.as_str().to_owned(),
            state: batch.state,
            wave: wave.map(|wave| WaveNews { number: wave + 1, of: batch.waves.len() }),
            counts: batch.counts,
            started_at: batch.started_at,
            finished_at: batch.finished_at,
        };
        let telling = format!("{}/{version}/{}/{}", batch.id, kind.as_str(), wave.map_or(0, |wave| wave + 1));
        let id = NoticeId(Uuid::new_v5(&NOTICES, telling.as_bytes()));
        Self { id, kind, batch: Some(batch.id), at, body: written(&NoticeBody { kind, timestamp: at, data: Some(data) }) }
    }
}

fn written(body: &NoticeBody) -> String {
    // Names and numbers: nothing that JSON could not hold.
    serde_json::to_string(body).unwrap_or_default()
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
