//! ECDSA and ECDH on every curve over a prime field that both have.

use super::Peer;
use super::peer::bits_of;
use crate::desk::{Desk, EC_PUBLIC_KEY, SIGN, VERIFY, curve, public_info};

/// OpenSSL's name, and the number of `NamedParameterSpec` where it has one. The others are known by their parameters, or
/// not at all, which is a way of its own.
const NAMED: &[(&str, Option<u16>)] = &[
    ("secp112r1", None),
    ("secp128r1", None),
    ("secp160r1", None),
    ("prime192v1", Some(4097)),
    ("secp224r1", Some(4098)),
    ("prime256v1", Some(4099)),
    ("secp384r1", Some(4100)),
    ("secp521r1", Some(4101)),
    ("secp256k1", None),
];
const BRAINPOOL: &[(&str, Option<u16>)] = &[
    ("brainpoolP160r1", None),
    ("brainpoolP160t1", None),
    ("brainpoolP192r1", Some(8195)),
    ("brainpoolP192t1", Some(8196)),
    ("brainpoolP224r1", Some(8197)),
    ("brainpoolP224t1", Some(8198)),
    ("brainpoolP256r1", Some(8199)),
    ("brainpoolP256t1", Some(8200)),
    ("brainpoolP320r1", Some(8201)),
    ("brainpoolP320t1", Some(8202)),
    ("brainpoolP384r1", Some(8203)),
    ("brainpoolP384t1", Some(8204)),
    ("brainpoolP512r1", Some(8205)),
    ("brainpoolP512t1", Some(8206)),
];
/// Curves that the card knows nothing of but what the applet sets; with orders longer than the field, and cofactors above one.
const UNNAMED: &[(&str, Option<u16>)] = &[
    ("secp112r2", None),
    ("secp128r2", None),
    ("secp160k1", None),
    ("secp160r2", None),
    ("secp192k1", None),
    ("secp224k1", None),
    ("prime192v2", None),
    ("prime192v3", None),
    ("prime239v1", None),
    ("prime239v2", None),
    ("prime239v3", None),
];

/// `MessageDigest.ALG_*` and OpenSSL's option.
const DIGESTS: &[(u8, &str)] = &[
    (1, "-sha1"),
    (7, "-sha224"),
    (4, "-sha256"),
    (5, "-sha384"),
    (6, "-sha512"),
    (8, "-sha3-224"),
    (9, "-sha3-256"),
    (10, "-sha3-384"),
    (11, "-sha3-512"),
];

fn both_ways(curves: &[(&str, Option<u16>)]) {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    for (at, (name, spec)) in curves.iter().enumerate() {
        let digests = match *name {
            "prime256v1" => DIGESTS.to_vec(),
            _ => [at, at + 4].map(|at| DIGESTS[at % DIGESTS.len()]).to_vec(),
        };
        on_curve(&mut desk, &mut peer, name, *spec, &digests);
    }
    peer.report();
}

fn on_curve(desk: &mut Desk, peer: &mut Peer, name: &str, spec: Option<u16>, digests: &[(u8, &str)]) {
    let curve = curve(name);
    desk.ec_key(0, 11, &curve);
    desk.ec_key(1, 12, &curve);
    desk.must(0x21, 0, 1, &[]);
    let public = public_info(&[EC_PUBLIC_KEY, &curve.name], &desk.get(0, 7));
    let option = format!("ec_paramgen_curve:{name}");
    let theirs = peer.new_key(&["-algorithm", "EC", "-pkeyopt", &option]);
    let point = bits_of(&peer.public_of(&theirs));
    match spec {
        Some(spec) => {
            desk.named_key(3, spec, 0);
            desk.set(3, 8, &point);
        }
        None => {
            desk.ec_key(3, 11, &curve);
            desk.set(3, 7, &point);
        }
    }
    let ecdsa = format!("ECDSA on {name}");
    for (digest, option) in digests {
        desk.signature(2, [*digest, 5, 0]);
        desk.init(2, 1, SIGN).unwrap();
        let signature = desk.sign(2, b"from the card");
        peer.verify(&public, &signature, b"from the card", &[option]);
        peer.took(&ecdsa);
        let signature = peer.sign(&theirs, b"from openssl", &[option]);
        desk.init(2, 3, VERIFY).unwrap();
        assert!(desk.verify(2, b"from openssl", &signature), "{name} {option}");
        assert!(!desk.verify(2, b"from nobody", &signature), "{name} {option}");
        peer.gave(&ecdsa);
    }
    desk.must(0x50, 4, 0, &[3]);
    desk.must(0x51, 4, 1, &[]);
    let here = desk.must(0x52, 4, 0, &point);
    assert_eq!(here, peer.derive(&theirs, &public), "{name}");
    peer.both(&format!("ECDH on {name}"));
}

#[test]
fn ecdsa_and_ecdh_on_named_curves() {
    both_ways(NAMED);
}

#[test]
fn ecdsa_and_ecdh_on_brainpool_curves() {
    both_ways(BRAINPOOL);
}

#[test]
fn ecdsa_and_ecdh_on_curves_set_by_their_parameters() {
    both_ways(UNNAMED);
}
