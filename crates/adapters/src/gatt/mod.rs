//! Records of Bluetooth health profiles, as a gateway box or a telephone passes them on: the values of GATT characteristics, one after the other.
//!
//! ```text
//! frame = uuid (2 bytes, the lesser first) length (2 bytes, the lesser first) value
//! ```
//!
//! | characteristic | | becomes |
//! |---|---|---|
//! | 2A23, 2A25 | system id (an EUI-64), serial number | the device; comes before what it measured |
//! | 2A24, 2A26 to 2A29 | model, revisions, manufacturer | kept |
//! | 2A35, 2A36 | blood pressure, intermediate cuff pressure | ISO/IEEE 11073-10407 |
//! | 2A1C, 2A1E | temperature, intermediate temperature | 11073-10408 |
//! | 2A18, 2A34 | glucose, and its context | 11073-10417 |
//! | 2A5E, 2A5F | pulse oximetry, a spot check or continuous | 11073-10404 |
//! | 2A19 | battery level | `MDC_ATTR_VAL_BATT_CHARGE` |
//!
//! Layouts follow the Bluetooth SIG's GATT Specification Supplement; numbers are SFLOAT and FLOAT with the least byte first. Times are what the
//! device's clock shows, in the source's zone; a device that has set none is timed by when it was heard. A context without time of its own
//! is read with the measurement that it is of, which is the record's context.

mod glucose;
mod oximeter;
mod pressure;
mod temperature;

use clinical::hl7::Zone;
use jiff::civil::DateTime;
use seal::{Flags, Micros};

use crate::decoded::{Metric, Place};
use crate::record::device_word;
use crate::{
    Adapter, Answers, Cursor, Decoded, Event, Inbox, Number, Problem, Record, Refusal, Session, Settings,
    SetupError, Sheet, clock, float, limits, sfloat,
};

/// The adapter.
#[derive(Debug)]
pub struct Gatt;

const NAME: &str = "gatt";
/// Bytes of a frame before its value.
const HEAD: usize = 4;

impl Adapter for Gatt {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "Bluetooth health profiles: blood pressure, temperature, glucose, pulse oximetry (GATT values in frames)"
    }

    fn capture(&self) -> &'static str {
        "frames of UUID, length and value, the least byte first"
    }

    fn open(&self, settings: &Settings<'_>) -> Result<Box<dyn Session>, SetupError> {
        match settings.config {
            Some(_) => Err(SetupError::NeedlessConfig),
            None => Ok(Box::new(Conversation::new(settings.device.and_then(device_word)))),
        }
    }

    fn read(&self, record: &Record, zone: &Zone) -> Result<Decoded, Refusal> {
        let mut frame = Cursor::new(&record.original);
        let uuid = frame.u16_le()?;
        let length = frame.u16_le()?;
        let mut value = frame.part(usize::from(length))?;
        frame.end()?;
        let what =
            Characteristic::of(uuid).filter(Characteristic::is_measured).ok_or_else(|| unknown(uuid))?;
        let mut page = Page { sheet: Sheet::new(), received: record.received, zone };
        let time = what.read(&mut value, &mut page, &record.context)?;
        value.end()?;
        Ok(page.sheet.decoded(&record.device, time))
    }
}

fn unknown(uuid: u16) -> Refusal {
    Refusal::at(0, Problem::Unknown { what: "characteristic", found: format!("{uuid:04X}") })
}

/// A characteristic that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Characteristic {
    SystemId,
    SerialNumber,
    /// A text about the device, and what it is called.
    About(&'static str),
    Battery,
    BloodPressure,
    CuffPressure,
    Temperature,
    IntermediateTemperature,
    Glucose,
    GlucoseContext,
    SpotCheck,
    Continuous,
}

impl Characteristic {
    fn of(uuid: u16) -> Option<Self> {
        Some(match uuid {
            0x2A23 => Self::SystemId,
            0x2A25 => Self::SerialNumber,
            0x2A24 => Self::About("model number"),
            0x2A26 => Self::About("firmware revision"),
            0x2A27 => Self::About("hardware revision"),
            0x2A28 => Self::About("software revision"),
            0x2A29 => Self::About("manufacturer"),
            0x2A19 => Self::Battery,
            0x2A35 => Self::BloodPressure,
            0x2A36 => Self::CuffPressure,
            0x2A1C => Self::Temperature,
            0x2A1E => Self::IntermediateTemperature,
            0x2A18 => Self::Glucose,
            0x2A34 => Self::GlucoseContext,
            0x2A5E => Self::SpotCheck,
            0x2A5F => Self::Continuous,
            _ => return None,
        })
    }

    fn is_measured(&self) -> bool {
        !matches!(self, Self::SystemId | Self::SerialNumber | Self::About(_))
    }

    /// Where in the value the device's clock stands, if it does.
    fn stamp(self, value: &[u8]) -> Option<usize> {
        let flags = *value.first()?;
        let (bit, at) = match self {
            Self::BloodPressure | Self::CuffPressure => (flags & 2, 7),
            Self::Temperature | Self::IntermediateTemperature => (flags & 2, 5),
            // A stamp of a clock that is not set tells nothing.
            Self::SpotCheck => (flags & 1 & !(flags >> 4), 5),
            Self::Glucose => (1, 3),
            Self::SystemId
            | Self::SerialNumber
            | Self::About(_)
            | Self::Battery
            | Self::GlucoseContext
            | Self::Continuous => (0, 0),
        };
        (bit != 0).then_some(at)
    }

    /// Whether the value tells when it was measured: it has a stamp, whose year is known.
    fn is_timed(self, value: &[u8]) -> bool {
        let year = self.stamp(value).and_then(|at| value.get(at..at + 2));
        self == Self::GlucoseContext || year.is_some_and(|year| year != [0, 0])
    }

    /// Writes what the value says; gives the time of the record.
    fn read(self, value: &mut Cursor<'_>, page: &mut Page<'_>, context: &[u8]) -> Result<Micros, Refusal> {
        match self {
            Self::BloodPressure => pressure::measurement(value, page),
            Self::CuffPressure => pressure::intermediate(value, page),
            Self::Temperature => temperature::measurement(value, page, Flags::NONE),
            Self::IntermediateTemperature => temperature::measurement(value, page, Flags::EARLY),
            Self::Glucose => glucose::measurement(value, page),
            Self::GlucoseContext => glucose::context(value, page, context),
            Self::SpotCheck => oximeter::spot_check(value, page),
            Self::Continuous => oximeter::continuous(value, page),
            Self::Battery => {
                let (at, time) = (value.at(), page.heard()?);
                let percent = Number::Finite(seal::Decimal { mantissa: value.u8()?.into(), exponent: 0 });
                let charge = Metric::ucum(67_996, "%");
                page.sheet.number(Place { at, time }, "battery level", charge, percent, Flags::NONE);
                Ok(time)
            }
            Self::SystemId | Self::SerialNumber | Self::About(_) => Err(unknown(0)),
        }
    }
}

/// What a decoder writes on, and what it knows of time.
struct Page<'z> {
    sheet: Sheet,
    received: Option<Micros>,
    zone: &'z Zone,
}

impl Page<'_> {
    /// When the record came, for a value without a time of its own.
    fn heard(&self) -> Result<Micros, Refusal> {
        self.received.ok_or_else(|| Refusal::at(HEAD, Problem::Time("nothing".into())))
    }

    /// The time of a value: its stamp, if `present` and set, else when it was heard.
    fn time(&self, value: &mut Cursor<'_>, present: bool) -> Result<Micros, Refusal> {
        match present {
            true => self.stamp(value),
            false => self.heard(),
        }
    }

    /// `Date Time` of the supplement: year (2 bytes), month, day, hours, minutes, seconds.
    fn stamp(&self, value: &mut Cursor<'_>) -> Result<Micros, Refusal> {
        let at = value.at();
        let year = value.u16_le()?;
        let [month, day, hour, minute, second] =
            [value.u8()?, value.u8()?, value.u8()?, value.u8()?, value.u8()?];
        if year == 0 {
            return self.heard();
        }
        let small = |byte: u8| i8::try_from(byte).unwrap_or(i8::MAX);
        let face = i16::try_from(year).ok().and_then(|year| {
            DateTime::new(year, small(month), small(day), small(hour), small(minute), small(second), 0).ok()
        });
        let shown = || format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        face.and_then(|face| clock::moment(face, self.zone))
            .ok_or_else(|| Refusal::at(at, Problem::Time(shown())))
    }
}

fn short(value: &mut Cursor<'_>) -> Result<(usize, Number), Refusal> {
    let at = value.at();
    Ok((at, sfloat(value.u16_le()?)))
}

fn long(value: &mut Cursor<'_>) -> Result<(usize, Number), Refusal> {
    let at = value.at();
    Ok((at, float(value.u32_le()?)))
}

/// What is connected, through whatever passes its values on.
struct Conversation {
    inbox: Inbox,
    device: Option<String>,
    /// Frames of glucose measurements, the youngest last, for contexts that follow.
    glucose: Vec<Vec<u8>>,
}

impl Conversation {
    fn new(device: Option<String>) -> Self {
        Self { inbox: Inbox::default(), device, glucose: Vec::new() }
    }

    /// The next event, if a whole frame waits.
    fn next(&mut self, at: Micros) -> Option<Event> {
        let &[low, high, short, long, ..] = self.inbox.waiting() else { return None };
        let (uuid, length) =
            (u16::from_le_bytes([low, high]), usize::from(u16::from_le_bytes([short, long])));
        if length > limits::CHARACTERISTIC {
            // No frame: nothing says where the next one begins.
            let problem = Problem::Limit { what: "bytes of a value", most: limits::CHARACTERISTIC };
            let event = self.inbox.report(HEAD, format!("frame of {uuid:04X}"), problem);
            self.inbox.lose();
            return Some(event);
        }
        let value = self.inbox.waiting().get(HEAD..HEAD + length)?.to_vec();
        Some(self.frame(uuid, &value, at))
    }

    fn frame(&mut self, uuid: u16, value: &[u8], at: Micros) -> Event {
        let length = HEAD + value.len();
        let what = format!("characteristic {uuid:04X}");
        let Some(known) = Characteristic::of(uuid) else {
            let problem = Problem::Unknown { what: "characteristic", found: format!("{uuid:04X}") };
            return self.inbox.report(length, what, problem);
        };
        match known {
            Characteristic::SystemId => self.name(length, "system id", eui64(value)),
            Characteristic::SerialNumber => {
                let text = std::str::from_utf8(value).ok().and_then(device_word);
                self.name(length, "serial number", text)
            }
            Characteristic::About(about) => self.inbox.keep(length, about, "says what the device is"),
            _ => self.measured(known, value, length, at),
        }
    }

    fn name(&mut self, length: usize, what: &str, word: Option<String>) -> Event {
        match word {
            Some(word) => {
                self.device = Some(word);
                self.inbox.keep(length, what, "names the device")
            }
            None => {
                let problem = Problem::Value {
                    what: "the name",
                    found: "something else".into(),
                    wanted: "8 bytes, or a text",
                };
                self.inbox.report(length, what, problem)
            }
        }
    }

    fn measured(&mut self, known: Characteristic, value: &[u8], length: usize, at: Micros) -> Event {
        let Some(device) = self.device.clone() else {
            return self.inbox.report(length, "measurement", Problem::NoDevice);
        };
        let received = (!known.is_timed(value)).then_some(at);
        let context = match known {
            Characteristic::GlucoseContext => self.measurement_of(value).unwrap_or_default(),
            _ => Vec::new(),
        };
        let (span, original) = self.inbox.take(length);
        if known == Characteristic::Glucose {
            self.glucose.push(original.clone());
            if self.glucose.len() > limits::GLUCOSE {
                self.glucose.remove(0);
            }
        }
        let record = Record { adapter: NAME.into(), device, received, context, original };
        Event::Record { span, lead: 0, record, answers: Answers::default() }
    }

    /// The measurement that a context is of: that with the same sequence number, which stands behind the flags of both.
    fn measurement_of(&self, context: &[u8]) -> Option<Vec<u8>> {
        let number = context.get(1..3)?;
        let found = self.glucose.iter().rev().find(|frame| frame.get(HEAD + 1..HEAD + 3) == Some(number));
        found.cloned()
    }
}

/// The EUI-64 of a system id: the least byte first.
fn eui64(value: &[u8]) -> Option<String> {
    let bytes: [u8; 8] = value.try_into().ok()?;
    Some(hex::encode_upper(u64::from_le_bytes(bytes).to_be_bytes()))
}

impl Session for Conversation {
    fn push(&mut self, bytes: &[u8], at: Micros) -> Vec<Event> {
        self.inbox.push(bytes);
        std::iter::from_fn(|| self.next(at)).collect()
    }

    fn end(&mut self, _: Micros) -> Vec<Event> {
        let missing = match self.inbox.waiting() {
            &[_, _, short, long, ref value @ ..] => {
                usize::from(u16::from_le_bytes([short, long])).saturating_sub(value.len())
            }
            fewer => HEAD - fewer.len().min(HEAD),
        };
        self.inbox.abandon("frame", missing).into_iter().collect()
    }

    fn is_lost(&self) -> bool {
        self.inbox.is_lost()
    }
}
