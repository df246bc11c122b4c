//! The evidence ledger from the command line: every kind of damage with its exit code, its words and its JSON; time stamps
//! asked for over HTTP and by files.

use crate::evaluate::{judged, refused, replace, sample};
use crate::support::{medseal, output, shown};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

fn entry(sample: &Path, number: u64) -> PathBuf {
    sample.join(format!("ledger/{number:08}.entry"))
}

/// The sample with three entries: a judgement, and two documents that were recognised.
fn ledger(folder: &tempfile::TempDir) -> PathBuf {
    let sample = sample(folder);
    judged(&sample, folder.path());
    let key = shown(&folder.path().join("assessor.key"));
    for number in [1, 2] {
        let document = shown(&folder.path().join(format!("certificate-{number}")));
        std::fs::write(&document, format!("certificate {number}")).unwrap();
        let words = ["evaluate", "judge", "--recognise", "5.3-7", "--scheme", "Common Criteria"];
        let more = ["--certificate", "CC-1", "--valid-until", "2099-01-31", "--reason", "covers the update"];
        let rest = ["--document", &document, "--key", &key, "--folder", &sample];
        output(&[&words[..], &more[..], &rest[..]].concat());
    }
    sample.into()
}

/// The faults of `ledger verify --json`, without their messages, and the exit code.
fn faults(from: &Path) -> (Option<i32>, Vec<Value>, Vec<String>) {
    let ended = medseal(&["evaluate", "ledger", "verify", &shown(from), "--json"]).output().unwrap();
    let told: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let faults = told["faults"].as_array().unwrap();
    assert_eq!(told["whole"], faults.is_empty());
    let messages = faults.iter().map(|fault| fault["message"].as_str().unwrap().to_owned()).collect();
    let bare = faults.iter().map(|fault| {
        let mut fault = fault.clone();
        fault.as_object_mut().unwrap().remove("message");
        fault
    });
    (ended.status.code(), bare.collect(), messages)
}

#[test]
fn every_kind_of_damage_has_its_exit_code_its_words_and_its_json() {
    type Damage = fn(&Path);
    let why = "its signature does not fit its text";
    let table: &[(&str, Damage, &[&str], Value)] = &[
        ("nothing", |_| {}, &[], json!([])),
        (
            "a changed entry",
            |sample| replace(&entry(sample, 2), &[("covers the update", "covers all of it")]),
            &["entry 2 was changed: its signature does not fit its text"],
            json!([{ "fault": "changed", "number": 2, "why": why }]),
        ),
        (
            "a missing entry",
            |sample| std::fs::remove_file(entry(sample, 2)).unwrap(),
            &["entry 2 is missing"],
            json!([{ "fault": "missing", "first": 2, "last": 2 }]),
        ),
        (
            "the last two missing",
            |sample| [2, 3].iter().for_each(|number| std::fs::remove_file(entry(sample, *number)).unwrap()),
            &["entries 2 to 3 are missing"],
            json!([{ "fault": "missing", "first": 2, "last": 3 }]),
        ),
        (
            "two entries exchanged",
            |sample| {
                let (two, three) = (entry(sample, 2), entry(sample, 3));
                let second = std::fs::read(&two).unwrap();
                std::fs::copy(&three, &two).unwrap();
                std::fs::write(three, second).unwrap();
            },
            &[
                "entry 2 is out of order: what lies there calls itself 3",
                "entry 3 is out of order: what lies there calls itself 2",
            ],
            json!([
                { "fault": "reordered", "number": 2, "found": 3 },
                { "fault": "reordered", "number": 3, "found": 2 },
            ]),
        ),
        (
            "an entry cut off",
            |sample| {
                let bytes = std::fs::read(entry(sample, 3)).unwrap();
                std::fs::write(entry(sample, 3), &bytes[..bytes.len() - 30]).unwrap();
            },
            &["entry 3 is cut off: 1 whole lines, but an entry has 2"],
            json!([{ "fault": "truncated", "number": 3, "why": "1 whole lines, but an entry has 2" }]),
        ),
        (
            "the head missing",
            |sample| std::fs::remove_file(sample.join("ledger/head")).unwrap(),
            &[
                "the ledger's head is missing, was changed, or is signed by a stranger: entries after 3 may be missing",
            ],
            json!([{ "fault": "no-head", "entries": 3 }]),
        ),
        (
            "the assessor taken off the roster",
            |sample| std::fs::write(sample.join("ledger/roster.toml"), "").unwrap(),
            &[
                "entry 1 is signed with the key",
                "entry 2 is signed with the key",
                "entry 3 is signed with the key",
                "the ledger's head is missing",
            ],
            Value::Null,
        ),
        (
            "a stamp that is none",
            |sample| std::fs::write(sample.join("ledger/00000003.tsr"), "noon").unwrap(),
            &["the time stamp of entry 3 is none: byte 0"],
            Value::Null,
        ),
        (
            "evidence changed",
            |sample| {
                let entries =
                    std::fs::read_dir(sample.join("evidence")).unwrap().map(|one| one.unwrap().path());
                let is_second = |path: &PathBuf| std::fs::read(path).unwrap() == b"certificate 2";
                std::fs::write(entries.into_iter().find(is_second).unwrap(), "certificate 3").unwrap();
            },
            &["the evidence "],
            Value::Null,
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let sound = ledger(&folder);
    for (what, damage, words, told) in table {
        let damaged = folder.path().join("damaged");
        let copied = Command::new("cp").arg("-r").arg(&sound).arg(&damaged).status().unwrap();
        assert!(copied.success());
        damage(&damaged);
        let (code, found, messages) = faults(&damaged);
        assert_eq!(code, Some(i32::from(!words.is_empty())), "{what}");
        assert_eq!(messages.len(), words.len(), "{what}: {messages:?}");
        for (message, expected) in messages.iter().zip(*words) {
            assert!(message.starts_with(expected), "{what}: {message}");
        }
        if !told.is_null() {
            assert_eq!(&Value::from(found.clone()), told, "{what}");
        }
        // A bundle shows the same, and no verdict is derived from what is damaged.
        let bundle = folder.path().join("damaged.bundle");
        output(&["evaluate", "ledger", "export", &shown(&bundle), "--folder", &shown(&damaged)]);
        assert_eq!(faults(&bundle), (code, found, messages), "{what}");
        let (code, said) = refused(&["evaluate", "verdict", &shown(&damaged)]);
        assert_eq!(code, Some(1), "{what}");
        assert_eq!(said.contains("the ledger is not whole"), !words.is_empty(), "{what}: {said}");
        std::fs::remove_dir_all(damaged).unwrap();
    }
    let nonsense = folder.path().join("nonsense");
    std::fs::write(&nonsense, "no bundle").unwrap();
    let (code, said) = refused(&["evaluate", "ledger", "verify", &shown(&nonsense)]);
    assert_eq!(code, Some(2), "{said}");
    let nowhere = shown(&folder.path().join("nowhere"));
    let (code, said) = refused(&["evaluate", "ledger", "verify", &nowhere]);
    assert_eq!(code, Some(3), "{said}");
    let (code, said) = refused(&["evaluate", "ledger", "verify", &shown(&sound), "--tsa-ca", &nowhere]);
    assert_eq!(code, Some(3), "{said}");
}

/// A time stamping authority of OpenSSL's, behind HTTP.
struct Authority {
    folder: PathBuf,
}

impl Authority {
    fn new(folder: &Path) -> Self {
        std::fs::create_dir(folder).unwrap();
        let authority = Self { folder: folder.to_owned() };
        let file = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        file(
            "settings",
            "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\n",
        );
        file(
            "extensions",
            "[req]\ndistinguished_name=dn\nx509_extensions=tsa\n[dn]\n[tsa]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n",
        );
        authority.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out ca.pem -subj /CN=TSA -days 1 -config extensions");
        authority
    }

    fn openssl(&self, arguments: &str) {
        let out = Command::new("openssl").current_dir(&self.folder).args(arguments.split(' ')).output();
        let out = out.expect("openssl runs (Debian: apt-get install openssl)");
        assert!(out.status.success(), "{arguments}: {}", String::from_utf8_lossy(&out.stderr));
    }

    fn answer(&self, query: &[u8]) -> Vec<u8> {
        std::fs::write(self.folder.join("query"), query).unwrap();
        self.openssl("ts -reply -config settings -queryfile query -inkey key -signer ca.pem -out response");
        std::fs::read(self.folder.join("response")).unwrap()
    }

    fn certificate(&self) -> String {
        shown(&self.folder.join("ca.pem"))
    }

    /// Answers one client over HTTP.
    fn serve(&self, listener: &TcpListener) {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        let head = String::from_utf8(request).unwrap();
        assert!(head.contains("Content-Type: application/timestamp-query"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
        let mut query = vec![0; length.trim().parse().unwrap()];
        stream.read_exact(&mut query).unwrap();
        let answer = self.answer(&query);
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        )
        .unwrap();
        stream.write_all(&answer).unwrap();
    }
}

#[test]
fn a_ledger_is_stamped_over_http_and_by_files_and_its_stamps_go_with_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let sample = ledger(&folder);
    let text = shown(&sample);
    let (ours, other) =
        (Authority::new(&folder.path().join("tsa")), Authority::new(&folder.path().join("other")));
    let (certificate, others) = (ours.certificate(), other.certificate());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let stamp = ["evaluate", "ledger", "stamp", "--folder", &text];
    let over_http = [&stamp[..], &["--tsa", &url, "--tsa-ca", &others]].concat();
    std::thread::scope(|scope| {
        scope.spawn(|| ours.serve(&listener));
        let (code, said) = refused(&over_http);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("not the authority's"), "{said}");
    });
    assert!(!sample.join("ledger/00000003.tsr").exists(), "what is not the authority's is not kept");
    let over_http = [&stamp[..], &["--tsa", &url, "--tsa-ca", &certificate]].concat();
    std::thread::scope(|scope| {
        scope.spawn(|| ours.serve(&listener));
        let said = output(&over_http);
        assert!(said.starts_with("entry 3 stamped 20") && said.contains("signed by the authority"), "{said}");
    });
    drop(listener);
    let (code, said) = refused(&over_http);
    assert_eq!(code, Some(3), "{said}");

    // Another entry, by files; and an answer to something else.
    judged_again(&sample, folder.path());
    let query = shown(&folder.path().join("last.tsq"));
    output(&[&stamp[..], &["--request", &query]].concat());
    let first = std::fs::read(&query).unwrap();
    output(&[&stamp[..], &["--request", &query]].concat());
    assert!(std::fs::read(&query).unwrap() == first, "asking again asks the same");
    let response = shown(&folder.path().join("last.tsr"));
    let keep = [&stamp[..], &["--response", &response]].concat();
    std::fs::copy(sample.join("ledger/00000003.tsr"), &response).unwrap();
    let (code, said) = refused(&keep);
    assert!(code == Some(1) && said.contains("something else than entry 4"), "{said}");
    std::fs::write(&response, ours.answer(&first)).unwrap();
    output(&keep);

    let bundle = shown(&folder.path().join("stamped.bundle"));
    output(&["evaluate", "ledger", "export", &bundle, "--folder", &text]);
    for from in [&text, &bundle] {
        let verify = ["evaluate", "ledger", "verify", from, "--json", "--tsa-ca"];
        let told: Value = serde_json::from_str(&output(&[&verify[..], &[&certificate]].concat())).unwrap();
        let numbers: Vec<&Value> =
            told["stamps"].as_array().unwrap().iter().map(|stamp| &stamp["number"]).collect();
        assert_eq!(numbers, [3, 4]);
        assert_eq!(told["stamps"][0]["signature_checked"], true);
        let (code, said) = refused(&[&verify[..], &[&others]].concat());
        assert_eq!(code, Some(1));
        assert!(said.contains("\"fault\":\"stamp-untrue\",") && said.contains("\"number\":4"), "{said}");
    }
}

/// A fourth entry.
fn judged_again(sample: &Path, folder: &Path) {
    let (sample, key) = (shown(sample), shown(&folder.join("assessor.key")));
    let document = shown(&folder.join("certificate-1"));
    let words = ["evaluate", "judge", "--recognise", "5.3-8", "--scheme", "Common Criteria"];
    let more = ["--certificate", "CC-1", "--valid-until", "2099-01-31", "--reason", "covers the update"];
    output(&[&words[..], &more[..], &["--document", &document, "--key", &key, "--folder", &sample]].concat());
}
