//! `docs/evaluation-rules.md`, made from the tables.

use crate::catalog::{Catalog, Standing};
use crate::finding::{Effort, Level, Rule};
use std::fmt::Write as _;

/// The text of the document.
#[must_use]
pub fn rules(catalog: &Catalog) -> String {
    let mut out = String::from(HEAD);
    for rule in Rule::ALL {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} |",
            rule.id(),
            level(rule.level()),
            effort(rule.effort()),
            rule.what(),
            rule.help()
        );
    }
    out.push_str(CONTRADICTIONS);
    for contradiction in &catalog.contradictions {
        let level = if contradiction.is_certain { "error" } else { "warning" };
        let _ = writeln!(
            out,
            "| `{}` | {level} | {} | {} |",
            contradiction.id, contradiction.message, contradiction.help
        );
    }
    out.push_str(CRYPTO);
    for (standing, words) in
        [(Standing::Weak, "weak"), (Standing::Legacy, "on its way out"), (Standing::Vague, "leaves open")]
    {
        let patterns = catalog.crypto.iter().filter(|pattern| pattern.standing == standing);
        let names: Vec<String> = patterns.map(|pattern| pattern.words.join(" ")).collect();
        let _ = writeln!(out, "- {words}: {}", names.join(", "));
    }
    out
}

const HEAD: &str = "\
# Rules of `medseal evaluate check`

Made from the tables of rules and contradictions; a test compares this file with them (`MEDSEAL_WRITE_DOCS=1 cargo nextest run -p evaluator
-E 'test(documented)'` writes it anew). A rule's name stays the same over versions. With an error the evaluation cannot
pass; a warning is likely to be wrong, or an assessor will ask; a note is worth knowing. The effort is what putting it right is
likely to need: wording of a document, a document, a process of the maker, engineering of the product. `gap` orders by it.

No finding means that nothing is missing or contradictory in the documents. It never means that a provision is met.

| rule | level | effort | what is wrong | what to do |
|---|---|---|---|---|
";

const CONTRADICTIONS: &str = "
## Contradictions

Pairs of statements, in `standards/evaluation/contradictions.tsv`. Findings of the rules `contradiction` (both cannot be true) and
`contradiction-likely` (they seldom are) have the name of the pair as their subject.

| pair | level | what is wrong | what to do |
|---|---|---|---|
";

const CRYPTO: &str = "
## Cryptography

What is thought of protocols and algorithms is our judgement, in `standards/evaluation/crypto.tsv`; a site may correct it. An entry is split into
words of letters and digits (`AES-128-GCM` is `aes 128 gcm`), and the longest pattern counts. `SHA-1: why it does not matter here` turns the error into a warning
that an assessor has to judge.

";

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::Wording => "wording",
        Effort::Document => "document",
        Effort::Process => "process",
        Effort::Engineering => "engineering",
    }
}
