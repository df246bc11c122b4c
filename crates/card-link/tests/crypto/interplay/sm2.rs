//! SM2: signatures with an identity, and encryption.

use super::Peer;
use super::peer::{bits_of, integer};
use crate::desk::{DECRYPT, Desk, EC_PUBLIC_KEY, ENCRYPT, SIGN, VERIFY, der, element, public_info};

const CURVE: &[u8] = b"\x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d";
/// Bytes of a coordinate and of a digest.
const LENGTH: usize = 32;

/// C1 || C3 || C2 as the card has it, from the SEQUENCE of x, y, C3, C2 that OpenSSL writes.
fn joined(ciphertext: &[u8]) -> Vec<u8> {
    let mut rest = element(ciphertext).0;
    let mut all = vec![4];
    for _ in 0..2 {
        let (number, after) = element(rest);
        let digits = number.strip_prefix(&[0]).unwrap_or(number);
        all.extend(std::iter::repeat_n(0, LENGTH - digits.len()).chain(digits.iter().copied()));
        rest = after;
    }
    let (digest, rest) = element(rest);
    [&all, digest, element(rest).0].concat()
}

/// The other way round.
fn parted(ciphertext: &[u8]) -> Vec<u8> {
    let (x, rest) = ciphertext[1..].split_at(LENGTH);
    let (y, rest) = rest.split_at(LENGTH);
    let (digest, hidden) = rest.split_at(LENGTH);
    der(0x30, &[&integer(x), &integer(y), &der(4, &[digest]), &der(4, &[hidden])])
}

#[test]
fn sm2() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    let theirs = peer.new_key(&["-algorithm", "SM2"]);
    desk.named_key(0, 768, 0);
    desk.set(0, 8, &bits_of(&peer.public_of(&theirs)));
    desk.named_key(1, 768, 0);
    desk.named_key(2, 768, 0x8000);
    desk.must(0x21, 1, 2, &[]);
    let ours = peer.put("ours.der", &public_info(&[EC_PUBLIC_KEY, CURVE], &desk.get(1, 8)));
    desk.signature(3, [12, 11, 0]);
    let message = peer.put("message", b"a message");
    for identity in ["1234567812345678", "somebody@example.org"] {
        let option = format!("distid:{identity}");
        let parameters = |mode: u8| [&[mode][..], identity.as_bytes()].concat();
        let sign = ["-sign", "-rawin", "-digest", "sm3", "-in", &message];
        let signature = peer.with_key(&sign, &theirs, &[&option], &[]);
        desk.must(0x32, 3, 0, &parameters(VERIFY));
        assert!(desk.verify(3, b"a message", &signature), "{identity}");
        desk.must(0x32, 3, 0, &[&[VERIFY][..], b"another"].concat());
        assert!(!desk.verify(3, b"a message", &signature), "{identity}");
        peer.gave("SM2 signatures");
        desk.must(0x32, 3, 2, &parameters(SIGN));
        let signature = peer.put("signature", &desk.sign(3, b"a message"));
        let verify = ["-verify", "-rawin", "-digest", "sm3", "-pubin", "-keyform", "DER"];
        let what = [&verify[..], &["-in", &message, "-sigfile", &signature]].concat();
        peer.with_key(&what, &ours, &[&option], &[]);
        peer.took("SM2 signatures");
    }
    for length in [1, 31, 32, 100] {
        let secret = vec![0x53; length];
        let hidden = peer.with_key(&["-encrypt", "-pubin", "-keyform", "DER"], &ours, &[], &secret);
        desk.must(0x41, 4, 0, &[13, 0]);
        desk.must(0x42, 4, 2, &[DECRYPT]);
        assert_eq!(desk.must(0x43, 4, 0, &joined(&hidden)), secret, "{length}");
        peer.gave("SM2 encryption");
        desk.must(0x42, 4, 0, &[ENCRYPT]);
        let hidden = parted(&desk.must(0x43, 4, 0, &secret));
        assert_eq!(peer.with_key(&["-decrypt"], &theirs, &[], &hidden), secret, "{length}");
        peer.took("SM2 encryption");
    }
    peer.report();
}
