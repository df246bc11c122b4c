//! The built-in profiles: each writes a message that two libraries of other people read, one of which knows HL7's grammar of its version.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use clinical::dialect::Dialect;
use clinical::hl7::{Message, decode};
use serde_json::json;

#[test]
fn every_profile_writes_what_other_peoples_libraries_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../target/hl7-client/bin/python");
    assert!(python.exists(), "the HL7 client is not installed: see `install_client` in xtask/src/test.rs");
    let (mut lines, mut expected) = (String::new(), String::new());
    for name in Dialect::built_in_names() {
        let dialect = Dialect::built_in(name).unwrap();
        let sample = dialect.sample().unwrap_or_else(|| panic!("{name}: nothing of the sample is listed"));
        let bytes = dialect.encode(&sample);
        let text = decode(&bytes).unwrap();
        assert_eq!(*text, *sample, "{name}: the character set says what it is");
        let message = Message::parse(&text).unwrap();
        assert_eq!(message.segment("MSH").unwrap().field(11).component(1).text(), "T", "{name}");
        let values: Vec<_> = message
            .segments()
            .iter()
            .filter(|segment| segment.name() == "OBX")
            .map(|obx| obx.field(5).component(1).text().into_owned())
            .collect();
        expected.push_str(&format!("{name} {} {}\n", values.len(), values.join(" ")));
        lines.push_str(&json!({ "name": name, "version": dialect.version, "text": text }).to_string());
        lines.push('\n');
    }
    let mut child = Command::new(python)
        .arg(root.join("tests/hl7_client/read_profiles.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "see the reader's own words above");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}
