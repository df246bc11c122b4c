//! `javacardx.security.cert`: certificates that OpenSSL makes of every kind of key, what a handler is told of them, and what wrong use
//! answers.

use card_link::{Policy, Primitive};

use crate::desk::{Desk, ILLEGAL_VALUE, NO_SUCH_ALGORITHM, Refused, UNINITIALIZED_KEY, element, openssl};

const INVALID_ENCODING: Refused = Refused(0x6F21);
const INVALID_PARAM: Refused = Refused(0x6F22);
const MISSING_DATA: Refused = Refused(0x6F23);
const INVALID_SIGNATURE: Refused = Refused(0x6F24);
const HANDLER_EXCEPTION: Refused = Refused(0x6F25);
const HANDLER_INVALID_KEY: Refused = Refused(0x6F26);
const NULL_POINTER: Refused = Refused(0x6F43);

/// Places of the applet: the parser, a certificate, keys.
const PARSER: u8 = 0;
const CERTIFICATE: u8 = 1;
const KEY: u8 = 2;
const SIGNER: u8 = 15;

/// What onKey does, and what the handler is.
const RIGHT: u8 = 0;
const NONE: u8 = 1;
const WRONG: u8 = 2;
const THROW: u8 = 3;
const THROW_CERTIFICATE: u8 = 4;
const ALL: u8 = 0;
const NULL: u8 = 1;
const FIELDS: u8 = 2;
const KEEPS_EXTENSIONS: u8 = 3;

const EVERY_FIELD: u16 = 0x1FFF;
const SIGNED: u16 = 1024;
const OUTER_ALGORITHM: u16 = 2048;
const SIGNATURE: u16 = 4096;

/// One thing that a handler was told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Key(u8, u16),
    Field(u16, Vec<u8>),
    Extension { critical: bool, oid: Vec<u8>, value: Vec<u8> },
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn told(mut log: &[u8]) -> Vec<Told> {
    let part = |log: &mut &[u8]| -> Vec<u8> {
        let (part, rest) = log[2..].split_at(usize::from(u16_at(log, 0)));
        *log = rest;
        part.to_vec()
    };
    let mut out = Vec::new();
    while let Some((kind, rest)) = log.split_first() {
        log = rest;
        out.push(match kind {
            b'K' => {
                let key = Told::Key(log[0], u16_at(log, 1));
                log = &log[3..];
                key
            }
            b'F' => {
                let number = u16_at(log, 0);
                log = &log[2..];
                Told::Field(number, part(&mut log))
            }
            b'E' => {
                let critical = log[0] == 1;
                log = &log[1..];
                Told::Extension { critical, oid: part(&mut log), value: part(&mut log) }
            }
            other => panic!("{other:02X}"),
        });
    }
    out
}

impl Desk {
    fn with_parser() -> Desk {
        let mut desk = Desk::new();
        desk.must(0xB0, PARSER, 0, &[0, 1]);
        desk
    }

    fn read(
        &mut self,
        ins: u8,
        second: u8,
        mask: u16,
        modes: [u8; 2],
        der: &[u8],
    ) -> Result<Vec<u8>, Refused> {
        self.send(ins, PARSER, second, &[&mask.to_be_bytes()[..], &modes, der].concat())
    }

    /// Builds a certificate that keeps everything, and takes its key out.
    fn built(&mut self, der: &[u8]) -> Vec<Told> {
        let log = self.read(0xB3, CERTIFICATE, EVERY_FIELD, [RIGHT, KEEPS_EXTENSIONS], der);
        let log = log.unwrap_or_else(|refused| panic!("{refused:04X?}"));
        assert_eq!(self.must(0xBA, CERTIFICATE, KEY, &[]), [1]);
        told(&log[1..])
    }

    fn field(&mut self, number: u16) -> Option<Vec<u8>> {
        let answer = self.must(0xB7, CERTIFICATE, 0, &number.to_be_bytes());
        (answer[0] == 1).then(|| answer[1..].to_vec())
    }
}

/// A private key of OpenSSL.
fn private(arguments: &[&str]) -> Vec<u8> {
    openssl(&[&["genpkey"], arguments].concat(), &[])
}

/// A certificate over a key, signed by itself.
fn self_signed(key: &[u8], options: &[&str]) -> Vec<u8> {
    let fixed = [
        "req",
        "-x509",
        "-new",
        "-key",
        "/dev/stdin",
        "-subj",
        "/C=XX/O=medseal/CN=Test",
        "-days",
        "20",
        "-outform",
        "DER",
        "-addext",
        "keyUsage=critical,digitalSignature",
        "-addext",
        "subjectAltName=DNS:device.example",
    ];
    openssl(&[&fixed[..], options].concat(), key)
}

fn curve(name: &str) -> Vec<u8> {
    private(&[
        "-algorithm",
        "EC",
        "-pkeyopt",
        &format!("ec_paramgen_curve:{name}"),
        "-pkeyopt",
        "ec_param_enc:named_curve",
    ])
}

fn rsa(bits: u16) -> Vec<u8> {
    private(&["-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")])
}

const PSS: [&str; 4] = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"];

/// Certificates of every kind that OpenSSL has: name, certificate, what onKey is told.
fn kinds() -> Vec<(&'static str, Vec<u8>, Told)> {
    let ec = |name, bits| (name, self_signed(&curve(name), &["-sha256"]), Told::Key(11, bits));
    vec![
        ("RSA with SHA-1", self_signed(&rsa(1024), &["-sha1"]), Told::Key(4, 1024)),
        ("RSA with SHA-256", self_signed(&rsa(2048), &["-sha256"]), Told::Key(4, 2048)),
        ("RSA with SHA-512", self_signed(&rsa(1536), &["-sha512"]), Told::Key(4, 1536)),
        ("RSA with SHA3-256", self_signed(&rsa(1024), &["-sha3-256"]), Told::Key(4, 1024)),
        ("RSA PSS", self_signed(&rsa(1024), &[&PSS[..], &["-sha256"]].concat()), Told::Key(4, 1024)),
        ("RSA PSS, defaults", self_signed(&rsa(1024), &[&PSS[..], &["-sha1"]].concat()), Told::Key(4, 1024)),
        ec("P-256", 256),
        ("P-384", self_signed(&curve("P-384"), &["-sha384"]), Told::Key(11, 384)),
        ("P-521", self_signed(&curve("P-521"), &["-sha3-512"]), Told::Key(11, 521)),
        ec("secp224r1", 224),
        ec("prime192v1", 192),
        ec("secp256k1", 256),
        ec("brainpoolP256r1", 256),
        ec("brainpoolP320t1", 320),
        ("Ed25519", self_signed(&private(&["-algorithm", "ED25519"]), &[]), Told::Key(0xFF, 257)),
        ("Ed448", self_signed(&private(&["-algorithm", "ED448"]), &[]), Told::Key(0xFF, 514)),
    ]
}

#[test]
fn certificates_of_every_kind_are_read_and_verified() {
    let mut desk = Desk::with_parser();
    for (name, der, key) in kinds() {
        let log = desk.built(&der);
        assert!(log.contains(&key), "{name}: {log:?}");
        let [right, wrong] = [&der, &spoilt(&der)].map(|der| {
            // With the key, by a handler that keeps what verifying needs.
            desk.read(0xB2, KEY, 0, [RIGHT, ALL], der).map(|log| log[0])
        });
        assert_eq!((right, wrong), (Ok(1), Ok(0)), "{name}");
        assert_eq!(desk.must(0xB6, CERTIFICATE, KEY, &[]), [1], "{name}");
        // Without a handler, all of it is kept, with a key of the platform's making.
        desk.read(0xB3, CERTIFICATE, 0, [RIGHT, NULL], &der).unwrap();
        assert_eq!(desk.must(0xBA, CERTIFICATE, KEY, &[]), [1], "{name}");
        assert_eq!(desk.must(0xB6, CERTIFICATE, KEY, &[]), [1], "{name}");
    }
}

/// The same certificate with another day in it.
fn spoilt(der: &[u8]) -> Vec<u8> {
    let mut der = der.to_vec();
    let at = der.windows(2).position(|pair| pair == [0x17, 13]).unwrap();
    // Between two digits of the seconds of notBefore.
    der[at + 13] = if der[at + 13] == b'0' { b'1' } else { b'0' };
    der
}

#[test]
fn a_handler_is_told_everything_in_order() {
    let mut desk = Desk::with_parser();
    let der = self_signed(&curve("P-256"), &["-sha256"]);
    let log = desk.built(&der);
    // Taken apart here: the three parts of a certificate, each with tag and length.
    let (body, _) = element(&der);
    let cut = |bytes: &[u8]| bytes.len() - element(bytes).1.len();
    let (signed, rest) = body.split_at(cut(body));
    let (algorithm, signature) = rest.split_at(cut(rest));
    let fields: Vec<(u16, &[u8])> = log
        .iter()
        .filter_map(
            |told| if let Told::Field(number, bytes) = told { Some((*number, &bytes[..])) } else { None },
        )
        .collect();
    let numbers: Vec<u16> = fields.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 2, 4, 8, 32, 16, 64, 128, SIGNED, OUTER_ALGORITHM, SIGNATURE]);
    assert_eq!(fields[8].1, signed);
    assert_eq!(fields[9].1, algorithm);
    assert_eq!(fields[10].1, signature);
    // All of what was signed is among the fields, in its order, but for the list of extensions and the pair of times.
    let (mut inside, _) = element(signed);
    for (number, bytes) in &fields[..8] {
        if *number == 32 {
            inside = &inside[2..];
        }
        assert!(inside.starts_with(bytes), "{number}");
        inside = &inside[bytes.len()..];
    }
    assert_eq!(inside[0], 0xA3);
    let position = |wanted: &dyn Fn(&Told) -> bool| log.iter().position(wanted).unwrap();
    let key = position(&|told| matches!(told, Told::Key(..)));
    assert_eq!(
        key + 1,
        position(&|told| matches!(told, Told::Field(128, _))),
        "the key comes before its field"
    );
    let usage = Told::Extension { critical: true, oid: vec![0x55, 0x1D, 15], value: vec![3, 2, 7, 0x80] };
    assert!(log.contains(&usage), "{log:?}");
    let first = position(&|told| matches!(told, Told::Extension { .. }));
    assert!(first > key && first < position(&|told| matches!(told, Told::Field(SIGNED, _))));

    // What was kept can be had again.
    assert_eq!(desk.must(0xB5, CERTIFICATE, 0, &[]), [0, 1, 0, 3]);
    for (number, bytes) in &fields {
        assert_eq!(desk.field(*number).as_deref(), Some(*bytes), "{number}");
    }
    assert_eq!(desk.field(256), None);
    for oid in [&[0x55, 0x1D, 15][..], &[6, 3, 0x55, 0x1D, 15]] {
        assert_eq!(desk.must(0xB8, CERTIFICATE, 0, oid), [1, 3, 2, 7, 0x80]);
    }
    assert_eq!(desk.must(0xB8, CERTIFICATE, 0, &[0x55, 0x1D, 99]), [0]);
    let listed = told(&desk.must(0xB9, CERTIFICATE, 0, &[])[1..]);
    let extensions: Vec<&Told> = log.iter().filter(|told| matches!(told, Told::Extension { .. })).collect();
    assert_eq!(listed.iter().collect::<Vec<_>>(), extensions);

    // It is the applet's own, after a reset too.
    desk.reset();
    assert_eq!(desk.must(0xB6, CERTIFICATE, KEY, &[]), [1]);
}

#[test]
fn a_certificate_keeps_what_its_handler_chose() {
    let mut desk = Desk::with_parser();
    let der = self_signed(&curve("P-256"), &["-sha256"]);
    desk.built(&der);
    desk.read(0xB3, CERTIFICATE, 8 | 64, [NONE, ALL], &der).unwrap();
    assert!(desk.field(8).is_some() && desk.field(64).is_some());
    assert_eq!(desk.field(2), None);
    assert_eq!(desk.must(0xB8, CERTIFICATE, 0, &[0x55, 0x1D, 15]), [0]);
    assert_eq!(desk.must(0xBA, CERTIFICATE, 3, &[]), [0], "no key");
    assert_eq!(desk.send(0xB6, CERTIFICATE, KEY, &[]), Err(MISSING_DATA));
    for missing in [SIGNED, OUTER_ALGORITHM, SIGNATURE] {
        desk.read(0xB3, CERTIFICATE, EVERY_FIELD & !missing, [NONE, ALL], &der).unwrap();
        assert_eq!(desk.send(0xB6, CERTIFICATE, KEY, &[]), Err(MISSING_DATA), "{missing}");
    }
    // A handler may be of one kind only.
    let log = desk.read(0xB3, CERTIFICATE, EVERY_FIELD, [RIGHT, FIELDS], &der).unwrap();
    assert!(told(&log[1..]).iter().all(|told| matches!(told, Told::Field(..))));
    assert_eq!(desk.must(0xBA, CERTIFICATE, 3, &[]), [0]);
    // Parsing without a handler only looks at the form.
    assert_eq!(desk.read(0xB1, 0, 0, [RIGHT, NULL], &der), Ok(vec![1]));
}

#[test]
fn nothing_is_told_of_what_another_key_signed() {
    let mut desk = Desk::with_parser();
    let (der, other) =
        (self_signed(&curve("P-256"), &["-sha256"]), self_signed(&curve("P-256"), &["-sha256"]));
    desk.built(&other);
    assert_eq!(desk.read(0xB2, KEY, 0, [RIGHT, ALL], &der), Ok(vec![0]));
    assert_eq!(desk.must(0xBA, CERTIFICATE, SIGNER, &[]), [1]);
    assert_eq!(desk.read(0xB4, 5, EVERY_FIELD, [RIGHT, ALL], &der), Err(INVALID_SIGNATURE));
    assert!(desk.read(0xB4, 5, EVERY_FIELD, [RIGHT, ALL], &other).unwrap().len() > 100);
    assert_eq!(desk.must(0xB6, 5, SIGNER, &[]), [1]);
}

#[test]
fn wrong_use_of_certificates_is_told_by_its_reason() {
    let mut desk = Desk::with_parser();
    for unknown in [[0, 0], [0, 2], [0xFF, 0xFF]] {
        assert_eq!(desk.send(0xB0, 3, 0, &unknown), Err(INVALID_PARAM));
    }
    let der = self_signed(&curve("P-256"), &["-sha256"]);
    desk.built(&der);
    // What onKey does, and what comes of it.
    let rows =
        [(WRONG, HANDLER_INVALID_KEY), (THROW, HANDLER_EXCEPTION), (THROW_CERTIFICATE, Refused(0x6F29))];
    for (mode, expected) in rows {
        for ins in [0xB1, 0xB3] {
            assert_eq!(desk.read(ins, 5, 0, [mode, ALL], &der), Err(expected), "{mode}");
        }
    }
    assert_eq!(desk.read(0xB1, 0, 0, [RIGHT, ALL], &[]), Err(INVALID_PARAM));
    for cut in [1, 2, 4, 60, der.len() - 1] {
        assert_eq!(desk.read(0xB1, 0, 0, [RIGHT, ALL], &der[..cut]), Err(INVALID_ENCODING), "{cut}");
    }
    assert_eq!(desk.read(0xB1, 0, 0, [RIGHT, ALL], &[&der[..], &[0]].concat()), Err(INVALID_ENCODING));
    // Keys: none, of another kind, without material.
    assert_eq!(desk.read(0xB2, 9, 0, [RIGHT, ALL], &der), Err(NULL_POINTER));
    desk.pair(6, 7, 1, 512);
    assert_eq!(desk.read(0xB2, 6, 0, [RIGHT, ALL], &der), Err(ILLEGAL_VALUE));
    desk.key(8, 11, 256);
    assert_eq!(desk.read(0xB2, 8, 0, [RIGHT, ALL], &der), Err(UNINITIALIZED_KEY));
    assert_eq!(desk.send(0xB6, CERTIFICATE, 6, &[]), Err(ILLEGAL_VALUE));
    for unknown in [0_u16, 3, 8192, 0x8000] {
        assert_eq!(desk.send(0xB7, CERTIFICATE, 0, &unknown.to_be_bytes()), Err(INVALID_PARAM));
    }
    assert_eq!(desk.send(0xB8, CERTIFICATE, 0, &[6, 0]), Err(INVALID_PARAM));
    // An algorithm of signature that the card has not: ECDSA with SHA-256 turned into an unknown one, in both places.
    let mut unknown = der.clone();
    let oid = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
    let places: Vec<usize> = (0..der.len() - 8).filter(|at| der[*at..at + 8] == oid).collect();
    assert_eq!(places.len(), 2);
    places.iter().for_each(|at| unknown[at + 7] = 99);
    assert_eq!(desk.read(0xB2, KEY, 0, [RIGHT, ALL], &unknown), Err(NO_SUCH_ALGORITHM));
    assert_eq!(desk.read(0xB1, 0, 0, [RIGHT, NULL], &unknown), Ok(vec![1]));
    unknown[places[0] + 7] = 98;
    assert_eq!(desk.read(0xB1, 0, 0, [RIGHT, NULL], &unknown), Err(INVALID_ENCODING), "two algorithms");
}

/// A certificate is no way around the card's policy.
#[test]
fn signatures_that_the_policy_switches_off_are_not_verified() {
    let der = self_signed(&rsa(1024), &["-sha1"]);
    for off in [Primitive::Sha1, Primitive::Rsa] {
        let mut desk = Desk::under(Policy::default().without(off));
        desk.must(0xB0, PARSER, 0, &[0, 1]);
        desk.read(0xB3, CERTIFICATE, EVERY_FIELD, [NONE, ALL], &der).unwrap();
        if off == Primitive::Sha1 {
            desk.read(0xB3, CERTIFICATE, EVERY_FIELD, [RIGHT, ALL], &der).unwrap();
            desk.must(0xBA, CERTIFICATE, KEY, &[]);
            assert_eq!(desk.send(0xB6, CERTIFICATE, KEY, &[]), Err(NO_SUCH_ALGORITHM));
            assert_eq!(desk.read(0xB2, KEY, 0, [RIGHT, ALL], &der), Err(NO_SUCH_ALGORITHM));
        } else {
            let built = desk.read(0xB3, CERTIFICATE, EVERY_FIELD, [RIGHT, ALL], &der);
            assert!(built.is_err(), "the handler can make no such key");
        }
    }
}
