//! FHIR's data types (R4 section 2.24), each with the elements that are written here.

use serde::{Serialize, Serializer};

use seal::Micros;

/// A moment as FHIR's `instant` and `dateTime` write it, in UTC, with as many digits of a second as it has. Empty past the year 9999.
#[must_use]
pub fn instant(time: Micros) -> String {
    jiff::Timestamp::from_microsecond(time.0).map(|stamp| stamp.to_string()).unwrap_or_default()
}

/// A number with the digits that were measured: written `97.0`, not 97.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal(pub seal::Decimal);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let digits = serde_json::value::RawValue::from_string(self.0.to_string());
        digits.map_err(serde::ser::Error::custom)?.serialize(to)
    }
}

/// A code of a code system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coding {
    /// The code system's URI.
    pub system: String,
    /// The code.
    pub code: String,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Coding {
    /// A code with its name; an empty name is left out.
    #[must_use]
    pub fn new(system: &str, code: &str, display: &str) -> Self {
        let display = (!display.is_empty()).then(|| display.to_owned());
        Self { system: system.into(), code: code.into(), display }
    }
}

/// A concept, in as many code systems as know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeableConcept {
    /// The codes, all for the same thing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coding: Vec<Coding>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl From<Coding> for CodeableConcept {
    fn from(coding: Coding) -> Self {
        Self { coding: vec![coding], text: None }
    }
}

/// An identifier in a system that gives them out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identifier {
    /// What kind of identifier.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<CodeableConcept>,
    /// Who gives it out, as a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The identifier.
    pub value: String,
    /// Who gives it out, where there is no URI for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigner: Option<Reference>,
}

/// A reference to another resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// Relative address: `Patient/7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Reference {
    /// To a resource of this server.
    #[must_use]
    pub fn to(kind: &str, id: &str) -> Self {
        Self { reference: Some(format!("{kind}/{id}")), display: None }
    }

    /// In words only.
    #[must_use]
    pub fn named(display: &str) -> Self {
        Self { reference: None, display: Some(display.into()) }
    }
}

/// A measured amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quantity {
    /// The number.
    pub value: Decimal,
    /// The unit as people read it.
    pub unit: String,
    /// UCUM.
    pub system: &'static str,
    /// The UCUM unit, without annotations.
    pub code: String,
}

/// A stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Period {
    /// Its start, inclusive.
    pub start: String,
    /// Its end, inclusive.
    pub end: String,
}

/// Samples at equal distances: a physical value is `origin + sample * factor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampledData {
    /// The physical value of sample 0, and the unit.
    pub origin: Quantity,
    /// Milliseconds from sample to sample.
    pub period: Decimal,
    /// The physical value of one step.
    pub factor: Decimal,
    /// How many series are in `data`: always 1 here.
    pub dimensions: u8,
    /// The samples with spaces between them; `E` where there is no value.
    pub data: String,
}

/// Words about a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// The words.
    pub text: String,
}

/// A person's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HumanName {
    /// What it is used for.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// Family name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub family: String,
    /// Given names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
}

/// About the resource itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// When it last changed: for what comes from a batch, when the batch was received. None on its way to another server.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_updated: String,
    /// Profiles it conforms to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profile: Vec<String>,
    /// Labels for people and work flows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tag: Vec<Coding>,
    /// Labels that systems must heed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security: Vec<Coding>,
}

impl Meta {
    /// Whether it says nothing; FHIR has no empty elements (R4 section 2.6.2).
    pub(super) fn is_empty(&self) -> bool {
        self.last_updated.is_empty()
            && self.profile.is_empty()
            && self.tag.is_empty()
            && self.security.is_empty()
    }

    /// Without profile or label.
    #[must_use]
    pub fn at(time: Micros) -> Self {
        Self { last_updated: instant(time), profile: Vec::new(), tag: Vec::new(), security: Vec::new() }
    }
}

/// An element that FHIR itself does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extension {
    /// Which.
    pub url: String,
    /// Its parts, when it has no value of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension>,
    /// Its value, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_string: Option<String>,
}

impl Extension {
    /// A part with a text.
    #[must_use]
    pub fn text(url: &str, value: String) -> Self {
        Self { url: url.into(), extension: Vec::new(), value_string: Some(value) }
    }
}

/// A digital signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Signature {
    /// What it is given for.
    #[serde(rename = "type")]
    pub kind: Vec<Coding>,
    /// When, by the signer's clock.
    pub when: String,
    /// Who.
    pub who: Reference,
    /// The form of what was signed.
    pub target_format: &'static str,
    /// The form of the signature.
    pub sig_format: &'static str,
    /// The signature, in base64.
    pub data: String,
}
