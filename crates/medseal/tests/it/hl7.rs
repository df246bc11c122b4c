//! `medseal hl7` from the outside: sent, received, answered, shown; with our own receiver and with one of others.

use crate::support::{medseal, output, prepared, shown};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PCD01: &str = include_str!("../../../../testdata/hl7/pcd01.hl7");
const ADMIT: &str = "MSH|^~\\&|HIS|HOSP|MEDSEAL|WARD|20240301101500+0100||ADT^A01^ADT_A01|M1|P|2.5\r\
     EVN||20240301101400\rPID|||4711^^^HOSP^MR||Doe^Jane||1960|F\rPV1||I|ICU^12^3\rZQ1|x\r";

/// Our receiver, and where it is.
struct Receiver {
    child: Child,
    address: String,
}

impl Receiver {
    fn start(more: &[&str]) -> Self {
        let words = [&["hl7", "listen", "--listen", "127.0.0.1:0"], more].concat();
        Self::spawn(&words)
    }

    fn spawn(words: &[&str]) -> Self {
        let mut child = medseal(words).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("MLLP at ").unwrap_or_else(|| panic!("{line}")).to_owned();
        // What it says later must not block it.
        std::thread::spawn(move || said.read_to_string(&mut String::new()));
        Self { child, address }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    shown(&path)
}

/// Exit code, standard output and standard error.
fn ended(words: &[&str]) -> (i32, String, String) {
    let output = medseal(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_answer_is_shown_and_is_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(&[]);
    let bad = PCD01.replacen("|37.1|", "|warm|", 1);
    let refused = "CE OBX^11^5: Data type error";
    for (name, text, code, answer) in [
        ("good.hl7", PCD01.to_owned(), 0, "CA"),
        ("unix.hl7", PCD01.replace('\r', "\n"), 0, "CA"),
        ("original.hl7", PCD01.replacen("|AL|NE|", "|||", 1), 0, "AA"),
        ("both.hl7", PCD01.replacen("|AL|NE|", "|AL|AL|", 1), 0, "CA, AA"),
        ("silent.hl7", PCD01.replacen("|AL|NE|", "|NE|NE|", 1), 0, "no answer asked for"),
        ("on-error.hl7", PCD01.replacen("|AL|NE|", "|ER|NE|", 1), 0, "no answer asked for"),
        ("bad.hl7", bad, 1, refused),
        ("admit.hl7", ADMIT.to_owned(), 1, "AR MSH^1^9^1^1: Unsupported message type"),
    ] {
        let path = file(folder.path(), name, &text);
        let (ended, said, complained) = ended(&["hl7", "send", &path, "--to", &receiver.address]);
        let id = if name == "admit.hl7" { "M1" } else { "1914" };
        assert_eq!(
            (ended, said.trim()),
            (code, format!("{path} {id}: {answer}").as_str()),
            "{name}: {complained}"
        );
    }
}

#[test]
fn what_cannot_be_sent_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (good, empty) =
        (file(folder.path(), "good.hl7", PCD01), file(folder.path(), "empty.hl7", "no message\n"));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (words, code, why) in [
        (vec![good.as_str(), "--to", &free], 3, "refused"),
        (vec![&empty, "--to", &free], 2, "no MSH"),
        (vec![&good, "--to", "192.0.2.1:2575"], 2, "--tls-ca"),
        (vec![&good, "--to", "here"], 2, "HOST:PORT"),
    ] {
        let (ended, _, complained) = ended(&[&["hl7", "send"][..], &words].concat());
        assert_eq!(ended, code, "{words:?}: {complained}");
        assert!(complained.contains(why), "{complained}");
    }
}

#[test]
fn a_receiver_of_any_kind_takes_release_2() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(&["--any", "--release-2"]);
    let lenient = PCD01.replacen("|P|2.6|", "|P|2.3|", 1).replacen("|37.1|", "|warm|", 1);
    let path = file(folder.path(), "mixed.hl7", &format!("{ADMIT}{lenient}"));
    let said = output(&["hl7", "send", &path, "--to", &receiver.address]);
    assert_eq!(said, format!("{path} M1: commit: stored, AA\n{path} 1914: commit: stored, CA\n"));
    let unknown = file(folder.path(), "unknown.hl7", &ADMIT.replace("ADT^A01^ADT_A01", "ORM^O01"));
    let (code, said, _) = ended(&["hl7", "send", &unknown, "--to", &receiver.address]);
    assert_eq!((code, said.contains("AR MSH^1^9: Unsupported message type")), (1, true), "{said}");
}

#[test]
fn many_messages_over_many_connections_are_all_answered_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept.jsonl");
    let receiver = Receiver::start(&["--output", &shown(&kept)]);
    let path = file(folder.path(), "good.hl7", PCD01);
    let said = output(&[
        "hl7",
        "send",
        &path,
        "--to",
        &receiver.address,
        "--repeat",
        "200",
        "--connections",
        "8",
        "--json",
    ]);
    let object: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&object["sent"], &object["accepted"], &object["refused"]),
        (&200.into(), &200.into(), &0.into())
    );
    assert!(
        object["per_second"].as_f64().unwrap() > 0.0 && object["latency_ms"]["p99"].as_f64().unwrap() > 0.0
    );
    let lines = std::fs::read_to_string(kept).unwrap();
    let ids: std::collections::BTreeSet<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["control_id"].to_string())
        .collect();
    assert_eq!(ids.len(), 200);
}

#[test]
fn tls_goes_to_a_receiver_of_the_named_ca_only() {
    let folder = tempfile::tempdir().unwrap();
    let ward = prepared(folder.path(), 1);
    let words: Vec<&str> = ward.ehr.iter().map(String::as_str).collect();
    let receiver = Receiver::spawn(&words);
    let path = file(folder.path(), "good.hl7", PCD01);
    let ca = |name: &str| shown(&ward.root.join(name));
    let port = receiver.address.rsplit_once(':').unwrap().1;
    let to = format!("localhost:{port}");
    let said = output(&["hl7", "send", &path, "--to", &to, "--tls-ca", &ca("site/ca.pem")]);
    assert!(said.contains(": CA"), "{said}");
    let (code, _, complained) = ended(&["hl7", "send", &path, "--to", &to, "--tls-ca", &ca("maker/ca.pem")]);
    assert_eq!((code, complained.contains("certificate")), (3, true), "{complained}");
}

#[test]
fn an_independent_receiver_understands_what_is_sent() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../target/hl7-client/bin/python");
    assert!(
        python.is_file(),
        "the HL7 library is not installed: run `cargo xtask test` once, which installs it"
    );
    let server = root.join("tests/it/hl7_server.py");
    let mut server = Command::new(python).arg(server).arg("3").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let to = format!("127.0.0.1:{}", lines.next().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let original = PCD01.replacen("|AL|NE|", "|||", 1);
    let path = file(folder.path(), "two.hl7", &format!("{original}{original}{ADMIT}"));
    let said = output(&["hl7", "send", &path, "--to", &to]);
    assert_eq!(said.matches(": AA\n").count(), 3, "{said}");
    assert_eq!(lines.collect::<Vec<_>>(), ["ORU 1914 16", "ORU 1914 16", "ADT M1 5"]);
    assert!(server.wait().unwrap().success());
}

#[test]
fn a_message_is_shown_with_names_and_what_becomes_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "admit.hl7", ADMIT);
    let said = output(&["hl7", "view", &path]);
    for line in [
        "ADT^A01 v2.5 from HIS, control id M1",
        "PID patient identification -> patient",
        "  PID-3    patient identifiers          4711^^^HOSP^MR",
        "PV1 visit -> visit",
        "ZQ1 not a segment that is known here -> kept: no place in the model",
        "Taken although",
        "  PID-7: Data type error",
    ] {
        assert!(said.lines().any(|it| it == line), "{line}\n{said}");
    }
    assert!(!said.contains('\u{1b}'), "colours only on terminals");
    let deep = output(&["hl7", "view", &path, "--components"]);
    assert!(deep.lines().any(|it| it == "    PID-3.4 HOSP"), "{deep}");

    let odd = file(folder.path(), "odd.hl7", &PCD01.replacen("|37.1|", "|warm\u{1b}[31m|", 1));
    let object: serde_json::Value = serde_json::from_str(&output(&["hl7", "view", &odd, "--json"])).unwrap();
    let segments = object["segments"].as_array().unwrap();
    let fates: Vec<&str> = segments.iter().map(|segment| segment["fate"].as_str().unwrap()).collect();
    assert_eq!((segments.len(), fates.iter().filter(|fate| **fate == "reported").count()), (16, 1));
    assert_eq!(object["deviations"], serde_json::json!(["OBX[11]-5: Data type error"]));
    assert!(!output(&["hl7", "view", &odd]).contains('\u{1b}'), "a message cannot move the cursor");

    let refused = file(folder.path(), "refused.hl7", &ADMIT.replace("4711^^^HOSP^MR", ""));
    let (code, said, _) = ended(&["hl7", "view", &refused]);
    assert_eq!((code, said.contains("PID-3.1: Required field missing")), (1, true), "{said}");
}
