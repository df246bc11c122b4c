//! Observation: one reading of a sealed batch.

use seal::{DeviceId, Flags, Micros, NO_SAMPLE, Reading, SealHash, Unit};
use serde::Serialize;

use super::datatypes::{
    Annotation, CodeableConcept, Coding, Decimal, Extension, Identifier, Meta, Period, Quantity, Reference,
    SampledData, instant,
};
use super::{READING, SEAL, UNSEALED, fhir_id, not_sealed};
use crate::nomenclature::{self, Kind, LOINC_SYSTEM, MDC_SYSTEM, UCUM_SYSTEM};
use crate::proof::{Proof, Standing};

const VITAL_SIGNS: &str = "http://hl7.org/fhir/StructureDefinition/vitalsigns";

/// Where a reading comes from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The number of its batch here.
    pub batch: i64,
    /// The device that measured.
    pub device: &'a DeviceId,
    /// The number of the patient it was with.
    pub patient: Option<&'a str>,
    /// The batch's own time.
    pub time: Micros,
    /// When the batch was received.
    pub received: Micros,
    /// What it rests on.
    pub proof: Proof<'a>,
    /// Whether it still stands for that patient.
    pub standing: Standing,
}

/// Observation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    /// Batch and index: `12-3`. None on its way to another server.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Profile, time of receipt, and the labels of test data and of what is not sealed.
    #[serde(skip_serializing_if = "Meta::is_empty")]
    pub meta: Meta,
    /// The seal, or where it comes from without one.
    pub extension: Vec<Extension>,
    /// Name of the batch (the seal's hash), and index.
    pub identifier: Vec<Identifier>,
    /// `final`, `preliminary`, or `entered-in-error`.
    pub status: &'static str,
    /// See [`Category`].
    pub category: Vec<CodeableConcept>,
    /// What was measured: MDC, and LOINC where the table has one.
    pub code: CodeableConcept,
    /// Of whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Reference>,
    /// When.
    #[serde(flatten)]
    pub effective: Effective,
    /// When it was received.
    pub issued: String,
    /// What.
    #[serde(flatten)]
    pub value: Value,
    /// What is to be said of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note: Vec<Annotation>,
    /// By what.
    pub device: Reference,
}

/// `effective[x]`.
#[derive(Debug, Clone, Serialize)]
pub enum Effective {
    /// A moment.
    #[serde(rename = "effectiveDateTime")]
    Moment(String),
    /// From the first to the last sample.
    #[serde(rename = "effectivePeriod")]
    Stretch(Period),
}

/// `value[x]`, or why there is none.
#[derive(Debug, Clone, Serialize)]
pub enum Value {
    /// A number.
    #[serde(rename = "valueQuantity")]
    Quantity(Quantity),
    /// A waveform.
    #[serde(rename = "valueSampledData")]
    Samples(SampledData),
    /// Words.
    #[serde(rename = "valueString")]
    Text(String),
    /// None.
    #[serde(rename = "dataAbsentReason")]
    Absent(CodeableConcept),
}

/// What kind of observation a reading is (code system `observation-category`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// `vital-signs`: numbers.
    VitalSigns,
    /// `procedure`: waveforms, and what is read from them.
    Procedure,
}

impl Category {
    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::VitalSigns => "vital-signs",
            Self::Procedure => "procedure",
        }
    }

    /// From its code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::VitalSigns, Self::Procedure].into_iter().find(|one| one.code() == code)
    }
}

/// The category of a reading.
#[must_use]
pub fn category(reading: &Reading) -> Category {
    match reading {
        Reading::Value { .. } => Category::VitalSigns,
        Reading::Wave { .. } | Reading::Text { .. } => Category::Procedure,
    }
}

impl Observation {
    /// The reading with this index in its batch.
    #[must_use]
    pub fn of(source: &Source<'_>, index: usize, reading: &Reading) -> Self {
        let flags = reading.flags();
        let identifier = Identifier {
            kind: None,
            system: Some(READING.into()),
            value: format!("{}/{index}", source.proof.name()),
            assigner: None,
        };
        let category = category(reading).code();
        Self {
            id: format!("{}-{index}", source.batch),
            meta: Meta {
                last_updated: instant(source.received),
                profile: profiles(reading),
                tag: match source.proof {
                    Proof::Sealed(_) => Vec::new(),
                    Proof::Unsealed(_) => vec![not_sealed()],
                },
                security: is_staged(flags).then(test_data).into_iter().collect(),
            },
            extension: vec![proof_extension(source.proof)],
            identifier: vec![identifier],
            status: status(source.standing, flags),
            category: vec![
                Coding::new("http://terminology.hl7.org/CodeSystem/observation-category", category, "")
                    .into(),
            ],
            code: code(reading),
            subject: source.patient.map(|patient| Reference::to("Patient", patient)),
            effective: effective(source.time, reading),
            issued: instant(source.received),
            value: value(reading),
            note: flags.contains(Flags::QUESTIONABLE).then(questionable).into_iter().collect(),
            device: Reference::to("Device", &fhir_id(source.device)),
        }
    }
}

fn status(standing: Standing, flags: Flags) -> &'static str {
    match standing {
        Standing::WrongPatient => "entered-in-error",
        Standing::Current if flags.contains(Flags::EARLY) || flags.contains(Flags::QUESTIONABLE) => {
            "preliminary"
        }
        Standing::Current => "final",
    }
}

fn is_staged(flags: Flags) -> bool {
    flags.contains(Flags::SIMULATED) || flags.contains(Flags::TEST)
}

fn test_data() -> Coding {
    Coding::new("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST", "test health data")
}

fn questionable() -> Annotation {
    Annotation { text: "The device marks this reading as questionable.".into() }
}

fn proof_extension(proof: Proof<'_>) -> Extension {
    let (url, parts) = match proof {
        Proof::Sealed(seal) => (
            SEAL,
            vec![
                Extension::text("hash", seal.hash.to_string()),
                Extension::text("counter", seal.counter.to_string()),
                Extension::text("key", seal.key.to_string()),
            ],
        ),
        Proof::Unsealed(unsealed) => (
            UNSEALED,
            vec![
                Extension::text("source", unsealed.source.to_owned()),
                Extension::text("digest", SealHash(*unsealed.digest).to_string()),
            ],
        ),
    };
    Extension { url: url.into(), extension: parts, value_string: None }
}

/// The vital-signs profiles that the observation keeps: none for what is no vital sign, or in a unit that the profile does not take.
fn profiles(reading: &Reading) -> Vec<String> {
    let Reading::Value { code, unit, .. } = reading else { return Vec::new() };
    match nomenclature::vital_sign(*code) {
        Some(sign) if sign.takes_unit(&nomenclature::plain_unit(unit.as_str())) => {
            vec![VITAL_SIGNS.into(), sign.profile.into()]
        }
        Some(_) | None => Vec::new(),
    }
}

fn code(reading: &Reading) -> CodeableConcept {
    let code = reading.code();
    let term = nomenclature::by_code(code);
    let refid = term.map_or("", |term| term.refid);
    let mut coding = vec![Coding::new(MDC_SYSTEM, &code.to_string(), refid)];
    let preferred = term.and_then(|term| term.loinc.first()).map(|loinc| loinc.code);
    let required = nomenclature::vital_sign(code).map(|sign| sign.loinc);
    let mut loinc: Vec<&str> = preferred.into_iter().chain(required).collect();
    loinc.dedup();
    coding.extend(loinc.into_iter().map(|code| Coding::new(LOINC_SYSTEM, code, "")));
    let text = match term.map(|term| term.kind) {
        Some(Kind::Wave) => Some(format!("{refid} waveform")),
        Some(_) | None => None,
    };
    CodeableConcept { coding, text }
}

fn effective(batch_time: Micros, reading: &Reading) -> Effective {
    let start = Micros(batch_time.0.saturating_add(reading.dt_us()));
    match reading {
        Reading::Wave { period_us, samples, .. } => {
            let steps = i64::try_from(samples.len().saturating_sub(1)).unwrap_or(i64::MAX);
            let end = Micros(start.0.saturating_add(i64::from(*period_us).saturating_mul(steps)));
            Effective::Stretch(Period { start: instant(start), end: instant(end) })
        }
        Reading::Value { .. } | Reading::Text { .. } => Effective::Moment(instant(start)),
    }
}

fn value(reading: &Reading) -> Value {
    if reading.flags().contains(Flags::CALIBRATING) {
        return absent("temp-unknown", "Temporarily Unknown", "The device was calibrating.");
    }
    match reading {
        Reading::Value { unit, value, .. } => Value::Quantity(quantity(*value, *unit)),
        // FHIR has no empty text, nor one of spaces only.
        Reading::Text { text, .. } if text.trim().is_empty() => {
            absent("unknown", "Unknown", "The device sent an empty text.")
        }
        Reading::Text { text, .. } => Value::Text(text.clone()),
        Reading::Wave { unit, period_us, scale, offset, samples, .. } => Value::Samples(SampledData {
            origin: quantity(*offset, *unit),
            period: milliseconds(*period_us),
            factor: Decimal(*scale),
            dimensions: 1,
            data: sample_text(samples),
        }),
    }
}

fn absent(code: &str, display: &str, why: &str) -> Value {
    let system = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
    Value::Absent(CodeableConcept {
        coding: vec![Coding::new(system, code, display)],
        text: Some(why.into()),
    })
}

fn quantity(value: seal::Decimal, unit: Unit) -> Quantity {
    let code = nomenclature::plain_unit(unit.as_str()).into_owned();
    Quantity { value: Decimal(value), unit: unit.to_string(), system: UCUM_SYSTEM, code }
}

/// A period with no more digits than it needs: 4 ms, 2.778 ms.
fn milliseconds(period_us: u32) -> Decimal {
    let (mut mantissa, mut exponent) = (i64::from(period_us), -3_i8);
    while exponent < 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        exponent += 1;
    }
    Decimal(seal::Decimal { mantissa, exponent })
}

fn sample_text(samples: &[i16]) -> String {
    let mut out = String::with_capacity(samples.len() * 5);
    for (index, sample) in samples.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        if *sample == NO_SAMPLE {
            out.push('E');
        } else {
            out.push_str(&sample.to_string());
        }
    }
    out
}
