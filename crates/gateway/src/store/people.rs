//! Who is known by which number, who lies where, and who turned out to be the same person.

use clinical::person::{Identifier, Location, Person, Said};
use rusqlite::OptionalExtension as _;
use seal::Micros;

use super::read_rows::sex_word;
use super::{Reader, StoreError, Writer};
use crate::record::{Association, Encounter, EncounterId, PatientId, Sex};

/// Most merges that are followed from one patient to the one who is left. A circle cannot be made; a damaged file could hold one.
const MOST_MERGES: usize = 64;

impl Reader {
    /// The patient with one of these identifiers, the first that is known; of a merged one the one who is left.
    ///
    /// An identifier whose authority is not known here or not stated there is taken for the same, if no two patients have it.
    pub fn patient_by_identifiers(
        &self,
        identifiers: &[Identifier],
    ) -> Result<Option<PatientId>, StoreError> {
        for identifier in identifiers {
            if let Some(found) = self.patient_by_one(identifier)? {
                return self.survivor(found).map(Some);
            }
        }
        Ok(None)
    }

    fn patient_by_one(&self, identifier: &Identifier) -> Result<Option<PatientId>, StoreError> {
        let sql = "SELECT patient, authority FROM patient_identifiers WHERE id = ?1";
        let known: Vec<(PatientId, String)> =
            self.all(sql, [&identifier.id], |row| Ok((PatientId(row.get(0)?), row.get(1)?)))?;
        let exact = known.iter().find(|(_, authority)| *authority == identifier.authority);
        let alike = || match known.as_slice() {
            [one] if one.1.is_empty() || identifier.authority.is_empty() => Some(one),
            _ => None,
        };
        Ok(exact.or_else(alike).map(|(patient, _)| *patient))
    }

    /// Who is left of a merged patient; the patient itself when it was not merged.
    pub fn survivor(&self, patient: PatientId) -> Result<PatientId, StoreError> {
        let mut patient = patient;
        for _ in 0..MOST_MERGES {
            let sql = "SELECT merged FROM patients WHERE id = ?1 AND merged IS NOT NULL";
            match self.one(sql, [patient.0], |row| row.get(0))? {
                Some(next) => patient = PatientId(next),
                None => break,
            }
        }
        Ok(patient)
    }

    /// The patient and those merged into them.
    pub fn with_merged(&self, patient: PatientId) -> Result<Vec<PatientId>, StoreError> {
        let mut all = vec![patient];
        let mut next = 0;
        while let Some(one) = all.get(next).copied() {
            let sql = "SELECT id FROM patients WHERE merged = ?1 ORDER BY id";
            let found = self.all(sql, [one.0], |row| row.get(0).map(PatientId))?;
            all.extend(found.into_iter().take(MOST_MERGES));
            next += 1;
            if next > MOST_MERGES {
                break;
            }
        }
        Ok(all)
    }

    /// All numbers of a patient.
    pub fn identifiers_of(&self, patient: PatientId) -> Result<Vec<Identifier>, StoreError> {
        let sql =
            "SELECT id, authority, kind FROM patient_identifiers WHERE patient = ?1 ORDER BY authority, id";
        self.all(sql, [patient.0], |row| {
            Ok(Identifier { id: row.get(0)?, authority: row.get(1)?, kind: row.get(2)? })
        })
    }

    /// Who lay at a place at that time; of two, who came later.
    pub fn patient_in(&self, place: &Location, at: Micros) -> Result<Option<PatientId>, StoreError> {
        let sql = "SELECT e.patient FROM stays s JOIN encounters e ON e.id = s.encounter \
                   WHERE s.place = ?1 AND s.since <= ?2 AND (s.until IS NULL OR s.until > ?2) \
                   AND e.cancelled IS NULL ORDER BY s.since DESC, s.id DESC LIMIT 1";
        let found = self.one(sql, (place.to_string(), at.0), |row| row.get(0).map(PatientId))?;
        found.map(|found| self.survivor(found)).transpose()
    }

    /// A patient's visits, newest first.
    pub fn encounters(&self, patient: PatientId) -> Result<Vec<Encounter>, StoreError> {
        let sql = format!("SELECT {ENCOUNTER} WHERE e.patient = ?1 ORDER BY e.admitted DESC, e.id DESC");
        self.all(&sql, [patient.0], encounter)
    }

    /// The visit with this number, or without one the patient's last that is open.
    pub fn encounter(
        &self,
        patient: PatientId,
        number: Option<&Identifier>,
    ) -> Result<Option<Encounter>, StoreError> {
        let all = self.encounters(patient)?;
        Ok(match number {
            Some(number) => all.into_iter().find(|one| one.number.as_deref() == Some(&number.id)),
            None => all.into_iter().find(Encounter::is_open),
        })
    }

    /// The devices that belong to a place.
    pub fn devices_at(&self, place: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT d.id FROM device_places p JOIN devices d ON d.row = p.device \
                   WHERE p.place = ?1 AND d.status = 'active' ORDER BY d.id";
        self.all(sql, [place], |row| row.get(0))
    }
}

const ENCOUNTER: &str = "e.id, e.patient, e.number, e.class, e.admitted, e.discharged, e.cancelled, \
     (SELECT s.place FROM stays s WHERE s.encounter = e.id ORDER BY s.id DESC LIMIT 1) FROM encounters e";

fn encounter(row: &rusqlite::Row<'_>) -> rusqlite::Result<Encounter> {
    Ok(Encounter {
        id: EncounterId(row.get(0)?),
        patient: PatientId(row.get(1)?),
        number: row.get(2)?,
        class: row.get(3)?,
        admitted: Micros(row.get(4)?),
        discharged: row.get::<_, Option<i64>>(5)?.map(Micros),
        cancelled: row.get::<_, Option<i64>>(6)?.map(Micros),
        place: row.get(7)?,
    })
}

impl Writer<'_> {
    /// Registers somebody from what a message says; they have at least one identifier.
    pub(crate) fn add_person(&mut self, person: &Person) -> Result<PatientId, StoreError> {
        let identifier = person.identifier();
        let identifier =
            identifier.ok_or_else(|| StoreError::Conflict("nobody without an identifier".into()))?;
        // The hospital's own number is unique in this column; one that another authority gave out too bears its name.
        let number = if self.reader().patient_by_identifier(&identifier.id)?.is_none() {
            identifier.id.clone()
        } else {
            format!("{}@{}", identifier.id, identifier.authority)
        };
        let text = |said: &Said<String>| said.value().cloned().unwrap_or_default();
        let born = person.born.value().map(ToString::to_string);
        let sex = sex_word(person.sex.value().map_or(Sex::Unknown, |sex| Sex::from(*sex)));
        let sql = "INSERT INTO patients (identifier, family, given, born, sex) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = (number, text(&person.family), text(&person.given), born, sex);
        let id = PatientId(self.db.prepare_cached(sql)?.insert(values)?);
        self.add_identifiers(id, &person.identifiers)?;
        Ok(id)
    }

    /// Adds numbers by which a patient is known; one that is another patient's stays theirs.
    pub(crate) fn add_identifiers(
        &mut self,
        patient: PatientId,
        identifiers: &[Identifier],
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO patient_identifiers (id, authority, kind, patient) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT DO NOTHING";
        let mut statement = self.db.prepare_cached(sql)?;
        for one in identifiers {
            statement.execute((&one.id, &one.authority, &one.kind, patient.0))?;
        }
        Ok(())
    }

    /// Writes what a message says anew of somebody; what it says nothing of stays.
    pub(crate) fn update_person(&mut self, patient: PatientId, person: &Person) -> Result<(), StoreError> {
        let set = |column: &str, value: Option<String>| -> Result<(), StoreError> {
            let sql = format!("UPDATE patients SET {column} = ?2 WHERE id = ?1");
            self.db.prepare_cached(&sql)?.execute((patient.0, value))?;
            Ok(())
        };
        for (column, said) in [("family", &person.family), ("given", &person.given)] {
            match said {
                Said::Nothing => {}
                Said::None => set(column, Some(String::new()))?,
                Said::This(text) => set(column, Some(text.clone()))?,
            }
        }
        match &person.born {
            Said::Nothing => {}
            Said::None => set("born", None)?,
            Said::This(born) => set("born", Some(born.to_string()))?,
        }
        match &person.sex {
            Said::Nothing => {}
            Said::None => set("sex", Some(sex_word(Sex::Unknown).into()))?,
            Said::This(sex) => set("sex", Some(sex_word(Sex::from(*sex)).into()))?,
        }
        self.add_identifiers(patient, &person.identifiers)
    }

    /// Makes all that is `retired`'s that of `survivor`; both numbers stay known, and rows keep the number they were written with.
    pub(crate) fn merge(&mut self, survivor: PatientId, retired: PatientId) -> Result<(), StoreError> {
        for sql in [
            "UPDATE patients SET merged = ?1 WHERE id = ?2",
            "UPDATE patient_identifiers SET patient = ?1 WHERE patient = ?2",
            "UPDATE encounters SET patient = ?1 WHERE patient = ?2",
        ] {
            self.db.prepare_cached(sql)?.execute((survivor.0, retired.0))?;
        }
        let now = self.now;
        for one in self.reader().associations_of(retired)?.into_iter().filter(Association::is_open) {
            self.associate(&one.device, survivor, &one.bed, now)?;
        }
        self.merge_settings(survivor, retired)?;
        self.registry_changed = true;
        Ok(())
    }

    /// Opens a visit.
    pub(crate) fn open_encounter(
        &mut self,
        patient: PatientId,
        number: Option<&Identifier>,
        class: &str,
        admitted: Micros,
    ) -> Result<EncounterId, StoreError> {
        let sql = "INSERT INTO encounters (patient, number, authority, class, admitted) VALUES (?1, ?2, ?3, ?4, ?5)";
        let (id, authority) = number.map_or((None, ""), |number| (Some(&number.id), &number.authority));
        let values = (patient.0, id, authority, class, admitted.0);
        Ok(EncounterId(self.db.prepare_cached(sql)?.insert(values)?))
    }

    /// Ends a visit, or with `None` says that it goes on where it ended.
    pub(crate) fn end_encounter(&mut self, id: EncounterId, at: Option<Micros>) -> Result<(), StoreError> {
        let sql = "UPDATE encounters SET discharged = ?2 WHERE id = ?1";
        self.db.prepare_cached(sql)?.execute((id.0, at.map(|at| at.0)))?;
        match at {
            Some(at) => self.leave(id, at),
            None => {
                let sql = "UPDATE stays SET until = NULL \
                           WHERE id = (SELECT max(id) FROM stays WHERE encounter = ?1)";
                self.db.prepare_cached(sql)?.execute([id.0])?;
                Ok(())
            }
        }
    }

    /// Says that a visit never was.
    pub(crate) fn cancel_encounter(&mut self, id: EncounterId, at: Micros) -> Result<(), StoreError> {
        let sql = "UPDATE encounters SET cancelled = ?2 WHERE id = ?1";
        self.db.prepare_cached(sql)?.execute((id.0, self.now.0))?;
        self.leave(id, at)
    }

    fn leave(&mut self, encounter: EncounterId, at: Micros) -> Result<(), StoreError> {
        let sql = "UPDATE stays SET until = max(since, ?2) WHERE encounter = ?1 AND until IS NULL";
        self.db.prepare_cached(sql)?.execute((encounter.0, at.0))?;
        Ok(())
    }

    /// Moves a visit to a place; nothing when it is there already.
    pub(crate) fn move_to(
        &mut self,
        encounter: EncounterId,
        place: &Location,
        at: Micros,
    ) -> Result<(), StoreError> {
        let place = place.to_string();
        let sql = "SELECT place FROM stays WHERE encounter = ?1 AND until IS NULL";
        let here: Option<String> =
            self.db.prepare_cached(sql)?.query_row([encounter.0], |row| row.get(0)).optional()?;
        if here.as_ref() == Some(&place) {
            return Ok(());
        }
        self.leave(encounter, at)?;
        let sql = "INSERT INTO stays (encounter, place, since) VALUES (?1, ?2, ?3)";
        self.db.prepare_cached(sql)?.insert((encounter.0, place, at.0))?;
        Ok(())
    }

    /// Takes the last move of a visit back: the stretch before goes on as if nothing had been.
    pub(crate) fn take_move_back(
        &mut self,
        encounter: EncounterId,
        place: &Location,
        at: Micros,
    ) -> Result<(), StoreError> {
        let sql = "SELECT id FROM stays WHERE encounter = ?1 AND place = ?2 ORDER BY id DESC LIMIT 1";
        let mut statement = self.db.prepare_cached(sql)?;
        let before: Option<i64> =
            statement.query_row((encounter.0, place.to_string()), |row| row.get(0)).optional()?;
        match before {
            None => self.move_to(encounter, place, at),
            Some(before) => {
                let sql = "UPDATE stays SET until = since WHERE encounter = ?1 AND id > ?2";
                self.db.prepare_cached(sql)?.execute((encounter.0, before))?;
                self.db.prepare_cached("UPDATE stays SET until = NULL WHERE id = ?1")?.execute([before])?;
                Ok(())
            }
        }
    }

    /// Says to which place a device belongs, or with `None` that it belongs to none.
    pub(crate) fn place_device(&mut self, device: i64, place: Option<&Location>) -> Result<(), StoreError> {
        match place {
            Some(place) => {
                let sql = "INSERT INTO device_places (device, place) VALUES (?1, ?2) \
                           ON CONFLICT (device) DO UPDATE SET place = ?2";
                self.db.prepare_cached(sql)?.execute((device, place.to_string()))?;
            }
            None => {
                self.db.prepare_cached("DELETE FROM device_places WHERE device = ?1")?.execute([device])?;
            }
        }
        Ok(())
    }
}
