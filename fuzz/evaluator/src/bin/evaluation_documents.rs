//! Evaluations: documents of any content are read, checked and analysed to an end. The first byte chooses the edition, the
//! next which document the rest replaces.
#![no_main]

use evaluator::catalog::{Catalog, Edition};
use evaluator::template::{Fill, documents};
use evaluator::{checks, gap};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Catalog::embedded().expect("the data is part of the program"));
static SAMPLES: LazyLock<[BTreeMap<String, String>; 2]> =
    LazyLock::new(|| Edition::ALL.map(|edition| documents(&CATALOG, edition, Fill::Example)));

fuzz_target!(|bytes: &[u8]| {
    let [edition, document, rest @ ..] = bytes else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let mut texts = SAMPLES[usize::from(edition & 1)].clone();
    let index = usize::from(*document) % texts.len();
    if let Some(value) = texts.values_mut().nth(index) {
        *value = text.to_owned();
    }
    let (evaluation, findings) = checks::check(&texts, &CATALOG);
    let _ = gap::gap(&evaluation, &CATALOG, &findings);
});
