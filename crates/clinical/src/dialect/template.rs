//! What a field is filled with: structure as it stands, and names in braces that values replace.

use super::Scope;

/// A field's filling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Goes out as it stands.
    Literal(String),
    /// Is replaced by something of the message.
    Message(OfMessage),
    /// Is replaced by something of the reading.
    Reading(OfReading),
}

/// Why a template is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplateError {
    /// A name in braces that is none of the table's.
    Unknown(String),
    /// A brace without its other half.
    Brace,
    /// A control character, field separator or escape character, which would make structure where none is meant.
    Character(char),
    /// A name that is of a reading, in a segment that is of the message.
    OfReading(String),
}

macro_rules! names {
    // turns `"doc" Enum { "doc" Variant = "name", … }` into an enum and its table of names
    ($($doc:literal $name:ident { $($variant_doc:literal $variant:ident = $word:literal,)* })*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name {
            $(#[doc = $variant_doc] $variant,)*
        }

        impl $name {
            fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    )*};
}

names! {
    "What a template of any segment may name."
    OfMessage {
        "Our application." Application = "application",
        "Our facility." Facility = "facility",
        "Theirs." ReceivingApplication = "receiving_application",
        "Theirs." ReceivingFacility = "receiving_facility",
        "When the message is sent." Now = "now",
        "The message's own id." ControlId = "control_id",
        "P, T or D." Processing = "processing",
        "The version of HL7." Version = "version",
        "The character set, as in MSH-18." Charset = "charset",
        "The patient's identifier." Patient = "patient",
        "Who gave it." Authority = "authority",
        "Family name." Family = "family",
        "Given names." Given = "given",
        "Date of birth." Born = "born",
        "The letter of PID-8." Sex = "sex",
        "The account's number." Account = "account",
        "The visit's number." Visit = "visit",
        "The unit the patient lies in." Unit = "ward",
        "The room." Room = "room",
        "The bed." Bed = "bed",
        "The device's id." Device = "device",
        "What the readings are from: the seal's hash, or the row's number." Order = "order",
        "The time of the earliest reading." First = "first",
        "The time of the latest reading." Last = "last",
        "R, or C when it corrects what was sent: OBR-25." Report = "report",
    }
    "What a template of a reading's segment may name too."
    OfReading {
        "The number of the row in the message, from 1." RowNumber = "row",
        "NM or ST." Type = "type",
        "The record system's code, else MDC's." Code = "code",
        "Its name." Name = "name",
        "Its system." System = "system",
        "The MDC code." Mdc = "mdc",
        "The value." Value = "value",
        "Its unit as the record system writes it." ValueUnit = "unit",
        "Its unit in UCUM." Ucum = "ucum",
        "When it was measured." Time = "time",
        "QUES, CAL or EARLY, where the device says so." Doubt = "doubt",
        "What tells values of one code apart in a message; the same when one is corrected." Sub = "sub",
        "R, C or W: OBX-11." Status = "status",
        "How many values it stands for." Count = "count",
        "What was made of them: last, mean or median." Averaging = "averaging",
        "The time of the first of them." From = "from",
        "Words for a person: of how many values it is what, and who vouches for it when it is not sealed." Note = "note",
    }
}

impl Template {
    /// Whether something replaces a part of it.
    pub(super) fn is_filled(&self) -> bool {
        self.pieces.iter().any(|piece| !matches!(piece, Piece::Literal(_)))
    }

    /// Reads a template of a segment of `scope`.
    pub(super) fn parse(text: &str, scope: Scope) -> Result<Self, TemplateError> {
        if let Some(bad) =
            text.chars().find(|character| character.is_control() || matches!(character, '|' | '\\'))
        {
            return Err(TemplateError::Character(bad));
        }
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, next) = after.split_once('}').ok_or(TemplateError::Brace)?;
            let piece = piece(name, scope)?;
            if before.contains('}') {
                return Err(TemplateError::Brace);
            }
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            pieces.push(piece);
            rest = next;
        }
        if rest.contains('}') {
            return Err(TemplateError::Brace);
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self { pieces })
    }
}

fn piece(name: &str, scope: Scope) -> Result<Piece, TemplateError> {
    let of_message = OfMessage::parse(name).map(Piece::Message);
    match (of_message, OfReading::parse(name), scope) {
        (Some(piece), _, _) => Ok(piece),
        (None, Some(reading), Scope::Reading) => Ok(Piece::Reading(reading)),
        (None, Some(_), Scope::Message) => Err(TemplateError::OfReading(name.to_owned())),
        (None, None, _) => Err(TemplateError::Unknown(name.to_owned())),
    }
}
