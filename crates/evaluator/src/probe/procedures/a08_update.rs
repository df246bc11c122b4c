//! `A08`: whether the device refuses updates that are not the maker's.
//!
//! `probe.toml` names a genuine update, the command that offers a file and the command that reads the installed version. Every
//! variant of the update (`tamper`) and every file that has to be refused as it is is offered; what the version's reading says
//! before and after decides, not the device's own word:
//!
//! | the offer ended with | version read back | |
//! |---|---|---|
//! | any code | another | accepted: speaks against the unit |
//! | 0 | the same | taken, as it said: speaks against the unit |
//! | another code | the same | refused |
//!
//! The genuine update is offered last. A device that does not take even that has shown nothing by refusing.
//! A genuine update that is offered once more (replay) is noted for the assessor: some devices may install it again.

use super::super::contract::{Consent, Laboratory, ProbeError, Procedure};
use super::super::limits::{COMMAND, UPDATE};
use super::super::program::{Said, run_words, scratch};
use super::super::record::Record;
use super::super::tamper::{Variant, variants};
use crate::finding::Located;
use crate::product::{RowId, UpdateOffer};
use crate::verdict::Subject;
use tempfile::TempDir;

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A08",
    title: "altered updates offered to the device",
    programs: &[],
    reads: "update of probe.toml; table 7",
    decides: &[],
    prepares: &["5.3-2-2a", "5.3-2-2b"],
    run,
};

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let updates = &laboratory.evaluation.laboratory.updates;
    if updates.is_empty() {
        return Err(ProbeError::NotDeclared("probe.toml has no [[update]]"));
    }
    if laboratory.consent == Consent::OnlyAsk {
        return Err(ProbeError::NotAllowed);
    }
    let mut record = Record::own(&PROCEDURE);
    for update in updates {
        Mechanism::new(laboratory, update)?.try_all(&mut record)?;
    }
    Ok(record)
}

/// An update mechanism under test.
struct Mechanism<'a> {
    laboratory: &'a Laboratory<'a>,
    update: &'a UpdateOffer,
    subject: Subject,
    scratch: TempDir,
    genuine: Vec<u8>,
}

/// What came of an offer.
struct Offered {
    is_taken: bool,
    words: String,
}

impl<'a> Mechanism<'a> {
    fn new(laboratory: &'a Laboratory<'a>, update: &'a UpdateOffer) -> Result<Self, ProbeError> {
        let unfilled = || ProbeError::Unusable("an [[update]] of probe.toml is not filled in".into());
        let (Some(row), Some(file)) = (&update.row, &update.file) else { return Err(unfilled()) };
        if update.version.is_empty() || !update.offer.iter().any(|word| word.value.contains("{file}")) {
            return Err(ProbeError::Unusable("`offer` of an [[update]] names no {file}".into()));
        }
        let subject = RowId::parse(&row.value).map_or(Subject::Product, Subject::Row);
        let genuine = laboratory.read(&file.value, UPDATE)?;
        Ok(Self { laboratory, update, subject, scratch: scratch()?, genuine })
    }

    fn try_all(&self, record: &mut Record) -> Result<(), ProbeError> {
        let name = self.update.file.as_ref().map_or("", |file| file.value.as_str());
        record.read(name, self.genuine.as_slice());
        let mut all = variants(&self.genuine);
        for refused in &self.update.refused {
            let bytes = self.laboratory.read(&refused.value, UPDATE)?;
            record.read(refused.value.as_str(), bytes.as_slice());
            all.push(Variant { name: format!("{} as it is", refused.value), bytes });
        }
        let mut refusals = 0;
        for (number, variant) in all.iter().enumerate() {
            (self.laboratory.tell)(&format!("A08: {} of {}: {}", number + 1, all.len(), variant.name));
            let offered = self.offer(record, &variant.bytes)?;
            if offered.is_taken {
                let note = format!("{}: {}", variant.name, offered.words);
                record.against("5.3-2-2b", self.subject.clone(), &note);
            } else {
                refusals += 1;
                record.found(&format!("refused: {}: {}", variant.name, offered.words));
            }
        }
        let genuine = self.offer(record, &self.genuine)?;
        record.found(&format!("the genuine update: {}", genuine.words));
        if !genuine.is_taken {
            let words = format!(
                "the device did not take the genuine update either: that it refused {refusals} says nothing"
            );
            record.found(&words);
            record.lacks.push(words);
            return Ok(());
        }
        let again = self.offer(record, &self.genuine)?;
        record.found(&format!("the genuine update once more: {}", again.words));
        record.found(&format!("{refusals} of {} refused", all.len()));
        Ok(())
    }

    /// Offers a file and reads the version before and after.
    fn offer(&self, record: &mut Record, bytes: &[u8]) -> Result<Offered, ProbeError> {
        let path = self.scratch.path().join("update");
        let write = std::fs::write(&path, bytes);
        write
            .map_err(|error| ProbeError::File { path: path.display().to_string(), why: error.to_string() })?;
        let before = self.version(record)?;
        let said = self.command(&self.update.offer)?;
        record.took(&said);
        let after = self.version(record)?;
        let is_taken = before != after || said.code == Some(0);
        let code = said.code.map_or_else(|| "no code".to_owned(), |code| format!("code {code}"));
        let words = if before == after {
            format!("the offer ended with {code}, the version is the same")
        } else {
            format!("the offer ended with {code}, the version was `{before}` and is `{after}`")
        };
        Ok(Offered { is_taken, words })
    }

    fn version(&self, record: &mut Record) -> Result<String, ProbeError> {
        let said = self.command(&self.update.version)?;
        record.took(&said);
        let text = said.text().trim().to_owned();
        if said.code != Some(0) || text.is_empty() {
            return Err(ProbeError::Unusable(
                "the command that reads the version back did not tell one".into(),
            ));
        }
        Ok(text)
    }

    fn command(&self, words: &[Located<String>]) -> Result<Said, ProbeError> {
        let path = self.scratch.path().join("update").display().to_string();
        let words: Vec<String> = words.iter().map(|word| word.value.replace("{file}", &path)).collect();
        Ok(run_words(&words, self.laboratory.folder, COMMAND)?)
    }
}
