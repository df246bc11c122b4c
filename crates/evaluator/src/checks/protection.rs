//! What protects parameters, communication, updates, log-ins, services and interfaces.

use super::Check;
use crate::catalog::{FeatureKey, TableNo};
use crate::finding::{Finding, Rule};
use crate::product::{Row, Value};

pub(super) fn check(check: &mut Check<'_>) {
    let ixit = &check.evaluation.ixit;
    for row in ixit.rows(TableNo::SEC_PARAM) {
        parameter(check, row);
    }
    for row in ixit.rows(TableNo::PERS_DATA).iter().filter(|row| row.has("sensitive", "yes")) {
        carriers(check, row, "sensitive data");
    }
    for row in ixit.rows(TableNo::AUTH_MECH) {
        login(check, row);
    }
    for row in ixit.rows(TableNo::UPD_MECH) {
        update(check, row);
    }
    for row in ixit.rows(TableNo::SOFT_SERV) {
        service(check, row);
    }
    for table in [TableNo::INTF, TableNo::EXT_API] {
        for row in ixit.rows(table) {
            interface(check, row);
        }
    }
    for row in ixit.rows(TableNo::SEC_BOOT) {
        let lacks = lacking(row, &["integrity", "authenticity"]);
        if !lacks.is_empty() {
            let message = format!("{} does not guarantee {lacks}", row.name());
            check.at(Rule::BootUnprotected, row, "security-guarantees", message);
        }
    }
}

/// Which of these guarantees a row with guarantees does not give.
fn lacking(row: &Row, guarantees: &[&str]) -> String {
    let key = "security-guarantees";
    if row.value(key).is_none() {
        return String::new();
    }
    let lacks: Vec<&str> = guarantees.iter().copied().filter(|guarantee| !row.has(key, guarantee)).collect();
    lacks.join(" and ")
}

fn parameter(check: &mut Check<'_>, row: &Row) {
    let is_critical = row.has("type", "critical");
    if is_critical {
        let lacks = lacking(row, &["integrity", "confidentiality"]);
        if !lacks.is_empty() {
            let message = format!("critical parameter {} is stored without {lacks}", row.name());
            check.at(Rule::CriticalUnprotected, row, "security-guarantees", message);
        }
        if row.has("generation-mechanism", "same-in-all-units") {
            let message = format!("critical parameter {} is the same in all units", row.name());
            check.at(Rule::SharedParameter, row, "generation-mechanism", message);
        }
        if row.has("provisioning-mechanism", "hard-coded-in-source") {
            let message = format!("critical parameter {} is hard-coded in the source", row.name());
            check.at(Rule::HardCodedParameter, row, "provisioning-mechanism", message);
        }
        carriers(check, row, "critical parameters");
    } else if row.has("type", "public") {
        let lacks = lacking(row, &["integrity"]);
        if !lacks.is_empty() {
            let message = format!("public parameter {} is stored without {lacks}", row.name());
            check.at(Rule::PublicUnprotected, row, "security-guarantees", message);
        }
    }
}

/// The mechanisms that carry a row's content keep it confidential.
fn carriers(check: &mut Check<'_>, row: &Row, what: &str) {
    for key in ["communication-mechanisms", "secure-communication-mechanisms"] {
        for id in row.refs(key) {
            let Some((TableNo::COM_MECH, carrier)) = check.evaluation.ixit.find(id) else { continue };
            if !lacking(carrier, &["confidentiality"]).is_empty() {
                let message = format!("{id} carries {what} ({}) without confidentiality", row.name());
                let finding = Finding::new(Rule::CarriedInClear, row.place(key).clone(), row.name(), message)
                    .related(carrier.place("security-guarantees").clone(), "its guarantees");
                check.findings.push(finding);
            }
        }
    }
}

fn login(check: &mut Check<'_>, row: &Row) {
    let factor = "authentication-factor";
    let is_off = row.has("default-status", "disabled");
    if row.has(factor, "shared-password") {
        let message = format!("{} uses a password that all units share", row.name());
        check.at(Rule::SharedPassword, row, factor, message);
    }
    if row.has(factor, "none") && !is_off {
        let message = format!("{} asks for nothing", row.name());
        check.at(Rule::NoFactor, row, factor, message);
    }
    if row.has(factor, "unit-password")
        && matches!(row.value("password-generation-mechanism"), Some(Value::None { .. }))
    {
        let message = format!("{} does not say how the unit's password is made", row.name());
        check.at(Rule::PasswordGeneration, row, "password-generation-mechanism", message);
    }
    let is_password =
        ["user-password", "unit-password", "shared-password"].iter().any(|kind| row.has(factor, kind));
    if is_password && matches!(row.value("brute-force-prevention"), Some(Value::None { .. })) {
        let message = format!("{} has nothing against guessing", row.name());
        check.at(Rule::BruteForce, row, "brute-force-prevention", message);
    }
    let lacks = lacking(row, &["authenticity", "integrity"]);
    if !lacks.is_empty() {
        let message = format!("{} does not guarantee {lacks}", row.name());
        check.at(Rule::LoginUnprotected, row, "security-guarantees", message);
    }
}

fn update(check: &mut Check<'_>, row: &Row) {
    let key = "security-guarantees";
    if row.value(key).is_some() {
        let either = |plain: &str| row.has(key, plain) || row.has(key, &format!("{plain}-by-device"));
        let lacks: Vec<&str> =
            ["authenticity", "integrity"].into_iter().filter(|plain| !either(plain)).collect();
        if !lacks.is_empty() {
            let message = format!("{} does not guarantee {}", row.name(), lacks.join(" and "));
            check.at(Rule::UpdateUnprotected, row, key, message);
        }
    }
    let over_network = check.evaluation.dut.feature(&FeatureKey::new("network-updates")) == Some(true);
    if over_network && row.has("update-checking", "never") {
        let message = format!("{} never looks for updates", row.name());
        check.at(Rule::UpdateNever, row, "update-checking", message);
    }
}

fn service(check: &mut Check<'_>, row: &Row) {
    let no_login = matches!(row.value("authentication-mechanism"), Some(Value::None { .. }));
    let is_on = row.has("status", "enabled");
    if is_on && row.has("allows-configuration", "yes") && no_login {
        let message = format!("{} can be configured over the network without a log-in", row.name());
        check.at(Rule::ServiceOpen, row, "authentication-mechanism", message);
    }
    if is_on && matches!(row.value("justification"), Some(Value::None { .. })) {
        let message = format!("{} is enabled without a justification", row.name());
        check.at(Rule::ServiceUnjustified, row, "justification", message);
    }
}

fn interface(check: &mut Check<'_>, row: &Row) {
    let is_debug = row.has("debug-interface", "yes");
    if is_debug && row.has("status", "enabled") {
        let message = format!("debug interface {} is enabled", row.name());
        check.at(Rule::DebugOpen, row, "status", message);
    }
    if row.has("type", "physical") && row.has("status", "enabled") {
        let says_nothing = |reason: &str| reason.split_whitespace().count() < 3;
        if let Some(Value::None { reason }) = row.value("protection")
            && says_nothing(reason)
        {
            let message = format!("physical interface {} says nothing of protection", row.name());
            check.at(Rule::InterfaceUnprotected, row, "protection", message);
        }
    }
}

impl Check<'_> {
    /// A finding at a field of a row.
    fn at(&mut self, rule: Rule, row: &Row, key: &str, message: String) {
        self.findings.push(Finding::new(rule, row.place(key).clone(), row.name(), message));
    }
}
