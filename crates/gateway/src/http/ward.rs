//! The ward as it is now, in memory: loaded from the store, then kept up by events, so that opening a dashboard
//! costs no search through batches.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use seal::{Batch, DeviceId, Micros};
use serde::Serialize;

use super::alarm_shapes::{AlarmShape, LimitShape, ScoreShape};
use super::shapes::{
    BatchEvent, BedShape, DeliveryShape, DeliveryState, Mark, Numeric, PatientRef, Readings, RefusalShape,
    SealState, WardShape, now,
};
use super::whose::Shown;
use crate::alarms::{Book, Rules, Score};
use crate::events::{Delivery, DeliveryOutcome, DeviceChange, DeviceState, LiveEvent};
use crate::limits;
use crate::presence::Presence;
use crate::record::{
    Alarm, AlarmId, AssociationId, Committed, DeviceStatus, Journal, PatientId, Place, Refusal, StoredBatch,
};
use crate::sinks::Destination;
use crate::store::{BatchQuery, Order, Reader, StoreError};

/// All beds, open alarms and destinations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ward {
    beds: BTreeMap<DeviceId, Bed>,
    alarms: BTreeMap<AlarmId, Alarm>,
    scores: BTreeMap<PatientId, Score>,
    rules: Option<Arc<Rules>>,
    feeds: BTreeMap<String, Feed>,
    /// The newest batch's number; 0 before the first.
    newest: i64,
}

#[derive(Clone, Debug)]
struct Bed {
    state: DeviceState,
    patient: Option<PatientRef>,
    association: Option<(AssociationId, Micros)>,
    /// The same patient by number: only this one's readings stand under the name.
    whose: Option<PatientId>,
    proof: Mark,
    /// When the last batch was received, by this gateway's clock.
    heard: Option<Micros>,
    refused: u64,
    refused_at: Option<Micros>,
    numerics: BTreeMap<u32, Numeric>,
    limits: Vec<LimitShape>,
}

#[derive(Clone, Debug)]
struct Feed {
    journal: Journal,
    /// The newest entry of its journal, unless that is of the batches.
    newest: i64,
    answered: i64,
    acknowledged: u64,
    rejected: u64,
    last: Option<Micros>,
    changed: bool,
}

/// Whether anybody watches the ward: what nobody hears is not put into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Somebody,
    Nobody,
}

/// What follows from an event.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Tell the listeners this: an event's name and its JSON.
    Tell(&'static str, Vec<u8>),
    /// Read the ward anew: who lies where has changed.
    Reload,
    /// Nothing, or nothing yet.
    Nothing,
}

fn tell<T: Serialize>(name: &'static str, shape: &T) -> Effect {
    match serde_json::to_vec(shape) {
        Ok(json) => Effect::Tell(name, json),
        Err(error) => {
            // Our shapes hold neither maps with odd keys nor fallible values; if one ever does, the log says which.
            tracing::error!(name, %error, "an event has no JSON");
            Effect::Nothing
        }
    }
}

impl Ward {
    /// Reads it from the store. What only events tell (connections, counts since the start) is taken over from `before`.
    pub(crate) fn load(
        reader: &Reader,
        feeds: &[Destination],
        presence: &Presence,
        before: &Self,
    ) -> Result<Self, StoreError> {
        let book = Book::load(reader)?;
        let associations: HashMap<_, _> =
            reader.current_associations()?.into_iter().map(|one| (one.device.clone(), one)).collect();
        let mut refused: HashMap<String, u64> = HashMap::new();
        for (device, _, count) in reader.refusal_counts()? {
            *refused.entry(device.unwrap_or_default()).or_default() += count;
        }
        let mut beds = BTreeMap::new();
        for device in reader.devices()? {
            let association = associations.get(&device.id);
            let latest = reader.latest(&device.id)?;
            let Shown { whose, person, patient } = Shown::of(reader, &device, association, latest.as_ref())?;
            let limits = match (&before.rules, person) {
                (Some(rules), Some(id)) => in_force(&book, rules, id),
                (Some(_) | None, _) => Vec::new(),
            };
            let known = before.beds.get(&device.id);
            let state = match device.status {
                DeviceStatus::Revoked => DeviceState::Revoked,
                DeviceStatus::Active => {
                    presence.of(&device.id).map_or(DeviceState::Disconnected, |change| change.state)
                }
            };
            let mut bed = Bed {
                state,
                patient,
                association: association.map(|one| (one.id, one.from)),
                whose,
                proof: Mark::from(&device.trust),
                heard: None,
                refused: refused.get(device.id.as_str()).copied().unwrap_or(0),
                refused_at: known.and_then(|bed| bed.refused_at),
                numerics: BTreeMap::new(),
                limits,
            };
            if let Some(row) = latest {
                bed.heard = Some(row.received);
                let decoded = if bed.is_of(&row) { decoded(&row) } else { None };
                decoded.iter().for_each(|batch| bed.show(batch));
            }
            beds.insert(device.id, bed);
        }
        let newest = BatchQuery { order: Order::NewestFirst, limit: 1, ..BatchQuery::default() };
        let newest = reader.batches(&newest)?.first().map_or(0, |row| row.id.0);
        let feeds = feeds.iter().map(|to| Ok((to.name.clone(), Feed::load(reader, to, before)?)));
        Ok(Self {
            beds,
            alarms: reader.active_alarms()?.into_iter().map(|alarm| (alarm.id, alarm)).collect(),
            scores: before.scores.clone(),
            rules: before.rules.clone(),
            feeds: feeds.collect::<Result<_, StoreError>>()?,
            newest,
        })
    }

    /// Takes an event in. Of a batch nobody is told anything when nobody watches: there are thousands a second, and whoever begins to
    /// watch gets the whole ward first.
    pub(crate) fn take(&mut self, event: &LiveEvent, audience: Audience) -> Effect {
        match event {
            LiveEvent::Batch(committed) => self.batch(committed, audience),
            LiveEvent::Refused(refusal) => self.refusal(refusal),
            LiveEvent::Alarm(alarm) => {
                if alarm.is_active() {
                    self.alarms.insert(alarm.id, alarm.clone());
                } else {
                    self.alarms.remove(&alarm.id);
                }
                self.rules
                    .as_ref()
                    .map_or(Effect::Reload, |rules| tell("alarm", &AlarmShape::new(alarm, rules)))
            }
            LiveEvent::Score(score) => {
                self.scores.insert(score.patient, (**score).clone());
                tell("score", &ScoreShape::from(&**score))
            }
            LiveEvent::AlarmSettings => Effect::Reload,
            LiveEvent::Device(change) => self.device(change),
            LiveEvent::Association(_) => Effect::Reload,
            LiveEvent::Delivery(delivery) => {
                self.delivery(delivery);
                Effect::Nothing
            }
        }
    }

    fn batch(&mut self, committed: &Committed, audience: Audience) -> Effect {
        let row = &committed.row;
        if row.corrects.is_some() {
            // Nothing was measured: who lies where may have changed.
            self.newest = self.newest.max(row.id.0);
            return Effect::Reload;
        }
        let Some(bed) = self.beds.get_mut(&row.device) else { return Effect::Reload };
        self.newest = self.newest.max(row.id.0);
        bed.heard = Some(row.received);
        bed.proof = Mark::from(&row.proof);
        if !bed.is_of(row) {
            // Readings of one patient never stand under another's name: what a device spooled with the patient before is in the record
            // only, and a source that names another patient now gets the tile read anew.
            return if bed.association.is_some() { Effect::Nothing } else { Effect::Reload };
        }
        bed.show(&committed.batch);
        if audience == Audience::Nobody {
            return Effect::Nothing;
        }
        let readings = Readings::of(&committed.batch);
        tell(
            "batch",
            &BatchEvent {
                device: row.device.as_str(),
                proof: bed.proof.clone(),
                time: row.time.0,
                stored: now().0,
                n: &readings.numerics,
                w: &readings.waves,
            },
        )
    }

    fn refusal(&mut self, refusal: &Refusal) -> Effect {
        if let Some(bed) = refusal.device.as_ref().and_then(|device| self.beds.get_mut(device)) {
            bed.refused += 1;
            bed.refused_at = Some(refusal.time);
        }
        tell("refused", &RefusalShape::from(refusal))
    }

    fn device(&mut self, change: &DeviceChange) -> Effect {
        let Some(bed) = self.beds.get_mut(&change.device) else { return Effect::Reload };
        // A withdrawn device's connection ends after its withdrawal; that it is taken in again only the store says.
        match (bed.state, change.state) {
            (DeviceState::Revoked, DeviceState::Disconnected) => return Effect::Nothing,
            (DeviceState::Revoked, DeviceState::Connected) => return Effect::Reload,
            (_, state) => bed.state = state,
        }
        #[derive(Serialize)]
        struct Change<'a> {
            device: &'a str,
            state: &'static str,
        }
        tell("device", &Change { device: change.device.as_str(), state: state_word(bed.state) })
    }

    /// Counted at once, told once a second: a destination answers as many times as there are batches.
    fn delivery(&mut self, delivery: &Delivery) {
        let Some(feed) = self.feeds.get_mut(&delivery.destination) else { return };
        feed.answered = feed.answered.max(delivery.place.0);
        feed.last = Some(delivery.time);
        feed.changed = true;
        match &delivery.outcome {
            DeliveryOutcome::Accepted => feed.acknowledged += 1,
            DeliveryOutcome::Refused(_) => feed.rejected += 1,
        }
    }

    /// What has changed of the destinations since the last call.
    pub(crate) fn deliveries(&mut self) -> Vec<Effect> {
        let (now, newest) = (now(), self.newest);
        let mut effects = Vec::new();
        for (name, feed) in &mut self.feeds {
            if std::mem::take(&mut feed.changed) || feed.answered < feed.newest(newest) {
                effects.push(tell("delivery", &feed.shape(name, newest, now)));
            }
        }
        effects
    }

    /// Where things go.
    pub(crate) fn destinations(&self) -> Vec<Destination> {
        let feeds = self.feeds.iter();
        feeds.map(|(name, feed)| Destination { name: name.clone(), journal: feed.journal }).collect()
    }

    /// Notes the newest entry of a destination's journal, of which no event tells.
    pub(crate) fn grown(&mut self, destination: &str, newest: Place) {
        if let Some(feed) = self.feeds.get_mut(destination) {
            feed.newest = newest.0;
        }
    }

    /// The ward as a dashboard sees it.
    pub(crate) fn shape(&self) -> WardShape {
        let now = now();
        WardShape {
            now: now.0,
            beds: self.beds.iter().map(|(device, bed)| bed.shape(device, now)).collect(),
            alarms: self.alarms().collect(),
            scores: self.scores.values().map(ScoreShape::from).collect(),
            deliveries: self.feeds.iter().map(|(name, feed)| feed.shape(name, self.newest, now)).collect(),
        }
    }

    /// The alarms that are shown, oldest first.
    pub(crate) fn alarms(&self) -> impl Iterator<Item = AlarmShape> {
        let rules = self.rules.iter();
        rules.flat_map(|rules| self.alarms.values().map(|alarm| AlarmShape::new(alarm, rules)))
    }

    /// A patient's score, when one was counted.
    pub(crate) fn score(&self, patient: PatientId) -> Option<ScoreShape> {
        self.scores.get(&patient).map(ScoreShape::from)
    }

    /// Empty, and told by which rules limits are in force.
    pub(crate) fn with_rules(rules: Arc<Rules>) -> Self {
        Self { rules: Some(rules), ..Self::default() }
    }
}

/// The limits in force for a patient that have a bound.
fn in_force(book: &Book, rules: &Rules, patient: PatientId) -> Vec<LimitShape> {
    let (limits, _) = rules.profile(book.profile(patient));
    let in_force = limits.iter().filter_map(|limit| book.limit(rules, patient, limit.code));
    in_force
        .filter(|limit| limit.low.is_some() || limit.high.is_some())
        .map(|limit| LimitShape::from(&limit))
        .collect()
}

fn state_word(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Connected => "connected",
        DeviceState::Disconnected => "disconnected",
        DeviceState::Revoked => "revoked",
    }
}

/// The readings of a stored row, which could be read before it was stored.
pub(crate) fn decoded(row: &StoredBatch) -> Option<Batch> {
    row.open().ok().map(|opened| opened.batch)
}

impl Bed {
    /// Whether a row's readings are those of whoever the tile names.
    fn is_of(&self, row: &StoredBatch) -> bool {
        let same = self.association.is_some_and(|(id, _)| row.association == Some(id));
        same || row.patient == self.whose
    }

    fn show(&mut self, batch: &Batch) {
        self.numerics.extend(Readings::numerics_of(batch).map(|numeric| (numeric.c, numeric)));
    }

    fn shape(&self, device: &DeviceId, now: Micros) -> BedShape {
        BedShape {
            device: device.to_string(),
            state: state_word(self.state),
            patient: self.patient.clone(),
            association: self.association.map(|(id, _)| id.0),
            since: self.association.map(|(_, since)| since.0),
            seal: self.seal(now),
            proof: self.proof.clone(),
            last: self.heard.map(|time| time.0),
            refused: self.refused,
            numerics: self.numerics.values().copied().collect(),
            limits: self.limits.clone(),
        }
    }

    fn seal(&self, now: Micros) -> SealState {
        let since = |time: Micros| now.0.saturating_sub(time.0);
        match (self.heard, self.refused_at) {
            (_, Some(refused)) if since(refused) < limits::REFUSAL_SHOWN.as_micros() as i64 => {
                SealState::Refused
            }
            (None, _) => SealState::Waiting,
            (Some(heard), _) if since(heard) > limits::SILENT_AFTER.as_micros() as i64 => SealState::Silent,
            (Some(_), _) => match self.proof {
                Mark::Sealed { .. } => SealState::Verified,
                Mark::Unsealed { .. } => SealState::NotSealed,
            },
        }
    }
}

impl Feed {
    fn load(reader: &Reader, to: &Destination, before: &Ward) -> Result<Self, StoreError> {
        let Destination { name, journal } = to;
        let Place(answered) = reader.outbox(name, *journal)?;
        let Place(newest) = reader.newest(name, *journal)?;
        let known = before.feeds.get(name);
        Ok(Self {
            journal: *journal,
            newest,
            answered,
            acknowledged: known.map_or(0, |feed| feed.acknowledged),
            rejected: reader.dead_letters(name)?,
            last: known.and_then(|feed| feed.last),
            changed: false,
        })
    }

    /// The newest entry of its journal, when this is the newest batch.
    fn newest(&self, batch: i64) -> i64 {
        match self.journal {
            Journal::Batches => batch,
            Journal::Associations | Journal::Alarms | Journal::Charts => self.newest,
        }
    }

    fn shape(&self, name: &str, newest: i64, now: Micros) -> DeliveryShape {
        let waiting = self.newest(newest).saturating_sub(self.answered).max(0).cast_unsigned();
        let quiet = self.last.is_none_or(|last| now.0 - last.0 > limits::DELIVERY_QUIET.as_micros() as i64);
        DeliveryShape {
            feed: name.to_owned(),
            state: if waiting > 0 && quiet { DeliveryState::Behind } else { DeliveryState::Delivering },
            acknowledged: self.acknowledged,
            rejected: self.rejected,
            waiting,
            last: self.last.map(|time| time.0),
        }
    }
}

#[cfg(test)]
mod tests;
