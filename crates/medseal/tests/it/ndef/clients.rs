//! pyscard reads and writes the tag through pcscd, and ndeflib understands what it reads.

use super::{NDEF, parameters};
use crate::element::install;
use crate::reader::{PYTHON, READER, VirtualReader};
use crate::support::shown;
use card_link::{CardFile, CardKeys, Durability};
use std::path::Path;
use std::process::Output;

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/ndef/client.py");
const PACKAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/card-client");

#[test]
fn a_reader_of_others_reads_writes_and_closes_the_tag() {
    assert!(
        Path::new(PACKAGES).exists(),
        "needed: python3 -m pip install --target target/card-client -r crates/medseal/tests/it/ndef/requirements.txt"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tag.card");
    let keys = CardKeys::random().unwrap();
    let mut card = CardFile::create_with(&path, keys.card_options(), Durability::Process).unwrap();
    install(&mut card, &keys, &NDEF, &parameters()).unwrap();
    drop(card);
    let reader = VirtualReader::start(&shown(&path));
    let client = |words: &[&str]| -> Output {
        let mut command = reader.command("env");
        command.arg(format!("PYTHONPATH={PACKAGES}")).args([PYTHON, CLIENT, READER]).args(words);
        command.output().unwrap()
    };
    let said = |output: Output| {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(said(client(&["read"])), "https://example.org\n");
    let long = format!("https://example.org/{}", "a".repeat(400));
    assert_eq!(said(client(&["write", &long])), format!("{long}\nbed 7\n"));
    assert_eq!(said(client(&["close"])), format!("{long}\nbed 7\n"));
    let refused = client(&["write", "https://example.com"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("6982"));
    assert_eq!(said(client(&["read"])), format!("{long}\nbed 7\n"));
}
