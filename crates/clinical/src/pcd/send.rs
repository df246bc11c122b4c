//! From a sealed batch to messages.

use std::fmt::Write as _;

use seal::{Batch, Code, Decimal, Flags, Micros, NO_SAMPLE, Reading};

use super::PROFILE;
use super::observe::FLAG_WORDS;
use crate::hl7::{MessageWriter, SegmentWriter, format_time};
use crate::nomenclature;
use crate::person::{Birthday, Patient};
use crate::proof::{Proof, Standing};

/// What a message is for: MSH-11 (HL7 table 0103).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processing {
    /// `P`: the care of patients.
    Production,
    /// `T`: training; nothing of it is about a patient.
    Training,
    /// `D`: debugging.
    Debugging,
}

impl Processing {
    /// The letter in MSH-11.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Production => "P",
            Self::Training => "T",
            Self::Debugging => "D",
        }
    }

    /// From the letter in MSH-11.
    #[must_use]
    pub fn parse(letter: &str) -> Option<Self> {
        [Self::Production, Self::Training, Self::Debugging].into_iter().find(|one| one.letter() == letter)
    }
}

/// Which answers are asked for: MSH-15 and MSH-16 (HL7 table 0155).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledgements {
    /// `AL` / `NE`: one answer, once the receiver has stored the message.
    OnStorage,
    /// `NE` / `AL`: one answer, once the receiver's application has worked on the message.
    OnProcessing,
    /// Both empty, the original mode: as [`Acknowledgements::OnProcessing`].
    Original,
}

/// Whether waveforms go out too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waves {
    /// Numbers and words only, which is what most records take.
    Leave,
    /// As `NA` rows, each in an order of its own whose OBR-7 and OBR-8 say when its samples start and end.
    Send,
}

/// What all messages of a feed have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// MSH-3.1: the sending application.
    pub application: String,
    /// MSH-4.1: the sending facility.
    pub facility: String,
    /// MSH-5.1: the receiving application.
    pub receiving_application: String,
    /// MSH-6.1: the receiving facility.
    pub receiving_facility: String,
    /// MSH-11.
    pub processing: Processing,
    /// MSH-15 and MSH-16.
    pub acknowledgements: Acknowledgements,
    /// Whether waveforms go out.
    pub waves: Waves,
}

/// A batch to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// MSH-10: at most 190 characters, never the same for two messages. A message of test readings gets `-T` after it.
    pub control_id: &'a str,
    /// MSH-7: now.
    pub sent: Micros,
    /// The patient the device was with.
    pub patient: &'a Patient,
    /// The bed's name.
    pub bed: &'a str,
    /// What was measured.
    pub batch: &'a Batch,
    /// What it rests on.
    pub proof: Proof<'a>,
    /// Whether it still stands for that patient.
    pub standing: Standing,
    /// Whether this may have been sent before.
    pub attempt: Attempt,
}

/// A message goes out at least once. One that may be there already has the same MSH-10 and OBR-3 and says `resent` in its NTE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It was never sent.
    First,
    /// It was sent, and no answer came.
    Again,
}

/// A message, written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// MSH-10, which its answer will name.
    pub control_id: String,
    /// The whole message.
    pub text: String,
}

/// The messages of a batch: its real readings in one; those simulated or of a test in another, if the feed is for production. Empty when there
/// is nothing to send.
#[must_use]
pub fn messages(envelope: &Envelope, outgoing: &Outgoing<'_>) -> Vec<Sent> {
    let readings =
        outgoing.batch.readings.iter().enumerate().filter(|(_, reading)| envelope.waves.take(reading));
    let (staged, real): (Vec<_>, Vec<_>) = readings.partition(|(_, reading)| {
        envelope.processing == Processing::Production && is_staged(reading.flags())
    });
    let mut messages = Vec::new();
    if !real.is_empty() {
        let control_id = outgoing.control_id.to_owned();
        let text = message(envelope, outgoing, &control_id, envelope.processing, &real);
        messages.push(Sent { control_id, text });
    }
    if !staged.is_empty() {
        let control_id = format!("{}-T", outgoing.control_id);
        let text = message(envelope, outgoing, &control_id, Processing::Training, &staged);
        messages.push(Sent { control_id, text });
    }
    messages
}

/// Not of a body: it must not reach a chart.
fn is_staged(flags: Flags) -> bool {
    flags.contains(Flags::SIMULATED) || flags.contains(Flags::TEST)
}

impl Waves {
    fn take(self, reading: &Reading) -> bool {
        match (self, reading) {
            (Self::Leave, Reading::Wave { .. }) => false,
            (Self::Leave | Self::Send, _) => true,
        }
    }
}

fn message(
    envelope: &Envelope,
    outgoing: &Outgoing<'_>,
    control_id: &str,
    processing: Processing,
    readings: &[(usize, &Reading)],
) -> String {
    let mut writer = MessageWriter::new();
    writer.segment("MSH", |msh| {
        let kind = ["ORU", "R01", "ORU_R01"];
        header(msh, envelope, outgoing.sent, control_id, processing, kind, &PROFILE);
    });
    writer.segment("PID", |pid| person(pid, outgoing.patient));
    writer.segment("PV1", |pv1| {
        pv1.field(2, "I");
        // PL: the bed is its third component; unit and room are not known here.
        pv1.components(3, &["", "", outgoing.bed, &envelope.facility]);
    });
    let (waves, rest): (Vec<_>, Vec<_>) =
        readings.iter().copied().partition(|(_, reading)| matches!(reading, Reading::Wave { .. }));
    let mut rows = Rows { writer: &mut writer, outgoing, orders: 0, rows: 0, parts: Vec::new() };
    if !rest.is_empty() {
        rows.order(MONITORING, outgoing.batch.time, None);
        rows.device();
        rest.into_iter().for_each(|(index, reading)| rows.reading(index, reading));
    }
    for (index, reading) in waves {
        rows.wave(index, reading);
    }
    writer.finish()
}

/// MSH of a message of type `kind` that follows `profile`.
pub(crate) fn header(
    msh: &mut SegmentWriter<'_>,
    envelope: &Envelope,
    sent: Micros,
    control_id: &str,
    processing: Processing,
    kind: [&str; 3],
    profile: &[&str; 4],
) {
    msh.field(3, &envelope.application);
    msh.field(4, &envelope.facility);
    msh.field(5, &envelope.receiving_application);
    msh.field(6, &envelope.receiving_facility);
    msh.field(7, &format_time(sent));
    msh.components(9, &kind);
    msh.field(10, control_id);
    msh.field(11, processing.letter());
    msh.field(12, "2.6");
    let (storage, application) = match envelope.acknowledgements {
        Acknowledgements::OnStorage => ("AL", "NE"),
        Acknowledgements::OnProcessing => ("NE", "AL"),
        Acknowledgements::Original => ("", ""),
    };
    msh.field(15, storage);
    msh.field(16, application);
    msh.field(18, "UNICODE UTF-8");
    msh.components(21, profile);
}

/// PID, from its third field on.
pub(crate) fn person(pid: &mut SegmentWriter<'_>, patient: &Patient) {
    pid.components(3, &[&patient.identifier, "", "", &patient.authority, "MR"]);
    pid.components(5, &[&patient.family, &patient.given, "", "", "", "", "L"]);
    pid.field(7, &patient.born.map(Birthday::hl7).unwrap_or_default());
    pid.field(8, patient.sex.hl7());
}

/// OBR-4 of numbers and of waveforms.
const MONITORING: [&str; 3] = ["182777000", "monitoring of patient", "SCT"];
const WAVEFORM: [&str; 3] = ["69121", "MDC_OBS_WAVE_CTS", "MDC"];
const MONITOR: Code = Code(69_965);

/// Writes orders and rows, counting them.
struct Rows<'w, 'a> {
    writer: &'w mut MessageWriter,
    outgoing: &'w Outgoing<'a>,
    orders: usize,
    rows: usize,
    /// The parts of the device that have a row, by which they are numbered from 1.
    parts: Vec<Code>,
}

impl Rows<'_, '_> {
    fn order(&mut self, about: [&str; 3], from: Micros, to: Option<Micros>) {
        self.orders += 1;
        let (number, outgoing) = (self.orders.to_string(), self.outgoing);
        let device = outgoing.batch.device.as_str();
        self.writer.segment("OBR", |obr| {
            obr.field(1, &number);
            obr.components(3, &[&outgoing.proof.name(), device]);
            obr.components(4, &about);
            obr.field(7, &format_time(from));
            obr.field(8, &to.map(format_time).unwrap_or_default());
        });
        self.writer.segment("NTE", |nte| {
            nte.field(1, "1");
            nte.field(2, "L");
            let again = match outgoing.attempt {
                Attempt::First => "",
                Attempt::Again => " resent",
            };
            let proof = match outgoing.proof {
                Proof::Sealed(seal) => format!("seal-counter={} seal-key={}", seal.counter, seal.key),
                Proof::Unsealed(unsealed) => format!("not-sealed source={}", unsealed.source),
            };
            nte.field(3, &format!("{proof}{again}"));
        });
    }

    /// The device itself.
    fn device(&mut self) {
        self.device_row(MONITOR, "1.0.0.0", true);
    }

    fn device_row(&mut self, code: Code, sub_id: &str, named: bool) {
        self.rows += 1;
        let (number, id) = (self.rows.to_string(), self.outgoing.batch.device.as_str());
        self.writer.segment("OBX", |obx| {
            obx.field(1, &number);
            obx.components(3, &[&code.to_string(), nomenclature::refid(code), "MDC"]);
            obx.field(4, sub_id);
            obx.field(11, "X");
            if named {
                let eui64 = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
                obx.components(18, &[id, "", id, if eui64 { "EUI-64" } else { "L" }]);
            }
        });
    }

    /// The number of the part that measures `code`, after its row is written; 0, the device itself, when no part is known.
    fn part(&mut self, code: Code) -> usize {
        let Some(part) = nomenclature::device_part(code) else { return 0 };
        if let Some(index) = self.parts.iter().position(|known| *known == part) {
            return index + 1;
        }
        self.parts.push(part);
        let number = self.parts.len();
        self.device_row(part, &format!("1.{number}.0.0"), false);
        number
    }

    fn reading(&mut self, index: usize, reading: &Reading) {
        match reading {
            Reading::Value { value, .. } => self.row(index, reading, "NM", &value.to_string()),
            Reading::Text { text, .. } => {
                let mut escaped = String::new();
                crate::hl7::escape_into(text, &mut escaped);
                self.row(index, reading, "ST", &escaped);
            }
            Reading::Wave { scale, offset, samples, .. } => {
                self.row(index, reading, "NA", &physical(samples, *scale, *offset));
            }
        }
    }

    fn wave(&mut self, index: usize, reading: &Reading) {
        let Reading::Wave { dt_us, period_us, samples, .. } = reading else { return };
        let from = self.outgoing.batch.time.0.saturating_add(*dt_us);
        let length = i64::from(*period_us).saturating_mul(i64::try_from(samples.len()).unwrap_or(i64::MAX));
        self.order(WAVEFORM, Micros(from), Some(Micros(from.saturating_add(length))));
        if self.rows == 0 {
            self.device();
        }
        self.reading(index, reading);
    }

    /// One row of a metric; `value` has its structure already.
    fn row(&mut self, index: usize, reading: &Reading, value_type: &str, value: &str) {
        let code = reading.code();
        let part = self.part(code);
        self.rows += 1;
        let number = self.rows.to_string();
        let time = self.outgoing.batch.time.0.saturating_add(reading.dt_us());
        self.writer.segment("OBX", |obx| {
            obx.field(1, &number);
            obx.field(2, value_type);
            obx.components(3, &[&code.to_string(), nomenclature::refid(code), "MDC"]);
            // A metric of no known part belongs to the device itself, which has no channel.
            obx.field(4, &format!("1.{part}.{}.{}", part.min(1), index + 1));
            obx.structured(5, value);
            if let Some(unit) = reading.unit() {
                write_unit(obx, unit.as_str(), code);
            }
            obx.structured(8, &flag_words(reading.flags()));
            obx.field(11, status_letter(self.outgoing.standing));
            if reading.dt_us() != 0 && value_type != "NA" {
                obx.field(14, &format_time(Micros(time)));
            }
            obx.components(17, &["AMEAS", "auto-measurement", "MDC"]);
        });
    }
}

/// OBX-6: the MDC unit; a unit that MDC has no known code for goes out as UCUM.
pub(crate) fn write_unit(obx: &mut SegmentWriter<'_>, ucum: &str, metric: Code) {
    match nomenclature::unit_code(ucum, metric) {
        Some(unit) => obx.components(6, &[&unit.code.to_string(), unit.refid, "MDC", ucum, ucum, "UCUM"]),
        None => obx.components(6, &[ucum, ucum, "UCUM"]),
    }
}

fn flag_words(flags: Flags) -> String {
    let words: Vec<&str> =
        FLAG_WORDS.iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, word)| *word).collect();
    words.join("~")
}

/// `sample * scale + offset` of each sample, with as many places as scale and offset have; nothing where there is no value.
fn physical(samples: &[i16], scale: Decimal, offset: Decimal) -> String {
    let places = usize::from(scale.exponent.min(offset.exponent).min(0).unsigned_abs());
    let (scale, offset) = (scale.to_f64(), offset.to_f64());
    let mut out = String::with_capacity(samples.len() * 6);
    for (index, sample) in samples.iter().enumerate() {
        if index > 0 {
            out.push('^');
        }
        if *sample != NO_SAMPLE {
            // Writing to a string cannot fail.
            let _ = write!(out, "{:.places$}", f64::from(*sample) * scale + offset);
        }
    }
    out
}

/// OBX-11: not verified by a person, or taken back (HL7 table 0085).
fn status_letter(standing: Standing) -> &'static str {
    match standing {
        Standing::Current => "R",
        Standing::WrongPatient => "W",
    }
}
