//! What `init` writes: the sample product has no finding, a new folder none but its open values.

use evaluator::catalog::{Catalog, Edition};
use evaluator::checks;
use evaluator::finding::Rule;
use evaluator::template::{Fill, documents, laboratory};

#[test]
fn the_sample_product_has_no_finding() {
    let catalog = Catalog::embedded().unwrap();
    for edition in Edition::ALL {
        let mut texts = documents(&catalog, edition, Fill::Example);
        texts.insert("probe.toml".into(), laboratory(&catalog, edition, Fill::Example));
        let (evaluation, findings) = checks::check(&texts, &catalog);
        assert_eq!(evaluation.edition(), edition);
        let lines: Vec<String> =
            findings.iter().map(|f| format!("{} {} {}", f.at, f.rule.id(), f.message)).collect();
        assert!(lines.is_empty(), "{edition}:\n{}", lines.join("\n"));
    }
}

#[test]
fn a_new_folder_has_no_finding_but_its_open_values() {
    let catalog = Catalog::embedded().unwrap();
    for edition in Edition::ALL {
        let mut texts = documents(&catalog, edition, Fill::Open);
        texts.insert("probe.toml".into(), laboratory(&catalog, edition, Fill::Open));
        let (_, findings) = checks::check(&texts, &catalog);
        let other: Vec<String> = findings
            .iter()
            .filter(|finding| finding.rule != Rule::OpenPlaceholder)
            .map(|f| format!("{} {} {}", f.at, f.rule.id(), f.message))
            .collect();
        assert!(other.is_empty(), "{edition}:\n{}", other.join("\n"));
        assert!(findings.len() > 400, "{edition}: {}", findings.len());
    }
}
