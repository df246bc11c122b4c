//! The API's extension packages, called by an applet (`java/probes`) over APDUs: each line of `cases/*.txt` is a call and
//! what it answers.
//!
//! A file begins with `family NN`, the applet's instruction. `method NN name` gives a method its number. Then
//!
//! ```text
//! name 1 -2 3 "text" h:0A0B null = 0003 61 "text"
//! ```
//!
//! is a call: shorts, then arrays, as text, as hexadecimal digits behind `h:`, or null; and the answer: the result, what was written
//! behind it as far as it is given, or an exception: `! TLVException 6`. `reset` resets the card. Lines with `#` in front
//! are comments.

#[expect(dead_code, reason = "the identity applet and libraries are for other tests")]
#[path = "../element/common.rs"]
mod common;

mod random;
mod script;
mod sharing;

use std::path::Path;

use card_link::gp::Session;
use card_link::{CardKeys, Element, InProcess};

use crate::common::{compile_newest, send};

const PACKAGE: &str = "F04D4544415049";
const APPLET: &str = "F04D454441504901";

/// A card with the applet selected.
fn card() -> InProcess {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/java/probes");
    let cap = compile_newest(&sources, "probes", PACKAGE, &[(APPLET, "probes.Api")]);
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    let loaded = Session::open(&mut card, &keys).unwrap().load_cap(&cap);
    assert!(loaded.is_ok(), "{loaded:?}: {:?}", card.diagnosis());
    let (package, applet) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
    let installed = Session::open(&mut card, &keys).unwrap().install(&package, &applet, &applet, &[]);
    assert!(installed.is_ok(), "{installed:?}: {:?}", card.diagnosis());
    select(&mut card);
    card
}

fn select(card: &mut InProcess) {
    assert_eq!(send(card, &format!("00A4040008{APPLET}00")), "9000");
}

#[test]
fn the_extension_packages_answer_as_the_files_say() {
    let mut card = card();
    let mut wrong = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 8);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        script::run(&mut card, &file.file_name().unwrap().to_string_lossy(), &text, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
