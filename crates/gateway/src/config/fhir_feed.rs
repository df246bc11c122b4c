//! Outgoing FHIR R4 feeds (`[[fhir_feeds]]`).

use std::path::PathBuf;

use serde::Deserialize;

use super::Purpose;

/// One outgoing feed of transactions to a FHIR R4 server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FhirFeed {
    /// Its name: the destination in the outbox, in audit and on the dashboard.
    pub name: String,
    /// The server's base address: `https://HOST[:PORT]/PATH`, or `http://` with `plain`.
    pub url: String,
    /// The CA (PEM) of the server's certificate.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Send without TLS, on purpose.
    #[serde(default)]
    pub plain: bool,
    /// The system of patients' identifiers at the server, a URI.
    pub patient_system: String,
    /// Whether patients that the server does not know are created there. Otherwise their readings are laid aside.
    #[serde(default)]
    pub create_patients: bool,
    /// What the feed is for. A production feed leaves out simulated and test readings.
    #[serde(default)]
    pub purpose: Purpose,
    /// Whether waveforms go out too.
    #[serde(default)]
    pub waveforms: bool,
    /// How the feed gets its access tokens. Without it, requests bear none.
    #[serde(default)]
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
