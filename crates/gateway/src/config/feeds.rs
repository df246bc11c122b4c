//! `[[feeds]]`: one table a destination, whatever goes there.
//!
//! ```text
//! [[feeds]]
//! name = "ehr"                 kind = "pcd-01" | "pcd-04" | "pcim" | "oru" | "fhir"
//! address = "HOST:PORT"        of FHIR the server's base address, https://HOST[:PORT]/PATH
//! ca = "FILE"                  or plain = true
//! server_name = "NAME"         client = { certificate = "FILE", key = "FILE" }
//! purpose = "production" | "training" | "debugging"
//! since = "now" | "all" | a time      where it begins when it is seen for the first time
//! ```
//!
//! The other keys belong to some kinds only. A key of another kind is an error, as a misspelt one is: it would be without effect.

use std::path::PathBuf;

use serde::Deserialize;

use super::Tls;
use crate::connect::Trust;
use crate::record::{Since, words};

/// One destination.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Table")]
pub struct Feed {
    /// Its name: the destination in the outbox, in audit and on the dashboard.
    pub name: String,
    /// Host and port of the MLLP listener; of a FHIR server its base address: `https://HOST[:PORT]/PATH`, or `http://` with `plain`.
    pub address: String,
    /// The CA (PEM) of the peer's certificate. Without it the feed is not encrypted and `plain` must say so.
    pub ca: Option<PathBuf>,
    /// Send without TLS, on purpose.
    pub plain: bool,
    /// The name in the peer's certificate; without it, the host of the address.
    pub server_name: Option<String>,
    /// What is shown to a peer that asks for a certificate.
    pub client: Option<Tls>,
    /// What the messages are for: MSH-11. A production feed of a form without such a field leaves out simulated and test readings.
    pub purpose: Purpose,
    /// Where it begins when it is seen for the first time; of no effect later. Without it, with what comes from then on.
    pub since: Option<Since>,
    /// What goes there.
    pub kind: FeedKind,
}

/// What goes to a destination, with what only this kind has.
#[derive(Clone, Debug)]
pub enum FeedKind {
    /// IHE PCD-01 over MLLP: every batch, as it was committed.
    Pcd01(Hl7),
    /// IHE PCD-04 over MLLP: each step of each alarm.
    Pcd04(Hl7),
    /// IHE PCIM over MLLP: which device is with which patient.
    Pcim(Hl7),
    /// Flat ORU messages of a dialect over MLLP.
    Oru(Hl7, Oru),
    /// Transactions to a FHIR R4 server.
    Fhir(Fhir),
}

words! {
    /// A kind of feed, as `kind` names it.
    KindName {
        Pcd01 "pcd-01" "IHE PCD-01: what a feed sends when nothing else is said.",
        Pcd04 "pcd-04" "IHE PCD-04.",
        Pcim "pcim" "IHE PCIM.",
        Oru "oru" "Flat ORU messages.",
        Fhir "fhir" "FHIR transactions.",
    }
}

impl<'de> Deserialize<'de> for KindName {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        let known = || Self::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
        Self::from_word(&word).ok_or_else(|| {
            serde::de::Error::custom(format!("no kind of feed is {word:?}; there are {}", known()))
        })
    }
}

/// What all HL7 v2 feeds have.
#[derive(Clone, Debug)]
pub struct Hl7 {
    /// The receiving application: MSH-5.
    pub receiving_application: String,
    /// The receiving facility: MSH-6.
    pub receiving_facility: String,
    /// Messages that may be under way without an answer, 1 to 64. More than one only for a receiver that works on them in order.
    pub in_flight: usize,
    /// Whether waveforms go out too.
    pub waveforms: bool,
}

impl Default for Hl7 {
    fn default() -> Self {
        let (receiving_application, receiving_facility) = Default::default();
        Self { receiving_application, receiving_facility, in_flight: 1, waveforms: false }
    }
}

/// A feed of flat ORU messages.
#[derive(Clone, Debug)]
pub struct Oru {
    /// A file that describes the messages (docs/feeds.md), or the name of a built-in profile.
    pub dialect: PathBuf,
    /// Seconds after an interval's end during which its readings may still arrive without becoming a correction.
    pub settle_seconds: u32,
}

/// A feed of transactions to a FHIR R4 server.
#[derive(Clone, Debug)]
pub struct Fhir {
    /// The system of patients' identifiers at the server, a URI.
    pub patient_system: String,
    /// Whether patients that the server does not know are created there. Otherwise their readings are laid aside.
    pub create_patients: bool,
    /// Whether waveforms go out too.
    pub waveforms: bool,
    /// How the feed gets its access tokens. Without it, requests bear none.
    pub authorization: Option<BackendServices>,
}

/// A client of SMART Backend Services: it signs an assertion (ES384) with its own key and gets an access token for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendServices {
    /// The token endpoint, reached with the feed's CA.
    pub token_url: String,
    /// The client id that the server has registered.
    pub client_id: String,
    /// The private key on P-384, PEM (PKCS #8).
    pub key: PathBuf,
    /// The id of its public key in the client's JWK set.
    pub kid: String,
    /// What is asked for.
    #[serde(default = "default_scope")]
    pub scope: String,
}

fn default_scope() -> String {
    "system/Observation.cu system/Device.cu system/Provenance.cu system/Patient.r".into()
}

/// What a feed's messages are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The care of patients.
    #[default]
    Production,
    /// Training or demonstration: nothing of it is about a real patient.
    Training,
    /// Finding faults.
    Debugging,
}

impl Feed {
    /// A feed over TLS to `address`, whose certificate a CA of the file `ca` must have issued, with all else as by default.
    pub fn to(name: &str, address: &str, ca: PathBuf, kind: FeedKind) -> Self {
        Self {
            name: name.into(),
            address: address.into(),
            ca: Some(ca),
            plain: false,
            server_name: None,
            client: None,
            purpose: Purpose::default(),
            since: None,
            kind,
        }
    }

    /// The same without TLS.
    #[must_use]
    pub fn in_the_clear(self) -> Self {
        Self { ca: None, plain: true, ..self }
    }

    /// How its peer is known.
    pub(crate) fn trust(&self) -> Trust<'_> {
        Trust {
            ca: self.ca.as_deref(),
            plain: self.plain,
            server_name: self.server_name.as_deref(),
            client: self.client.as_ref(),
        }
    }
}

impl FeedKind {
    /// Its name in a configuration.
    pub fn name(&self) -> KindName {
        match self {
            Self::Pcd01(_) => KindName::Pcd01,
            Self::Pcd04(_) => KindName::Pcd04,
            Self::Pcim(_) => KindName::Pcim,
            Self::Oru(..) => KindName::Oru,
            Self::Fhir(_) => KindName::Fhir,
        }
    }

    /// What it has as a feed of HL7 v2 messages.
    pub(crate) fn hl7(&self) -> Option<&Hl7> {
        match self {
            Self::Pcd01(hl7) | Self::Pcd04(hl7) | Self::Pcim(hl7) | Self::Oru(hl7, _) => Some(hl7),
            Self::Fhir(_) => None,
        }
    }

    /// What it has as a feed of FHIR transactions.
    pub(crate) fn fhir(&self) -> Option<&Fhir> {
        match self {
            Self::Pcd01(_) | Self::Pcd04(_) | Self::Pcim(_) | Self::Oru(..) => None,
            Self::Fhir(fhir) => Some(fhir),
        }
    }
}

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    kind: Option<KindName>,
    address: String,
    ca: Option<PathBuf>,
    #[serde(default)]
    plain: bool,
    server_name: Option<String>,
    client: Option<Tls>,
    #[serde(default)]
    purpose: Purpose,
    since: Option<Since>,
    receiving_application: Option<String>,
    receiving_facility: Option<String>,
    in_flight: Option<usize>,
    waveforms: Option<bool>,
    dialect: Option<PathBuf>,
    settle_seconds: Option<u32>,
    patient_system: Option<String>,
    create_patients: Option<bool>,
    authorization: Option<BackendServices>,
}

/// A table whose keys do not go together.
#[derive(Debug, thiserror::Error)]
enum TableError {
    #[error("feed {feed}: kind = \"{kind}\" has no `{key}`")]
    Foreign { feed: String, kind: KindName, key: &'static str },
    #[error("feed {feed}: kind = \"{kind}\" needs `{key}`")]
    Missing { feed: String, kind: KindName, key: &'static str },
}

/// How long an interval's readings are waited for when nothing else is configured, in seconds.
const SETTLE_SECONDS: u32 = 30;

impl TryFrom<Table> for Feed {
    type Error = TableError;

    fn try_from(table: Table) -> Result<Self, TableError> {
        table.foreign_key()?;
        let named = table.kind.unwrap_or(KindName::Pcd01);
        let missing = |key| TableError::Missing { feed: table.name.clone(), kind: named, key };
        let waveforms = table.waveforms.unwrap_or(false);
        let hl7 = Hl7 {
            receiving_application: table.receiving_application.unwrap_or_default(),
            receiving_facility: table.receiving_facility.unwrap_or_default(),
            in_flight: table.in_flight.unwrap_or(1),
            waveforms,
        };
        let kind = match named {
            KindName::Pcd01 => FeedKind::Pcd01(hl7),
            KindName::Pcd04 => FeedKind::Pcd04(hl7),
            KindName::Pcim => FeedKind::Pcim(hl7),
            KindName::Oru => {
                let dialect = table.dialect.ok_or_else(|| missing("dialect"))?;
                let settle_seconds = table.settle_seconds.unwrap_or(SETTLE_SECONDS);
                FeedKind::Oru(hl7, Oru { dialect, settle_seconds })
            }
            KindName::Fhir => FeedKind::Fhir(Fhir {
                patient_system: table.patient_system.ok_or_else(|| missing("patient_system"))?,
                create_patients: table.create_patients.unwrap_or(false),
                waveforms,
                authorization: table.authorization,
            }),
        };
        let Table { name, address, ca, plain, server_name, client, purpose, since, .. } = table;
        Ok(Self { name, address, ca, plain, server_name, client, purpose, since, kind })
    }
}

impl Table {
    /// A key that this kind does not have.
    fn foreign_key(&self) -> Result<(), TableError> {
        use KindName::{Fhir, Oru, Pcd01, Pcd04, Pcim};
        let keys: [(&'static str, bool, &[KindName]); 10] = [
            // What was over long ago calls nobody.
            ("since", self.since.is_some(), &[Pcd01, Pcim, Oru, Fhir]),
            ("receiving_application", self.receiving_application.is_some(), &[Pcd01, Pcd04, Pcim, Oru]),
            ("receiving_facility", self.receiving_facility.is_some(), &[Pcd01, Pcd04, Pcim, Oru]),
            ("in_flight", self.in_flight.is_some(), &[Pcd01, Pcd04, Pcim, Oru]),
            ("waveforms", self.waveforms.is_some(), &[Pcd01, Fhir]),
            ("dialect", self.dialect.is_some(), &[Oru]),
            ("settle_seconds", self.settle_seconds.is_some(), &[Oru]),
            ("patient_system", self.patient_system.is_some(), &[Fhir]),
            ("create_patients", self.create_patients.is_some(), &[Fhir]),
            ("authorization", self.authorization.is_some(), &[Fhir]),
        ];
        let kind = self.kind.unwrap_or(Pcd01);
        match keys.into_iter().find(|(_, given, kinds)| *given && !kinds.contains(&kind)) {
            None => Ok(()),
            Some((key, _, _)) => Err(TableError::Foreign { feed: self.name.clone(), kind, key }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        feeds: Vec<Feed>,
    }

    fn feed(keys: &str) -> Result<Feed, String> {
        let text = format!("[[feeds]]\nname = \"ehr\"\naddress = \"ehr:2575\"\n{keys}");
        let file: Result<File, _> = toml::from_str(&text);
        file.map(|mut file| file.feeds.remove(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_has_its_own_keys() {
        for (keys, kind) in [
            ("plain = true", KindName::Pcd01),
            ("since = 2026-12-01T06:00:00+01:00", KindName::Pcd01),
            ("kind = \"pcd-01\"\nwaveforms = true", KindName::Pcd01),
            ("kind = \"pcim\"\nreceiving_application = \"X\"", KindName::Pcim),
            ("kind = \"oru\"\ndialect = \"epic\"\nin_flight = 4", KindName::Oru),
            ("kind = \"fhir\"\npatient_system = \"urn:x\"\nserver_name = \"a\"", KindName::Fhir),
        ] {
            assert_eq!(feed(keys).unwrap().kind.name(), kind, "{keys}");
        }
        for (keys, problem, line) in [
            (
                "kind = \"hl7\"",
                "no kind of feed is \"hl7\"; there are pcd-01, pcd-04, pcim, oru, fhir",
                "line 4",
            ),
            ("kind = \"oru\"", "needs `dialect`", "line 1"),
            ("kind = \"pcd-04\"\nsince = \"all\"", "kind = \"pcd-04\" has no `since`", "line 1"),
            ("since = \"then\"", "is neither \"now\", \"all\" nor a time", "line 4"),
            ("since = 2026-12-01T06:00:00", "is neither \"now\", \"all\" nor a time", "line 4"),
            ("dialect = \"epic\"", "kind = \"pcd-01\" has no `dialect`", "line 1"),
            ("kind = \"fhir\"", "needs `patient_system`", "line 1"),
            ("patient_system = \"urn:x\"", "kind = \"pcd-01\" has no `patient_system`", "line 1"),
            ("kind = \"fhir\"\npatient_system = \"urn:x\"\nin_flight = 2", "has no `in_flight`", "line 1"),
            ("plain = true\nin_fligth = 2", "unknown field `in_fligth`", "line 5"),
        ] {
            let error = feed(keys).unwrap_err();
            assert!(error.contains(problem) && error.contains(line), "{keys}: {error}");
        }
    }
}
