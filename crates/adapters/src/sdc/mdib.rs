//! What an MDIB describes, as far as readings need it (IEEE 11073-10207, 5.2).
//!
//! What a report needs of it goes with the record, as one line of JSON for each descriptor:
//!
//! ```json
//! {"handle":"saturation","kind":"number","code":150456,"unit":262688}
//! ```
//!
//! `kind` is `number`, `text`, `samples`, `alert` (a condition), `signal` (of one) or `other`; `code` and `unit` are MDC codes, and missing where the device uses
//! another coding system, whose words are then in `said`; `period_us` and `resolution` belong to samples. A condition has its `name`, `priority` (as the device
//! writes it) and `sources`, the handles of what it is about; a signal the handle of the condition that it `signals`; a source of a
//! condition its newest `value`, as it was when the report came.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::xml::{Element, Ns};
use crate::{Problem, Refusal, limits};

/// Systems of codes that are MDC: none is said, or one of its object identifiers.
const MDC: [&str; 3] =
    ["urn:oid:1.2.840.10004.1.1.1.0.0.1", "urn:oid:1.3.111.2.11073.10101.1", "urn:iso:std:iso:11073:10101"];

/// A descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Descriptor {
    pub(super) handle: String,
    pub(super) kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<u32>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) said: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) period_us: Option<u32>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) resolution: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) priority: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) sources: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) signals: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) value: String,
}

/// What a descriptor is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Number,
    Text,
    Samples,
    /// The condition of an alarm.
    Alert,
    /// How people are told of one.
    Signal,
    /// Alert systems, components: nothing that is measured.
    Other,
}

/// Which state of an MDIB something is about: versions count up within a sequence (5.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The sequence: a provider that starts anew begins another.
    pub sequence: String,
    /// The version in it.
    pub number: u64,
}

impl Version {
    pub(super) fn of(element: &Element) -> Result<Self, Refusal> {
        let wrong =
            |what: &'static str| Refusal::at(element.at, Problem::Unknown { what, found: String::new() });
        let sequence = element.attribute("SequenceId").ok_or_else(|| wrong("sequence id"))?;
        // Without a version it is 0 (A.2, MdibVersionGroup).
        let number =
            element.attribute("MdibVersion").unwrap_or("0").parse().map_err(|_| wrong("MDIB version"))?;
        Ok(Self { sequence: sequence.to_owned(), number })
    }
}

/// An MDIB's descriptors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mdib {
    /// Which state it is.
    pub version: Version,
    descriptors: HashMap<String, Descriptor>,
    /// What conditions of alarms are about.
    sources: HashSet<String>,
}

impl Mdib {
    /// From a `GetMdibResponse`.
    pub(super) fn of(response: &Element) -> Result<Self, Refusal> {
        let missing = || Refusal::at(response.at, Problem::Unknown { what: "MDIB", found: String::new() });
        let mdib = response.child(Ns::Message, "Mdib").ok_or_else(missing)?;
        let mut found = Vec::new();
        if let Some(description) = mdib.child(Ns::Participant, "MdDescription") {
            description.walk(&mut |element| found.extend(Descriptor::of(element)));
        }
        if found.len() > limits::DESCRIPTORS {
            let problem = Problem::Limit { what: "descriptors", most: limits::DESCRIPTORS };
            return Err(Refusal::at(mdib.at, problem));
        }
        let sources = found.iter().flat_map(|one| one.sources.iter().cloned()).collect();
        let descriptors = found.into_iter().map(|one| (one.handle.clone(), one)).collect();
        Ok(Self { version: Version::of(mdib)?, descriptors, sources })
    }

    /// The context of a record whose report is about these handles, with what `values` are known of the sources of alerts.
    pub(super) fn context<'a>(
        &'a self,
        handles: impl Iterator<Item = &'a str>,
        values: &HashMap<String, String>,
    ) -> Vec<u8> {
        let about = |handle: &'a str| {
            let of = self.descriptors.get(handle);
            let condition = of.and_then(|of| self.descriptors.get(&of.signals));
            let sources = [of, condition].into_iter().flatten().flat_map(|of| &of.sources);
            let sources = sources.filter_map(|source| {
                let value = values.get(source).cloned().unwrap_or_default();
                Some(Descriptor { value, ..self.descriptors.get(source)?.clone() })
            });
            [of, condition].into_iter().flatten().cloned().chain(sources)
        };
        // Of two that are alike but for a value, the one with the value stands last, and is the one that is read.
        let mut lines: Vec<String> =
            handles.flat_map(about).filter_map(|of| serde_json::to_string(&of).ok()).collect();
        lines.sort_by_key(|line| (line.contains("\"value\":"), line.clone()));
        lines.dedup();
        lines.join("\n").into_bytes()
    }

    /// Whether a condition is about it.
    pub(super) fn is_source(&self, handle: &str) -> bool {
        self.sources.contains(handle)
    }

    /// The handles of all conditions and signals of alarms, and of what the conditions are about.
    pub(super) fn alerts(&self) -> impl Iterator<Item = &str> {
        let alerts = self.descriptors.values().filter(|of| matches!(of.kind, Kind::Alert | Kind::Signal));
        alerts.map(|of| of.handle.as_str()).chain(self.sources.iter().map(String::as_str))
    }
}

/// The descriptors of a record's context.
pub(super) fn descriptors(context: &[u8]) -> Result<HashMap<String, Descriptor>, Refusal> {
    let wrong = || Refusal::at(0, Problem::Order("a report without its descriptors"));
    let text = std::str::from_utf8(context).map_err(|_| wrong())?;
    text.lines()
        .map(|line| {
            let descriptor: Descriptor = serde_json::from_str(line).map_err(|_| wrong())?;
            Ok((descriptor.handle.clone(), descriptor))
        })
        .collect()
}

impl Descriptor {
    /// Of an element that has a handle of its own.
    fn of(element: &Element) -> Option<Self> {
        let handle = element.attribute("Handle")?.to_owned();
        let kind = match (element.name.as_str(), element.kind()) {
            (_, "NumericMetricDescriptor") => Kind::Number,
            (_, "StringMetricDescriptor" | "EnumStringMetricDescriptor") => Kind::Text,
            (_, "RealTimeSampleArrayMetricDescriptor" | "DistributionSampleArrayMetricDescriptor") => {
                Kind::Samples
            }
            ("AlertCondition", _) | (_, "AlertConditionDescriptor" | "LimitAlertConditionDescriptor") => {
                Kind::Alert
            }
            ("AlertSignal", _) | (_, "AlertSignalDescriptor") => Kind::Signal,
            _ => Kind::Other,
        };
        let typed = element.child(Ns::Participant, "Type");
        let said = match typed.and_then(mdc) {
            Some(_) => "",
            None => typed.and_then(|coded| coded.attribute("Code")).unwrap_or_default(),
        };
        let own = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
        let (mut name, mut priority, mut sources) = Default::default();
        if kind == Kind::Alert {
            // The device's words, in whatever language it puts first.
            let words = typed.and_then(|coded| coded.child(Ns::Participant, "ConceptDescription"));
            name = words.map_or("", Element::text).chars().take(limits::WORDS).collect();
            priority = own("Priority");
            sources = element.all(Ns::Participant, "Source").map(|source| source.text().to_owned()).collect();
        }
        Some(Self {
            handle,
            kind,
            code: typed.and_then(mdc),
            unit: element.child(Ns::Participant, "Unit").and_then(mdc),
            said: said.to_owned(),
            period_us: element.attribute("SamplePeriod").and_then(micros),
            resolution: own("Resolution"),
            name,
            priority,
            sources,
            signals: if kind == Kind::Signal { own("ConditionSignaled") } else { String::new() },
            value: String::new(),
        })
    }
}

/// The number of a coded value of MDC; a translation's, where the value itself is of another system (A.2, CodedValue).
fn mdc(coded: &Element) -> Option<u32> {
    let own = |coded: &Element| {
        let is_mdc = coded.attribute("CodingSystem").is_none_or(|system| MDC.contains(&system));
        coded.attribute("Code").filter(|_| is_mdc)?.parse().ok()
    };
    own(coded).or_else(|| coded.all(Ns::Participant, "Translation").find_map(own))
}

/// Microseconds of a duration in seconds, `PT0.01S`.
fn micros(duration: &str) -> Option<u32> {
    let seconds = duration.strip_prefix("PT")?.strip_suffix('S')?;
    let seal::Decimal { mantissa, exponent } = seconds.parse().ok()?;
    let power = u32::try_from(6 + i32::from(exponent)).ok()?;
    u32::try_from(mantissa.checked_mul(10_i64.checked_pow(power)?)?).ok().filter(|period| *period > 0)
}
