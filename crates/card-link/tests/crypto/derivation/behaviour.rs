//! How derivations behave: beside the `openssl` command, into keys, once, and used wrongly.

use super::*;
use crate::desk::{ILLEGAL_USE, ILLEGAL_VALUE, INVALID_INIT, NO_SUCH_ALGORITHM, UNINITIALIZED_KEY, openssl};

/// What the `openssl` command derives from the same parameters.
fn by_openssl(name: &str, length: usize, options: &[String]) -> Vec<u8> {
    let length = length.to_string();
    let mut arguments = vec!["kdf", "-binary", "-keylen", &length];
    options.iter().for_each(|option| arguments.extend(["-kdfopt", option]));
    arguments.push(name);
    openssl(&arguments, &[])
}

#[test]
fn openssl_derives_the_same() {
    let mut desk = Desk::new();
    let secret: Vec<u8> = (0x20..0x50).collect();
    let (first, second) = (b"what it is for".to_vec(), b"salt".to_vec());
    let option = |name: &str, bytes: &[u8]| format!("{name}:{}", hex::encode(bytes));
    for (name, hash, prf) in
        [("SHA1", 1, 24), ("SHA2-256", 4, 25), ("SHA2-384", 5, 26), ("SHA2-512", 6, 27), ("SHA3-256", 9, 0)]
    {
        let md = format!("digest:{name}");
        let spec = Spec {
            algorithm: hash,
            output: 99,
            number: 0,
            key: 0,
            secret: Some(&secret),
            first: Some(&first),
            second: Some(&second),
        };
        let common = [md.clone(), option("hexinfo", &first)];
        let options = [&common[..], &[option("hexkey", &secret), option("hexsalt", &second)]].concat();
        assert_eq!(desk.derived(HKDF, Kind::Bytes, &spec, 99).unwrap(), by_openssl("HKDF", 99, &options));
        let options = [&common[..], &[option("hexsecret", &secret)]].concat();
        assert_eq!(desk.derived(X963, Kind::Bytes, &spec, 99).unwrap(), by_openssl("X963KDF", 99, &options));
        if prf == 0 {
            continue;
        }
        // OpenSSL puts label, a zero byte, context and length behind the counter.
        let input = [&first[..], &[0], &second, &(99_u32 * 8).to_be_bytes()].concat();
        let keyed = Spec { algorithm: prf, number: 32, key: HMAC, ..spec.clone() };
        let options = |mode: &str, more: &[String]| {
            let fixed = [
                "mac:HMAC".to_owned(),
                md.clone(),
                format!("mode:{mode}"),
                option("hexkey", &secret),
                option("hexsalt", &first),
                option("hexinfo", &second),
            ];
            [&fixed[..], more].concat()
        };
        let counter = Spec { first: None, second: Some(&input), ..keyed.clone() };
        let derived = desk.derived(COUNTER, Kind::Key, &counter, 99).unwrap();
        assert_eq!(derived, by_openssl("KBKDF", 99, &options("counter", &[])), "{name}");
        let vector = vec![0x77; if hash == 1 { 20 } else { 32 }];
        if matches!(hash, 1 | 4) {
            let feedback = Spec { first: Some(&input), second: Some(&vector), ..keyed.clone() };
            let derived = desk.derived(FEEDBACK, Kind::Key, &feedback, 99).unwrap();
            let seeded = options("feedback", &[option("hexseed", &vector)]);
            assert_eq!(derived, by_openssl("KBKDF", 99, &seeded), "{name}");
        }
    }
    for (algorithm, md) in [(TLS11, "MD5-SHA1"), (TLS12, "SHA2-256")] {
        for length in [1, 15, 48] {
            let (key, seed) = (&secret[..length], [&b"a label"[..], &secret].concat());
            let spec = Spec { key: GENERIC, first: Some(&seed), ..of(key) };
            let options = [format!("digest:{md}"), option("hexsecret", key), option("hexseed", &seed)];
            let derived = desk.derived(algorithm, Kind::Key, &spec, 150).unwrap();
            assert_eq!(derived, by_openssl("TLS1-PRF", 150, &options));
        }
    }
}

#[test]
fn ieee_1363_digests_secret_and_parameters() {
    let mut desk = Desk::new();
    for (name, hash) in [("sha1", 1), ("sha256", 4), ("sha512", 6), ("sm3", 12)] {
        let spec = Spec { algorithm: hash, first: Some(b" and parameters"), ..of(b"a secret") };
        let expected = openssl(&["dgst", "-binary", &format!("-{name}")], b"a secret and parameters");
        assert_eq!(desk.derived(IEEE_1363, Kind::Bytes, &spec, expected.len()).unwrap(), expected);
        assert_eq!(desk.next(0, expected.len() + 1), Err(ILLEGAL_USE));
    }
}

#[test]
fn keys_take_as_many_bytes_as_they_are_long() {
    let mut desk = Desk::new();
    desk.function(0, HKDF);
    let spec = Spec { output: 255, ..of(b"a secret") };
    desk.derive_init(0, Kind::Bytes, &spec).unwrap();
    let all = desk.last(0, 255).unwrap();
    let mut at = 0;
    // Type, bits as the key is built, bytes that it takes.
    for (key_type, bits, length) in
        [(AES, 128, 16), (AES, 256, 32), (3, 192, 24), (HMAC, 160, 20), (HMAC, 64, 64), (GENERIC, 256, 32)]
    {
        desk.key(5, key_type, bits);
        let answer = desk.must(0x94, 0, 5, &[]);
        assert_eq!(usize::from(u16::from_be_bytes([answer[0], answer[1]])), length);
        assert_eq!(desk.must(0x16, 5, 0, &[])[3], 1, "initialised");
        assert_eq!(desk.must(0x9A, 0, 5, &[]), all[at..at + length]);
        at += length;
    }
    desk.key(5, AES, 128);
    assert_eq!(desk.must(0x95, 0, 5, &[]), [0, 16]);
    assert_eq!(desk.must(0x9A, 0, 5, &[]), all[at..at + 16]);
    // The last bytes were taken, so the stream begins again.
    assert_eq!(desk.next(0, 10).unwrap(), all[..10]);
    // What is not there is not taken, and no key is changed.
    assert_eq!(desk.next(0, 246), Err(ILLEGAL_USE));
    desk.next(0, 240).unwrap();
    assert_eq!(desk.send(0x94, 0, 5, &[]), Err(ILLEGAL_USE));
    assert_eq!(desk.must(0x9A, 0, 5, &[]), all[at..at + 16]);
    desk.key(6, 4, 1024);
    assert!(desk.send(0x94, 0, 6, &[]).is_err(), "an RSA key is no secret key");
}

#[test]
fn a_one_shot_derives_once() {
    let mut desk = Desk::new();
    let spec = of(b"a secret");
    let expected = desk.derived(HKDF, Kind::Bytes, &spec, 32).unwrap();
    let answer = desk.must(0x97, 0, 0, &[&[HKDF][..], &spec.coded()].concat());
    assert_eq!(answer, [&[HKDF][..], &expected].concat());
    assert_eq!(desk.send(0x98, 0, 0, &[HKDF]), Err(ILLEGAL_USE));
    for unknown in [0, 11, 0x7F] {
        assert_eq!(desk.send(0x98, 0, 0, &[unknown]), Err(NO_SUCH_ALGORITHM));
    }
}

#[test]
fn wrong_use_is_told_by_its_reason() {
    let mut desk = Desk::new();
    for unknown in [[0, 0], [0, 11], [0xFF, 0xFF], [1, 1]] {
        assert_eq!(desk.send(0x90, 0, 0, &unknown), Err(NO_SUCH_ALGORITHM));
    }
    let secret = [7; 16];
    let keyed = Spec { algorithm: CMAC, number: 32, key: AES, first: Some(&[1]), ..of(&secret) };
    let label = Spec { number: 1, first: Some(b"key"), ..of(&secret) };
    let long = [0; 256];
    for algorithm in 1..=10 {
        desk.function(0, algorithm);
        assert_eq!(desk.must(0x96, 0, 0, &[]), [0, algorithm]);
        assert_eq!(desk.next(0, 1), Err(INVALID_INIT), "{algorithm}: before init");
        assert_eq!(desk.last(0, 1), Err(INVALID_INIT), "{algorithm}: before init");
        assert_eq!(desk.send(0x99, 0, 0, &[]), Err(ILLEGAL_VALUE), "{algorithm}: parameters of another kind");
        let takes_key = algorithm <= TLS12;
        let other = if takes_key { Kind::Bytes } else { Kind::Key };
        assert_eq!(desk.derive_init(0, other, &keyed), Err(ILLEGAL_VALUE), "{algorithm}: of another kind");
    }
    // Algorithm, kind, parameters, the answer.
    let rows: Vec<(u8, Kind, Spec<'_>, Refused)> = vec![
        (COUNTER, Kind::Key, Spec { key: 0, ..keyed.clone() }, ILLEGAL_VALUE),
        (COUNTER, Kind::Key, Spec { secret: None, ..keyed.clone() }, UNINITIALIZED_KEY),
        (COUNTER, Kind::Key, Spec { algorithm: SHA_256, ..keyed.clone() }, ILLEGAL_VALUE),
        (COUNTER, Kind::Key, Spec { number: 0, ..keyed.clone() }, ILLEGAL_VALUE),
        (COUNTER, Kind::Key, Spec { number: 12, ..keyed.clone() }, ILLEGAL_VALUE),
        (COUNTER, Kind::Key, Spec { number: 40, ..keyed.clone() }, ILLEGAL_VALUE),
        (COUNTER, Kind::Key, Spec { output: 0, ..keyed.clone() }, ILLEGAL_VALUE),
        (COUNTER, Kind::Key, Spec { output: 0x8000, ..keyed.clone() }, ILLEGAL_VALUE),
        (COUNTER, Kind::Key, Spec { number: 8, output: 256 * 16, ..keyed.clone() }, ILLEGAL_VALUE),
        (COUNTER, Kind::Key, Spec { key: GENERIC, secret: Some(&[1; 15]), ..keyed.clone() }, ILLEGAL_VALUE),
        (FEEDBACK, Kind::Key, Spec { number: 33, ..keyed.clone() }, ILLEGAL_VALUE),
        (PIPELINE, Kind::Key, Spec { secret: None, ..keyed.clone() }, UNINITIALIZED_KEY),
        (TLS12, Kind::Key, Spec { first: None, ..keyed.clone() }, ILLEGAL_VALUE),
        (TLS11, Kind::Key, Spec { secret: None, ..keyed.clone() }, UNINITIALIZED_KEY),
        (X963, Kind::Bytes, Spec { secret: None, ..of(&secret) }, ILLEGAL_VALUE),
        (X963, Kind::Bytes, Spec { algorithm: 13, ..of(&secret) }, ILLEGAL_VALUE),
        (X963, Kind::Bytes, Spec { algorithm: 25, ..of(&secret) }, ILLEGAL_VALUE),
        (X963, Kind::Bytes, Spec { output: 0, ..of(&secret) }, ILLEGAL_VALUE),
        (IEEE_1363, Kind::Bytes, Spec { secret: None, ..of(&secret) }, ILLEGAL_VALUE),
        (ICAO, Kind::Bytes, Spec { first: None, ..of(&secret) }, ILLEGAL_VALUE),
        (ICAO, Kind::Bytes, Spec { first: Some(&[1]), ..of(&secret) }, ILLEGAL_VALUE),
        (HKDF, Kind::Bytes, Spec { output: 255 * 32 + 1, ..of(&secret) }, ILLEGAL_VALUE),
        (HKDF, Kind::Bytes, Spec { algorithm: 0, ..of(&secret) }, ILLEGAL_VALUE),
        (EXPAND_LABEL, Kind::Bytes, Spec { number: 0, ..label.clone() }, ILLEGAL_VALUE),
        (EXPAND_LABEL, Kind::Bytes, Spec { number: 3, ..label.clone() }, ILLEGAL_VALUE),
        (EXPAND_LABEL, Kind::Bytes, Spec { first: None, ..label.clone() }, ILLEGAL_VALUE),
        (EXPAND_LABEL, Kind::Bytes, Spec { first: Some(&long[..250]), ..label.clone() }, ILLEGAL_VALUE),
        (EXPAND_LABEL, Kind::Bytes, Spec { second: Some(&long), ..label.clone() }, ILLEGAL_VALUE),
    ];
    for (index, (algorithm, kind, spec, expected)) in rows.iter().enumerate() {
        desk.function(0, *algorithm);
        assert_eq!(desk.derive_init(0, *kind, spec), Err(*expected), "row {index}");
        assert_eq!(desk.next(0, 1), Err(INVALID_INIT), "row {index}: nothing is derived after that");
    }
    // A reset ends a derivation: its secret is nowhere but in the applet.
    desk.function(0, HKDF);
    desk.derive_init(0, Kind::Bytes, &of(&secret)).unwrap();
    desk.next(0, 1).unwrap();
    desk.reset();
    assert_eq!(desk.next(0, 1), Err(INVALID_INIT));
}
