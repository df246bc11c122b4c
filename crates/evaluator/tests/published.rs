//! What is published beside the program is what it is made from: schemas and the document of rules.

use evaluator::catalog::{Catalog, Edition};
use evaluator::{checks, schema};
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Compares a file with what it should hold, or writes it when asked to.
fn compare(path: &str, text: &str) {
    let path = root().join(path);
    if std::env::var_os("MEDSEAL_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "{} is not what the program has: MEDSEAL_WRITE_DOCS=1 writes it anew",
        path.display()
    );
}

#[test]
fn rules_are_documented() {
    compare("docs/evaluation-rules.md", &checks::documentation::rules(&Catalog::embedded().unwrap()));
}

#[test]
fn schemas_are_documented() {
    let catalog = Catalog::embedded().unwrap();
    for edition in Edition::ALL {
        let files = schema::files(&catalog, edition);
        assert_eq!(files.len(), 36);
        for (path, text) in &files {
            let name = path.strip_prefix("schema/").unwrap();
            compare(&format!("standards/evaluation/schema/{edition}/{name}"), text);
        }
        let folder = root().join(format!("standards/evaluation/schema/{edition}"));
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), files.len(), "a schema that nothing makes");
    }
}
