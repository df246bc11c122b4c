//! The published table of units.

use evaluator::catalog::Catalog;
use evaluator::unit_table::document;
use std::path::Path;

/// `MEDSEAL_WRITE_TABLES=1 cargo nextest run -p evaluator --test unit_table` writes it anew.
#[test]
fn the_table_of_units_is_as_the_rules_have_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/evaluation-units.md");
    let text = document(&Catalog::embedded().unwrap());
    if std::env::var_os("MEDSEAL_WRITE_TABLES").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "write it anew, see this test's source");
    assert_eq!(text.matches("\n## ").count(), 109);
    let units = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| unit")).count();
    assert_eq!(units, 226);
}
