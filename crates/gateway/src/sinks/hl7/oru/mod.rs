//! Flat ORU messages of a [`Dialect`], as record systems want them that do not take PCD-01.
//!
//! ```text
//! interval = 0   batches ─► batches.rs: one message a batch ─────────────────────► outbox
//! interval > 0   batches ─► step.rs: what of the interval has to be told ─► charts ─► outbox
//!                             ▲ run.rs: when an interval has ended
//! ```
//!
//! A reading counts for the interval that its own time lies in. An interval is charted once it has ended and its readings have had
//! `settle_seconds` to arrive, whether the destination can be reached or not; each patient, device and interval is one message. What arrives later
//! is told then: a value that was not charted goes out as new, one that differs from what was charted as its correction (OBX-11 `C`),
//! and what turns out to be another patient's is taken back (`W`), all with the OBR-3 of the first message. What was charted is not noted anywhere: it is
//! computed again from the rows that had been stored by then, so nothing can be charted twice and nothing be forgotten.

mod batches;
mod charted;
mod run;
mod step;

use std::path::Path;

use clinical::dialect::{self, Dialect, Row, Sending, Vouched};
use clinical::pcd::Processing;
use seal::{Batch, DeviceId, Micros, Reading};

use super::{APPLICATION, carry, now, processing};
use crate::config::{self, Feed, Hl7};
use crate::record::{AssociationId, LeftOut, PatientId, Proof, WhyLeftOut};
use crate::sinks::FeedError;
use crate::sinks::people::People;
use crate::start::Services;
use crate::store::StoreError;

/// Starts a feed of flat messages.
pub(in crate::sinks) fn start(
    services: &Services,
    feed: &Feed,
    hl7: &Hl7,
    oru: &config::Oru,
) -> Result<(), FeedError> {
    let terms = Terms::of(services, feed, hl7, oru)?;
    if terms.dialect.interval_s == 0 {
        return carry::start(services, feed, hl7, batches::Batches(terms));
    }
    let dialect = terms.dialect.clone();
    carry::start(services, feed, hl7, charted::Charted { destination: feed.name.clone(), dialect })?;
    run::start(services, &feed.name, terms);
    Ok(())
}

/// The dialect that a feed names: a built-in one, else that of a file.
///
/// # Errors
/// When there is neither, or the file is no dialect; the error points at its line.
pub fn dialect(feed: &str, named: &Path) -> Result<Dialect, FeedError> {
    let wrong = |detail: String| FeedError::Dialect { feed: feed.to_owned(), file: named.to_owned(), detail };
    if let Some(built_in) = named.to_str().and_then(Dialect::built_in) {
        return Ok(built_in);
    }
    let text = std::fs::read_to_string(named).map_err(|error| {
        let names = Dialect::built_in_names().collect::<Vec<_>>().join(", ");
        wrong(format!("{error}; and none of the built-in profiles has that name ({names})"))
    })?;
    Dialect::parse(&text).map_err(|error| wrong(error.to_string()))
}

/// What all messages of a feed have in common.
#[derive(Clone)]
struct Terms {
    dialect: Dialect,
    facility: String,
    receiving_application: String,
    receiving_facility: String,
    processing: Processing,
    /// How long an interval's readings are waited for, in microseconds.
    settle: i64,
}

/// What one message is about.
struct About<'a> {
    control_id: &'a str,
    order: &'a str,
    patient: PatientId,
    association: Option<AssociationId>,
    device: &'a DeviceId,
    proof: &'a Proof,
}

impl Terms {
    fn of(services: &Services, feed: &Feed, hl7: &Hl7, oru: &config::Oru) -> Result<Self, FeedError> {
        Ok(Self {
            dialect: dialect(&feed.name, &oru.dialect)?,
            facility: services.config.facility.clone(),
            receiving_application: hl7.receiving_application.clone(),
            receiving_facility: hl7.receiving_facility.clone(),
            processing: processing(feed.purpose),
            settle: i64::from(oru.settle_seconds) * 1_000_000,
        })
    }

    /// An interval, in microseconds.
    fn interval(&self) -> i64 {
        i64::from(self.dialect.interval_s) * 1_000_000
    }

    /// The message of some rows; `None` when none of them goes to this destination. The patient is known.
    fn message(
        &self,
        people: &mut People<'_>,
        about: &About<'_>,
        rows: &[Row],
    ) -> Result<Result<Option<String>, &'static str>, StoreError> {
        let Some(patient) = people.patient(about.patient)? else { return Ok(Err(NOBODY)) };
        let visit = people.visit(about.patient)?;
        let location = people.location(about.patient, about.association)?;
        let vouched = match about.proof {
            Proof::Sealed { .. } => Vouched::Sealed,
            Proof::Unsealed { source, .. } => Vouched::NotSealed(source.as_str()),
        };
        let sending = Sending {
            application: APPLICATION,
            facility: &self.facility,
            receiving_application: &self.receiving_application,
            receiving_facility: &self.receiving_facility,
            control_id: about.control_id,
            sent: now(),
            processing: self.processing,
            patient: &patient,
            account: "",
            visit: &visit.number,
            location: &location,
            device: about.device.as_str(),
            order: about.order,
            vouched,
        };
        Ok(Ok(dialect::write(&self.dialect, &sending, rows).message))
    }

    /// What of a batch of somebody's, or of nobody's, is in no message; only readings of a time that `counts`. Other readings of nobody's are no
    /// less accounted for: they are laid aside.
    fn left_out(&self, batch: &Batch, whose: Option<PatientId>, counts: impl Fn(Micros) -> bool) -> LeftOut {
        let values = dialect::rows(batch).into_iter().filter(|row| counts(row.time)).filter_map(|row| {
            let why = match whose {
                Some(_) => self.dialect.leaves_out(&row, self.processing).map(why),
                None => row.is_staged().then_some(WhyLeftOut::Staged),
            };
            Some((row.code, why?))
        });
        let waves = batch.readings.iter().filter_map(|reading| match reading {
            Reading::Wave { code, dt_us, .. } if counts(batch.time.plus(*dt_us)) => {
                Some((*code, WhyLeftOut::Waveform))
            }
            Reading::Wave { .. } | Reading::Value { .. } | Reading::Text { .. } => None,
        });
        values.chain(waves).collect()
    }
}

fn why(why: dialect::LeftOut) -> WhyLeftOut {
    match why {
        dialect::LeftOut::Staged => WhyLeftOut::Staged,
        dialect::LeftOut::Unlisted => WhyLeftOut::Unlisted,
    }
}

/// Why there is no message.
const NOBODY: &str = "no patient was with the device";
const UNREADABLE: &str = "the stored batch cannot be read";

/// The rows of a batch that lie in an interval of this length that begins at `slot`.
fn rows_in(batch: &Batch, slot: Micros, interval: i64) -> impl Iterator<Item = Row> {
    dialect::rows(batch).into_iter().filter(move |row| slot_of(row.time, interval) == slot)
}

/// When the interval began that a time lies in.
fn slot_of(time: Micros, interval: i64) -> Micros {
    Micros(time.0.saturating_sub(time.0.rem_euclid(interval.max(1))))
}
