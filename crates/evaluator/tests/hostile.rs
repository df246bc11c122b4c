//! Malformed and contradictory documents: whatever is in them, they are read and checked to an end, and what is found
//! points into them.

use evaluator::catalog::{Catalog, Edition};
use evaluator::checks::{self, sarif};
use evaluator::gap::gap;
use evaluator::product::{Documents, FolderError};
use evaluator::template::{Fill, documents};

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

const PIECES: &[&str] = &[
    "\"",
    "'''",
    "[[row]]",
    "[",
    "]",
    "{",
    "}",
    "=",
    "\n",
    "none: ",
    "?",
    "\u{0}",
    "é",
    "999999999999999999999",
    "1.5",
    "true",
    "\"Y\"",
    "N/A",
    "\\u0000",
    "#",
    ".",
    "-1",
    "[provisions]",
    "2026-01-01",
    "row = 1",
    "id = []",
];

#[test]
fn no_documents_bytes_can_stop_the_check() {
    let catalog = Catalog::embedded().unwrap();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..60 {
        let edition = Edition::ALL[round % 2];
        let mut texts = documents(&catalog, edition, Fill::Example);
        let paths: Vec<String> = texts.keys().cloned().collect();
        for _ in 0..=dice.below(6) {
            let path = &paths[dice.below(paths.len())];
            let mut characters: Vec<char> = texts[path].chars().collect();
            let at = dice.below(characters.len() + 1);
            let end = (at + dice.below(40)).min(characters.len());
            characters.splice(at..end, PIECES[dice.below(PIECES.len())].chars());
            texts.insert(path.clone(), characters.into_iter().collect());
        }
        let (evaluation, findings) = checks::check(&texts, &catalog);
        for finding in &findings {
            let lines = texts.get(&*finding.at.file).map_or(0, |text| text.lines().count());
            assert!(finding.at.line as usize <= lines + 1, "{finding:?} of {lines} lines");
            assert!(!finding.help.is_empty() && !finding.message.contains('\n'), "{finding:?}");
        }
        let _gap = gap(&evaluation, &catalog, &findings);
        let results = sarif::sarif(&findings, std::path::Path::new("."))["runs"][0]["results"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(results, findings.len());
    }
}

#[test]
fn a_folder_says_what_keeps_it_from_being_read() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Documents::read(folder.path()), Err(FolderError::NotAnEvaluation(_))));
    assert!(matches!(Documents::read(&folder.path().join("nowhere")), Err(FolderError::Io { .. })));
    std::fs::write(folder.path().join("evaluation.toml"), b"title = \"\xff\"").unwrap();
    assert!(matches!(Documents::read(folder.path()), Err(FolderError::NotText { offset: 9, .. })));
    std::fs::write(folder.path().join("evaluation.toml"), vec![b'#'; 5 << 20]).unwrap();
    assert!(matches!(Documents::read(folder.path()), Err(FolderError::TooLarge(_))));
}
