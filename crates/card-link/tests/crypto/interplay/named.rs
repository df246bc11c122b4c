//! Ed25519, Ed448, X25519, X448.

use super::Peer;
use super::peer::bits_of;
use crate::desk::{Desk, SIGN, VERIFY, element, openssl, public_info};

/// Name, `NamedParameterSpec`, object identifier.
const SIGNING: &[(&str, u16, &[u8])] =
    &[("ED25519", 257, b"\x06\x03\x2b\x65\x70"), ("ED448", 514, b"\x06\x03\x2b\x65\x71")];
const AGREEING: &[(&str, u16, &[u8])] =
    &[("X25519", 259, b"\x06\x03\x2b\x65\x6e"), ("X448", 516, b"\x06\x03\x2b\x65\x6f")];

/// The private key inside PrivateKeyInfo: an OCTET STRING in an OCTET STRING (RFC 8410, 7).
fn secret_of(private: &str) -> Vec<u8> {
    let info = openssl(&["pkey", "-in", private, "-outform", "DER"], &[]);
    let (_, rest) = element(element(&info).0);
    let (_, rest) = element(rest);
    element(element(rest).0).0.to_vec()
}

#[test]
fn eddsa() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    for (algorithm, spec, oid) in SIGNING {
        let theirs = peer.new_key(&["-algorithm", algorithm]);
        desk.named_key(0, *spec, 0);
        desk.set(0, 8, &bits_of(&peer.public_of(&theirs)));
        desk.named_key(1, *spec, 0x8000);
        desk.set(1, 8, &secret_of(&theirs));
        // A pair of the card's.
        desk.named_key(3, *spec, 0);
        desk.named_key(4, *spec, 0x8000);
        desk.must(0x21, 3, 4, &[]);
        let ours = peer.put("ours.der", &public_info(&[oid], &desk.get(3, 8)));
        desk.signature(2, [0, 13, 0]);
        for length in [1, 64, 2_000] {
            let message = vec![0x6D; length];
            let file = peer.put("message", &message);
            let signature = peer.with_key(&["-sign", "-rawin", "-in", &file], &theirs, &[], &[]);
            desk.init(2, 0, VERIFY).unwrap();
            assert!(desk.verify(2, &message, &signature), "{algorithm} {length}");
            assert!(!desk.verify(2, b"another", &signature), "{algorithm} {length}");
            peer.gave(algorithm);
            desk.init(2, 1, SIGN).unwrap();
            assert_eq!(desk.sign(2, &message), signature, "{algorithm} {length}: both are deterministic");
            desk.init(2, 4, SIGN).unwrap();
            let signature = peer.put("signature", &desk.sign(2, &message));
            let verify =
                ["-verify", "-rawin", "-pubin", "-keyform", "DER", "-in", &file, "-sigfile", &signature];
            peer.with_key(&verify, &ours, &[], &[]);
            peer.took(algorithm);
        }
    }
    peer.report();
}

#[test]
fn agreement_on_montgomery_curves() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    for (algorithm, spec, oid) in AGREEING {
        for _ in 0..4 {
            let theirs = peer.new_key(&["-algorithm", algorithm]);
            desk.named_key(0, *spec, 0);
            desk.named_key(1, *spec, 0x8000);
            desk.must(0x21, 0, 1, &[]);
            desk.must(0x50, 2, 0, &[8]);
            desk.must(0x51, 2, 1, &[]);
            let here = desk.must(0x52, 2, 0, &bits_of(&peer.public_of(&theirs)));
            let ours = public_info(&[oid], &desk.get(0, 8));
            assert_eq!(here, peer.derive(&theirs, &ours), "{algorithm}");
            peer.both(algorithm);
        }
    }
    peer.report();
}
