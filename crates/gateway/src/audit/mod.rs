//! The audit log: who did what, when, and whether it was let through.
//!
//! Rows are only ever added. Each bears SHA-256 over the hash of the row before and its own content, so a changed,
//! removed or inserted row breaks the chain from there on and [`verify`] finds it. A row is written in the
//! transaction of what it tells of: neither exists without the other.
//!
//! The hashed content is, in this order: the previous hash (32 bytes; zeros before the first row), the row's number and
//! its time (8 bytes big-endian each), then actor, action, object, outcome and detail, each as its length in bytes
//! (8 bytes big-endian) and its UTF-8 text.

pub mod archive;
pub mod export;

use aws_lc_rs::digest::{Context, SHA256};
use seal::Micros;
use serde::Serialize;

use crate::record::{AuditId, words};

words! {
    /// What was done.
    Action {
        Start "start" "The gateway started.",
        RenewCertificate "renew-certificate" "A renewed certificate was taken up, or could not be.",
        AddMaker "add-maker" "A maker was accepted.",
        Enrol "enrol" "A device was enrolled.",
        Revoke "revoke" "A device was withdrawn.",
        AddPatient "add-patient" "A patient was registered.",
        UpdatePatient "update-patient" "What is known of a patient was changed by a message.",
        MergePatients "merge-patients" "Two numbers turned out to be one person's.",
        Admit "admit" "A patient came.",
        Transfer "transfer" "A patient moved.",
        Discharge "discharge" "A patient went.",
        CancelEvent "cancel-event" "A coming, a move or a going was taken back.",
        PlaceDevice "place-device" "It was said to which place a device belongs.",
        Correct "correct" "Readings were given from the wrong patient to the right one.",
        Associate "associate" "A device was put with a patient.",
        Propose "propose" "A message told of an association that a person has yet to check.",
        Disassociate "disassociate" "A device was taken from its patient.",
        AcceptGap "accept-gap" "Missing seals were declared lost; the gap stays in the record.",
        Connect "connect" "A peer connected or tried to.",
        Refuse "refuse" "A message was refused.",
        Deliver "deliver" "A destination refused a message.",
        RetryLetter "retry-letter" "A refused message is to be sent again.",
        EditLetter "edit-letter" "A refused message was edited.",
        DropLetter "drop-letter" "A refused message was given up.",
        ReadLetter "read-letter" "A refused message was read.",
        BeginFeed "begin-feed" "A destination was seen for the first time, and begins there.",
        SignIn "sign-in" "Somebody signed in or tried to.",
        SignOut "sign-out" "Somebody signed out.",
        IssueLink "issue-link" "A sign-in link was issued.",
        GiveToken "give-token" "An access token was given or refused.",
        ReadPatient "read-patient" "A patient's data were read.",
        RemoveRefused "remove-refused" "Refused messages were removed after their time.",
        ArchiveAudit "archive-audit" "A stretch of the audit log was moved into a file.",
        ReadAudit "read-audit" "The audit log was read.",
        ExportRecord "export-record" "A patient's record was exported.",
        AcknowledgeAlarm "acknowledge-alarm" "An alarm was acknowledged.",
        SetLimit "set-limit" "An alarm's limit was set.",
        UnsetLimit "unset-limit" "A limit that somebody had set was taken back.",
        ChooseProfile "choose-profile" "By which limits a patient is watched, and on which scale, was chosen.",
        EnterSeen "enter-seen" "What a person saw of a patient was entered.",
        Request "request" "A request was refused: not authorised, malformed or too large.",
    }
}

words! {
    /// How it ended.
    Outcome {
        Done "done" "It was done.",
        Refused "refused" "It was refused.",
    }
}

/// What is to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who: `system`, `device:ID`, `user:NAME` or `address:IP`.
    pub actor: String,
    /// What.
    pub action: Action,
    /// To what: a device, patient, alarm or path.
    pub object: String,
    /// How it ended.
    pub outcome: Outcome,
    /// More, for a person; never a measurement and never a secret.
    pub detail: String,
}

impl Entry {
    /// Something that was done.
    pub fn done(actor: impl Into<String>, action: Action, object: impl Into<String>) -> Self {
        Self {
            actor: actor.into(),
            action,
            object: object.into(),
            outcome: Outcome::Done,
            detail: String::new(),
        }
    }

    /// Something that was refused.
    pub fn refused(actor: impl Into<String>, action: Action, object: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused, ..Self::done(actor, action, object) }
    }

    /// The same with more to say.
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// Its number.
    pub id: AuditId,
    /// When it was written, microseconds since the epoch.
    pub time: i64,
    /// Who.
    pub actor: String,
    /// What, as its word.
    pub action: String,
    /// To what.
    pub object: String,
    /// How it ended, as its word.
    pub outcome: String,
    /// More.
    pub detail: String,
    /// The chain's hash up to and including this row.
    #[serde(serialize_with = "as_hex")]
    pub hash: [u8; 32],
}

fn as_hex<S: serde::Serializer>(hash: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&hex::encode(hash))
}

impl AuditRow {
    /// The row that follows `head` with this content.
    pub(crate) fn following(head: &AuditHead, time: Micros, entry: Entry) -> Self {
        let mut row = Self {
            id: AuditId(head.id.0 + 1),
            time: time.0,
            actor: entry.actor,
            action: entry.action.as_str().into(),
            object: entry.object,
            outcome: entry.outcome.as_str().into(),
            detail: entry.detail,
            hash: [0; 32],
        };
        row.hash = row.chained_hash(&head.hash);
        row
    }

    fn chained_hash(&self, previous: &[u8; 32]) -> [u8; 32] {
        let mut content = Context::new(&SHA256);
        content.update(previous);
        content.update(&self.id.0.to_be_bytes());
        content.update(&self.time.to_be_bytes());
        for text in [&self.actor, &self.action, &self.object, &self.outcome, &self.detail] {
            content.update(&(text.len() as u64).to_be_bytes());
            content.update(text.as_bytes());
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(content.finish().as_ref());
        hash
    }
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The last row; 0 before the first.
    pub id: AuditId,
    /// Its hash; zeros before the first.
    pub hash: [u8; 32],
}

impl AuditHead {
    /// The head of an empty log.
    pub const EMPTY: Self = Self { id: AuditId(0), hash: [0; 32] };
}

/// Where a log was tampered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// A row is missing or out of place.
    #[error("audit row {expected} is missing; {found} stands in its place")]
    Missing {
        /// The number that should come.
        expected: AuditId,
        /// The one that does.
        found: AuditId,
    },
    /// A row's content does not fit its hash.
    #[error("audit row {0} was changed")]
    Changed(AuditId),
}

/// Checks rows that follow `head`, oldest first, and returns the new head.
///
/// # Errors
/// The first place where the chain does not hold.
pub fn verify<'a>(
    head: AuditHead,
    rows: impl IntoIterator<Item = &'a AuditRow>,
) -> Result<AuditHead, AuditError> {
    rows.into_iter().try_fold(head, |head, row| {
        let expected = AuditId(head.id.0 + 1);
        if row.id != expected {
            return Err(AuditError::Missing { expected, found: row.id });
        }
        if row.chained_hash(&head.hash) != row.hash {
            return Err(AuditError::Changed(row.id));
        }
        Ok(AuditHead { id: row.id, hash: row.hash })
    })
}
