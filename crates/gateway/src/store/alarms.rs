//! Alarms and each step of their lives, the limits that people set, and what the early-warning score counts.
//!
//! Every change of an alarm goes through [`Writer::step`], which writes the step's row with the alarm as it is then, and tells of it.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use seal::{DeviceId, Micros};

use super::read_rows::parsed_device;
use super::{Page, Reader, StoreError, Writer};
use crate::alarms::engine::Heard;
use crate::alarms::{Class, Move, NewAlarm};
use crate::events::LiveEvent;
use crate::limits;
use crate::record::{
    Alarm, AlarmChoice, AlarmEvent, AlarmId, AlarmKind, AlarmStep, AlarmStepId, LimitOwner, Measured,
    PatientId, Priority, Profile, ScoreInput, SetLimit, Spo2Scale,
};

macro_rules! column_words {
    // turns `Type,` into: a text column of that type is read by its table of words
    ($($type:ident),*) => {$(
        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Self::from_word(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    )*};
}

column_words!(Priority, AlarmKind, AlarmStep, Profile);

pub(super) const ALARM: &str = "a.id, a.kind, a.priority, a.device, a.patient, a.code, a.text, a.raised, a.cleared, a.acknowledged, \
     a.acknowledged_by, a.latching, a.staged, a.recipients, a.level, a.calling, a.raised_priority, a.value, a.unit, \
     a.low, a.high FROM alarms a";

pub(super) fn alarm(row: &Row<'_>) -> rusqlite::Result<Alarm> {
    Ok(Alarm {
        id: AlarmId(row.get(0)?),
        kind: row.get(1)?,
        priority: row.get(2)?,
        device: row.get(3)?,
        patient: row.get::<_, Option<i64>>(4)?.map(PatientId),
        code: row.get(5)?,
        text: row.get(6)?,
        raised: row.get(7)?,
        cleared: row.get(8)?,
        acknowledged: row.get(9)?,
        acknowledged_by: row.get(10)?,
        latching: row.get(11)?,
        staged: row.get(12)?,
        recipients: row.get(13)?,
        level: row.get(14)?,
        calling: row.get(15)?,
        raised_priority: row.get(16)?,
        measured: measured(row, 17)?,
    })
}

fn measured(row: &Row<'_>, from: usize) -> rusqlite::Result<Option<Measured>> {
    let Some(value) = row.get(from)? else { return Ok(None) };
    let unit = row.get::<_, Option<String>>(from + 1)?.unwrap_or_default();
    Ok(Some(Measured { value, unit, low: row.get(from + 2)?, high: row.get(from + 3)? }))
}

/// A step's own columns stand in the places of the alarm's.
const STEP: &str = "a.id, a.kind, s.priority, a.device, a.patient, a.code, s.text, a.raised, a.cleared, a.acknowledged, \
     a.acknowledged_by, a.latching, a.staged, s.recipients, a.level, a.calling, a.raised_priority, s.value, s.unit, \
     s.low, s.high, s.id, s.time, s.step, s.actor, s.holds, s.acknowledged, \
     (SELECT min(f.id) FROM alarm_steps f WHERE f.alarm = a.id) FROM alarm_steps s JOIN alarms a ON a.id = s.alarm";

fn step(row: &Row<'_>) -> rusqlite::Result<AlarmEvent> {
    Ok(AlarmEvent {
        id: AlarmStepId(row.get(21)?),
        time: row.get(22)?,
        step: row.get(23)?,
        actor: row.get(24)?,
        holds: row.get(25)?,
        acknowledged: row.get(26)?,
        first: AlarmStepId(row.get(27)?),
        alarm: alarm(row)?,
    })
}

fn set_limit(row: &Row<'_>) -> rusqlite::Result<SetLimit> {
    let owner = match (row.get::<_, Option<Profile>>(0)?, row.get::<_, Option<i64>>(1)?) {
        (Some(profile), _) => LimitOwner::Profile(profile),
        (None, patient) => LimitOwner::Patient(PatientId(patient.unwrap_or_default())),
    };
    Ok(SetLimit {
        owner,
        code: row.get(2)?,
        low: row.get(3)?,
        high: row.get(4)?,
        priority: row.get(5)?,
        since: row.get(6)?,
        by: row.get(7)?,
    })
}

fn choice(row: &Row<'_>) -> rusqlite::Result<AlarmChoice> {
    let scale = if row.get::<_, i64>(2)? == 2 { Spo2Scale::Two } else { Spo2Scale::One };
    Ok(AlarmChoice {
        patient: PatientId(row.get(0)?),
        profile: row.get(1)?,
        scale,
        since: row.get(3)?,
        by: row.get(4)?,
    })
}

fn score_input(row: &Row<'_>) -> rusqlite::Result<ScoreInput> {
    Ok(ScoreInput {
        patient: PatientId(row.get(0)?),
        parameter: row.get(1)?,
        value: row.get(2)?,
        time: row.get(3)?,
        origin: row.get(4)?,
        staged: row.get(5)?,
    })
}

impl Reader {
    /// Alarms that are still to be shown, oldest first.
    pub fn active_alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        let sql = format!(
            "SELECT {ALARM} WHERE a.cleared IS NULL OR (a.latching = 1 AND a.acknowledged IS NULL) ORDER BY a.id"
        );
        self.all(&sql, [], alarm)
    }

    /// All alarms, newest first; of one patient, those of whoever was merged into them included.
    pub fn alarms(&self, patient: Option<PatientId>, page: Page) -> Result<Vec<Alarm>, StoreError> {
        let before = page.before.unwrap_or(i64::MAX);
        let limit = super::reader::rows_at_most(page.limit);
        let whose = match patient {
            Some(patient) => {
                let all = self.with_merged(patient)?.iter().map(ToString::to_string).collect::<Vec<_>>();
                format!("a.patient IN ({})", all.join(","))
            }
            None => "1".into(),
        };
        let sql = format!("SELECT {ALARM} WHERE a.id < ?1 AND {whose} ORDER BY a.id DESC LIMIT ?2");
        self.all(&sql, (before, limit), alarm)
    }

    /// One alarm.
    pub fn alarm(&self, id: AlarmId) -> Result<Option<Alarm>, StoreError> {
        self.one(&format!("SELECT {ALARM} WHERE a.id = ?1"), [id.0], alarm)
    }

    /// The steps after one, oldest first.
    pub fn alarm_steps(&self, after: AlarmStepId, limit: usize) -> Result<Vec<AlarmEvent>, StoreError> {
        let sql = format!("SELECT {STEP} WHERE s.id > ?1 ORDER BY s.id LIMIT ?2");
        self.all(&sql, (after.0, super::reader::rows_at_most(limit)), step)
    }

    /// One step.
    pub fn alarm_step(&self, id: AlarmStepId) -> Result<Option<AlarmEvent>, StoreError> {
        self.one(&format!("SELECT {STEP} WHERE s.id = ?1"), [id.0], step)
    }

    /// All steps of an alarm, oldest first.
    pub fn steps_of(&self, alarm: AlarmId) -> Result<Vec<AlarmEvent>, StoreError> {
        self.all(&format!("SELECT {STEP} WHERE s.alarm = ?1 ORDER BY s.id"), [alarm.0], step)
    }

    /// The last step there is; 0 before the first.
    pub fn last_alarm_step(&self) -> Result<AlarmStepId, StoreError> {
        let last = self.one("SELECT max(id) FROM alarm_steps", [], |row| row.get::<_, Option<i64>>(0))?;
        Ok(AlarmStepId(last.flatten().unwrap_or_default()))
    }

    /// The limits that people have set and that are in force.
    pub fn set_limits(&self) -> Result<Vec<SetLimit>, StoreError> {
        let sql = "SELECT profile, patient, code, low, high, priority, since, set_by FROM alarm_limits \
                   WHERE until IS NULL ORDER BY id";
        self.all(sql, [], set_limit)
    }

    /// What people chose and that is in force.
    pub fn alarm_choices(&self) -> Result<Vec<AlarmChoice>, StoreError> {
        let sql = "SELECT patient, profile, spo2_scale, since, set_by FROM alarm_choices \
                   WHERE until IS NULL ORDER BY id";
        self.all(sql, [], choice)
    }

    /// The last values that the early-warning score counts, as far as they are written.
    pub fn score_inputs(&self) -> Result<Vec<ScoreInput>, StoreError> {
        let sql = "SELECT patient, parameter, value, time, origin, staged FROM score_inputs";
        self.all(sql, [], score_input)
    }

    /// When the devices for which sources speak were heard last.
    pub(crate) fn heard_of_sources(&self) -> Result<Vec<Heard>, StoreError> {
        let devices = self.all(
            "SELECT id, row FROM devices WHERE source IS NOT NULL AND status = 'active'",
            [],
            |row| Ok((parsed_device(row, 0)?, row.get::<_, i64>(1)?)),
        )?;
        let sql = "SELECT received, patient FROM batches WHERE device = ?1 AND corrects IS NULL \
                   ORDER BY time DESC, id DESC LIMIT ?2";
        let heard = |(device, row): (DeviceId, i64)| {
            let last = self.all(sql, (row, limits::RHYTHM_MESSAGES as i64), |row| {
                Ok((Micros(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(PatientId)))
            })?;
            let patient = last.first().and_then(|(_, patient)| *patient);
            Ok(Heard { device, patient, at: last.into_iter().map(|(at, _)| at).collect() })
        };
        devices.into_iter().map(heard).collect()
    }
}

impl Writer<'_> {
    /// Writes down what happened to an alarm, with the alarm as it is now, and tells of it.
    pub(super) fn step(
        &mut self,
        id: AlarmId,
        what: AlarmStep,
        actor: Option<&str>,
    ) -> Result<Alarm, StoreError> {
        self.write_step(id, what, actor)?;
        let alarm = self.known_alarm(id)?;
        self.tell(LiveEvent::Alarm(alarm.clone()));
        Ok(alarm)
    }

    fn write_step(&self, id: AlarmId, what: AlarmStep, actor: Option<&str>) -> Result<(), StoreError> {
        let sql = "INSERT INTO alarm_steps (alarm, time, step, priority, recipients, text, holds, acknowledged, actor, \
                   value, unit, low, high) SELECT id, ?2, ?3, priority, recipients, text, cleared IS NULL, \
                   acknowledged IS NOT NULL, ?4, value, unit, low, high FROM alarms WHERE id = ?1";
        self.db.prepare_cached(sql)?.execute((id.0, self.now.0, what.as_str(), actor))?;
        Ok(())
    }

    pub(super) fn known_alarm(&self, id: AlarmId) -> Result<Alarm, StoreError> {
        let alarm = self.reader().alarm(id)?;
        alarm.ok_or_else(|| StoreError::Conflict(format!("there is no alarm {id}")))
    }

    /// Raises an alarm, or opens `again` if that one latched and nobody has acknowledged it yet, and tells of it.
    pub(super) fn raise_alarm(
        &mut self,
        alarm: &NewAlarm,
        class: &Class,
        again: Option<AlarmId>,
    ) -> Result<AlarmId, StoreError> {
        let (value, unit, low, high) = columns(alarm.measured.as_ref());
        let sql = "UPDATE alarms SET cleared = NULL, text = ?2, calling = ?3, value = ?4, unit = ?5, low = ?6, high = ?7, \
                   staged = ?8 WHERE id = ?1 AND acknowledged IS NULL AND latching = 1";
        if let Some(id) = again
            && self.db.prepare_cached(sql)?.execute((
                id.0,
                &alarm.text,
                self.now.0,
                value,
                unit,
                low,
                high,
                alarm.staged,
            ))? > 0
        {
            self.step(id, AlarmStep::Reopened, None)?;
            return Ok(id);
        }
        let sql = "INSERT INTO alarms (kind, priority, device, patient, code, text, raised, latching, recipients, calling, \
                   raised_priority, value, unit, low, high, staged) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?7, ?2, ?10, ?11, ?12, ?13, ?14)";
        let id = AlarmId(self.db.prepare_cached(sql)?.insert((
            alarm.matter.kind().as_str(),
            alarm.priority.as_str(),
            alarm.device.as_ref().map_or("", DeviceId::as_str),
            alarm.patient.map(|patient| patient.0),
            alarm.matter.code(),
            &alarm.text,
            self.now.0,
            class.latching,
            &class.recipients,
            value,
            unit,
            low,
            high,
            alarm.staged,
        ))?);
        self.step(id, AlarmStep::Raised, None)?;
        Ok(id)
    }

    /// Gives an alarm that holds other words, and perhaps another priority. One that became more urgent calls anew, whoever acknowledged it.
    pub(super) fn update_alarm(
        &mut self,
        id: AlarmId,
        alarm: &NewAlarm,
        class: &Class,
    ) -> Result<(), StoreError> {
        let known = self.known_alarm(id)?;
        if known.cleared.is_some() || (known.text == alarm.text && known.raised_priority == alarm.priority) {
            return Ok(());
        }
        let sql = "UPDATE alarms SET text = ?2, staged = ?3 WHERE id = ?1";
        self.db.prepare_cached(sql)?.execute((id.0, &alarm.text, alarm.staged))?;
        if known.raised_priority > alarm.priority {
            let sql = "UPDATE alarms SET priority = ?2, raised_priority = ?2, latching = ?3, recipients = ?4, level = 0, \
                       calling = ?5, acknowledged = NULL, acknowledged_by = NULL WHERE id = ?1";
            let values = (id.0, alarm.priority.as_str(), class.latching, &class.recipients, self.now.0);
            self.db.prepare_cached(sql)?.execute(values)?;
        } else if known.raised_priority < alarm.priority {
            let sql = "UPDATE alarms SET priority = ?2, raised_priority = ?2 WHERE id = ?1";
            self.db.prepare_cached(sql)?.execute((id.0, alarm.priority.as_str()))?;
        }
        self.step(id, AlarmStep::Updated, None).map(drop)
    }

    /// Notes that an alarm's condition has ceased, and tells of it.
    pub(super) fn clear_alarm(&mut self, id: AlarmId) -> Result<(), StoreError> {
        let sql = "UPDATE alarms SET cleared = ?2 WHERE id = ?1 AND cleared IS NULL";
        if self.db.prepare_cached(sql)?.execute((id.0, self.now.0))? == 0 {
            return Ok(());
        }
        let is_shown = self.known_alarm(id)?.is_active();
        self.step(id, if is_shown { AlarmStep::Latched } else { AlarmStep::Ended }, None).map(drop)
    }

    /// Moves an alarm on that nobody has acknowledged.
    pub(super) fn escalate_alarm(&mut self, id: AlarmId, level: u32, to: &Move) -> Result<(), StoreError> {
        let sql = "UPDATE alarms SET level = ?2, recipients = ?3, calling = ?4, priority = coalesce(?5, priority) \
                   WHERE id = ?1 AND acknowledged IS NULL";
        let priority = to.priority.map(Priority::as_str);
        let values = (id.0, level, &to.recipients, self.now.0, priority);
        if self.db.prepare_cached(sql)?.execute(values)? > 0 {
            self.step(id, AlarmStep::Escalated, None)?;
        }
        Ok(())
    }

    /// Has an acknowledged alarm call again: the pause is over, and its condition holds.
    pub(super) fn resume_alarm(&mut self, id: AlarmId) -> Result<(), StoreError> {
        let sql = "UPDATE alarms SET acknowledged = NULL, acknowledged_by = NULL, calling = ?2 \
                   WHERE id = ?1 AND acknowledged IS NOT NULL AND cleared IS NULL";
        if self.db.prepare_cached(sql)?.execute((id.0, self.now.0))? > 0 {
            self.step(id, AlarmStep::Resumed, None)?;
        }
        Ok(())
    }

    /// Acknowledges an alarm and tells of it. One acknowledged already stays as it is.
    pub fn acknowledge_alarm(&mut self, id: AlarmId, who: &str) -> Result<Alarm, StoreError> {
        let sql = "UPDATE alarms SET acknowledged = ?2, acknowledged_by = ?3 \
                   WHERE id = ?1 AND acknowledged IS NULL";
        if self.db.prepare_cached(sql)?.execute((id.0, self.now.0, who))? == 0 {
            return self.known_alarm(id);
        }
        if self.known_alarm(id)?.is_active() {
            return self.step(id, AlarmStep::Acknowledged, Some(who));
        }
        self.write_step(id, AlarmStep::Acknowledged, Some(who))?;
        self.step(id, AlarmStep::Ended, None)
    }
}

pub(super) type Columns<'m> = (Option<&'m str>, Option<&'m str>, Option<f64>, Option<f64>);

pub(super) fn columns(measured: Option<&Measured>) -> Columns<'_> {
    match measured {
        Some(one) => (Some(&one.value), Some(&one.unit), one.low, one.high),
        None => (None, None, None, None),
    }
}
