//! What MSH says, and what sort of message it therefore is.
//!
//! The routing of a received message hangs on [`Kind`] alone: which codec reads it is decided here, by MSH-9 and MSH-21, once.

use seal::Micros;

use crate::hl7::{Message, Repetition, Stamp, Zone};
use crate::pcd::Processing;

/// Who sends or receives (data type HD): MSH-3 to MSH-6.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// HD-1.
    pub namespace: String,
    /// HD-2.
    pub universal_id: String,
    /// HD-3: what kind of id HD-2 is, `EUI-64` or `ISO`.
    pub universal_id_type: String,
}

impl Party {
    fn of(field: Repetition<'_>) -> Self {
        let text = |component| field.component(component).text().into_owned();
        Self { namespace: text(1), universal_id: text(2), universal_id_type: text(3) }
    }
}

/// What a message is, as far as its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// `ORU^R01`: measurements (PCD-01).
    Observations,
    /// `ORU^R40`: an alarm (PCD-04).
    Alarm,
    /// `ORU^R01` whose MSH-21 names PCIM, or whose only orders are of associations.
    Association,
    /// `ADT`, with an event that is read here.
    Admission,
    /// `QRY^A19` or `QBP^Q22`: who is the patient?
    Query,
    /// `ACK`, `ORA` or any other with an MSA in the second place.
    Answer,
    /// Any other.
    #[default]
    Other,
}

/// What the first segment says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// MSH-3.
    pub application: Party,
    /// MSH-4.
    pub facility: Party,
    /// MSH-9.1 and MSH-9.2, `^` between them.
    pub event: String,
    /// MSH-10.
    pub control_id: String,
    /// MSH-11; `None` when it is none of table 0103.
    pub processing: Option<Processing>,
    /// MSH-12.1.
    pub version: String,
    /// MSH-7, when it is a moment.
    pub sent: Option<Micros>,
    /// Where the message's stamps without an offset are read: the offset of MSH-7, or what was given for the sender.
    pub zone: Zone,
    /// What it is.
    pub kind: Kind,
}

impl Header {
    /// Reads the header of `message`, whose sender's clock is set to `zone` unless MSH-7 says otherwise.
    #[must_use]
    pub fn of(message: &Message<'_>, zone: &Zone) -> Self {
        let Some(msh) = message.segments().first() else { return Self::default() };
        let fields = msh.first_fields::<23>();
        // MSH-1 is the separator itself.
        let field = |number: usize| fields.field(number - 1).first();
        let text = |number, component| field(number).component(component).text().into_owned();
        let stamp = Stamp::parse(field(7).component(1).raw());
        let zone = stamp.and_then(|stamp| stamp.offset()).map_or_else(|| zone.clone(), Zone::Offset);
        Self {
            application: Party::of(field(3)),
            facility: Party::of(field(4)),
            event: format!("{}^{}", text(9, 1), text(9, 2)),
            control_id: text(10, 1),
            processing: Processing::parse(field(11).component(1).raw()),
            version: text(12, 1),
            sent: stamp.and_then(|stamp| stamp.moment(&zone)),
            zone,
            kind: Kind::of(message),
        }
    }
}

impl Kind {
    /// What `message` is.
    #[must_use]
    pub fn of(message: &Message<'_>) -> Self {
        let Some(header) = message.segments().first() else { return Self::Other };
        let event = header.field(9);
        match (event.component(1).raw(), event.component(2).raw()) {
            ("ORU", "R01") if crate::pcim::claims(message) => Self::Association,
            ("ORU", "R01") => Self::Observations,
            ("ORU", "R40") => Self::Alarm,
            ("ADT", trigger) if crate::adt::Trigger::parse(trigger).is_some() => Self::Admission,
            ("QRY", "A19") | ("QBP", "Q22") => Self::Query,
            ("ACK" | "ORA", _) => Self::Answer,
            _ if message.segments().get(1).is_some_and(|second| second.name() == "MSA") => Self::Answer,
            _ => Self::Other,
        }
    }
}
