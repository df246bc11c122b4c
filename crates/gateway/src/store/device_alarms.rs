//! Alarms that devices raise themselves: by messages of their life (PCD-04), or by how their conditions are (adapters).
//!
//! What a device says of an alarm names it by a reference, which is unique in the book. A message of PCD-04 names one alarm for its whole
//! life. A condition comes again and again under one name: `DEVICE#NAME` is the alarm of its last time, and those before have no
//! reference any more. As with the gateway's own, one that latches and that nobody has acknowledged is opened again, any other is a new one.

use std::collections::BTreeSet;

use adapters::{Alerts, Condition, Said};
use seal::DeviceId;

use super::alarms::{ALARM, alarm, columns};
use super::{Reader, StoreError, Writer};
use crate::alarms::{DeviceAlarm, Rules};
use crate::record::{Alarm, AlarmId, AlarmKind, AlarmStep, PatientId};

/// Of which device conditions are told, and with whom it is.
#[derive(Clone, Copy)]
pub(super) struct Bedside<'a> {
    pub(super) device: &'a DeviceId,
    pub(super) patient: Option<PatientId>,
    pub(super) rules: &'a Rules,
}

/// No device id has the character between.
fn reference(device: &DeviceId, name: &str) -> String {
    format!("{device}#{name}")
}

impl Reader {
    fn referred(&self, reference: &str) -> Result<Option<Alarm>, StoreError> {
        self.one(&format!("SELECT {ALARM} WHERE a.reference = ?1"), [reference], alarm)
    }

    /// The conditions of a device that hold here, by their names.
    fn holding(&self, device: &DeviceId) -> Result<Vec<(AlarmId, String)>, StoreError> {
        let sql = "SELECT id, reference FROM alarms WHERE device = ?1 AND kind = ?2 AND cleared IS NULL AND reference IS NOT NULL";
        let of: Vec<(i64, String)> = self
            .all(sql, (device.as_str(), AlarmKind::Device.as_str()), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let prefix = reference(device, "");
        let named =
            |(id, reference): (i64, String)| Some((AlarmId(id), reference.strip_prefix(&prefix)?.to_owned()));
        Ok(of.into_iter().filter_map(named).collect())
    }

    /// Whether a device that tells of all its conditions says of one that it is otherwise than here.
    pub(crate) fn is_news(&self, device: &DeviceId, alerts: &Alerts) -> Result<bool, StoreError> {
        let here = self.holding(device)?;
        let here: BTreeSet<&str> = here.iter().map(|(_, name)| name.as_str()).collect();
        Ok(here != alerts.holding().collect())
    }
}

impl Writer<'_> {
    /// Has the book follow what a device says of its conditions. Acknowledgements come last, since they are of conditions that hold.
    pub(super) fn device_alerts(&mut self, alerts: &Alerts, of: Bedside<'_>) -> Result<(), StoreError> {
        for alert in &alerts.told {
            match &alert.said {
                Said::Condition(condition) => self.condition(&alert.name, condition, of)?,
                Said::Acknowledged => {}
            }
        }
        if alerts.are_all {
            let told: BTreeSet<&str> = alerts.told.iter().map(|alert| alert.name.as_str()).collect();
            for (id, name) in self.reader().holding(of.device)? {
                if !told.contains(name.as_str()) {
                    self.clear_alarm(id)?;
                }
            }
        }
        let seen = alerts.told.iter().filter(|alert| alert.said == Said::Acknowledged);
        for name in seen.map(|alert| &alert.name) {
            let alarm = self.reader().referred(&reference(of.device, name))?;
            if let Some(alarm) = alarm.filter(Alarm::is_active) {
                self.acknowledge_alarm(alarm.id, of.device.as_str())?;
            }
        }
        Ok(())
    }

    fn condition(&mut self, name: &str, told: &Condition, of: Bedside<'_>) -> Result<(), StoreError> {
        let reference = reference(of.device, name);
        let before = self.reader().referred(&reference)?;
        let alarm = DeviceAlarm::of_condition(told, reference, of.device, of.patient, of.rules);
        match before {
            // It says how it is, not that anything has come to an end.
            None if !told.holds => Ok(()),
            None => self.device_alarm(&alarm).map(drop),
            Some(before) if !told.holds => match before.cleared {
                Some(_) => Ok(()),
                // What it was about stays as it was.
                None => self.device_alarm(&alarm.ended(&before)).map(drop),
            },
            Some(before)
                if before.patient == of.patient && before.cleared.is_none() && alarm.is_like(&before) =>
            {
                Ok(())
            }
            Some(before) if before.patient == of.patient && before.is_active() => {
                self.device_alarm(&alarm).map(drop)
            }
            Some(before) => {
                // Another time, or another patient.
                self.clear_alarm(before.id)?;
                self.db
                    .prepare_cached("UPDATE alarms SET reference = NULL WHERE id = ?1")?
                    .execute([before.id.0])?;
                self.device_alarm(&alarm).map(drop)
            }
        }
    }

    /// Raises, changes or clears an alarm as its device says. One that the device says is over and was never heard of is noted as over.
    pub(crate) fn device_alarm(&mut self, alarm: &DeviceAlarm) -> Result<AlarmId, StoreError> {
        let before = self.reader().referred(&alarm.reference)?;
        let cleared = (!alarm.holds).then_some(alarm.time.0);
        let (value, unit, low, high) = columns(alarm.measured.as_ref());
        // What was moved on here stays so while the device says nothing else of its urgency; one that comes back calls again, from then on.
        let sql = "INSERT INTO alarms (kind, priority, device, patient, code, text, raised, cleared, reference, latching, \
                   recipients, calling, raised_priority, value, unit, low, high) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?2, ?13, ?14, ?15, ?16) \
                   ON CONFLICT (reference) WHERE reference IS NOT NULL DO UPDATE SET text = ?6, cleared = ?8, \
                   priority = CASE WHEN raised_priority = ?2 THEN priority ELSE ?2 END, raised_priority = ?2, \
                   acknowledged = CASE WHEN cleared IS NOT NULL AND ?8 IS NULL THEN NULL ELSE acknowledged END, \
                   acknowledged_by = CASE WHEN cleared IS NOT NULL AND ?8 IS NULL THEN NULL ELSE acknowledged_by END, \
                   calling = CASE WHEN cleared IS NOT NULL AND ?8 IS NULL THEN ?12 ELSE calling END, \
                   value = ?13, unit = ?14, low = ?15, high = ?16 RETURNING id";
        let values = rusqlite::params![
            AlarmKind::Device.as_str(),
            alarm.priority.as_str(),
            alarm.device.as_str(),
            alarm.patient.map(|patient| patient.0),
            alarm.code,
            &alarm.text,
            alarm.time.0,
            cleared,
            &alarm.reference,
            alarm.latching,
            &alarm.recipients,
            self.now.0,
            value,
            unit,
            low,
            high,
        ];
        let id = AlarmId(self.db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?);
        let now = self.known_alarm(id)?;
        let what = match (&before, alarm.holds) {
            (None, true) => Some(AlarmStep::Raised),
            (Some(before), true) if before.cleared.is_some() => Some(AlarmStep::Reopened),
            (Some(before), false) if before.cleared.is_some() => None,
            (None | Some(_), false) if now.is_active() => Some(AlarmStep::Latched),
            (None | Some(_), false) => Some(AlarmStep::Ended),
            (Some(before), true) => (*before != now).then_some(AlarmStep::Updated),
        };
        if let Some(what) = what {
            self.step(id, what, Some(alarm.device.as_str()))?;
        }
        if alarm.acknowledged {
            self.acknowledge_alarm(id, alarm.device.as_str())?;
        }
        Ok(id)
    }
}
