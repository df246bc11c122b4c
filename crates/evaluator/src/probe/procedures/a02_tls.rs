//! `A02`: what each TLS endpoint offers, held against the cryptography that is declared for it.
//!
//! testssl.sh tells versions, suites and certificate; without it openssl tries each version and tells the suite that was
//! agreed on. An endpoint's `mechanism` names the row of table 11 it is held against; without one all rows of that table
//! together. Something offered and not declared speaks against the unit, something weak is named whether declared or not.

use super::super::contract::{Laboratory, ProbeError, Procedure};
use super::super::endpoint::{Place, Reachable, endpoints};
use super::super::limits::{ANSWER, TLS};
use super::super::program::{OPENSSL, ProgramError, Said, TESTSSL, scratch};
use super::super::record::Record;
use super::super::suites::{Offer, OfferedSuite, TlsVersion};
use super::super::testssl;
use crate::catalog::{Standing, TableNo, crypto_matches};
use crate::product::RowId;
use crate::verdict::Subject;
use std::collections::BTreeMap;

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A02",
    title: "TLS offered against cryptography declared",
    programs: &[TESTSSL, OPENSSL],
    reads: "endpoints of dut.toml; cryptographic details of table 11",
    decides: &[],
    prepares: &["5.5-1-2a", "5.1-3-2a", "5.5-6-2a", "5.5-7-2a", "5.8-1-2a", "5.8-2-2a"],
    run,
};

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let endpoints = endpoints(laboratory.evaluation);
    let mut asked: BTreeMap<Place, &Reachable<'_>> = BTreeMap::new();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.is_tls()) {
        if let Some(place) = endpoint.place() {
            let known = asked.entry(place).or_insert(endpoint);
            if known.mechanism.is_none() {
                *known = endpoint;
            }
        }
    }
    if asked.is_empty() {
        return Err(ProbeError::NotDeclared("dut.toml names no endpoint with TLS"));
    }
    let mut record = match TESTSSL.line_of_version("testssl") {
        Ok(version) => Record::of_version(&PROCEDURE, TESTSSL, version),
        Err(missing @ ProgramError::Missing { .. }) => {
            let mut record = Record::of(&PROCEDURE, OPENSSL)?;
            record
                .lacks
                .push(format!("{missing}; openssl told the versions, and of the suites only one each"));
            record
        }
        Err(error) => return Err(error.into()),
    };
    for (number, (place, endpoint)) in asked.iter().enumerate() {
        let target = place.with_port();
        (laboratory.tell)(&format!("A02: {target}, {} of {} TLS endpoints", number + 1, asked.len()));
        let offer = if record.tool == TESTSSL.name {
            by_testssl(&mut record, place)?
        } else {
            by_openssl(&mut record, place)?
        };
        match offer {
            Some(offer) => compare(laboratory, &mut record, &target, endpoint, &offer),
            None => record.found(&format!("{target}: nothing is known of what it offers")),
        }
    }
    Ok(record)
}

fn by_testssl(record: &mut Record, place: &Place) -> Result<Option<Offer>, ProbeError> {
    let scratch = scratch()?;
    let file = scratch.path().join("findings.json");
    let shown = file.display().to_string();
    let target = place.with_port();
    let arguments = ["--quiet", "--color", "0", "--warnings", "off", "--ip", "one", "--jsonfile", &shown];
    let arguments = arguments.into_iter().chain(["-p", "-S", "-E", &target]);
    let said = TESTSSL.run(arguments, TLS)?;
    record.took(&said);
    let json = std::fs::read(&file).unwrap_or_default();
    let json = String::from_utf8_lossy(&json);
    record.output.push_str(&format!("[findings.json]\n{json}\n"));
    match testssl::offer(&json) {
        Ok(offer) => Ok(Some(offer)),
        Err(error) => {
            record.lacks.push(format!("testssl of {target}: {error}"));
            record.found(&format!("{target}: {error}"));
            Ok(None)
        }
    }
}

/// Tries each version; tells the suite that was agreed on, which is not all of them.
fn by_openssl(record: &mut Record, place: &Place) -> Result<Option<Offer>, ProbeError> {
    let mut offer = Offer::default();
    let target = place.with_port();
    for (version, flag) in [
        (TlsVersion::Tls10, "-tls1"),
        (TlsVersion::Tls11, "-tls1_1"),
        (TlsVersion::Tls12, "-tls1_2"),
        (TlsVersion::Tls13, "-tls1_3"),
    ] {
        let arguments = ["s_client", "-connect", &target, "-servername", &place.host, flag, "-brief"];
        // The laboratory's own openssl must be willing, or an old version would seem refused.
        let arguments = arguments.into_iter().chain(["-cipher", "ALL:@SECLEVEL=0"]);
        match OPENSSL.run(arguments, ANSWER) {
            Ok(said) => {
                let suite = value_of(&said, "Ciphersuite:");
                record.took(&said);
                let is_spoken = value_of(&said, "Protocol version:").is_some();
                record
                    .found(&format!("{target} {version}: {}", if is_spoken { "spoken" } else { "refused" }));
                if is_spoken {
                    offer.versions.insert(version);
                    offer.suites.extend(suite.map(|name| OfferedSuite { version, name: iana(&name) }));
                }
            }
            Err(error @ ProgramError::TimedOut { .. }) => {
                offer.unclear.insert(version);
                record.found(&format!("{target} {version}: {error}"));
            }
            Err(error @ (ProgramError::Missing { .. } | ProgramError::System { .. })) => {
                return Err(error.into());
            }
        }
    }
    Ok((!offer.versions.is_empty()).then_some(offer))
}

/// openssl's name of a suite in the form of IANA's, as far as its words go: exchange, signature, WITH, the rest.
fn iana(name: &str) -> String {
    let mut words: Vec<&str> = name.split(['-', '_']).collect();
    if words.first() == Some(&"TLS") {
        return name.to_owned();
    }
    let exchange =
        words.iter().take_while(|word| ["ECDHE", "DHE", "ECDSA", "RSA", "PSK"].contains(*word)).count();
    words.insert(exchange, "WITH");
    if exchange == 0 {
        words.insert(0, "RSA");
    }
    format!("TLS_{}", words.join("_"))
}

/// What stands after a label in what was said.
fn value_of(said: &Said, label: &str) -> Option<String> {
    let text = [said.out.as_slice(), said.err.as_slice()].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().find_map(|line| line.strip_prefix(label).map(|rest| rest.trim().to_owned()))
}

fn compare(
    laboratory: &Laboratory<'_>,
    record: &mut Record,
    target: &str,
    endpoint: &Reachable<'_>,
    offer: &Offer,
) {
    let rows = laboratory.evaluation.ixit.rows(TableNo::COM_MECH);
    let held: Vec<_> =
        rows.iter().filter(|row| endpoint.mechanism.is_none_or(|name| row.name() == name)).collect();
    let declared: Vec<String> =
        held.iter().flat_map(|row| row.crypto("cryptographic-details").iter().cloned()).collect();
    for row in &held {
        record.read(row.name(), row.crypto("cryptographic-details").join("; "));
    }
    let against_which = match endpoint.mechanism {
        Some(name) => format!("{name} ({})", declared.join("; ")),
        None => format!("all of table 11, for the endpoint names no mechanism ({})", declared.join("; ")),
    };
    record.found(&format!("{target} is held against {against_which}"));
    let subject = endpoint.mechanism.and_then(RowId::parse).map_or(Subject::Product, Subject::Row);
    let differences = offer.differences(&declared);
    for difference in &differences {
        record.against("5.5-1-2a", subject.clone(), &format!("{target}: {difference}"));
    }
    for version in offer.not_seen(&declared) {
        record.found(&format!("{target}: {version} is declared and was not offered"));
    }
    for version in &offer.unclear {
        record.found(&format!("{target}: whether {version} is offered did not show"));
    }
    let names = offer.versions.iter().map(|version| version.name().to_owned());
    for name in names.chain(offer.suites.iter().map(|suite| suite.name.clone())) {
        for pattern in crypto_matches(&laboratory.catalog.crypto, &name) {
            match pattern.standing {
                Standing::Weak | Standing::Legacy => record.found(&format!(
                    "{target} offers {name}, {}: {}",
                    if pattern.standing == Standing::Weak { "WEAK" } else { "on its way out" },
                    pattern.advice
                )),
                Standing::Good | Standing::Vague => {}
            }
        }
    }
    if differences.is_empty() {
        record.found(&format!("{target}: no indication that what is offered differs from what is declared"));
    }
}

#[cfg(test)]
mod tests {
    use super::iana;

    #[test]
    fn openssls_names_are_put_into_the_form_of_ianas() {
        assert_eq!(iana("ECDHE-ECDSA-AES256-GCM-SHA384"), "TLS_ECDHE_ECDSA_WITH_AES256_GCM_SHA384");
        assert_eq!(iana("TLS_AES_256_GCM_SHA384"), "TLS_AES_256_GCM_SHA384");
        assert_eq!(iana("AES128-SHA"), "TLS_RSA_WITH_AES128_SHA");
    }
}
