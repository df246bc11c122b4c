//! Every rule catches what breaks it: the sample product's documents are changed in one place at a time, by going through the
//! catalog's tables, and each change must be found by the rule it breaks, in the document where it was made.

mod contradictions;
mod edit;
mod fields;
mod provisions;
mod rules;

use edit::Texts;
use evaluator::catalog::{Catalog, Edition};
use evaluator::checks;
use evaluator::finding::Rule;
use evaluator::template::{Fill, documents, laboratory};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One change and the rule that must catch it.
pub(crate) struct Mutation {
    /// What was changed, for the message when it is not caught.
    name: String,
    /// The documents after the change.
    texts: Texts,
    /// The rule it breaks.
    rule: Rule,
    /// The document in which it must be found.
    file: String,
    /// What the finding is about; empty for any.
    subject: String,
}

impl Mutation {
    pub(crate) fn new(name: impl Into<String>, texts: Texts, rule: Rule, file: impl Into<String>) -> Self {
        Self { name: name.into(), texts, rule, file: file.into(), subject: String::new() }
    }

    pub(crate) fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }
}

#[test]
fn each_mutation_is_caught_by_its_rule() {
    let catalog = Catalog::embedded().unwrap();
    let mut sample = documents(&catalog, Edition::V2_1_1, Fill::Example);
    sample.insert("probe.toml".into(), laboratory(&catalog, Edition::V2_1_1, Fill::Example));
    let sample: Texts = sample.into_iter().map(|(path, text)| (path, without_comments(&text))).collect();
    let mut mutations = fields::mutations(&catalog, &sample);
    mutations.extend(provisions::mutations(&catalog, &sample));
    mutations.extend(contradictions::mutations(&catalog, &sample));
    mutations.extend(rules::mutations(&catalog, &sample));
    assert!(mutations.len() > 1500, "{}", mutations.len());

    let half = mutations.len() / 2;
    let (first, second) = mutations.split_at(half);
    let missed: Vec<String> = std::thread::scope(|scope| {
        let threads = [first, second].map(|part| scope.spawn(|| missed(&catalog, part)));
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(missed.is_empty(), "{} of {} missed:\n{}", missed.len(), mutations.len(), missed.join("\n"));

    let broken: BTreeSet<Rule> = mutations.iter().map(|mutation| mutation.rule).collect();
    let untested: Vec<&str> =
        Rule::ALL.iter().filter(|rule| !broken.contains(rule)).map(|rule| rule.id()).collect();
    assert!(untested.is_empty(), "rules that no mutation breaks: {untested:?}");
    println!("{} mutations, all caught", mutations.len());
}

/// Guidance takes longer to parse than all else, and breaks no rule.
fn without_comments(text: &str) -> Arc<str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| [line, "\n"]).collect::<String>().into()
}

fn missed(catalog: &Catalog, mutations: &[Mutation]) -> Vec<String> {
    let mut missed = Vec::new();
    for mutation in mutations {
        let texts = mutation.texts.iter().map(|(path, text)| (path.clone(), text.to_string())).collect();
        let (_, findings) = checks::check(&texts, catalog);
        let is_caught = findings.iter().any(|finding| {
            finding.rule == mutation.rule
                && *finding.at.file == *mutation.file
                && (mutation.subject.is_empty() || finding.subject == mutation.subject)
        });
        if !is_caught {
            let found: BTreeSet<String> =
                findings.iter().map(|f| format!("{} {} ({})", f.at, f.rule.id(), f.subject)).collect();
            missed.push(format!("{}: not caught by {}; found {found:?}", mutation.name, mutation.rule.id()));
        }
    }
    missed
}
