//! `dut.toml`: the device under test, what is in scope, its services, units, features.

use super::node::Node;
use super::section::{Section, nearest};
use super::value::Phrase;
use crate::catalog::{Catalog, Edition, FeatureKey};
use crate::finding::{Finding, Located, Place, Rule, quoted};
use serde::Serialize;
use std::collections::BTreeMap;

/// From where an interface is reached.
const REACHES: &[&str] = &["remote", "local", "physical"];

/// What `dut.toml` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dut {
    /// Where the document begins.
    pub at: Place,
    /// What the product is.
    pub product: Option<Product>,
    /// What belongs to the evaluation, a part each.
    pub included: Vec<Located<String>>,
    /// What does not, each with a reason after a colon.
    pub excluded: Vec<Located<String>>,
    /// The units at hand.
    pub samples: Option<Samples>,
    /// The bill of materials.
    pub sbom: Option<Sbom>,
    /// Services that the product works with.
    pub services: Vec<Service>,
    /// Where the product can be reached for tests.
    pub endpoints: Vec<Endpoint>,
    /// Answers to the catalog's questions.
    pub features: BTreeMap<FeatureKey, Located<bool>>,
    /// Where the features stand.
    pub features_at: Place,
}

impl Dut {
    /// What was answered to a question.
    #[must_use]
    pub fn feature(&self, key: &FeatureKey) -> Option<bool> {
        self.features.get(key).map(|answer| answer.value)
    }
}

/// What the product is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Product {
    /// Its name.
    pub name: Option<Located<String>>,
    /// Its model designation.
    pub model: Option<Located<String>>,
    /// Version of the hardware.
    pub hardware_version: Option<Located<String>>,
    /// Version of the software.
    pub software_version: Option<Located<String>>,
    /// What it is.
    pub description: Option<Located<String>>,
    /// What it is for, in which surroundings.
    pub intended_use: Option<Located<String>>,
    /// Whether its primary use is healthcare.
    pub is_medical: Option<Located<bool>>,
    /// Anything else: what constrains it, how it differs from its siblings.
    pub notes: Option<Located<String>>,
}

/// The units at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Samples {
    /// Where it stands.
    pub at: Place,
    /// How many units the laboratory has.
    pub units: Option<Located<u32>>,
    /// How many of them may be destroyed.
    pub sacrificial: Option<Located<u32>>,
}

/// The bill of materials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sbom {
    /// Where it stands.
    pub at: Place,
    /// Whether there is one.
    pub available: Option<Located<bool>>,
    /// Its format and version.
    pub format: Option<Located<String>>,
    /// Its path in the folder, or where it is published.
    pub location: Option<Located<String>>,
}

/// A service that the product works with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Where it stands.
    pub at: Place,
    /// Its name.
    pub name: Option<Located<String>>,
    /// Who operates it.
    pub operator: Option<Located<String>>,
    /// What it is for.
    pub purpose: Option<Located<String>>,
    /// Whether it stores personal data.
    pub stores_personal_data: Option<Located<bool>>,
}

/// Where the product can be reached for tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// Where it stands.
    pub at: Place,
    /// The row of table 13, 15 or 28 that declares it.
    pub row: Option<Located<String>>,
    /// Its address, such as `tls://192.0.2.7:443` or `https://192.0.2.7/`.
    pub address: Option<Located<String>>,
    /// From where it is reached.
    pub reach: Option<Located<Phrase>>,
    /// The row of table 11 that declares how it communicates there.
    pub mechanism: Option<Located<String>>,
    /// The HTTP status that somebody without credentials is answered with, as declared.
    pub anonymous_status: Option<Located<u32>>,
}

pub(super) fn read(mut section: Section<'_>, catalog: &Catalog, edition: Edition) -> Dut {
    let at = section.at.clone();
    let product = section.section("product").map(product);
    let (included, excluded) = section.section("scope").map(scope).unwrap_or_default();
    let samples = section.section("samples").map(samples);
    let sbom = section.section("sbom").map(sbom);
    let services = section.tables("service");
    let services = services.into_iter().map(|node| service(node, section.findings)).collect();
    let endpoints = section.tables("endpoint");
    let endpoints = endpoints.into_iter().map(|node| endpoint(node, section.findings)).collect();
    let (features_at, features) = match section.section("features") {
        Some(features) => (features.at.clone(), features_of(features, catalog, edition)),
        None => (at.clone(), BTreeMap::new()),
    };
    let dut =
        Dut { at, product, included, excluded, samples, sbom, services, endpoints, features, features_at };
    section.finish();
    dut
}

fn product(mut section: Section<'_>) -> Product {
    let product = Product {
        name: section.text("name"),
        model: section.text("model"),
        hardware_version: section.text("hardware-version"),
        software_version: section.text("software-version"),
        description: section.text("description"),
        intended_use: section.text("intended-use"),
        is_medical: section.flag("medical-device"),
        notes: section.optional_text("notes"),
    };
    section.finish();
    product
}

fn scope(mut section: Section<'_>) -> (Vec<Located<String>>, Vec<Located<String>>) {
    let lists = (section.texts("included"), section.texts("excluded"));
    section.finish();
    lists
}

fn samples(mut section: Section<'_>) -> Samples {
    let samples = Samples {
        at: section.at.clone(),
        units: section.count("units"),
        sacrificial: section.count("sacrificial"),
    };
    section.finish();
    samples
}

fn sbom(mut section: Section<'_>) -> Sbom {
    let sbom = Sbom {
        at: section.at.clone(),
        available: section.flag("available"),
        format: section.optional_text("format"),
        location: section.optional_text("location"),
    };
    section.finish();
    sbom
}

fn service(node: Node, findings: &mut Vec<Finding>) -> Service {
    let mut section = Section::new("`[[service]]`", node, findings);
    let service = Service {
        at: section.at.clone(),
        name: section.text("name"),
        operator: section.text("operator"),
        purpose: section.text("purpose"),
        stores_personal_data: section.flag("stores-personal-data"),
    };
    section.finish();
    service
}

fn endpoint(node: Node, findings: &mut Vec<Finding>) -> Endpoint {
    let mut section = Section::new("`[[endpoint]]`", node, findings);
    let has_status = section.has("anonymous-status");
    let endpoint = Endpoint {
        at: section.at.clone(),
        row: section.text("row"),
        address: section.text("address"),
        reach: section.choice("reach", REACHES),
        mechanism: section.optional_text("mechanism"),
        anonymous_status: if has_status { section.count("anonymous-status") } else { None },
    };
    section.finish();
    endpoint
}

/// The answers, by key; a key that the catalog does not ask is unknown, one of another edition is kept.
fn features_of(
    mut section: Section<'_>,
    catalog: &Catalog,
    edition: Edition,
) -> BTreeMap<FeatureKey, Located<bool>> {
    let mut features = BTreeMap::new();
    for feature in catalog.features.iter().filter(|feature| feature.is_asked(edition)) {
        if let Some(answer) = section.flag(feature.key.as_str()) {
            features.insert(feature.key.clone(), answer);
        }
    }
    for (key, node) in section.entries() {
        let known = FeatureKey::new(&key.text);
        if catalog.feature(&known).is_some() {
            if let Some(answer) = section.as_flag(&key.text, node) {
                features.insert(known, answer);
            }
            continue;
        }
        let message = format!("no feature is called {}", quoted(&key.text));
        let mut finding = Finding::new(Rule::UnknownKey, key.at, key.text.as_str(), message);
        if let Some(near) = nearest(&key.text, catalog.features.iter().map(|feature| feature.key.as_str())) {
            finding = finding.help(format!("Did you mean `{near}`?"));
        }
        section.push(finding);
    }
    features
}
