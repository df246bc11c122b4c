//! Scope, units, bill of materials, endpoints.

use super::Check;
use crate::catalog::{FeatureKey, TableNo};
use crate::finding::{Finding, Rule, quoted};
use crate::product::{Endpoint, RowId};

pub(super) fn check(check: &mut Check<'_>) {
    medical(check);
    parts(check);
    samples(check);
    sbom(check);
    let evaluation = check.evaluation;
    for endpoint in &evaluation.dut.endpoints {
        endpoint_of(check, endpoint);
    }
}

/// The standard excludes devices primarily intended for healthcare: every evaluation of one has to say so.
fn medical(check: &mut Check<'_>) {
    let evaluation = check.evaluation;
    let medical = evaluation.dut.product.as_ref().and_then(|product| product.is_medical.as_ref());
    let Some(medical) = medical.filter(|medical| medical.value) else { return };
    let settings = &evaluation.settings;
    if let Some(basis) = settings.basis.as_ref().filter(|basis| basis.value.option == "in-scope") {
        let message = "the product is a medical device, which the standard's scope excludes";
        check.findings.push(
            Finding::new(Rule::ScopeBasis, basis.at.clone(), "basis", message)
                .related(medical.at.clone(), "declared a medical device here"),
        );
    }
    if let Some(statement) = &settings.scope_statement {
        let words = statement.value.to_lowercase();
        let says_basis = ["voluntar", "analog"].iter().any(|word| words.contains(word));
        let says_exclusion = ["exclud", "outside", "not in scope", "out of scope", "leaves out"]
            .iter()
            .any(|word| words.contains(word));
        if !says_basis || !says_exclusion {
            let message = "the scope statement does not say that the standard excludes medical devices and that this evaluation is voluntary or by analogy";
            check.findings.push(Finding::new(
                Rule::ScopeStatement,
                statement.at.clone(),
                "scope-statement",
                message,
            ));
        }
    }
}

fn parts(check: &mut Check<'_>) {
    let dut = &check.evaluation.dut;
    if dut.product.is_some() && dut.included.is_empty() && !check.is_open(&dut.at.file, "included") {
        let message = "no part is said to belong to the evaluation";
        check.findings.push(Finding::new(Rule::ScopeEmpty, dut.at.clone(), "included", message));
    }
    for part in &dut.excluded {
        if part.value.split_once(':').is_none_or(|(_, reason)| reason.trim().is_empty()) {
            let message = format!("{} is excluded without a reason", quoted(&part.value));
            check.findings.push(Finding::new(Rule::ScopeReason, part.at.clone(), "excluded", message));
        }
    }
}

fn samples(check: &mut Check<'_>) {
    let evaluation = check.evaluation;
    let Some(samples) = &evaluation.dut.samples else { return };
    let (Some(units), Some(sacrificial)) = (&samples.units, &samples.sacrificial) else { return };
    if sacrificial.value > units.value {
        let message = format!("{} of {} units may be destroyed", sacrificial.value, units.value);
        check.findings.push(
            Finding::new(Rule::SamplesSacrificial, sacrificial.at.clone(), "sacrificial", message)
                .related(units.at.clone(), "the number of units"),
        );
    }
    if sacrificial.value == 0 && !evaluation.ixit.rows(TableNo::SEC_BOOT).is_empty() {
        let message = "table 20 declares secure boot, whose test alters a unit, but none may be altered";
        check.findings.push(Finding::new(Rule::SamplesNone, sacrificial.at.clone(), "sacrificial", message));
    }
    let differ = ["unit-passwords", "update-or-service-parameters"].map(FeatureKey::new);
    let needs_two = differ.iter().any(|key| evaluation.dut.feature(key) == Some(true));
    if units.value < 2 && needs_two {
        let message = "passwords or parameters must differ between units, but there is only one";
        check.findings.push(Finding::new(Rule::SamplesOne, units.at.clone(), "units", message));
    }
}

fn sbom(check: &mut Check<'_>) {
    let Some(sbom) = &check.evaluation.dut.sbom else { return };
    let Some(available) = &sbom.available else { return };
    match (available.value, &sbom.location, &sbom.format) {
        (true, None, _) if !check.is_open(&sbom.at.file, "location") => {
            let message = "there is a bill of materials, but not said where";
            check.findings.push(Finding::new(Rule::SbomLocation, available.at.clone(), "location", message));
        }
        (false, Some(given), _) | (false, None, Some(given)) => {
            let message = "there is no bill of materials, but it is described";
            check.findings.push(
                Finding::new(Rule::SbomDenied, available.at.clone(), "available", message)
                    .related(given.at.clone(), "described here"),
            );
        }
        (true | false, _, _) => {}
    }
}

fn endpoint_of(check: &mut Check<'_>, endpoint: &Endpoint) {
    let tables = [TableNo::SOFT_SERV, TableNo::INTF, TableNo::EXT_API];
    if let Some(row) = &endpoint.row {
        let found = RowId::parse(&row.value).and_then(|id| check.evaluation.ixit.find(&id));
        if !found.is_some_and(|(table, _)| tables.contains(&table)) {
            let message = format!("{} is no row of table 13, 15 or 28", quoted(&row.value));
            check.findings.push(Finding::new(Rule::EndpointRow, row.at.clone(), "row", message));
        }
    }
    if let Some(row) = &endpoint.mechanism {
        let found = RowId::parse(&row.value).and_then(|id| check.evaluation.ixit.find(&id));
        if found.is_none_or(|(table, _)| table != TableNo::COM_MECH) {
            let message = format!("{} is no row of table 11", quoted(&row.value));
            check.findings.push(Finding::new(Rule::EndpointRow, row.at.clone(), "mechanism", message));
        }
    }
    if let Some(address) = &endpoint.address {
        let host = address.value.split_once("://").map_or("", |(_, rest)| rest);
        if host.is_empty() || host.starts_with('/') || address.value.contains(char::is_whitespace) {
            let message = format!("{} is no address with scheme and host", quoted(&address.value));
            check.findings.push(Finding::new(Rule::EndpointAddress, address.at.clone(), "address", message));
        }
    }
    if let Some(status) = endpoint.anonymous_status.as_ref().filter(|s| !(100..=599).contains(&s.value)) {
        let message = format!("{} is no HTTP status", status.value);
        let at = status.at.clone();
        check.findings.push(Finding::new(Rule::EndpointStatus, at, "anonymous-status", message));
    }
}
