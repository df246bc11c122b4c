//! RSA: signatures with every digest, encryption with every padding, both forms of private keys.

use super::Peer;
use super::peer::{numbers, rsa_info};
use crate::desk::{DECRYPT, Desk, ENCRYPT, SIGN, VERIFY, element, openssl};

/// `MessageDigest.ALG_*` and OpenSSL's name. SM3 has no identifier in OpenSSL's PKCS #1.
const DIGESTS: &[(u8, &str)] = &[
    (2, "md5"),
    (3, "ripemd160"),
    (1, "sha1"),
    (7, "sha224"),
    (4, "sha256"),
    (5, "sha384"),
    (6, "sha512"),
    (8, "sha3-224"),
    (9, "sha3-256"),
    (10, "sha3-384"),
    (11, "sha3-512"),
];
/// `Cipher.PAD_*` of OAEP and OpenSSL's name of its digest.
const OAEP: &[(u8, &str)] = &[
    (9, "sha1"),
    (13, "sha224"),
    (14, "sha256"),
    (15, "sha384"),
    (16, "sha512"),
    (17, "sha3-224"),
    (18, "sha3-256"),
    (19, "sha3-384"),
    (20, "sha3-512"),
];
const PKCS1: u8 = 7;
const PSS: u8 = 8;
const RFC2409: u8 = 12;

/// `KeyBuilder.TYPE_RSA_PUBLIC`, `TYPE_RSA_PRIVATE`, `TYPE_RSA_CRT_PRIVATE`.
const PUBLIC: u8 = 4;
const PLAIN: u8 = 5;
const CRT: u8 = 6;

/// A key of OpenSSL's, which is also on the card: public in place 0, private in 1 (exponent) and 2 (CRT).
struct Shared {
    bits: usize,
    private: String,
    public: Vec<u8>,
}

impl Shared {
    fn new(desk: &mut Desk, peer: &Peer, bits: u16) -> Shared {
        let pem = openssl(&["genrsa", "-traditional", &bits.to_string()], &[]);
        // version, n, e, d, p, q, dp, dq, 1 / q.
        let parts = numbers(element(&openssl(&["rsa", "-outform", "DER", "-traditional"], &pem)).0);
        desk.key(0, PUBLIC, bits);
        desk.set(0, 0x10, &parts[1]);
        desk.set(0, 0x11, &parts[2]);
        desk.key(1, PLAIN, bits);
        desk.set(1, 0x12, &parts[1]);
        desk.set(1, 0x13, &parts[3]);
        desk.key(2, CRT, bits);
        for (part, number) in (0x14..).zip(&parts[4..]) {
            desk.set(2, part, number);
        }
        Shared {
            bits: bits.into(),
            private: peer.put("theirs.pem", &pem),
            public: rsa_info(&parts[1], &parts[2]),
        }
    }
}

/// Signs on both sides with one digest and padding; the card with the private key in a place.
fn sign(desk: &mut Desk, peer: &mut Peer, key: &Shared, place: u8, (digest, name): (u8, &str), padding: u8) {
    let option = format!("-{name}");
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    let (family, more) = match padding {
        PSS => ("PSS", [&[option.as_str()], &pss[..]].concat()),
        _ => ("PKCS #1", vec![option.as_str()]),
    };
    let algorithm = format!("RSA {family} {name}");
    desk.signature(3, [digest, 3, padding]);
    desk.init(3, place, SIGN).unwrap();
    let signature = desk.sign(3, b"from the card");
    peer.verify(&key.public, &signature, b"from the card", &more);
    peer.took(&algorithm);
    let signature = peer.sign(&key.private, b"from openssl", &more);
    desk.init(3, 0, VERIFY).unwrap();
    assert!(desk.verify(3, b"from openssl", &signature), "{algorithm} {}", key.bits);
    assert!(!desk.verify(3, b"from nobody", &signature), "{algorithm} {}", key.bits);
    peer.gave(&algorithm);
}

#[test]
fn signatures() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    for bits in [1_024_u16, 2_048] {
        let key = Shared::new(&mut desk, &peer, bits);
        for (at, row) in DIGESTS.iter().enumerate() {
            let place = if at % 2 == 0 { 1 } else { 2 };
            sign(&mut desk, &mut peer, &key, place, *row, PKCS1);
            // 1,024 bits have no room for PSS with 512 bits of digest and as much salt.
            if bits > 1_024 || !row.1.ends_with("512") {
                sign(&mut desk, &mut peer, &key, 3 - place, *row, PSS);
            }
        }
    }
    let key = Shared::new(&mut desk, &peer, 4_096);
    sign(&mut desk, &mut peer, &key, 2, (4, "sha256"), PKCS1);
    sign(&mut desk, &mut peer, &key, 1, (6, "sha512"), PSS);
    peer.report();
}

/// The padding of PKCS #1 around bytes that are no digest's encoding: RFC 2409, and encryption with a private key.
#[test]
fn padded_without_an_identifier() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    let key = Shared::new(&mut desk, &peer, 1_024);
    let public = peer.put("public.der", &key.public);
    let mode = ["rsa_padding_mode:pkcs1"];
    let recover = ["-verifyrecover", "-pubin", "-keyform", "DER"];
    for (digest, name) in [(1, "sha1"), (2, "md5"), (3, "ripemd160")] {
        let bytes = openssl(&["dgst", &format!("-{name}"), "-binary"], b"a message");
        let signature = peer.with_key(&["-sign"], &key.private, &mode, &bytes);
        desk.signature(3, [digest, 3, RFC2409]);
        desk.init(3, 0, VERIFY).unwrap();
        assert!(desk.verify(3, b"a message", &signature), "{name}");
        peer.gave("RSA RFC 2409");
        desk.init(3, 2, SIGN).unwrap();
        let signature = desk.sign(3, b"a message");
        assert_eq!(peer.with_key(&recover, &public, &mode, &signature), bytes, "{name}");
        peer.took("RSA RFC 2409");
    }
    desk.must(0x41, 4, 0, &[7, PKCS1]);
    desk.must(0x42, 4, 1, &[ENCRYPT]);
    let hidden = desk.must(0x43, 4, 0, b"for everybody");
    assert_eq!(peer.with_key(&recover, &public, &mode, &hidden), b"for everybody");
    peer.took("RSA with the private key");
    let hidden = peer.with_key(&["-sign"], &key.private, &mode, b"for everybody");
    desk.must(0x42, 4, 0, &[DECRYPT]);
    assert_eq!(desk.must(0x43, 4, 0, &hidden), b"for everybody");
    peer.gave("RSA with the private key");
    peer.report();
}

/// Encrypts on both sides; the card decrypts with both forms of its key.
fn encrypt(desk: &mut Desk, peer: &mut Peer, key: &Shared, padding: u8, options: &[&str], message: &[u8]) {
    let algorithm = format!("RSA {}", options.join(" "));
    let public = peer.put("public.der", &key.public);
    let hidden = peer.with_key(&["-encrypt", "-pubin", "-keyform", "DER"], &public, options, message);
    desk.must(0x41, 4, 0, &[7, padding]);
    for place in [1, 2] {
        desk.must(0x42, 4, place, &[DECRYPT]);
        assert_eq!(desk.must(0x43, 4, 0, &hidden), message, "{algorithm}");
    }
    peer.gave(&algorithm);
    desk.must(0x42, 4, 0, &[ENCRYPT]);
    let hidden = desk.must(0x43, 4, 0, message);
    assert_eq!(peer.with_key(&["-decrypt"], &key.private, options, &hidden), message, "{algorithm}");
    peer.took(&algorithm);
}

#[test]
fn encryption() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    let key = Shared::new(&mut desk, &peer, 2_048);
    for (padding, digest) in OAEP {
        let (label, mask) = (format!("rsa_oaep_md:{digest}"), format!("rsa_mgf1_md:{digest}"));
        let options = ["rsa_padding_mode:oaep", &label, &mask];
        for message in [&b""[..], b"a secret of some length"] {
            encrypt(&mut desk, &mut peer, &key, *padding, &options, message);
        }
    }
    encrypt(&mut desk, &mut peer, &key, PKCS1, &["rsa_padding_mode:pkcs1"], b"a secret");
    encrypt(&mut desk, &mut peer, &key, 1, &["rsa_padding_mode:none"], &[0x11; 256]);
    peer.report();
}

/// Pairs that the card makes, of lengths that the host's library makes and of others, sign and decrypt for OpenSSL.
#[test]
fn pairs_of_the_card() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    for (bits, algorithm) in [(1_024_u16, 1), (1_280, 2), (2_048, 2), (3_072, 1)] {
        desk.pair(0, 1, algorithm, bits);
        let public = rsa_info(&desk.get(0, 0x10), &desk.get(0, 0x11));
        let name = format!("RSA-{bits} made by the card");
        desk.signature(2, [4, 3, PKCS1]);
        desk.init(2, 1, SIGN).unwrap();
        let signature = desk.sign(2, b"from the card");
        peer.verify(&public, &signature, b"from the card", &["-sha256"]);
        peer.took(&name);
        let file = peer.put("public.der", &public);
        let hidden = peer.with_key(
            &["-encrypt", "-pubin", "-keyform", "DER"],
            &file,
            &["rsa_padding_mode:oaep"],
            b"a secret",
        );
        desk.must(0x41, 3, 0, &[7, 9]);
        desk.must(0x42, 3, 1, &[DECRYPT]);
        assert_eq!(desk.must(0x43, 3, 0, &hidden), b"a secret", "{bits}");
        peer.gave(&name);
    }
    peer.report();
}
