//! Dead letters: laying aside, reading, putting right, sending again.

use rusqlite::{OptionalExtension, Row};
use seal::Micros;

use super::{Page, Reader, StoreError, Writer};
use crate::limits;
use crate::record::{
    BatchId, Contents, Journal, Letter, LetterId, LetterState, NewLetter, PatientId, Place, Retried, Wire,
};

const LETTER: &str =
    "id, destination, journal, place, part, patient, time, state, reason, attempts, edited_by";

/// Which letters a listing is of. What is `None` does not narrow it.
#[derive(Clone, Debug, Default)]
pub struct LetterQuery {
    /// Of this destination.
    pub destination: Option<String>,
    /// In this state.
    pub state: Option<LetterState>,
}

fn letter(row: &Row<'_>) -> rusqlite::Result<Letter> {
    let journal: String = row.get(2)?;
    let state: String = row.get(7)?;
    Ok(Letter {
        id: LetterId(row.get(0)?),
        destination: row.get(1)?,
        journal: Journal::from_word(&journal).ok_or_else(|| odd(2, "journal"))?,
        place: Place(row.get(3)?),
        part: row.get(4)?,
        patient: row.get::<_, Option<i64>>(5)?.map(PatientId),
        time: Micros(row.get(6)?),
        state: LetterState::from_word(&state).ok_or_else(|| odd(7, "state"))?,
        reason: row.get(8)?,
        attempts: row.get(9)?,
        edited_by: row.get(10)?,
    })
}

fn odd(column: usize, name: &str) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, name.into(), rusqlite::types::Type::Text)
}

fn contents(row: &Row<'_>) -> rusqlite::Result<Contents> {
    let wire = row.get::<_, Option<String>>(0)?.and_then(|word| Wire::from_word(&word));
    let message: Option<String> = row.get(1)?;
    Ok(Contents { message: wire.zip(message), answer: row.get(2)?, edited: row.get(3)? })
}

fn missing(id: LetterId) -> StoreError {
    StoreError::Conflict(format!("there is no letter {id}"))
}

impl Reader {
    /// How many messages of a destination wait for a person, or to be sent again.
    pub fn dead_letters(&self, destination: &str) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM letters WHERE destination = ?1 AND state IN ('lying', 'resend')";
        let count: i64 = self.db.prepare_cached(sql)?.query_row([destination], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// Letters, newest first.
    pub fn letters(&self, query: &LetterQuery, page: Page) -> Result<Vec<Letter>, StoreError> {
        let sql = format!(
            "SELECT {LETTER} FROM letters WHERE id < ?1 AND (?2 IS NULL OR destination = ?2) \
             AND (?3 IS NULL OR state = ?3) ORDER BY id DESC LIMIT ?4"
        );
        let before = page.before.unwrap_or(i64::MAX);
        let state = query.state.map(LetterState::as_str);
        let limit = if page.limit == 0 { limits::PAGE_ROWS } else { page.limit.min(limits::PAGE_ROWS) };
        let mut statement = self.db.prepare_cached(&sql)?;
        let found = statement.query_map((before, &query.destination, state, limit as i64), letter)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// One letter with what it holds.
    pub fn letter(&self, id: LetterId) -> Result<Option<(Letter, Contents)>, StoreError> {
        let sql = format!("SELECT {LETTER} FROM letters WHERE id = ?1");
        let Some(found) = self.db.prepare_cached(&sql)?.query_row([id.0], letter).optional()? else {
            return Ok(None);
        };
        let sql = "SELECT wire, message, answer, edited FROM letters WHERE id = ?1";
        Ok(Some((found, self.db.prepare_cached(sql)?.query_row([id.0], contents)?)))
    }

    /// The letters that a destination is to be sent again, in the order of their entries.
    pub(crate) fn letters_to_send(
        &self,
        destination: &str,
        limit: usize,
    ) -> Result<Vec<(Letter, Contents)>, StoreError> {
        let sql = "SELECT id FROM letters WHERE destination = ?1 AND state = 'resend' ORDER BY journal, place, part LIMIT ?2";
        let mut statement = self.db.prepare_cached(sql)?;
        let ids: Vec<i64> =
            statement.query_map((destination, limit as i64), |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids.into_iter().map(LetterId) {
            found.extend(self.letter(id)?);
        }
        Ok(found)
    }

    /// What sending this letter again does to the order of its patient's readings.
    fn order_of(&self, letter: &Letter) -> Result<Retried, StoreError> {
        let Some(patient) = letter.patient else { return Ok(Retried { overtaken: false, earlier: 0 }) };
        let answered = self.outbox(&letter.destination, letter.journal)?;
        let overtaken = match letter.batch() {
            Some(batch) => self.overtaken(patient, batch, answered)?,
            // An entry of these says what held then; whatever came after it has been told.
            None => answered > letter.place,
        };
        let sql = "SELECT count(*) FROM letters WHERE destination = ?1 AND patient = ?2 AND state = 'lying' \
                   AND journal = ?5 AND (place, part) < (?3, ?4)";
        let values = (&letter.destination, patient.0, letter.place.0, letter.part, letter.journal.as_str());
        let earlier: i64 = self.db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        Ok(Retried { overtaken, earlier: earlier.cast_unsigned() })
    }

    /// Whether readings of the patient that were measured later than those of `batch` have been answered.
    fn overtaken(&self, patient: PatientId, batch: BatchId, answered: Place) -> Result<bool, StoreError> {
        let time: Option<i64> = self
            .db
            .prepare_cached("SELECT time FROM batches WHERE id = ?1")?
            .query_row([batch.0], |row| row.get(0))
            .optional()?;
        let sql = "SELECT EXISTS (SELECT 1 FROM batches WHERE patient = ?1 AND time >= ?2 AND id > ?3 AND id <= ?4)";
        let values = (patient.0, time.unwrap_or(i64::MIN), batch.0, answered.0);
        Ok(self.db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }
}

impl Writer<'_> {
    /// Lays a message aside. One that lies there already, from before a crash, takes the newer answer.
    pub(crate) fn lay_aside(&mut self, destination: &str, new: &NewLetter) -> Result<(), StoreError> {
        let sql = "INSERT INTO letters (destination, place, part, patient, time, state, reason, attempts, wire, message, answer, \
                   journal) VALUES (?1, ?2, ?3, ?4, ?5, 'lying', ?6, 1, ?7, ?8, ?9, ?10) ON CONFLICT DO UPDATE SET \
                   time = ?5, state = 'lying', reason = ?6, attempts = attempts + 1, wire = ?7, message = ?8, answer = ?9";
        let (wire, message) = new.message.as_ref().map(|(wire, text)| (wire.as_str(), text)).unzip();
        self.db.prepare_cached(sql)?.execute((
            destination,
            new.place.0,
            new.part,
            new.patient.map(|patient| patient.0),
            self.now.0,
            &new.reason,
            wire,
            message,
            &new.answer,
            new.journal.as_str(),
        ))?;
        Ok(())
    }

    /// Has a letter sent again, as it was or as a person has put it.
    ///
    /// # Errors
    /// A conflict when there is no such letter, when it is settled, or when its readings were given to another patient since.
    pub fn retry_letter(&mut self, id: LetterId) -> Result<(Letter, Retried), StoreError> {
        let (letter, _) = self.unsettled(id)?;
        let replaced =
            self.reader().batch(BatchId(letter.place.0))?.is_some_and(|row| row.replaced.is_some());
        if replaced {
            let what = "the readings were given to another patient since; drop it";
            return Err(StoreError::Conflict(format!("letter {id} may not be sent: {what}")));
        }
        let retried = self.reader().order_of(&letter)?;
        self.set_state(id, LetterState::Resend)?;
        Ok((Letter { state: LetterState::Resend, ..letter }, retried))
    }

    /// Puts another text in the place of a letter's message; the message as sent stays beside it.
    ///
    /// # Errors
    /// A conflict when there is no such letter, when it is not lying, or when it never had a message.
    pub fn edit_letter(&mut self, id: LetterId, text: &str, who: &str) -> Result<Letter, StoreError> {
        let (letter, contents) = self.unsettled(id)?;
        if contents.message.is_none() {
            return Err(StoreError::Conflict(format!(
                "letter {id} has no message to edit: {}",
                letter.reason
            )));
        }
        if letter.state == LetterState::Resend {
            return Err(StoreError::Conflict(format!("letter {id} is being sent")));
        }
        let sql = "UPDATE letters SET edited = ?2, edited_by = ?3 WHERE id = ?1";
        self.db.prepare_cached(sql)?.execute((id.0, text, who))?;
        Ok(Letter { edited_by: Some(who.into()), ..letter })
    }

    /// Gives a letter up.
    ///
    /// # Errors
    /// A conflict when there is no such letter or it is settled.
    pub fn drop_letter(&mut self, id: LetterId) -> Result<Letter, StoreError> {
        let (letter, _) = self.unsettled(id)?;
        self.set_state(id, LetterState::Dropped)?;
        Ok(Letter { state: LetterState::Dropped, ..letter })
    }

    /// Notes what became of a letter that was sent again.
    pub(crate) fn letter_answered(
        &mut self,
        id: LetterId,
        refused: Option<(&str, Option<&str>)>,
    ) -> Result<(), StoreError> {
        // Dropped meanwhile, it stays dropped, unless it arrived.
        let sql = "UPDATE letters SET time = ?2, attempts = attempts + 1, state = CASE WHEN ?3 IS NULL THEN 'delivered' \
                   WHEN state = 'resend' THEN 'lying' ELSE state END, reason = coalesce(?3, reason), \
                   answer = coalesce(?4, answer) WHERE id = ?1";
        let (reason, answer) = refused.unzip();
        self.db.prepare_cached(sql)?.execute((id.0, self.now.0, reason, answer.flatten()))?;
        Ok(())
    }

    fn unsettled(&self, id: LetterId) -> Result<(Letter, Contents), StoreError> {
        let (letter, contents) = self.reader().letter(id)?.ok_or_else(|| missing(id))?;
        match letter.state {
            LetterState::Lying | LetterState::Resend => Ok((letter, contents)),
            LetterState::Delivered | LetterState::Dropped => {
                Err(StoreError::Conflict(format!("letter {id} is {} already", letter.state)))
            }
        }
    }

    fn set_state(&mut self, id: LetterId, state: LetterState) -> Result<(), StoreError> {
        self.db
            .prepare_cached("UPDATE letters SET state = ?2 WHERE id = ?1")?
            .execute((id.0, state.as_str()))?;
        Ok(())
    }
}
