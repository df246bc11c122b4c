//! DSA and Diffie-Hellman modulo a prime.

use super::Peer;
use super::peer::{bits_of, integer, numbers};
use crate::desk::{Desk, SIGN, VERIFY, der, element, openssl, public_info};

const DSA: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01";
const DH: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01";

/// A file of OpenSSL's own form: numbers under a title.
fn titled_file(peer: &Peer, title: &str, numbers: &[u8]) -> String {
    let body = String::from_utf8(openssl(&["base64"], numbers)).unwrap();
    let pem = format!("-----BEGIN {title}-----\n{body}-----END {title}-----\n");
    peer.put("titled.pem", pem.as_bytes())
}

/// The card makes a pair of each length, and both sign with it: OpenSSL makes none shorter than 1,024 bits, but uses them.
#[test]
fn dsa() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    for bits in [512, 768, 1_024] {
        desk.pair(0, 1, 3, bits);
        let [p, q, g, y] = [0x20, 0x21, 0x22, 0x24].map(|part| integer(&desk.get(0, part)));
        let x = integer(&desk.get(1, 0x23));
        let public = public_info(&[DSA, &der(0x30, &[&p, &q, &g])], &y);
        let theirs = titled_file(&peer, "DSA PRIVATE KEY", &der(0x30, &[&integer(&[0]), &p, &q, &g, &y, &x]));
        for (digest, option) in [(1, "-sha1"), (7, "-sha224"), (4, "-sha256"), (5, "-sha384"), (6, "-sha512")]
        {
            let name = format!("DSA-{bits}");
            desk.signature(2, [digest, 4, 0]);
            desk.init(2, 1, SIGN).unwrap();
            let signature = desk.sign(2, b"from the card");
            peer.verify(&public, &signature, b"from the card", &[option]);
            peer.took(&name);
            let signature = peer.sign(&theirs, b"from openssl", &[option]);
            desk.init(2, 0, VERIFY).unwrap();
            assert!(desk.verify(2, b"from openssl", &signature), "{bits} {option}");
            assert!(!desk.verify(2, b"from nobody", &signature), "{bits} {option}");
            peer.gave(&name);
        }
    }
    peer.report();
}

/// A private key of OpenSSL's, in a group of its own, signs on the card.
#[test]
fn dsa_with_a_key_of_openssl() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    let group = peer.put("group.pem", &openssl(&["dsaparam", "-outform", "PEM", "1024"], &[]));
    let pem = peer.put("theirs.pem", &openssl(&["gendsa", &group], &[]));
    // The old form: 0, p, q, g, y, x.
    let numbers = numbers(element(&openssl(&["dsa", "-in", &pem, "-outform", "DER"], &[])).0);
    desk.key(0, 7, 1_024);
    desk.key(1, 8, 1_024);
    for (part, number) in [(0x20, 1), (0x21, 2), (0x22, 3)] {
        desk.set(0, part, &numbers[number]);
        desk.set(1, part, &numbers[number]);
    }
    desk.set(0, 0x24, &numbers[4]);
    desk.set(1, 0x23, &numbers[5]);
    desk.must(0x30, 2, 0, &[14]);
    desk.init(2, 0, VERIFY).unwrap();
    assert!(desk.verify(2, b"from openssl", &peer.sign(&pem, b"from openssl", &["-sha1"])));
    peer.gave("DSA with a key of OpenSSL's");
    desk.init(2, 1, SIGN).unwrap();
    let signature = desk.sign(2, b"from the card");
    peer.verify(&peer.public_of(&pem), &signature, b"from the card", &["-sha1"]);
    peer.took("DSA with a key of OpenSSL's");
    peer.report();
}

#[test]
fn diffie_hellman() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    for bits in [1_024, 2_048] {
        desk.pair(0, 1, 6, bits);
        let parameters = der(0x30, &[&integer(&desk.get(0, 0x30)), &integer(&desk.get(0, 0x32))]);
        let ours = public_info(&[DH, &parameters], &integer(&desk.get(0, 0x34)));
        let theirs = peer.new_key(&["-paramfile", &titled_file(&peer, "DH PARAMETERS", &parameters)]);
        agree(&mut desk, &mut peer, &ours, &theirs);
        peer.both(&format!("DH-{bits} in the card's group"));
    }
    // In a group of RFC 7919, whose order no applet sets.
    for (bits, group) in [(2_048, "group:ffdhe2048"), (3_072, "group:ffdhe3072")] {
        let theirs = peer.new_key(&["-algorithm", "DH", "-pkeyopt", group]);
        let public = peer.public_of(&theirs);
        let (_, parameters) = element(element(element(&public).0).0);
        let group = numbers(element(parameters).0);
        desk.key(0, 32, bits);
        desk.key(1, 35, bits);
        for place in [0, 1] {
            desk.set(place, 0x30, &group[0]);
            desk.set(place, 0x32, &group[1]);
        }
        desk.must(0x21, 0, 1, &[]);
        let ours = public_info(&[DH, parameters], &integer(&desk.get(0, 0x34)));
        agree(&mut desk, &mut peer, &ours, &theirs);
        peer.both(&format!("DH-{bits} in the group of RFC 7919"));
    }
    peer.report();
}

/// The card's private key is in place 1.
fn agree(desk: &mut Desk, peer: &mut Peer, ours: &[u8], theirs: &str) {
    let key = numbers(&bits_of(&peer.public_of(theirs))).remove(0);
    desk.must(0x50, 2, 0, &[7]);
    desk.must(0x51, 2, 1, &[]);
    assert_eq!(desk.must(0x52, 2, 0, &key), peer.derive(theirs, ours));
}
