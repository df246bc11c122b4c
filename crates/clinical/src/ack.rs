//! Answers to messages: which are asked for, what they say, and what an answer received means (HL7 v2.6 sections 2.9 and 2.13).
//!
//! With MSH-15 and MSH-16 both empty a sender is in the original mode and gets one answer, AA, AE or AR. With either filled it is in the enhanced
//! mode: MSH-15 asks for CA, CE or CR once the message is in safe storage, MSH-16 for AA, AE or AR in a message of its own once the
//! application has worked on it; each with AL (always), NE (never), ER (on errors) or SU (on success).

use seal::Micros;

use crate::header::Kind;
use crate::hl7::{Hl7Error, Message, MessageWriter, SegmentWriter, format_time};
use crate::validate::{ErrorKind, Finding};

/// MSA-1: HL7 table 0008.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// `AA`: the application took it.
    ApplicationAccept,
    /// `AE`: it is wrong.
    ApplicationError,
    /// `AR`: it is not for this application.
    ApplicationReject,
    /// `CA`: it is in safe storage.
    CommitAccept,
    /// `CE`: it could not be stored.
    CommitError,
    /// `CR`: it is not for this receiver.
    CommitReject,
}

impl Code {
    const ALL: [Self; 6] = [
        Self::ApplicationAccept,
        Self::ApplicationError,
        Self::ApplicationReject,
        Self::CommitAccept,
        Self::CommitError,
        Self::CommitReject,
    ];

    /// The two letters.
    #[must_use]
    pub fn letters(self) -> &'static str {
        match self {
            Self::ApplicationAccept => "AA",
            Self::ApplicationError => "AE",
            Self::ApplicationReject => "AR",
            Self::CommitAccept => "CA",
            Self::CommitError => "CE",
            Self::CommitReject => "CR",
        }
    }

    /// From the two letters.
    #[must_use]
    pub fn parse(letters: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.letters() == letters)
    }

    /// The receiver has taken the message.
    #[must_use]
    pub fn accepts(self) -> bool {
        match self {
            Self::ApplicationAccept | Self::CommitAccept => true,
            Self::ApplicationError | Self::ApplicationReject | Self::CommitError | Self::CommitReject => {
                false
            }
        }
    }
}

/// What was made of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Taken and stored.
    Accepted,
    /// Wrong.
    Error,
    /// Not for this receiver.
    Rejected,
}

impl Verdict {
    /// From what validation found.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        if findings.is_empty() {
            Self::Accepted
        } else if findings.iter().any(|finding| finding.kind.rejects()) {
            Self::Rejected
        } else {
            Self::Error
        }
    }

    fn application(self) -> Code {
        match self {
            Self::Accepted => Code::ApplicationAccept,
            Self::Error => Code::ApplicationError,
            Self::Rejected => Code::ApplicationReject,
        }
    }

    fn commit(self) -> Code {
        match self {
            Self::Accepted => Code::CommitAccept,
            Self::Error => Code::CommitError,
            Self::Rejected => Code::CommitReject,
        }
    }
}

/// The codes of the answers that the sender of `message` asks for, in the order in which they go out: none, one or two.
#[must_use]
pub fn asked_for(message: &Message<'_>, verdict: Verdict) -> Vec<Code> {
    let Some(header) = message.segments().first() else { return Vec::new() };
    let (storage, application) = (header.field(15).raw(), header.field(16).raw());
    if storage.is_empty() && application.is_empty() {
        // An answer that was answered would be answered again.
        return if Kind::of(message) == Kind::Answer { Vec::new() } else { vec![verdict.application()] };
    }
    let wanted = |condition: &str| match condition {
        "AL" => true,
        "ER" => verdict != Verdict::Accepted,
        "SU" => verdict == Verdict::Accepted,
        // NE, empty beside a filled one, or unknown.
        _ => false,
    };
    let commit = wanted(storage).then_some(verdict.commit());
    commit.into_iter().chain(wanted(application).then_some(verdict.application())).collect()
}

/// The answer `code` to `message`, with one ERR segment a finding. `control_id` is the answer's own MSH-10.
#[must_use]
pub fn answer(
    message: &Message<'_>,
    code: Code,
    findings: &[Finding],
    control_id: &str,
    now: Micros,
) -> String {
    let Some(header) = message.segments().first() else { return String::new() };
    let mut writer = MessageWriter::new();
    let event = header.field(9).component(2).text();
    writer.segment("MSH", |msh| self::header(msh, message, ["ACK", &event, "ACK"], control_id, now));
    writer.segment("MSA", |msa| {
        msa.field(1, code.letters());
        msa.field(2, &header.field(10).component(1).text());
    });
    for finding in findings {
        error(
            &mut writer,
            finding.at.map(|at| at.error_location()).as_deref().unwrap_or_default(),
            finding.kind,
            "",
        );
    }
    writer.finish()
}

/// The header of an answer of type `kind` to `message`, whose receiver is the answer's sender.
pub(crate) fn header(
    msh: &mut SegmentWriter<'_>,
    message: &Message<'_>,
    kind: [&str; 3],
    control_id: &str,
    now: Micros,
) {
    let Some(asked) = message.segments().first() else { return };
    let component = |field: usize, number: usize| asked.field(field).component(number).text();
    for (to, from) in [(3, 5), (4, 6), (5, 3), (6, 4)] {
        msh.components(to, &[&component(from, 1), &component(from, 2), &component(from, 3)]);
    }
    msh.field(7, &format_time(now));
    msh.components(9, &kind);
    msh.field(10, control_id);
    msh.field(11, &component(11, 1));
    msh.field(12, "2.6");
    msh.field(18, "UNICODE UTF-8");
}

/// The answer to bytes that are no message: there is no control id to refer to, and the error says at which byte reading stopped.
#[must_use]
pub fn answer_unreadable(problem: &Hl7Error, control_id: &str, now: Micros) -> String {
    let kind = match problem {
        Hl7Error::NoHeader | Hl7Error::SegmentName { .. } | Hl7Error::TooManySegments { .. } => {
            ErrorKind::SegmentSequence
        }
        Hl7Error::Separators { .. } | Hl7Error::NotText { .. } => ErrorKind::DataType,
        Hl7Error::Charset { .. } => ErrorKind::TableValue,
        Hl7Error::TooLong { .. } => ErrorKind::Internal,
    };
    refuse(kind, &problem.to_string(), control_id, now)
}

/// The answer to a stream that is no MLLP: the last thing said before the connection is closed.
#[must_use]
pub fn answer_unframed(problem: &str, control_id: &str, now: Micros) -> String {
    refuse(ErrorKind::Internal, problem, control_id, now)
}

fn refuse(kind: ErrorKind, problem: &str, control_id: &str, now: Micros) -> String {
    let mut writer = MessageWriter::new();
    writer.segment("MSH", |msh| {
        msh.field(7, &format_time(now));
        msh.components(9, &["ACK", "", "ACK"]);
        msh.field(10, control_id);
        msh.field(11, "P");
        msh.field(12, "2.6");
        msh.field(18, "UNICODE UTF-8");
    });
    writer.segment("MSA", |msa| msa.field(1, Code::ApplicationReject.letters()));
    error(&mut writer, "", kind, problem);
    writer.finish()
}

fn error(writer: &mut MessageWriter, location: &str, kind: ErrorKind, user_message: &str) {
    writer.segment("ERR", |err| {
        err.structured(2, location);
        err.components(3, &[&kind.code().to_string(), kind.text(), "HL70357"]);
        err.field(4, "E");
        err.field(8, user_message);
    });
}

/// An answer as its receiver reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// MSA-1.
    pub code: Code,
    /// MSA-2: the control id of the message that is answered.
    pub control_id: String,
    /// MSA-3, or what the first ERR says: empty when nothing is wrong.
    pub reason: String,
}

/// The message is no answer: it has no MSA with a known code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an acknowledgement: MSA-1 is missing or none of table 0008")]
pub struct NotAnAnswer;

/// Reads an answer.
pub fn read(message: &Message<'_>) -> Result<Answer, NotAnAnswer> {
    let msa = message.segment("MSA").ok_or(NotAnAnswer)?;
    let code = Code::parse(msa.field(1).raw()).ok_or(NotAnAnswer)?;
    let mut reason = msa.field(3).component(1).text().into_owned();
    if let (true, false, Some(err)) = (reason.is_empty(), code.accepts(), message.segment("ERR")) {
        let parts =
            [err.field(2).raw().into(), err.field(3).component(2).text(), err.field(8).component(1).text()];
        let said: Vec<&str> = parts.iter().map(AsRef::as_ref).filter(|part| !part.is_empty()).collect();
        reason = said.join(": ");
    }
    Ok(Answer { code, control_id: msa.field(2).component(1).text().into_owned(), reason })
}
