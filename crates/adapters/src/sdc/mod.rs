//! IEEE 11073 SDC: what a consumer reads of a provider (11073-10207 messages in SOAP over HTTP, 11073-20701).
//!
//! ```text
//! metadata ─► device, services      GetMdibResponse ─► descriptors (codes, units)
//! EpisodicMetricReport, EpisodicAlertReport, WaveformStream ─► Record { context: the descriptors it is about, original: the message }
//! ```
//!
//! A report names descriptors by handle only; what they mean stands in the MDIB, so a record holds both ([`Mdib`] says in which form). A [`Follower`] keeps the
//! MDIB's version and sequence: a report that does not continue them is reported as a gap, and whoever follows fetches the MDIB again.
//!
//! Conditions of alarms become [`crate::Alerts`], no readings. Since reports tell only of what changes, whoever begins to follow asks once how all conditions are
//! ([`Follower::alerts`], GetMdState); the answer is a record like a report, of which only the alerts count.
//!
//! A capture is the documents one after the other, each beginning with its `<?xml`.

mod mdib;
mod report;
mod soap;
mod xml;

use std::collections::HashMap;

use clinical::hl7::Zone;
use seal::Micros;

use crate::record::device_word;
use crate::{
    Adapter, Answers, Decoded, Event, Inbox, Problem, Record, Refusal, Session, Settings, SetupError, Span,
    limits,
};
pub use mdib::{Mdib, Version};
pub use report::Content;
use report::Report;
use soap::{Envelope, Notification};
pub use soap::{Metadata, Request, Subscription, Writer, mdib as read_mdib, subscription};

/// The adapter.
#[derive(Debug)]
pub struct Sdc;

const NAME: &str = "sdc";

impl Adapter for Sdc {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "IEEE 11073 SDC: metric and alert reports and waveforms of a provider"
    }

    fn capture(&self) -> &'static str {
        "the provider's SOAP messages one after the other: metadata, GetMdibResponse, reports"
    }

    fn open(&self, settings: &Settings<'_>) -> Result<Box<dyn Session>, SetupError> {
        match settings.config {
            Some(_) => Err(SetupError::NeedlessConfig),
            None => Ok(Box::new(Capture {
                inbox: Inbox::default(),
                searched: 0,
                follower: Follower::new(settings.device.and_then(device_word)),
            })),
        }
    }

    fn read(&self, record: &Record, _: &Zone) -> Result<Decoded, Refusal> {
        let known = mdib::descriptors(&record.context)?;
        let envelope = Envelope::parse(&record.original)?;
        let Notification::Report(report) = envelope.notification() else {
            return Err(Refusal::at(0, Problem::Order("no report")));
        };
        let report = report?;
        let page = report.read(&known, record.received);
        Ok(page.sheet.decoded(&record.device, record.received.unwrap_or(Micros(0))))
    }
}

/// Follows the reports of one provider.
#[derive(Debug, Clone)]
pub struct Follower {
    configured: Option<String>,
    device: Option<String>,
    mdib: Option<Mdib>,
    /// The version of the last report, or of the MDIB before the first.
    last: Option<Version>,
    /// The newest values of what conditions of alarms are about, by handle.
    values: HashMap<String, String>,
}

/// What a message of a provider means to who follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// To be stored.
    Record {
        /// The record.
        record: Box<Record>,
        /// Reports are missing before it: the MDIB is to be fetched again.
        gap: Option<Problem>,
    },
    /// Nothing to be stored, for this reason.
    Kept {
        /// What it is.
        what: String,
        /// Why.
        why: &'static str,
        /// Reports are missing before it.
        gap: Option<Problem>,
    },
    /// What was known of the MDIB holds no longer: it is to be fetched before this message can be read.
    Stale(Problem),
    /// The subscription is over.
    End,
}

impl Followed {
    /// Whether the MDIB is to be fetched again.
    #[must_use]
    pub fn wants_mdib(&self) -> bool {
        match self {
            Self::Record { gap, .. } | Self::Kept { gap, .. } => gap.is_some(),
            Self::Stale(_) => true,
            Self::End => false,
        }
    }
}

impl Follower {
    /// Of a device; `None` when only its metadata tell who it is.
    #[must_use]
    pub fn new(device: Option<String>) -> Self {
        Self { configured: device.clone(), device, mdib: None, last: None, values: HashMap::new() }
    }

    /// Its metadata name this device: it is the one from now on, where the configuration names none. Another one may have been put in its place, and what that
    /// measures is not the first one's.
    pub fn name(&mut self, device: Option<String>) {
        self.device = self.configured.clone().or(device);
    }

    /// Reports are read by this MDIB from now on. Versions that it holds already may still come: they were sent before it was asked for.
    pub fn know(&mut self, mdib: Mdib) {
        // What was missed between the last report and this MDIB is noticed by the next report.
        self.last = self.last.take().filter(|last| last.sequence == mdib.version.sequence);
        self.values.retain(|handle, _| mdib.is_source(handle));
        self.mdib = Some(mdib);
    }

    /// The handles to ask for how all alarms are; none when the device describes none.
    pub fn alerts(&self) -> impl Iterator<Item = &str> {
        self.mdib.iter().flat_map(Mdib::alerts)
    }

    /// What a message that came at `at` means.
    ///
    /// # Errors
    /// When it is no message of SDC.
    pub fn message(&mut self, document: &[u8], at: Micros) -> Result<Followed, Refusal> {
        let envelope = Envelope::parse(document)?;
        let kept = |what: &str, why| Ok(Followed::Kept { what: what.to_owned(), why, gap: None });
        let report = match envelope.notification() {
            Notification::Report(report) => report?,
            Notification::End => return Ok(Followed::End),
            Notification::Metadata(metadata) => {
                self.name(metadata.device);
                return kept("metadata", "names the device and its services");
            }
            Notification::Mdib(mdib) => {
                self.know(mdib?);
                return kept("MDIB", "describes what is measured; stands in each record");
            }
            Notification::Other(name) => {
                return Err(Refusal::at(0, Problem::Unknown { what: "message", found: name }));
            }
        };
        let Some(mdib) = &self.mdib else {
            return Ok(Followed::Stale(Problem::Order("a report before the MDIB")));
        };
        if mdib.version.sequence != report.version.sequence {
            return Ok(Followed::Stale(Problem::Order(
                "a report of another sequence: the provider has started anew",
            )));
        }
        // An answer may be ahead of reports that are still under way: it does not count among them.
        let gap = match report.content {
            Content::Alerts => None,
            Content::Measured | Content::Described | Content::Else => {
                let (found, after) =
                    (report.version.number, self.last.as_ref().unwrap_or(&mdib.version).number);
                if self.last.as_ref().is_none_or(|last| last.number < found) {
                    self.last = Some(report.version.clone());
                }
                (found > after.saturating_add(1)).then_some(Problem::Gap { after, found })
            }
        };
        match report.content {
            Content::Measured | Content::Alerts => {
                let record = Box::new(self.record(&report, document, at)?);
                let of_alerts = report.values().filter(|(handle, _)| mdib.is_source(handle));
                self.values.extend(of_alerts.map(|(handle, value)| (handle.to_owned(), value.to_owned())));
                Ok(Followed::Record { record, gap })
            }
            Content::Described => {
                let gap = gap.or(Some(Problem::Order("the descriptions changed")));
                Ok(Followed::Kept { what: "description".into(), why: "the MDIB is fetched again", gap })
            }
            Content::Else => {
                let what = "report".to_owned();
                Ok(Followed::Kept { what, why: "contexts, components and operations are not measured", gap })
            }
        }
    }
}

impl Follower {
    /// A report with what is needed to read it.
    fn record(&self, report: &Report<'_>, document: &[u8], at: Micros) -> Result<Record, Refusal> {
        let device = self.device.clone().ok_or_else(|| Refusal::at(0, Problem::NoDevice))?;
        let context =
            self.mdib.as_ref().map_or_else(Vec::new, |mdib| mdib.context(report.handles(), &self.values));
        let known = mdib::descriptors(&context)?;
        let received = report.read(&known, None).is_untimed.then_some(at);
        Ok(Record { adapter: NAME.into(), device, received, context, original: document.to_vec() })
    }
}

/// A capture of a provider's messages.
struct Capture {
    inbox: Inbox,
    /// Bytes of what waits in which no document begins, but the first.
    searched: usize,
    follower: Follower,
}

/// What a document begins with.
const BEGIN: &[u8] = b"<?xml";

impl Capture {
    /// Adds the events of the first document that waits whole; with `last`, what waits is whole.
    fn step(&mut self, at: Micros, last: bool, events: &mut Vec<Event>) -> bool {
        let waiting = self.inbox.waiting();
        let from = self.searched.max(1);
        let next =
            waiting.get(from..).and_then(|rest| rest.windows(BEGIN.len()).position(|window| window == BEGIN));
        let next = next.map(|at| at + from);
        // A beginning may be cut.
        self.searched = if next.is_some() { 0 } else { waiting.len().saturating_sub(BEGIN.len() - 1) };
        let length = match next {
            Some(length) => length,
            None if last && !waiting.is_empty() => waiting.len(),
            None if waiting.len() > limits::XML => {
                let problem = Problem::Limit { what: "bytes of a document", most: limits::XML };
                events.push(self.inbox.report(limits::XML, "document", problem));
                self.inbox.lose();
                return false;
            }
            None => return false,
        };
        let document = waiting.get(..length).unwrap_or_default().to_vec();
        let followed = self.follower.message(&document, at);
        let what = "message".to_owned();
        match followed {
            Err(refusal) => {
                let what = format!("message, at its byte {}", refusal.at);
                events.push(self.inbox.report(length, what, refusal.problem));
            }
            Ok(Followed::Stale(problem)) => events.push(self.inbox.report(length, what, problem)),
            Ok(Followed::End) => events.push(self.inbox.keep(length, "end", "the subscription is over")),
            Ok(Followed::Kept { what, why, gap }) => {
                let event = self.inbox.keep(length, what, why);
                events.extend(missing(gap, &event));
                events.push(event);
            }
            Ok(Followed::Record { record, gap }) => {
                let (span, _) = self.inbox.take(length);
                let event = Event::Record { span, lead: 0, record: *record, answers: Answers::default() };
                events.extend(missing(gap, &event));
                events.push(event);
            }
        }
        true
    }
}

/// What is missing before an event, as an event of no bytes.
fn missing(gap: Option<Problem>, before: &Event) -> Option<Event> {
    let problem = gap.filter(|problem| matches!(problem, Problem::Gap { .. }))?;
    let span = Span { at: before.span()?.at, length: 0 };
    Some(Event::Reported { span, what: "reports".into(), problem, bytes: Vec::new() })
}

impl Session for Capture {
    fn push(&mut self, bytes: &[u8], at: Micros) -> Vec<Event> {
        let mut events = Vec::new();
        self.inbox.push(bytes);
        while self.step(at, false, &mut events) {}
        events
    }

    fn end(&mut self, at: Micros) -> Vec<Event> {
        let mut events = Vec::new();
        while self.step(at, true, &mut events) {}
        events.extend(self.inbox.abandon("document", 0));
        events
    }

    fn is_lost(&self) -> bool {
        self.inbox.is_lost()
    }
}
