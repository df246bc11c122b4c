//! From stored rows to transactions ready to be sent.

use clinical::fhir::{DeviceFacts, DeviceStatus, DeviceTrust, Push, Source, Unknown};
use clinical::proof::Standing;
use seal::{Flags, Reading};

use crate::config::{Feed, Fhir, Purpose};
use crate::record::{self, LeftOut, RestsOn, StoredBatch, Trust, WhyLeftOut};
use crate::sinks::outbox::{self, Item, Message, Work};
use crate::sinks::people::People;
use crate::store::{Reader, StoreError};

/// What all transactions of a feed have in common.
pub(super) struct Terms {
    patient_system: String,
    unknown: Unknown,
    purpose: Purpose,
    waveforms: bool,
}

impl Terms {
    pub(super) fn of(feed: &Feed, terms: &Fhir) -> Self {
        Self {
            patient_system: terms.patient_system.clone(),
            unknown: if terms.create_patients { Unknown::Create } else { Unknown::Refuse },
            purpose: feed.purpose,
            waveforms: terms.waveforms,
        }
    }

    /// What is to be sent of these rows.
    pub(super) fn items(&self, reader: &Reader, rows: &[StoredBatch]) -> Result<Vec<Item>, StoreError> {
        let mut people = People::new(reader, "");
        rows.iter().map(|row| self.item(&mut people, row)).collect()
    }

    fn item(&self, people: &mut People<'_>, row: &StoredBatch) -> Result<Item, StoreError> {
        let item = |work| Ok(Item::whole(row.id.into(), row.patient, work));
        if row.replaced.is_some() {
            // They are another patient's by now; the row that says so takes back what was sent.
            return item(Work::Send(Vec::new()));
        }
        let mut messages = Vec::new();
        if let Some(wrong) = people.reader().corrected_by(row)?
            && let Ok(text) = self.transaction(people, &wrong, Standing::WrongPatient)?
        {
            messages.extend(text);
        }
        match self.transaction(people, row, Standing::Current)? {
            Ok(text) => messages.extend(text),
            Err(reason) if messages.is_empty() => return item(Work::LayAside(reason.into())),
            // Nobody's now: what was sent is taken back and no more.
            Err(_) => {}
        }
        let messages = messages.into_iter().map(|text| Message { name: String::new(), text });
        let left_out = match row.open() {
            Ok(opened) => outbox::left_out(&opened.batch, |reading| self.leaves_out(reading)),
            Err(_) => LeftOut::default(),
        };
        let work = Work::Send(messages.collect());
        Ok(Item { left_out, ..Item::whole(row.id.into(), row.patient, work) })
    }

    /// The transaction of a row, none when nothing of it is to go out, or why it cannot be made.
    fn transaction(
        &self,
        people: &mut People<'_>,
        row: &StoredBatch,
        standing: Standing,
    ) -> Result<Result<Option<String>, &'static str>, StoreError> {
        let patient = row.patient.map(|id| people.patient(id)).transpose()?.flatten();
        let Some(patient) = patient else {
            // Demonstration and test data are nobody's on purpose: there is nothing for a person to look at.
            let staged = row.open().is_ok_and(|opened| opened.is_staged());
            return Ok(if staged { Ok(None) } else { Err("no patient was with the device") });
        };
        let Some(device) = people.device(&row.device)? else { return Ok(Err("the device is not known")) };
        // The store holds only what could be read; should the disk have changed it since, it is shown and not sent.
        let Ok(opened) = row.open() else { return Ok(Err("the stored batch cannot be read")) };
        let seal = match &opened.rests_on {
            RestsOn::Seal { sealed, .. } => Some(sealed.seal().to_bytes()),
            RestsOn::Source { .. } => None,
        };
        let push = Push {
            source: Source {
                batch: row.id.0,
                device: &row.device,
                patient: None,
                time: row.time,
                received: row.received,
                proof: opened.proof(),
                standing,
            },
            readings: opened
                .batch
                .readings
                .iter()
                .enumerate()
                .filter(|(_, reading)| self.leaves_out(reading).is_none())
                .collect(),
            cose_sign1: seal.as_deref(),
            corrected: row.corrects.map(|_| row.id.0),
            device: facts(&device),
            patient: &patient,
            patient_system: &self.patient_system,
            unknown: self.unknown,
        };
        let text = push.transaction().map(|transaction| serde_json::to_string(&transaction));
        Ok(text.transpose().map_err(|_| "the transaction has no JSON"))
    }

    /// Why a reading is in no transaction.
    fn leaves_out(&self, reading: &Reading) -> Option<WhyLeftOut> {
        let staged = reading.flags().contains(Flags::SIMULATED) || reading.flags().contains(Flags::TEST);
        match (self.purpose, reading) {
            (Purpose::Production, _) if staged => Some(WhyLeftOut::Staged),
            (_, Reading::Wave { .. }) if !self.waveforms => Some(WhyLeftOut::Waveform),
            (_, _) => None,
        }
    }
}

fn facts(device: &record::Device) -> DeviceFacts<'_> {
    DeviceFacts {
        id: &device.id,
        status: match device.status {
            record::DeviceStatus::Active => DeviceStatus::Active,
            record::DeviceStatus::Revoked => DeviceStatus::Inactive,
        },
        trust: match device.trust {
            Trust::Seal(_) => DeviceTrust::Seal,
            Trust::Source(_) => DeviceTrust::Source,
        },
        enrolled: device.enrolled,
        patient: None,
    }
}
