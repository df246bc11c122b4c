//! The applet `Desk` and what its commands mean.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};

use card_image::cap::CapFile;
use card_link::{CardKeys, Element, InProcess, Policy};

use crate::cards::{add, card_with};
use crate::common::compile_newest;

pub(crate) const PACKAGE: &str = "F04445534B";
pub(crate) const APPLET: &str = "F04445534B01";

/// `Signature.MODE_SIGN` and `MODE_VERIFY`, `Cipher.MODE_DECRYPT` and `MODE_ENCRYPT`.
pub(crate) const SIGN: u8 = 1;
pub(crate) const VERIFY: u8 = 2;
pub(crate) const DECRYPT: u8 = 1;
pub(crate) const ENCRYPT: u8 = 2;

/// A status word other than 9000. 6F10 and what follows are reasons of `CryptoException`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u16);

pub(crate) const ILLEGAL_VALUE: Refused = Refused(0x6F11);
pub(crate) const UNINITIALIZED_KEY: Refused = Refused(0x6F12);
pub(crate) const NO_SUCH_ALGORITHM: Refused = Refused(0x6F13);
pub(crate) const INVALID_INIT: Refused = Refused(0x6F14);
pub(crate) const ILLEGAL_USE: Refused = Refused(0x6F15);

pub(crate) struct Desk(InProcess);

pub(crate) fn cap() -> &'static CapFile {
    static CAP: OnceLock<CapFile> = OnceLock::new();
    CAP.get_or_init(|| {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crypto/java");
        compile_newest(&sources, "desk", PACKAGE, &[(APPLET, "desk.Desk")])
    })
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk::of(card_with(cap(), PACKAGE, &[APPLET]).0)
    }

    /// On a card with a policy of algorithms.
    pub(crate) fn under(policy: Policy) -> Desk {
        let keys = CardKeys::random().unwrap();
        let mut card = InProcess::create(keys.card_options().policy(policy)).unwrap();
        add(&mut card, &keys, cap(), PACKAGE, &[APPLET]);
        Desk::of(card)
    }

    /// A desk on a card that has the applet.
    pub(crate) fn of(card: InProcess) -> Desk {
        let mut desk = Desk(card);
        desk.select();
        desk
    }

    pub(crate) fn card(&mut self) -> &mut InProcess {
        &mut self.0
    }

    pub(crate) fn select(&mut self) {
        let aid = hex::decode(APPLET).unwrap();
        let answer = self.0.transmit(&[&[0, 0xA4, 4, 0, aid.len() as u8], &aid[..], &[0]].concat()).unwrap();
        assert!(answer.ends_with(&[0x90, 0]), "{answer:02X?}");
    }

    pub(crate) fn reset(&mut self) {
        self.0.reset().unwrap();
        self.select();
    }

    /// A command with the extended form of lengths.
    pub(crate) fn send(&mut self, ins: u8, p1: u8, p2: u8, data: &[u8]) -> Result<Vec<u8>, Refused> {
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let mut command = vec![0x80, ins, p1, p2, 0];
        if !data.is_empty() {
            command.extend_from_slice(&length);
            command.extend_from_slice(data);
        }
        command.extend_from_slice(&[0, 0]);
        let mut answer = self.0.transmit(&command).unwrap();
        let status = answer.split_off(answer.len() - 2);
        match u16::from_be_bytes([status[0], status[1]]) {
            0x9000 => Ok(answer),
            status => Err(Refused(status)),
        }
    }

    /// A command that must succeed.
    pub(crate) fn must(&mut self, ins: u8, p1: u8, p2: u8, data: &[u8]) -> Vec<u8> {
        let answer = self.send(ins, p1, p2, data);
        let why = self.0.diagnosis();
        answer.unwrap_or_else(|refused| panic!("{ins:02X} {p1:02X} {p2:02X}: {refused:04X?} {why:?}"))
    }

    pub(crate) fn key(&mut self, place: u8, key_type: u8, bits: u16) {
        let [high, low] = bits.to_be_bytes();
        self.must(0x10, place, 0, &[key_type, high, low]);
    }

    pub(crate) fn named_key(&mut self, place: u8, name: u16, attributes: u16) {
        self.must(0x12, place, 0, &[name.to_be_bytes(), attributes.to_be_bytes()].concat());
    }

    pub(crate) fn set(&mut self, place: u8, part: u8, bytes: &[u8]) {
        self.must(0x14, place, part, bytes);
    }

    pub(crate) fn get(&mut self, place: u8, part: u8) -> Vec<u8> {
        self.must(0x15, place, part, &[])
    }

    /// Makes an EC key with a curve's parameters.
    pub(crate) fn ec_key(&mut self, place: u8, key_type: u8, curve: &Curve) {
        self.key(place, key_type, curve.bits);
        for (part, bytes) in (0..).zip([&curve.p, &curve.a, &curve.b, &curve.g, &curve.r]) {
            self.set(place, part, bytes);
        }
        self.set(place, 5, &[0, 1]);
    }

    pub(crate) fn pair(&mut self, public: u8, private: u8, algorithm: u8, bits: u16) {
        let [high, low] = bits.to_be_bytes();
        self.must(0x20, public, private, &[algorithm, high, low]);
    }

    pub(crate) fn signature(&mut self, place: u8, parts: [u8; 3]) {
        self.must(0x31, place, 0, &parts);
    }

    pub(crate) fn init(&mut self, place: u8, key: u8, mode: u8) -> Result<Vec<u8>, Refused> {
        self.send(0x32, place, key, &[mode])
    }

    pub(crate) fn sign(&mut self, place: u8, message: &[u8]) -> Vec<u8> {
        self.must(0x34, place, 0, message)
    }

    /// Whether a signature is right; a refusal is a no.
    pub(crate) fn verify(&mut self, place: u8, message: &[u8], signature: &[u8]) -> bool {
        self.send(0x35, place, 0, &with(message, signature)).is_ok_and(|answer| answer == [1])
    }
}

/// A length, the bytes, and what follows.
pub(crate) fn with(first: &[u8], rest: &[u8]) -> Vec<u8> {
    [&u16::try_from(first.len()).unwrap().to_be_bytes()[..], first, rest].concat()
}

/// A curve's parameters, as OpenSSL has them.
#[derive(Clone)]
pub(crate) struct Curve {
    /// Its object identifier in DER.
    pub(crate) name: Vec<u8>,
    pub(crate) bits: u16,
    pub(crate) p: Vec<u8>,
    pub(crate) a: Vec<u8>,
    pub(crate) b: Vec<u8>,
    pub(crate) g: Vec<u8>,
    pub(crate) r: Vec<u8>,
}

/// The names that published vectors have for curves, where OpenSSL has others.
fn openssl_name(name: &str) -> &str {
    match name {
        "secp192r1" => "prime192v1",
        "secp256r1" | "P-256" => "prime256v1",
        "P-384" => "secp384r1",
        "P-521" => "secp521r1",
        "P-224" => "secp224r1",
        other => other,
    }
}

/// A curve by name.
pub(crate) fn curve(name: &str) -> Curve {
    static KNOWN: Mutex<BTreeMap<String, Curve>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    known.entry(name.to_owned()).or_insert_with(|| read_curve(openssl_name(name))).clone()
}

fn read_curve(name: &str) -> Curve {
    let der = openssl(&["ecparam", "-name", name, "-param_enc", "explicit", "-outform", "DER"], &[]);
    let (parameters, _) = element(&der);
    let (_, rest) = element(parameters);
    let (field, rest) = element(rest);
    let (coefficients, rest) = element(rest);
    let (g, rest) = element(rest);
    let (r, _) = element(rest);
    let (_, prime) = element(field);
    let (p, _) = element(prime);
    let (a, after) = element(coefficients);
    let (b, _) = element(after);
    let trimmed = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    let p = trimmed(p);
    Curve {
        name: openssl(&["ecparam", "-name", name, "-outform", "DER"], &[]),
        bits: (p.len() * 8 - p[0].leading_zeros() as usize) as u16,
        p,
        a: a.to_vec(),
        b: b.to_vec(),
        g: g.to_vec(),
        r: trimmed(r),
    }
}

/// The content of the first DER element, and what follows it.
pub(crate) fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (start, length) = match der[1] {
        short @ 0..=0x7F => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7F);
            (2 + count, der[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        }
    };
    (&der[start..start + length], &der[start + length..])
}

/// A DER element.
pub(crate) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    match body.len() {
        short @ 0..=0x7F => out.push(short as u8),
        length @ 0x80..=0xFF => out.extend([0x81, length as u8]),
        length => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend(body);
    out
}

/// SubjectPublicKeyInfo.
pub(crate) fn public_info(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    der(0x30, &[&der(0x30, algorithm), &der(3, &[&[0], key])])
}

pub(crate) const EC_PUBLIC_KEY: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";

/// Runs the `openssl` command, which must succeed.
pub(crate) fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = try_openssl(arguments, input);
    output.unwrap_or_else(|error| panic!("openssl {arguments:?}: {error}"))
}

pub(crate) fn try_openssl(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
    use std::io::Write;
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the openssl command is needed: apt-get install openssl");
    // A command that reads no input closes it.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
