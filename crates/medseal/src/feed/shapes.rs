//! What the gateway's API says of feeds and letters, and how it is printed.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(super) struct Feeds {
    pub(super) feeds: Vec<Feed>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Feed {
    pub(super) feed: String,
    acknowledged: u64,
    rejected: u64,
    waiting: u64,
    began: Option<Began>,
    left_out: Vec<LeftOut>,
}

/// Where a destination began.
#[derive(Serialize, Deserialize)]
struct Began {
    since: String,
    time: Option<i64>,
}

/// Readings that were in no message to a destination.
#[derive(Serialize, Deserialize)]
struct LeftOut {
    code: Option<u32>,
    term: String,
    reason: String,
    count: u64,
    first: i64,
    last: i64,
}

#[derive(Deserialize)]
pub(super) struct Letters {
    pub(super) items: Vec<Letter>,
    pub(super) before: Option<i64>,
}

/// A letter; in a listing without what it holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Letter {
    pub(super) id: i64,
    feed: String,
    journal: String,
    place: i64,
    batch: Option<i64>,
    part: u32,
    patient: Option<i64>,
    time: i64,
    state: String,
    reason: String,
    attempts: u32,
    edited_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wire: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edited: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Retried {
    letter: Letter,
    overtaken: bool,
    earlier: u64,
}

impl Feed {
    pub(super) fn line(&self) -> String {
        let Self { feed, acknowledged, rejected, waiting, began, left_out } = self;
        let mut text = format!(
            "{feed}: {waiting} wait, {rejected} messages laid aside, {acknowledged} taken since the start"
        );
        if let Some(Began { since, time: Some(time) }) = began {
            text.push_str(&format!("; since {since}, first seen {}", stamp(*time)));
        }
        left_out.iter().for_each(|one| text.push_str(&format!("\n{}", one.line())));
        text
    }
}

impl LeftOut {
    fn line(&self) -> String {
        let Self { code, term, reason, count, first, last } = self;
        let code = code.map_or("other codes".into(), |code| format!("{code} {term}"));
        let why = match reason.as_str() {
            "staged" => "simulated or of a test",
            "unlisted" => "not in the dialect",
            "waveform" => "a waveform",
            other => other,
        };
        let (first, last) = (stamp(*first), stamp(*last));
        format!("  not sent: {count} × {}: {why}; first {first}, last {last}", code.trim_end())
    }
}

/// A moment as it is printed, in UTC.
fn stamp(time: i64) -> String {
    jiff::Timestamp::from_microsecond(time).map(|time| format!("{time:.0}")).unwrap_or_default()
}

impl Letter {
    pub(super) fn line(&self) -> String {
        let Self { id, feed, journal, place, state, reason, .. } = self;
        let when = stamp(self.time);
        let patient = self.patient.map_or("no patient".into(), |patient| format!("patient {patient}"));
        let edited = if self.edited_by.is_some() { ", edited" } else { "" };
        let of = if self.batch.is_some() { "batch" } else { journal };
        format!("{id:>6}  {when}  {feed}  {of} {place}, {patient}: {reason} [{state}{edited}]")
    }

    /// All of it, segments on lines of their own.
    pub(super) fn whole(&self) -> String {
        let mut text = self.line();
        text.push_str(&format!("\nsent {} times\n", self.attempts));
        let edited = self.edited_by.as_ref().map(|by| format!("edited by {by}"));
        for (title, part) in [
            ("sent", &self.message),
            ("answered", &self.answer),
            (edited.as_deref().unwrap_or_default(), &self.edited),
        ] {
            if let Some(part) = part {
                text.push_str(&format!("\n-- {title}\n{}\n", part.trim_end().replace('\r', "\n")));
            }
        }
        text
    }
}

impl Retried {
    pub(super) fn line(&self) -> String {
        let mut line = format!("letter {}: to be sent again", self.letter.id);
        if self.overtaken {
            line.push_str("; later readings of the patient are there already, it comes after them");
        }
        if self.earlier > 0 {
            line.push_str(&format!("; {} earlier letters of the patient still lie", self.earlier));
        }
        line
    }
}
