//! Guided forms for what a person has to judge, and reading them when they are filled in.
//!
//! A form is TOML: what to do and what the unit asks stand as comments, what is to be filled in as empty values. The
//! basis in it ties it to the declaration that was judged; one that was filled in for another declaration is refused.
//!
//! ```toml
//! target = "5.6-3-2b@Intf-2"
//! basis = "…"                       # do not change
//! verdict = ""                      # pass, fail or inconclusive
//! escape = ""                       # an exception of the rules, where one holds
//! reason = ""
//! [observed]                        # only where the unit looks at the product
//! operator = ""
//! instrument = ""
//! text = ""
//! [[evidence]]
//! file = ""
//! what = ""
//! ```

use crate::catalog::{Catalog, Decider, Subject, UnitRule};
use crate::ledger::{Digest, Judgement};
use crate::plan::Class;
use crate::product::{Evaluation, is_open};
use crate::verdict::{self, Target, Verdict, basis::basis, targets};
use serde::Deserialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What is wrong with a form.
#[derive(Debug, Error)]
pub enum FormError {
    /// It is no form.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// Nothing in the evaluation asks for this target.
    #[error("nothing asks for {0}: no such unit, row or state in this evaluation")]
    Target(Target),
    /// The declaration is another than the one that was judged.
    #[error(
        "{0}: the declaration or the software has changed since this form was made; make a new one and judge again"
    )]
    Outdated(Target),
    /// Something is to be filled in.
    #[error("{target}: `{field}` is to be filled in: {why}")]
    Missing {
        /// Where.
        target: Target,
        /// What.
        field: &'static str,
        /// What belongs there.
        why: &'static str,
    },
    /// An exception that the unit does not have.
    #[error("{target}: there is no exception `{escape}` here; {known}")]
    Escape {
        /// Where.
        target: Target,
        /// What was claimed.
        escape: String,
        /// What there is.
        known: String,
    },
    /// A file that the form names and that cannot be read.
    #[error("{path}: {error}", path = .path.display())]
    Evidence {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    target: Target,
    basis: Digest,
    verdict: String,
    #[serde(default)]
    escape: String,
    reason: String,
    #[serde(default)]
    observed: Option<Observed>,
    #[serde(default)]
    evidence: Vec<EvidenceText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Observed {
    operator: String,
    instrument: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EvidenceText {
    file: String,
    #[serde(default)]
    what: String,
}

/// A form in which everything is filled in, for a target that is asked for, against the present declaration.
#[derive(Debug)]
pub struct FilledForm {
    target: Target,
    basis: Digest,
    verdict: Verdict,
    escape: Option<String>,
    reason: String,
    files: Vec<PathBuf>,
    text: String,
}

/// Makes the form of a target.
///
/// # Errors
/// [`FormError::Target`] when nothing asks for it.
pub fn form(catalog: &Catalog, evaluation: &Evaluation, target: &Target) -> Result<String, FormError> {
    let rule = asked(catalog, evaluation, target)?;
    let mut text = String::new();
    guidance(&mut text, catalog, evaluation, target, rule);
    let basis = basis(catalog, evaluation, target);
    let escapes = if rule.escapes.is_empty() { "none here".to_owned() } else { rule.escapes.join(", ") };
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "target = \"{target}\"\n# Ties this form to the declaration as it is now: leave it.\nbasis = \"{basis}\"\n"
    );
    let _ = writeln!(
        text,
        "# pass, fail or inconclusive\nverdict = \"\"\n# An exception that holds: {escapes}\nescape = \"\""
    );
    let _ = writeln!(text, "# Why, so that a second reader can follow it.\nreason = \"\"");
    if looks_at_product(catalog, rule) {
        let _ =
            writeln!(text, "\n# What was seen on the product.\n[observed]\n# Who did it.\noperator = \"\"");
        let _ = writeln!(
            text,
            "# With which instrument or program, and its version or serial number.\ninstrument = \"\""
        );
        let _ =
            writeln!(text, "# What was done and seen, word for word where something is shown.\ntext = \"\"");
    }
    let _ = writeln!(
        text,
        "\n# Photographs, captures, logs: one [[evidence]] each, the path seen from this form."
    );
    let _ = writeln!(
        text,
        "# Each is kept under its SHA-256.\n#[[evidence]]\n#file = \"photo.jpg\"\n#what = \"the label\""
    );
    Ok(text)
}

fn guidance(text: &mut String, catalog: &Catalog, evaluation: &Evaluation, target: &Target, rule: &UnitRule) {
    let Some(unit) = catalog.unit(rule.unit) else { return };
    let case = catalog.case(rule.unit.case);
    let class = Class::of(catalog, unit);
    let _ = writeln!(text, "# Unit {} (case {}), class {}.", rule.unit, rule.unit.case, class.letter());
    let _ = writeln!(text, "# It asks: {}.", unit.paraphrase);
    if let Some(plus) = &rule.plus {
        let _ = writeln!(text, "# Here only what comes beside the inherited units is judged: {plus}.");
    }
    let _ = writeln!(
        text,
        "# On: {}{}.",
        target.subject,
        target.state.map_or_else(String::new, |s| format!(", {}", s.name()))
    );
    if let Some(case) = case.filter(|case| !case.procedure.is_empty()) {
        let _ = writeln!(text, "# How: {}.", case.procedure);
    }
    let done = match rule.decides {
        Decider::Performed => {
            "# This is something to do: pass means that it was done, inconclusive that it could not be."
        }
        Decider::Tool => "# A tool may decide this; your judgement counts instead of its word.",
        Decider::Assessor | Decider::Inherited => "# This is yours to judge: no tool can.",
    };
    let _ = writeln!(text, "{done}");
    if rule.readers > 1 {
        let _ = writeln!(text, "# A second reader has to confirm it (judge --confirm).");
    }
    let verdict::Subject::Row(id) = &target.subject else {
        let _ = writeln!(text);
        return;
    };
    let _ = writeln!(text, "#\n# The declaration of {id}:");
    if let Some((_, row)) = evaluation.ixit.find(id) {
        for (key, value) in &row.values {
            let cell = value.value.to_cell().replace('\n', " ");
            let _ = writeln!(text, "#   {key}: {cell}");
        }
    }
    let _ = writeln!(text);
}

fn looks_at_product(catalog: &Catalog, rule: &UnitRule) -> bool {
    catalog.unit(rule.unit).is_some_and(|unit| unit.subject == Subject::Product)
}

fn asked<'a>(
    catalog: &'a Catalog,
    evaluation: &Evaluation,
    target: &Target,
) -> Result<&'a UnitRule, FormError> {
    let rule =
        catalog.rule(target.unit).filter(|_| targets(catalog, evaluation, target.unit).contains_key(target));
    rule.ok_or_else(|| FormError::Target(target.clone()))
}

impl FilledForm {
    /// Reads a filled form. `folder` is where it lies: the files it names are seen from there.
    ///
    /// # Errors
    /// [`FormError`], which says what is missing.
    pub fn read(
        catalog: &Catalog,
        evaluation: &Evaluation,
        text: &str,
        folder: &Path,
    ) -> Result<Self, FormError> {
        let form: Text = toml::from_str(text)?;
        let target = form.target.clone();
        let rule = asked(catalog, evaluation, &target)?;
        if form.basis != basis(catalog, evaluation, &target) {
            return Err(FormError::Outdated(target));
        }
        let missing = |field, why| FormError::Missing { target: target.clone(), field, why };
        let verdict = match form.verdict.trim() {
            "pass" => Verdict::Pass,
            "fail" => Verdict::Fail,
            "inconclusive" => Verdict::Inconclusive,
            _ => return Err(missing("verdict", "pass, fail or inconclusive")),
        };
        if is_blank(&form.reason) {
            return Err(missing("reason", "why, so that a second reader can follow it"));
        }
        observed(catalog, rule, &form, &target)?;
        let escape = Some(form.escape.trim()).filter(|escape| !escape.is_empty());
        if let Some(escape) = escape.filter(|escape| !rule.escapes.iter().any(|known| known == escape)) {
            let known =
                if rule.escapes.is_empty() { "the unit has none".into() } else { rule.escapes.join(", ") };
            return Err(FormError::Escape { target, escape: escape.to_owned(), known });
        }
        if form.evidence.iter().any(|evidence| is_blank(&evidence.file) || is_blank(&evidence.what)) {
            return Err(missing("evidence", "the file and what it shows"));
        }
        Ok(Self {
            basis: form.basis,
            verdict,
            escape: escape.map(str::to_owned),
            reason: form.reason.trim().to_owned(),
            files: form.evidence.iter().map(|evidence| folder.join(&evidence.file)).collect(),
            text: text.to_owned(),
            target,
        })
    }

    /// What it judges.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Keeps the form and its files among the evidence, and says what the ledger has to tell.
    ///
    /// # Errors
    /// [`FormError::Evidence`] when a file cannot be read or kept.
    pub fn judgement(self, keep: impl Fn(&[u8]) -> std::io::Result<Digest>) -> Result<Judgement, FormError> {
        let mut evidence = Vec::new();
        for path in &self.files {
            let kept = std::fs::read(path).and_then(|bytes| keep(&bytes));
            evidence.push(kept.map_err(|error| FormError::Evidence { path: path.clone(), error })?);
        }
        let form = keep(self.text.as_bytes())
            .map_err(|error| FormError::Evidence { path: PathBuf::from("evidence"), error })?;
        Ok(Judgement {
            target: self.target,
            verdict: self.verdict,
            escape: self.escape,
            reason: self.reason,
            form,
            evidence,
            basis: self.basis,
        })
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty() || is_open(text)
}

/// What was seen has to be written down where the unit looks at the product; by hand, with a photograph or a log.
fn observed(catalog: &Catalog, rule: &UnitRule, form: &Text, target: &Target) -> Result<(), FormError> {
    if !looks_at_product(catalog, rule) {
        return Ok(());
    }
    let missing = |field, why| FormError::Missing { target: target.clone(), field, why };
    let observed =
        form.observed.as_ref().ok_or_else(|| missing("observed", "what was seen on the product"))?;
    for (field, text, why) in [
        ("operator", &observed.operator, "who did it"),
        ("instrument", &observed.instrument, "with what"),
        ("text", &observed.text, "what was done and seen"),
    ] {
        if is_blank(text) {
            return Err(missing(field, why));
        }
    }
    let class = catalog.unit(rule.unit).map(|unit| Class::of(catalog, unit));
    let is_seen = form.verdict.trim() != "inconclusive" && rule.decides != Decider::Performed;
    if class == Some(Class::Manual) && is_seen && form.evidence.is_empty() {
        return Err(missing("evidence", "a photograph or a log of what was done by hand"));
    }
    Ok(())
}
