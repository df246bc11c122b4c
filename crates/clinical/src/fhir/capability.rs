//! CapabilityStatement: what can be asked of the server.

use serde::Serialize;

use super::datatypes::{CodeableConcept, Coding};

/// CapabilityStatement of the kind instance.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapabilityStatement {
    status: &'static str,
    date: &'static str,
    kind: &'static str,
    software: Software,
    implementation: Implementation,
    fhir_version: &'static str,
    format: [&'static str; 2],
    rest: [Rest; 1],
}

#[derive(Debug, Clone, Serialize)]
struct Software {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Implementation {
    description: &'static str,
    url: String,
}

#[derive(Debug, Clone, Serialize)]
struct Rest {
    mode: &'static str,
    security: Security,
    resource: Vec<Capability>,
}

#[derive(Debug, Clone, Serialize)]
struct Security {
    service: [CodeableConcept; 1],
    description: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Capability {
    #[serde(rename = "type")]
    kind: &'static str,
    interaction: Vec<Interaction>,
    search_param: Vec<Parameter>,
}

#[derive(Debug, Clone, Serialize)]
struct Interaction {
    code: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Parameter {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Resources, and the parameters by which they are searched: name and type.
const RESOURCES: [(&str, &[(&str, &str)]); 4] = [
    ("Patient", &[("_id", "token"), ("identifier", "token")]),
    ("Device", &[("_id", "token"), ("identifier", "token"), ("patient", "reference")]),
    (
        "Observation",
        &[
            ("patient", "reference"),
            ("subject", "reference"),
            ("device", "reference"),
            ("code", "token"),
            ("category", "token"),
            ("date", "date"),
        ],
    ),
    ("Provenance", &[("target", "reference")]),
];

/// The statement of a server at `base`.
#[must_use]
pub fn capability(base: &str) -> CapabilityStatement {
    let resource = RESOURCES.iter().map(|(kind, parameters)| Capability {
        kind,
        interaction: vec![Interaction { code: "read" }, Interaction { code: "search-type" }],
        search_param: parameters.iter().map(|(name, kind)| Parameter { name, kind }).collect(),
    });
    let oauth =
        Coding::new("http://terminology.hl7.org/CodeSystem/restful-security-service", "OAuth", "OAuth");
    let description = "A bearer token, or the session of a signed-in person. Every read is audited.";
    CapabilityStatement {
        status: "active",
        date: "2026-11-21",
        kind: "instance",
        software: Software { name: "medseal", version: env!("CARGO_PKG_VERSION") },
        implementation: Implementation {
            description: "Measurements with the seal of the device that made them",
            url: base.into(),
        },
        fhir_version: "4.0.1",
        format: ["json", "application/fhir+json"],
        rest: [Rest {
            mode: "server",
            security: Security { service: [oauth.into()], description },
            resource: resource.collect(),
        }],
    }
}
