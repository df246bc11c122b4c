//! The check of a record, with nothing but the record and the certificate of the maker that is trusted.

use std::collections::HashMap;
use std::io::BufRead;

use super::report::{ChainReport, FaultKind, Report};
use super::{Entry, Header, Reader, RecordError};
use crate::chain::{ChainError, ChainHead};
use crate::identity::{DeviceCertificate, Maker, Purpose};
use crate::ids::{Counter, KeyId};
use crate::reason::Reason;
use crate::sealed::SealedBatch;
use crate::verify::VerifiedBatch;

/// Checks every line of a record: seal, certificate at the time of the batch, counter and chain.
///
/// A chain may begin at any counter, since a record may be part of a longer one; from there on each missing,
/// repeated or foreign seal is a fault in the report. The check goes on after a fault.
///
/// # Errors
/// [`RecordError`] only when the file is no record or cannot be read.
pub fn verify_record<R: BufRead>(from: R, trust: &Maker) -> Result<Report, RecordError> {
    let mut reader = Reader::open(from)?;
    let mut check = Check::new(reader.header(), trust);
    while let Some(entry) = reader.next_entry()? {
        check.entry(&entry);
    }
    Ok(check.report)
}

struct Check {
    report: Report,
    /// By key: the certificate, the place in the report's chains, the last seal.
    keys: HashMap<KeyId, Chain>,
}

struct Chain {
    certificate: DeviceCertificate,
    index: usize,
    head: Option<ChainHead>,
}

impl Check {
    fn new(header: &Header, trust: &Maker) -> Self {
        let mut check = Self { report: Report::default(), keys: HashMap::new() };
        for (index, der) in header.devices.iter().enumerate() {
            match trust.check(der, Purpose::Seal) {
                Ok(certificate) => check.add_key(certificate),
                Err(error) => {
                    let kind = FaultKind::Certificate { index, problem: error.to_string() };
                    check.report.add(1, None, kind);
                }
            }
        }
        check
    }

    fn add_key(&mut self, certificate: DeviceCertificate) {
        let (device, key) = (certificate.key.device().clone(), certificate.key.key_id());
        if self.keys.contains_key(&key) {
            return;
        }
        let index = self.report.chains.len();
        self.report.chains.push(ChainReport {
            device,
            key,
            batches: 0,
            readings: 0,
            first: None,
            last: None,
            from: None,
            to: None,
            missing: 0,
        });
        self.keys.insert(key, Chain { certificate, index, head: None });
    }

    fn entry(&mut self, entry: &Entry) {
        let line = entry.line;
        let Some(bytes) = &entry.sealed else {
            return self.refuse(line, Reason::Malformed, "no sealed batch in base64".into());
        };
        let sealed = match SealedBatch::parse(bytes) {
            Ok(sealed) => sealed,
            Err(error) => return self.refuse(line, Reason::Malformed, error.to_string()),
        };
        let kid = sealed.claims().kid;
        let Some(chain) = self.keys.get_mut(&kid) else {
            return self.refuse(line, Reason::UnknownKey, format!("no accepted certificate for key {kid}"));
        };
        let verified = match chain.certificate.key.verify(sealed) {
            Ok(verified) => verified,
            Err(error) => return self.refuse(line, error.reason(), error.to_string()),
        };
        if let Err(error) = chain.certificate.validity.check(verified.batch().time) {
            return self.refuse(line, Reason::Certificate, error.to_string());
        }
        self.follow(line, &verified);
    }

    fn refuse(&mut self, line: u64, reason: Reason, detail: String) {
        self.report.add(line, None, FaultKind::Refused { reason, detail });
    }

    /// Puts a proven batch into its chain.
    fn follow(&mut self, line: u64, verified: &VerifiedBatch) {
        let Some(chain) = self.keys.get_mut(&verified.key_id()) else { return };
        let outcome = chain.head.map_or(Ok(ChainHead::at(verified)), |head| head.next(verified));
        let mut missing = 0;
        let fault = match outcome {
            Ok(_) => None,
            Err(ChainError::Repeated { found, .. }) => {
                // Already counted, and what is before it is judged already.
                let kind = FaultKind::Repeated { counter: found };
                return self.report.add(line, Some(verified.device()), kind);
            }
            Err(ChainError::Gap { expected, found }) => {
                missing = found.0 - expected.0;
                Some(FaultKind::Gap { first: expected, last: Counter(found.0 - 1) })
            }
            Err(ChainError::Broken { counter, .. }) => Some(FaultKind::Broken { counter }),
        };
        chain.head = Some(ChainHead::at(verified));
        if let Some(report) = self.report.chains.get_mut(chain.index) {
            let time = Some(verified.batch().time);
            report.batches += 1;
            report.readings += verified.batch().readings.len() as u64;
            report.first = report.first.or(Some(verified.counter()));
            report.last = Some(verified.counter());
            report.from = report.from.or(time);
            report.to = time;
            report.missing = report.missing.saturating_add(missing);
        }
        if let Some(kind) = fault {
            self.report.add(line, Some(verified.device()), kind);
        }
    }
}
