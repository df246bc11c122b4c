//! Messages without readings, and the alarms that devices raised themselves.

use super::{StoreError, Writer};
use crate::alarms::DeviceAlarm;
use crate::record::{AlarmId, AlarmKind, Digest, SourceName};

impl Writer<'_> {
    /// Keeps a message; false when the same bytes were applied before.
    pub(crate) fn keep_message(&mut self, source: &SourceName, bytes: &[u8]) -> Result<bool, StoreError> {
        let sql = "INSERT INTO messages (source, received, digest, bytes) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT DO NOTHING";
        let values = (source.as_str(), self.now.0, Digest::of(bytes).0, bytes);
        Ok(self.db.prepare_cached(sql)?.execute(values)? > 0)
    }

    /// Raises, changes or clears an alarm as its device says. One that the device says is over and was never heard of is noted as over.
    pub(crate) fn device_alarm(&mut self, alarm: &DeviceAlarm) -> Result<AlarmId, StoreError> {
        let cleared = (!alarm.holds).then_some(alarm.time.0);
        let sql = "INSERT INTO alarms (kind, priority, device, patient, code, text, raised, cleared, reference) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (reference) WHERE reference IS NOT NULL \
                   DO UPDATE SET priority = ?2, text = ?6, cleared = ?8 RETURNING id";
        let values = (
            AlarmKind::Device.as_str(),
            alarm.priority.as_str(),
            alarm.device.as_str(),
            alarm.patient.map(|patient| patient.0),
            alarm.code,
            &alarm.text,
            alarm.time.0,
            cleared,
            &alarm.reference,
        );
        let id = AlarmId(self.db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?);
        if alarm.acknowledged {
            self.acknowledge_alarm(id, alarm.device.as_str())?;
        } else {
            self.tell_alarm(id)?;
        }
        Ok(id)
    }
}
