//! What people set, choose and enter for alarms: limits, profiles, what they saw. Rows are ended, never changed, and each change is audited.

use seal::DeviceId;

use super::{StoreError, Writer};
use crate::audit::{Action, Entry};
use crate::events::LiveEvent;
use crate::record::{AlarmChoice, LimitOwner, PatientId, ScoreInput, SetLimit, Spo2Scale};

impl Writer<'_> {
    /// Sets a limit, in somebody's name; the one before ends.
    pub fn set_limit(&mut self, limit: &SetLimit, actor: &str) -> Result<(), StoreError> {
        self.end_limit(limit.owner, limit.code, actor)?;
        let (profile, patient) = owner_columns(limit.owner);
        let sql = "INSERT INTO alarm_limits (profile, patient, code, low, high, priority, since, set_by) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let priority = limit.priority.as_str();
        let values = (profile, patient, limit.code, limit.low, limit.high, priority, self.now.0, &limit.by);
        self.db.prepare_cached(sql)?.execute(values)?;
        let bound = |bound: Option<f64>| bound.map_or("none".into(), |bound| bound.to_string());
        let detail =
            format!("code {}: {} to {}, {priority}", limit.code, bound(limit.low), bound(limit.high));
        self.audit(Entry::done(actor, Action::SetLimit, owner_text(limit.owner)).with_detail(detail))
    }

    /// Takes a limit back that somebody set; false when nobody had.
    pub fn unset_limit(&mut self, owner: LimitOwner, code: u32, actor: &str) -> Result<bool, StoreError> {
        let ended = self.end_limit(owner, code, actor)?;
        if ended {
            let entry = Entry::done(actor, Action::UnsetLimit, owner_text(owner));
            self.audit(entry.with_detail(format!("code {code}")))?;
        }
        Ok(ended)
    }

    fn end_limit(&mut self, owner: LimitOwner, code: u32, actor: &str) -> Result<bool, StoreError> {
        let (profile, patient) = owner_columns(owner);
        let sql = "UPDATE alarm_limits SET until = ?4, ended_by = ?5 \
                   WHERE profile IS ?1 AND patient IS ?2 AND code = ?3 AND until IS NULL";
        self.tell(LiveEvent::AlarmSettings);
        Ok(self.db.prepare_cached(sql)?.execute((profile, patient, code, self.now.0, actor))? > 0)
    }

    /// Chooses a patient's profile and scale, in somebody's name; what was chosen before ends.
    pub fn choose(&mut self, choice: &AlarmChoice, actor: &str) -> Result<(), StoreError> {
        self.end_choice(choice.patient, actor)?;
        let sql = "INSERT INTO alarm_choices (patient, profile, spo2_scale, since, set_by) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let scale = match choice.scale {
            Spo2Scale::One => 1,
            Spo2Scale::Two => 2,
        };
        let values = (choice.patient.0, choice.profile.as_str(), scale, self.now.0, &choice.by);
        self.db.prepare_cached(sql)?.execute(values)?;
        let detail = format!("profile {}, SpO2 scale {}", choice.profile, choice.scale);
        let object = owner_text(LimitOwner::Patient(choice.patient));
        self.audit(Entry::done(actor, Action::ChooseProfile, object).with_detail(detail))
    }

    fn end_choice(&mut self, patient: PatientId, actor: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE alarm_choices SET until = ?2, ended_by = ?3 WHERE patient = ?1 AND until IS NULL";
        self.tell(LiveEvent::AlarmSettings);
        Ok(self.db.prepare_cached(sql)?.execute((patient.0, self.now.0, actor))? > 0)
    }

    /// Ends what was set and chosen for a patient who went: the next visit begins with the profiles' limits.
    pub(crate) fn end_settings(&mut self, patient: PatientId, actor: &str) -> Result<(), StoreError> {
        let sql = "UPDATE alarm_limits SET until = ?2, ended_by = ?3 WHERE patient = ?1 AND until IS NULL";
        let limits = self.db.prepare_cached(sql)?.execute((patient.0, self.now.0, actor))?;
        if self.end_choice(patient, actor)? || limits > 0 {
            let entry = Entry::done(actor, Action::UnsetLimit, owner_text(LimitOwner::Patient(patient)));
            self.audit(entry.with_detail("all: the patient went"))?;
        }
        Ok(())
    }

    /// What was set and chosen for a number that turned out to be another's becomes that one's, where that one has nothing of its own.
    pub(super) fn merge_settings(
        &mut self,
        survivor: PatientId,
        retired: PatientId,
    ) -> Result<(), StoreError> {
        self.tell(LiveEvent::AlarmSettings);
        for sql in [
            "UPDATE alarm_limits SET patient = ?1 WHERE patient = ?2 AND until IS NULL AND code NOT IN \
             (SELECT code FROM alarm_limits WHERE patient = ?1 AND until IS NULL)",
            "UPDATE alarm_choices SET patient = ?1 WHERE patient = ?2 AND until IS NULL AND NOT EXISTS \
             (SELECT 1 FROM alarm_choices WHERE patient = ?1 AND until IS NULL)",
            "UPDATE OR IGNORE score_inputs SET patient = ?1 WHERE patient = ?2",
        ] {
            self.db.prepare_cached(sql)?.execute((survivor.0, retired.0))?;
        }
        Ok(())
    }

    /// Enters what a person saw of a patient.
    pub fn enter_seen(&mut self, input: &ScoreInput, actor: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO seen (patient, parameter, value, time, seen_by) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = (input.patient.0, &input.parameter, &input.value, input.time, &input.origin);
        self.db.prepare_cached(sql)?.execute(values)?;
        self.keep_score_input(input)?;
        self.tell(LiveEvent::AlarmSettings);
        // The value is a measurement, which the audit log does not hold.
        let object = owner_text(LimitOwner::Patient(input.patient));
        self.audit(Entry::done(actor, Action::EnterSeen, object).with_detail(&*input.parameter))
    }

    /// Writes down the last value of a parameter.
    pub(super) fn keep_score_input(&mut self, input: &ScoreInput) -> Result<(), StoreError> {
        let sql = "INSERT INTO score_inputs (patient, parameter, value, time, origin, staged) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (patient, parameter) DO UPDATE SET value = ?3, time = ?4, \
                   origin = ?5, staged = ?6 WHERE time <= ?4";
        let ScoreInput { patient, parameter, value, time, origin, staged } = input;
        self.db.prepare_cached(sql)?.execute((patient.0, parameter, value, time, origin, staged))?;
        Ok(())
    }

    /// Forgets what a device brought into a patient's score: it was with somebody else.
    pub(super) fn forget_score_inputs(
        &mut self,
        patient: PatientId,
        device: &DeviceId,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM score_inputs WHERE patient = ?1 AND origin = ?2";
        self.db.prepare_cached(sql)?.execute((patient.0, device.as_str()))?;
        Ok(())
    }
}

fn owner_columns(owner: LimitOwner) -> (Option<&'static str>, Option<i64>) {
    match owner {
        LimitOwner::Profile(profile) => (Some(profile.as_str()), None),
        LimitOwner::Patient(patient) => (None, Some(patient.0)),
    }
}

fn owner_text(owner: LimitOwner) -> String {
    match owner {
        LimitOwner::Profile(profile) => format!("profile:{profile}"),
        LimitOwner::Patient(patient) => format!("patient:{patient}"),
    }
}
