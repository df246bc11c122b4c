//! What the card signs, encrypts and agrees, OpenSSL's command takes, and the other way round.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::desk::{
    DECRYPT, Desk, EC_PUBLIC_KEY, ENCRYPT, SIGN, VERIFY, curve, der, element, openssl, public_info,
    try_openssl,
};

/// Files for one test.
struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }
}

fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len() - 1);
    let sign: &[u8] = if number[start] & 0x80 != 0 { &[0] } else { &[] };
    der(2, &[sign, &number[start..]])
}

const RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

/// The numbers of a SEQUENCE of INTEGERs, without signs.
fn numbers(mut sequence: &[u8]) -> Vec<Vec<u8>> {
    let mut numbers = Vec::new();
    while !sequence.is_empty() {
        let (number, rest) = element(sequence);
        numbers.push(number.strip_prefix(&[0]).unwrap_or(number).to_vec());
        sequence = rest;
    }
    numbers
}

fn verified_by_openssl(files: &Files, public: &[u8], signature: &[u8], message: &[u8], more: &[&str]) {
    let key = files.put("public.der", public);
    let signature = files.put("signature", signature);
    let message = files.put("message", message);
    let arguments: Vec<&str> =
        [&["dgst", "-verify", &key, "-keyform", "DER", "-signature", &signature][..], more, &[&message]]
            .concat();
    openssl(&arguments, &[]);
}

#[test]
fn ecdsa_and_ecdh() {
    let (mut desk, files) = (Desk::new(), Files::new());
    let names = [
        "secp112r1",
        "secp128r1",
        "secp160r1",
        "prime192v1",
        "secp224r1",
        "prime256v1",
        "secp384r1",
        "secp521r1",
        "secp256k1",
        "brainpoolP192t1",
        "brainpoolP256r1",
        "brainpoolP320r1",
        "brainpoolP384t1",
        "brainpoolP512r1",
    ];
    for name in names {
        let curve = curve(name);
        desk.ec_key(0, 11, &curve);
        desk.ec_key(1, 12, &curve);
        desk.must(0x21, 0, 1, &[]);
        let public = public_info(&[EC_PUBLIC_KEY, &curve.name], &desk.get(0, 7));
        for (digest, option) in [(1, "-sha1"), (4, "-sha256"), (6, "-sha512"), (9, "-sha3-256")] {
            desk.signature(2, [digest, 5, 0]);
            desk.init(2, 1, SIGN).unwrap();
            let signature = desk.sign(2, b"from the card");
            verified_by_openssl(&files, &public, &signature, b"from the card", &[option]);
        }
        let theirs = files.put("theirs.pem", &openssl(&["ecparam", "-name", name, "-genkey", "-noout"], &[]));
        let message = files.put("message", b"from openssl");
        let signature = openssl(&["dgst", "-sha256", "-sign", &theirs, &message], &[]);
        let info = openssl(&["ec", "-in", &theirs, "-pubout", "-outform", "DER"], &[]);
        let point = &info[info.len() - curve.g.len()..];
        desk.ec_key(3, 11, &curve);
        desk.set(3, 7, point);
        desk.signature(2, [4, 5, 0]);
        desk.init(2, 3, VERIFY).unwrap();
        assert!(desk.verify(2, b"from openssl", &signature), "{name}");
        assert!(!desk.verify(2, b"from nobody", &signature), "{name}");
        desk.must(0x50, 4, 0, &[3]);
        desk.must(0x51, 4, 1, &[]);
        let here = desk.must(0x52, 4, 0, point);
        let ours = files.put("ours.der", &public);
        let there =
            openssl(&["pkeyutl", "-derive", "-inkey", &theirs, "-peerkey", &ours, "-peerform", "DER"], &[]);
        assert_eq!(here, there, "{name}");
    }
}

#[test]
fn rsa() {
    let (mut desk, files) = (Desk::new(), Files::new());
    for bits in [1_024_u16, 2_048] {
        for algorithm in [1, 2] {
            desk.pair(0, 1, algorithm, bits);
            let (n, e) = (desk.get(0, 0x10), desk.get(0, 0x11));
            let public = public_info(&[RSA_ENCRYPTION], &der(0x30, &[&integer(&n), &integer(&e)]));
            signs(&mut desk, &files, &public);
            encrypts(&mut desk, &files, &public);
        }
    }
    // A key of OpenSSL's on the card, in both forms.
    let pem = openssl(&["genrsa", "-traditional", "1024"], &[]);
    let key = openssl(&["rsa", "-outform", "DER", "-traditional"], &pem);
    let numbers = numbers(element(&key).0);
    desk.key(0, 4, 1_024);
    desk.set(0, 0x10, &numbers[1]);
    desk.set(0, 0x11, &numbers[2]);
    let public = public_info(&[RSA_ENCRYPTION], &der(0x30, &[&integer(&numbers[1]), &integer(&numbers[2])]));
    desk.key(1, 6, 1_024);
    for (part, number) in (0x14..).zip(&numbers[4..]) {
        desk.set(1, part, number);
    }
    signs(&mut desk, &files, &public);
    desk.key(1, 5, 1_024);
    desk.set(1, 0x12, &numbers[1]);
    desk.set(1, 0x13, &numbers[3]);
    signs(&mut desk, &files, &public);
    let pem = files.put("theirs.pem", &pem);
    let message = files.put("message", b"from openssl");
    for (digest, option) in
        [(2, "-md5"), (1, "-sha1"), (3, "-ripemd160"), (4, "-sha256"), (6, "-sha512"), (10, "-sha3-384")]
    {
        // RIPEMD-160 is missing from some builds of OpenSSL.
        let Ok(signature) = try_openssl(&["dgst", option, "-sign", &pem, &message], &[]) else { continue };
        desk.signature(2, [digest, 3, 7]);
        desk.init(2, 0, VERIFY).unwrap();
        assert!(desk.verify(2, b"from openssl", &signature), "{option}");
        assert!(!desk.verify(2, b"from nobody", &signature), "{option}");
    }
    for (padding, mode) in [(7, "pkcs1"), (1, "none")] {
        desk.must(0x41, 3, 0, &[7, padding]);
        desk.must(0x42, 3, 0, &[ENCRYPT]);
        let message = if padding == 1 { vec![0x11; 128] } else { b"a secret".to_vec() };
        let hidden = desk.must(0x43, 3, 0, &message);
        let mode = format!("rsa_padding_mode:{mode}");
        let plain = openssl(&["pkeyutl", "-decrypt", "-inkey", &pem, "-pkeyopt", &mode], &hidden);
        assert_eq!(plain, message);
    }
}

/// The card signs with the key in place 1, OpenSSL verifies.
fn signs(desk: &mut Desk, files: &Files, public: &[u8]) {
    for (digest, option) in [(2, "-md5"), (1, "-sha1"), (7, "-sha224"), (4, "-sha256"), (5, "-sha384")] {
        desk.signature(2, [digest, 3, 7]);
        desk.init(2, 1, SIGN).unwrap();
        let signature = desk.sign(2, b"from the card");
        verified_by_openssl(files, public, &signature, b"from the card", &[option]);
    }
    for (digest, option) in [(1, "-sha1"), (7, "-sha224"), (4, "-sha256"), (5, "-sha384")] {
        desk.signature(2, [digest, 3, 8]);
        desk.init(2, 1, SIGN).unwrap();
        let signature = desk.sign(2, b"from the card");
        let more = [option, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
        verified_by_openssl(files, public, &signature, b"from the card", &more);
    }
}

/// OpenSSL encrypts, the card decrypts with the key in place 1.
fn encrypts(desk: &mut Desk, files: &Files, public: &[u8]) {
    let key = files.put("public.der", public);
    for (padding, options) in [
        (7, &["rsa_padding_mode:pkcs1"][..]),
        (9, &["rsa_padding_mode:oaep"]),
        (14, &["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"]),
        (18, &["rsa_padding_mode:oaep", "rsa_oaep_md:sha3-256", "rsa_mgf1_md:sha3-256"]),
    ] {
        let mut arguments = vec!["pkeyutl", "-encrypt", "-pubin", "-inkey", &key, "-keyform", "DER"];
        options.iter().for_each(|option| arguments.extend(["-pkeyopt", option]));
        let hidden = openssl(&arguments, b"a secret");
        desk.must(0x41, 3, 0, &[7, padding]);
        desk.must(0x42, 3, 1, &[DECRYPT]);
        assert_eq!(desk.must(0x43, 3, 0, &hidden), b"a secret", "{padding}");
    }
}

/// PrivateKeyInfo and SubjectPublicKeyInfo of a new key of OpenSSL's.
fn their_pair(files: &Files, algorithm: &str) -> (String, Vec<u8>, Vec<u8>) {
    let pem = files.put("theirs.pem", &openssl(&["genpkey", "-algorithm", algorithm], &[]));
    let private = openssl(&["pkey", "-in", &pem, "-outform", "DER"], &[]);
    let public = openssl(&["pkey", "-in", &pem, "-pubout", "-outform", "DER"], &[]);
    (pem, private, public)
}

#[test]
fn edwards_and_montgomery_curves() {
    let (mut desk, files) = (Desk::new(), Files::new());
    let message = files.put("message", b"a message");
    for (name, algorithm, length, oid) in
        [(257, "ED25519", 32, b"\x06\x03\x2b\x65\x70"), (514, "ED448", 57, b"\x06\x03\x2b\x65\x71")]
    {
        let (pem, private, public) = their_pair(&files, algorithm);
        desk.named_key(0, name, 0);
        desk.set(0, 8, &public[public.len() - length..]);
        desk.named_key(1, name, 0x8000);
        desk.set(1, 8, &private[private.len() - length..]);
        let theirs = openssl(&["pkeyutl", "-sign", "-rawin", "-inkey", &pem, "-in", &message], &[]);
        desk.signature(2, [0, 13, 0]);
        desk.init(2, 1, SIGN).unwrap();
        assert_eq!(desk.sign(2, b"a message"), theirs, "{algorithm}: both are deterministic");
        desk.init(2, 0, VERIFY).unwrap();
        assert!(desk.verify(2, b"a message", &theirs));
        // A pair of the card's.
        desk.must(0x21, 0, 1, &[]);
        desk.init(2, 1, SIGN).unwrap();
        let ours = files.put("signature", &desk.sign(2, b"a message"));
        let key = files.put("public.der", &public_info(&[oid], &desk.get(0, 8)));
        let verify = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", &key, "-keyform", "DER"];
        openssl(&[&verify[..], &["-in", &message, "-sigfile", &ours]].concat(), &[]);
    }
    for (name, algorithm, length, oid) in
        [(259, "X25519", 32, b"\x06\x03\x2b\x65\x6e"), (516, "X448", 56, b"\x06\x03\x2b\x65\x6f")]
    {
        let (pem, _, public) = their_pair(&files, algorithm);
        desk.named_key(0, name, 0);
        desk.named_key(1, name, 0x8000);
        desk.must(0x21, 0, 1, &[]);
        desk.must(0x50, 2, 0, &[8]);
        desk.must(0x51, 2, 1, &[]);
        let here = desk.must(0x52, 2, 0, &public[public.len() - length..]);
        let ours = files.put("ours.der", &public_info(&[oid], &desk.get(0, 8)));
        let there =
            openssl(&["pkeyutl", "-derive", "-inkey", &pem, "-peerkey", &ours, "-peerform", "DER"], &[]);
        assert_eq!(here, there, "{algorithm}");
    }
}

#[test]
fn dsa() {
    const OID: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01";
    let (mut desk, files) = (Desk::new(), Files::new());
    for bits in [512, 768, 1_024] {
        desk.pair(0, 1, 3, bits);
        let group = [0x20, 0x21, 0x22].map(|part| integer(&desk.get(0, part)));
        let parameters = der(0x30, &[&group[0], &group[1], &group[2]]);
        let public = public_info(&[OID, &parameters], &integer(&desk.get(0, 0x24)));
        desk.must(0x30, 2, 0, &[14]);
        desk.init(2, 1, SIGN).unwrap();
        let signature = desk.sign(2, b"from the card");
        verified_by_openssl(&files, &public, &signature, b"from the card", &["-sha1"]);
    }
    // The other way round, with a key in the old form: 0, p, q, g, y, x.
    let parameters = files.put("parameters.pem", &openssl(&["dsaparam", "-outform", "PEM", "1024"], &[]));
    let pem = files.put("theirs.pem", &openssl(&["gendsa", &parameters], &[]));
    let key = openssl(&["dsa", "-in", &pem, "-outform", "DER"], &[]);
    let numbers = numbers(element(&key).0);
    let message = files.put("message", b"from openssl");
    let signature = openssl(&["dgst", "-sha1", "-sign", &pem, &message], &[]);
    desk.key(0, 7, 1_024);
    for (part, number) in [(0x20, 1), (0x21, 2), (0x22, 3), (0x24, 4)] {
        desk.set(0, part, &numbers[number]);
    }
    desk.must(0x30, 2, 0, &[14]);
    desk.init(2, 0, VERIFY).unwrap();
    assert!(desk.verify(2, b"from openssl", &signature));
    assert!(!desk.verify(2, b"from nobody", &signature));
}

#[test]
fn diffie_hellman() {
    const OID: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01";
    let (mut desk, files) = (Desk::new(), Files::new());
    desk.pair(0, 1, 6, 2_048);
    let parameters = der(0x30, &[&integer(&desk.get(0, 0x30)), &integer(&desk.get(0, 0x32))]);
    let ours = files.put("ours.der", &public_info(&[OID, &parameters], &integer(&desk.get(0, 0x34))));
    let group = files.put("group.der", &parameters);
    let as_pem = openssl(&["dhparam", "-inform", "DER", "-in", &group, "-outform", "PEM"], &[]);
    let group = files.put("group.pem", &as_pem);
    let pem = files.put("theirs.pem", &openssl(&["genpkey", "-paramfile", &group], &[]));
    let public = openssl(&["pkey", "-in", &pem, "-pubout", "-outform", "DER"], &[]);
    let (_, key) = element(element(&public).0);
    let (bits, _) = element(key);
    let (their_y, _) = element(&bits[1..]);
    desk.must(0x50, 2, 0, &[7]);
    desk.must(0x51, 2, 1, &[]);
    let here = desk.must(0x52, 2, 0, their_y.strip_prefix(&[0]).unwrap_or(their_y));
    let there = openssl(&["pkeyutl", "-derive", "-inkey", &pem, "-peerkey", &ours, "-peerform", "DER"], &[]);
    assert_eq!(here, there);
}
