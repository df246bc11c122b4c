//! From V2.1.1 to V3.1.3.

use crate::sample::sample;
use evaluator::catalog::{Catalog, Edition};
use evaluator::product::Evaluation;

#[test]
fn a_migrated_evaluation_is_one_by_the_new_edition_with_what_is_new_left_open() {
    let catalog = Catalog::embedded().unwrap();
    let migrated = evaluator::migrate::migrate(&catalog, &sample(&catalog)).unwrap();
    let (evaluation, findings) = Evaluation::parse(&migrated.texts, &catalog);
    assert_eq!(evaluation.edition(), Edition::V3_1_3);
    for finding in &findings {
        assert_eq!(
            finding.rule,
            evaluator::finding::Rule::OpenPlaceholder,
            "{}: {}",
            finding.at,
            finding.message
        );
    }
    for provision in catalog.provisions(Edition::V3_1_3) {
        let is_answered = evaluation.ics.answer(provision.id).is_some();
        let is_listed = migrated.anew.iter().any(|anew| anew.what == provision.id.to_string());
        assert!(is_answered || is_listed, "{}", provision.id);
    }
    let split = migrated.anew.iter().find(|anew| anew.what == "5.3-4A").unwrap();
    assert!(split.why.contains("5.3-4 was split"), "{}", split.why);
    let again = evaluator::migrate::migrate(&catalog, &migrated.texts).unwrap_err();
    assert!(again.to_string().contains("V3.1.3"), "{again}");
}
