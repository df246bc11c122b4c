//! What is to be told next of what was stored: the step from one state of the charting to the following.
//!
//! A step ends one interval, at the earliest when its readings have had their time to arrive, and tells what has come of earlier ones since the step before.
//! Which rows belong to a step follows from when they were received, not from when the step is made: after a stop or a long outage
//! the same is told as would have been.

use std::collections::{BTreeMap, BTreeSet};

use clinical::dialect::{Row, Status, Value};
use seal::{Code, DeviceId, Flags, Micros};

use super::{About, NOBODY, Terms, UNREADABLE, rows_in, slot_of};
use crate::limits;
use crate::record::{AssociationId, BatchId, Journal, LeftOut, PatientId, Place, Proof};
use crate::sinks::people::People;
use crate::store::{Charting, NewChart, Outline, Reader, StoreError, Stretch};

/// What is to be done next.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing before then, as far as is known now.
    Wait(Micros),
    /// Put these on their way; then the charting has got so far, and this was in none of them.
    Chart(Vec<NewChart>, Charting, LeftOut),
}

/// The next step of a destination's charting, at `now`.
pub(super) fn next(
    reader: &Reader,
    terms: &Terms,
    destination: &str,
    now: Micros,
) -> Result<Step, StoreError> {
    let later = Step::Wait(now.plus(limits::CHART_TICK.as_micros() as i64));
    let newest = reader.newest_chart(destination)?;
    if newest.0 - reader.outbox(destination, Journal::Charts)?.0 > limits::CHARTS_WAITING {
        // The rows wait in the store as well as charts would.
        return Ok(later);
    }
    let known = reader.charting(destination)?;
    let done = known.map_or(BatchId(0), |known| known.done);
    let first = reader.outlines(done, BatchId(i64::MAX), 1)?.into_iter().next();
    let state = match (known, first) {
        (None, None) => return Ok(later),
        (Some(known), None) if known.open == known.done => return Ok(later),
        (None, Some(first)) => {
            Charting { horizon: terms.horizon(first.received), done: BatchId(0), open: BatchId(0) }
        }
        // Nothing stored lies between: the intervals till then are empty.
        (Some(known), Some(first)) if known.open == known.done => {
            Charting { horizon: terms.horizon(first.received.min(now)).max(known.horizon), ..known }
        }
        (Some(known), _) => known,
    };
    // The interval may have been changed since.
    let state = Charting { horizon: slot_of(state.horizon, terms.interval()), ..state };
    let beginning = reader.beginning(destination, Journal::Charts)?;
    let beginning = BatchId(beginning.map_or(0, |beginning| beginning.place.0));
    let due = state.horizon.plus(terms.interval()).plus(terms.settle);
    if now < due {
        return Ok(Step::Wait(due));
    }
    let left_out = LeftOut::default();
    Stepper { reader, terms, state, beginning, due, now, newest, left_out }.step()
}

impl Terms {
    /// The first interval that a row received then can be in time for.
    fn horizon(&self, received: Micros) -> Micros {
        slot_of(received.plus(-self.settle), self.interval())
    }
}

/// What there is of one device's readings for one patient.
#[derive(Default)]
struct Touched {
    slots: BTreeSet<Micros>,
    /// How far readings of these rows lie before their batch's time, and after it.
    before: i64,
    after: i64,
}

type Groups = BTreeMap<(Option<PatientId>, DeviceId), Touched>;

struct Stepper<'a> {
    reader: &'a Reader,
    terms: &'a Terms,
    state: Charting,
    /// The destination was told nothing of the rows up to this one, nor is it of what becomes of them.
    beginning: BatchId,
    /// When the interval's readings have had their time.
    due: Micros,
    now: Micros,
    newest: Place,
    left_out: LeftOut,
}

impl Stepper<'_> {
    fn step(mut self) -> Result<Step, StoreError> {
        let end = self.reader.received_by(self.state.done, self.due, self.now)?;
        let rows = self.reader.outlines(self.state.done, end, limits::CHART_ROWS)?;
        let done = rows.last().map_or(self.state.done, |row| row.id);
        let mut groups = Groups::new();
        for row in &rows {
            self.late(row, &mut groups)?;
        }
        let horizon = self.state.horizon.plus(self.terms.interval());
        let reached = if rows.len() < limits::CHART_ROWS {
            let open = self.in_time(done, horizon, &mut groups)?;
            Charting { horizon, done, open }
        } else {
            // There are more rows of this interval than are looked at in one step.
            let is_open =
                self.state.open < self.state.done || rows.iter().any(|row| row.last >= self.state.horizon);
            Charting { done, open: if is_open { self.state.open } else { done }, ..self.state }
        };
        let charts = self.charts(groups, done)?;
        Ok(Step::Chart(charts, reached, self.left_out))
    }

    /// What a new row has for intervals that were charted already.
    fn late(&self, row: &Outline, groups: &mut Groups) -> Result<(), StoreError> {
        if row.first >= self.state.horizon {
            return Ok(());
        }
        let slots = self.slots(row)?;
        let late = slots.range(..self.state.horizon).copied();
        let mut touch = |patient| {
            let group = groups.entry((patient, row.device.clone())).or_default();
            group.take(row);
            group.slots.extend(late.clone());
        };
        touch(row.patient);
        if row.corrects.is_some() {
            touch(self.reader.patient_before(row)?);
        }
        Ok(())
    }

    /// Whose readings lie in the interval that ends now; gives the last row before those that have readings for later ones.
    fn in_time(&self, done: BatchId, end: Micros, groups: &mut Groups) -> Result<BatchId, StoreError> {
        let (mut after, mut open) = (self.state.open, None);
        while after < done {
            let page = self.reader.outlines(after, done, limits::CHART_ROWS)?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for row in &page {
                if believed(row) >= end && open.is_none() {
                    open = Some(BatchId(row.id.0 - 1));
                }
                if row.last >= self.state.horizon && row.first < end {
                    let group = groups.entry((row.patient, row.device.clone())).or_default();
                    group.take(row);
                    group.slots.insert(self.state.horizon);
                }
            }
        }
        Ok(open.unwrap_or(done))
    }

    /// The intervals in which a row may have readings.
    fn slots(&self, row: &Outline) -> Result<BTreeSet<Micros>, StoreError> {
        /// As many intervals are taken for granted; of a longer row it is looked up.
        const FEW: i64 = 16;
        let interval = self.terms.interval();
        let (first, last) = (slot_of(row.first, interval), slot_of(row.last, interval));
        let count = last.0.saturating_sub(first.0) / interval + 1;
        if count <= FEW {
            return Ok((0..count).map(|index| first.plus(index * interval)).collect());
        }
        let opened = self.reader.batch(row.id)?.and_then(|row| row.open().ok());
        let readings = opened.iter().flat_map(|opened| clinical::dialect::rows(&opened.batch));
        Ok(readings.map(|reading| slot_of(reading.time, interval)).collect())
    }

    /// The charts of what was touched, from the earliest interval to the last.
    fn charts(&mut self, groups: Groups, done: BatchId) -> Result<Vec<NewChart>, StoreError> {
        let mut people = People::new(self.reader, &self.terms.facility);
        let mut charts = Vec::new();
        for ((patient, device), touched) in &groups {
            for slot in &touched.slots {
                let chart = self.chart(&mut people, *patient, device, touched, *slot, done)?;
                charts.extend(chart);
            }
        }
        // What is taken back goes before what takes its place with another patient.
        charts.sort_by_key(|chart| (chart.slot, !chart.wrong));
        let mut numbered = Vec::with_capacity(charts.len());
        for draft in charts {
            let place = Place(self.newest.0 + 1);
            if let Some(chart) = self.write(&mut people, draft, place)? {
                self.newest = place;
                numbered.push(chart);
            }
        }
        Ok(numbered)
    }

    /// What is to be told of one patient, device and interval.
    fn chart(
        &mut self,
        people: &mut People<'_>,
        patient: Option<PatientId>,
        device: &DeviceId,
        touched: &Touched,
        slot: Micros,
        done: BatchId,
    ) -> Result<Option<Draft>, StoreError> {
        let interval = self.terms.interval();
        let stretch = Stretch {
            patient,
            device,
            from: slot.plus(-touched.after),
            to: slot.plus(interval).plus(touched.before).plus(1),
            up_to: done,
        };
        let (mut then, mut now, mut last, mut is_readable) = (Vec::new(), Vec::new(), None, true);
        for standing in people.reader().standing(&stretch)? {
            if standing.row.corrects.unwrap_or(standing.row.id) <= self.beginning {
                continue;
            }
            let Ok(opened) = standing.row.open() else {
                is_readable &= standing.row.id <= self.state.done;
                continue;
            };
            // Each reading once: when its interval is charted, or when it comes after that.
            if standing.stood(done) && (slot >= self.state.horizon || standing.row.id > self.state.done) {
                let in_slot = |time| slot_of(time, interval) == slot;
                self.left_out.extend(&self.terms.left_out(&opened.batch, patient, in_slot));
            }
            let rows: Vec<Row> = rows_in(&opened.batch, slot, interval).collect();
            if rows.is_empty() {
                continue;
            }
            // What lies in the interval that ends now was not charted yet.
            if slot < self.state.horizon && standing.stood(self.state.done) {
                then.extend(rows.iter().cloned());
            }
            if standing.stood(done) {
                now.extend(rows);
            }
            last = Some((standing.row.association, standing.row.proof));
        }
        let rows = difference(&self.condensed(then), &self.condensed(now));
        Ok(match last {
            Some((association, proof)) if !rows.is_empty() => {
                let wrong = rows.iter().any(|row| row.status == Status::Wrong);
                let told = Told::Rows { rows, association, proof };
                Some(Draft { patient, device: device.clone(), slot, wrong, told })
            }
            _ if !is_readable => {
                let device = device.clone();
                Some(Draft { patient, device, slot, wrong: false, told: Told::Unreadable })
            }
            _ => None,
        })
    }

    fn condensed(&self, mut rows: Vec<Row>) -> Vec<Row> {
        rows.sort_by_key(|row| row.time);
        self.terms.dialect.condense(&rows)
    }

    /// A draft as it goes out; `None` when nothing of it is for this destination.
    fn write(
        &self,
        people: &mut People<'_>,
        draft: Draft,
        place: Place,
    ) -> Result<Option<NewChart>, StoreError> {
        let Draft { patient, device, slot, wrong, told } = draft;
        let message = match (told, patient) {
            (Told::Unreadable, _) => Err(UNREADABLE),
            // Demonstration and test data are nobody's on purpose: there is nothing for a person to look at.
            (Told::Rows { rows, .. }, None) if rows.iter().all(Row::is_staged) => return Ok(None),
            (Told::Rows { .. }, None) => Err(NOBODY),
            (Told::Rows { rows, association, proof }, Some(patient)) => {
                let order = format!("{patient}-{}", stamp(slot));
                let control_id = format!("MC{place}");
                let (control_id, order) = (control_id.as_str(), order.as_str());
                let about = About { control_id, order, patient, association, device: &device, proof: &proof };
                match self.terms.message(people, &about, &rows)? {
                    Ok(None) => return Ok(None),
                    Ok(Some(text)) => Ok(text),
                    Err(reason) => Err(reason),
                }
            }
        };
        Ok(Some(NewChart { place, patient, device, slot, wrong, message }))
    }
}

/// Up to when a row may have readings: what claims to be measured long after it was received is waited for by nobody.
fn believed(row: &Outline) -> Micros {
    row.last.min(row.received.plus(limits::CHART_AHEAD.as_micros() as i64))
}

impl Touched {
    fn take(&mut self, row: &Outline) {
        self.before = self.before.max(row.time.0.saturating_sub(row.first.0));
        self.after = self.after.max(row.last.0.saturating_sub(row.time.0));
    }
}

/// A chart before it has a number.
struct Draft {
    patient: Option<PatientId>,
    device: DeviceId,
    slot: Micros,
    wrong: bool,
    told: Told,
}

enum Told {
    Rows { rows: Vec<Row>, association: Option<AssociationId>, proof: Proof },
    Unreadable,
}

/// What has to be told of rows that were charted as `then` and are `now`: nothing of those that are the same.
fn difference(then: &[Row], now: &[Row]) -> Vec<Row> {
    let mut charted: BTreeMap<Key<'_>, &Row> = then.iter().map(|row| (key(row), row)).collect();
    let mut told = Vec::new();
    for row in now {
        match charted.remove(&key(row)) {
            None => told.push(Row { status: Status::New, ..row.clone() }),
            Some(before) if before.value == row.value && before.flags == row.flags => {}
            Some(_) => told.push(Row { status: Status::Corrected, ..row.clone() }),
        }
    }
    told.extend(charted.into_values().map(|row| Row { status: Status::Wrong, ..row.clone() }));
    told
}

/// What makes two rows of an interval the same one: see [`clinical::dialect::Dialect::condense`].
type Key<'r> = (Code, &'r str, bool, bool, bool);

fn key(row: &Row) -> Key<'_> {
    let (simulated, test) = (row.flags.contains(Flags::SIMULATED), row.flags.contains(Flags::TEST));
    (row.code, &row.unit, simulated, test, matches!(row.value, Value::Number(_)))
}

/// A moment in UTC, as part of a name.
fn stamp(time: Micros) -> String {
    let moment = jiff::Timestamp::from_microsecond(time.0);
    moment.map(|moment| moment.strftime("%Y%m%d%H%M%S").to_string()).unwrap_or_else(|_| time.0.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(code: u32, value: &str, count: u32, flags: Flags) -> Row {
        let (time, status) = (Micros(5), Status::New);
        let value = Value::Number(value.parse().unwrap());
        Row { code: Code(code), unit: "%".into(), time, from: time, count, value, flags, status }
    }

    #[test]
    fn only_what_differs_is_told() {
        let then = [
            row(1, "96", 2, Flags::NONE),
            row(2, "80", 2, Flags::NONE),
            row(3, "7", 1, Flags::NONE),
            row(4, "37", 1, Flags::NONE),
        ];
        let now = [
            row(1, "96", 3, Flags::NONE),
            row(2, "81", 3, Flags::NONE),
            row(4, "37", 2, Flags::QUESTIONABLE),
            row(5, "12", 1, Flags::NONE),
        ];
        let told: Vec<_> = difference(&then, &now).iter().map(|row| (row.code.0, row.status)).collect();
        let (new, corrected, wrong) = (Status::New, Status::Corrected, Status::Wrong);
        assert_eq!(told, [(2, corrected), (4, corrected), (5, new), (3, wrong)]);
    }
}
