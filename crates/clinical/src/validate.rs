//! Does a message follow PCD-01? Form is proved by [`crate::hl7::Message`]; this looks at what must be where.
//!
//! Each finding names the place (ERR-2) and the kind of error (HL7 table 0357), so that the sender's people can find it. What the standard
//! asks but senders in the field leave out, without harm to the meaning, is not held against them: other names of the profile in MSH-21,
//! codes without a name in OBX-3.2, containment of three or five levels.

use std::fmt;

use crate::hl7::{Message, Path, Segment, parse_time};
use crate::pcd::{Containment, ObxRow, PROFILE, PROFILE_VARIANTS, Processing, ResultStatus};

/// Kind of error: HL7 table 0357.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// 100: a segment is missing or in the wrong place.
    SegmentSequence,
    /// 101: a required field is empty.
    RequiredField,
    /// 102: a value is not of its data type.
    DataType,
    /// 103: a value is not in its table.
    TableValue,
    /// 200: no message of this type is taken.
    MessageType,
    /// 201: no event of this code is taken.
    EventCode,
    /// 202: the processing id is not known.
    ProcessingId,
    /// 203: the version is not taken.
    Version,
    /// 204: what the message refers to is not known here.
    UnknownKey,
    /// 205: what the message makes is there already.
    DuplicateKey,
    /// 206: what the message refers to is in use elsewhere.
    Locked,
    /// 207: anything else that went wrong here.
    Internal,
}

impl ErrorKind {
    /// The number in table 0357.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::SegmentSequence => 100,
            Self::RequiredField => 101,
            Self::DataType => 102,
            Self::TableValue => 103,
            Self::MessageType => 200,
            Self::EventCode => 201,
            Self::ProcessingId => 202,
            Self::Version => 203,
            Self::UnknownKey => 204,
            Self::DuplicateKey => 205,
            Self::Locked => 206,
            Self::Internal => 207,
        }
    }

    /// What the table calls it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::SegmentSequence => "Segment sequence error",
            Self::RequiredField => "Required field missing",
            Self::DataType => "Data type error",
            Self::TableValue => "Table value not found",
            Self::MessageType => "Unsupported message type",
            Self::EventCode => "Unsupported event code",
            Self::ProcessingId => "Unsupported processing id",
            Self::Version => "Unsupported version id",
            Self::UnknownKey => "Unknown key identifier",
            Self::DuplicateKey => "Duplicate key identifier",
            Self::Locked => "Application record locked",
            Self::Internal => "Application internal error",
        }
    }

    /// Whether the message is not for this receiver at all (rejected, AR), as against wrong (error, AE): HL7 v2.6 section 2.9.2.1.
    #[must_use]
    pub fn rejects(self) -> bool {
        match self {
            Self::MessageType | Self::EventCode | Self::ProcessingId | Self::Version => true,
            Self::SegmentSequence
            | Self::RequiredField
            | Self::DataType
            | Self::TableValue
            | Self::UnknownKey
            | Self::DuplicateKey
            | Self::Locked
            | Self::Internal => false,
        }
    }
}

/// One thing wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Where; `None` when it cannot be said.
    pub at: Option<Path>,
    /// What.
    pub kind: ErrorKind,
}

impl Finding {
    /// This kind of error at that place.
    #[must_use]
    pub const fn at(at: Path, kind: ErrorKind) -> Self {
        Self { at: Some(at), kind }
    }
}

/// `OBX[11]-5: Data type error`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(f, "{at}: ")?;
        }
        f.write_str(self.kind.text())
    }
}

impl std::error::Error for Finding {}

/// At most this many findings are told; the sender will fix the first ones first.
const MOST_FINDINGS: usize = 20;

/// All that is wrong with `message` as a PCD-01 message; empty when it can be taken.
#[must_use]
pub fn pcd01(message: &Message<'_>) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    if let Some(header) = message.segments().first() {
        findings.header(*header);
    }
    if findings.0.iter().any(|finding| finding.kind.rejects()) {
        return findings.0;
    }
    findings.body(message);
    findings.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, at: Path, kind: ErrorKind) {
        if self.0.len() < MOST_FINDINGS {
            self.0.push(Finding { at: Some(at), kind });
        }
    }

    fn check(&mut self, good: bool, at: Path, kind: ErrorKind) {
        if !good {
            self.add(at, kind);
        }
    }

    fn header(&mut self, msh: Segment<'_>) {
        let at = |field| Path::new(b"MSH", field);
        let kind = msh.field(9);
        self.check(kind.component(1).raw() == "ORU", at(9).with_component(1), ErrorKind::MessageType);
        self.check(kind.component(2).raw() == "R01", at(9).with_component(2), ErrorKind::EventCode);
        let structure = kind.component(3);
        self.check(
            structure.is_empty() || structure.raw() == "ORU_R01",
            at(9).with_component(3),
            ErrorKind::MessageType,
        );
        let processing = Processing::parse(msh.field(11).component(1).raw());
        self.check(processing.is_some(), at(11), ErrorKind::ProcessingId);
        self.check(msh.field(12).component(1).raw() == "2.6", at(12), ErrorKind::Version);
        self.check(!msh.field(10).is_empty(), at(10), ErrorKind::RequiredField);
        self.time(msh.field(7).raw(), at(7), Needed::Always);
        if msh.field(21).is_empty() {
            self.add(at(21), ErrorKind::RequiredField);
        } else {
            let known = |text: &str| PROFILE[0] == text || PROFILE_VARIANTS.contains(&text);
            let named = msh
                .field(21)
                .repetitions()
                .any(|it| known(it.component(1).raw()) || known(it.component(3).raw()));
            self.check(named, at(21), ErrorKind::TableValue);
        }
    }

    fn body(&mut self, message: &Message<'_>) {
        match message.segment("PID") {
            None => self.add(Path::new(b"PID", 3), ErrorKind::SegmentSequence),
            Some(pid) => {
                let identified = pid
                    .field(3)
                    .repetitions()
                    .any(|it| !it.component(1).is_empty() && !it.component(1).is_null());
                self.check(identified, Path::new(b"PID", 3).with_component(1), ErrorKind::RequiredField);
            }
        }
        let (mut orders, mut rows) = (0_u16, 0_u16);
        for segment in message.segments() {
            match segment.name() {
                "OBR" => {
                    orders = orders.saturating_add(1);
                    self.order(*segment, orders);
                }
                "OBX" => {
                    rows = rows.saturating_add(1);
                    self.check(
                        orders > 0,
                        Path::new(b"OBX", 1).of_occurrence(rows),
                        ErrorKind::SegmentSequence,
                    );
                    self.row(*segment, rows);
                }
                _ => {}
            }
        }
        self.check(orders > 0, Path::new(b"OBR", 1), ErrorKind::SegmentSequence);
    }

    fn order(&mut self, obr: Segment<'_>, occurrence: u16) {
        let at = |field| Path::new(b"OBR", field).of_occurrence(occurrence);
        self.check(!obr.field(3).component(1).is_empty(), at(3), ErrorKind::RequiredField);
        self.check(!obr.field(4).component(1).is_empty(), at(4), ErrorKind::RequiredField);
        self.time(obr.field(7).raw(), at(7), Needed::Always);
        self.time(obr.field(8).raw(), at(8), Needed::IfThere);
    }

    fn row(&mut self, segment: Segment<'_>, occurrence: u16) {
        let at = |field| Path::new(b"OBX", field).of_occurrence(occurrence);
        let row = ObxRow::of(segment);
        let code = row.identifier.component(1);
        if code.is_empty() {
            self.add(at(3).with_component(1), ErrorKind::RequiredField);
        } else {
            self.check(code.raw().parse::<u32>().is_ok(), at(3).with_component(1), ErrorKind::DataType);
        }
        if row.sub_id.is_empty() {
            self.add(at(4), ErrorKind::RequiredField);
        } else {
            self.check(Containment::parse(row.sub_id.raw()).is_some(), at(4), ErrorKind::DataType);
        }
        if !row.value.is_empty() {
            self.value(&row, at);
        }
        match row.status.raw() {
            "" => self.add(at(11), ErrorKind::RequiredField),
            text => self.check(ResultStatus::parse(text).is_some(), at(11), ErrorKind::TableValue),
        }
        self.time(row.time.raw(), at(14), Needed::IfThere);
    }

    fn value(&mut self, row: &ObxRow<'_>, at: impl Fn(u16) -> Path) {
        match row.value_type.raw() {
            "" => self.add(at(2), ErrorKind::RequiredField),
            "NM" => {
                self.check(crate::pcd::is_number(row.value.raw()), at(5), ErrorKind::DataType);
                self.check(!row.unit.component(1).is_empty(), at(6), ErrorKind::RequiredField);
            }
            "NA" => {
                let numbers = row.value.repetitions().flat_map(|it| it.components());
                let mut texts = numbers.map(|number| number.raw()).filter(|text| !text.is_empty());
                self.check(texts.all(crate::pcd::is_number), at(5), ErrorKind::DataType);
            }
            other => self.check(VALUE_TYPES.contains(&other), at(2), ErrorKind::TableValue),
        }
    }

    fn time(&mut self, text: &str, at: Path, needed: Needed) {
        match (text, needed) {
            ("", Needed::IfThere) => {}
            ("", Needed::Always) => self.add(at, ErrorKind::RequiredField),
            (text, _) => self.check(parse_time(text).is_ok(), at, ErrorKind::DataType),
        }
    }
}

#[derive(Clone, Copy)]
enum Needed {
    Always,
    IfThere,
}

/// The other types of OBX-5 that PCD-01 names (HL7 table 0125).
const VALUE_TYPES: [&str; 17] = [
    "ST", "TX", "FT", "SN", "CWE", "CNE", "CE", "CF", "DT", "TM", "DTM", "TS", "EI", "ED", "DR", "XTN", "CX",
];
