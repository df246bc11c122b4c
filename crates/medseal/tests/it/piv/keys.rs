//! GENERATE ASYMMETRIC KEY PAIR and GENERAL AUTHENTICATE, checked with another implementation of P-256.

use super::{LEAVE, SELECT, VERIFY, administrate, card, generate};
use crate::element::{follow, send};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::sec1::ToSec1Point;

const HASH: [u8; 32] = [0xA5; 32];

fn sign_command(key: &str, hash: &[u8]) -> String {
    let length = hash.len();
    format!("008711{key}{:02X}7C{:02X}820081{length:02X}{}00", length + 6, length + 4, hex::encode(hash))
}

fn verifies(point: &[u8], hash: &[u8; 32], answer: &str) -> bool {
    let answer = hex::decode(answer).unwrap();
    let Ok(signature) = Signature::from_der(&answer[4..answer.len() - 2]) else { return false };
    let key = VerifyingKey::from_sec1_bytes(point).unwrap();
    key.verify_prehash(hash, &signature).is_ok()
}

#[test]
fn each_key_asks_for_the_consent_that_it_is_to_ask_for() {
    let mut card = card();
    follow(&mut card, &format!("{} | 6982 | the PIN comes first", sign_command("9A", &HASH)));
    follow(&mut card, &format!("{VERIFY} | 9000 |\n {} | 6A88 | no key yet", sign_command("9A", &HASH)));
    administrate(&mut card);
    let points: Vec<Vec<u8>> = ["9A", "9C", "9D", "9E"].iter().map(|key| generate(&mut card, key)).collect();
    follow(&mut card, &format!("{LEAVE} | *9000 |\n {SELECT} | *9000 |"));

    let (authentication, signature, card_key) =
        (sign_command("9A", &HASH), sign_command("9C", &HASH), sign_command("9E", &HASH));
    for (command, expected) in [(&authentication, "6982"), (&signature, "6982")] {
        assert_eq!(send(&mut card, command), expected, "before the PIN");
    }
    assert!(verifies(&points[3], &HASH, &send(&mut card, &card_key)), "the card's own key needs none");

    follow(&mut card, &format!("{VERIFY} | 9000 |"));
    assert!(verifies(&points[0], &HASH, &send(&mut card, &authentication)));
    assert!(verifies(&points[0], &HASH, &send(&mut card, &authentication)), "as often as one likes");
    assert_eq!(send(&mut card, &signature), "6982", "the PIN did not come just before");

    follow(&mut card, &format!("{VERIFY} | 9000 |\n 00CB3FFF035C017E00 | *9000 | reading lets it be"));
    let answer = send(&mut card, &signature);
    assert!(verifies(&points[1], &HASH, &answer) && !verifies(&points[0], &HASH, &answer));
    assert_eq!(send(&mut card, &signature), "6982", "once");
    follow(&mut card, &format!("{VERIFY} | 9000 |\n 00200080 | 9000 | asking ends it"));
    assert_eq!(send(&mut card, &signature), "6982");

    // A shorter hash is the same number with zeros before it.
    let mut padded = [0; 32];
    padded[12..].copy_from_slice(&HASH[..20]);
    let answer = send(&mut card, &sign_command("9A", &HASH[..20]));
    assert!(verifies(&points[0], &padded, &answer));
}

#[test]
fn both_sides_agree_on_a_secret() {
    let mut card = card();
    administrate(&mut card);
    let point = generate(&mut card, "9D");
    let own = p256::SecretKey::from_slice(&[0x42; 32]).unwrap();
    let own_point = own.public_key().to_sec1_point(false);
    let command = |point: &[u8]| format!("0087119D477C4582008541{}00", hex::encode(point));
    assert_eq!(send(&mut card, &command(own_point.as_bytes())), "6982", "the PIN comes first");
    follow(&mut card, &format!("{VERIFY} | 9000 |"));
    let answer = send(&mut card, &command(own_point.as_bytes()));
    let theirs = p256::PublicKey::from_sec1_bytes(&point).unwrap();
    let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), theirs.as_affine());
    assert_eq!(answer, format!("7C228220{}9000", hex::encode_upper(shared.raw_secret_bytes())));

    let mut nowhere = own_point.as_bytes().to_vec();
    nowhere[64] ^= 1;
    assert_eq!(send(&mut card, &command(&nowhere)), "6A80", "no point of the curve");
    assert_eq!(send(&mut card, &sign_command("9D", &HASH)), "6A80", "this key signs nothing");
}

#[test]
fn a_new_pair_replaces_the_old_one() {
    let mut card = card();
    administrate(&mut card);
    let (first, second) = (generate(&mut card, "9E"), generate(&mut card, "9E"));
    assert_ne!(first, second);
    let answer = send(&mut card, &sign_command("9E", &HASH));
    assert!(verifies(&second, &HASH, &answer) && !verifies(&first, &HASH, &answer));
}

#[test]
fn malformed_requests_are_named_as_such() {
    let mut card = card();
    administrate(&mut card);
    generate(&mut card, "9E");
    let hash = hex::encode(HASH);
    let whole = format!("7C2482008120{hash}");
    let (front, back) = whole.split_at(8);
    follow(
        &mut card,
        &format!(
            "0047009A05AC03800107 | 6A80 | RSA
             0047009A05AC03800211 | 6A80 |
             0047009A03AC0180 | 6A80 |
             0047009B05AC03800111 | 6A86 | no such slot
             0047019A05AC03800111 | 6A86 |
             0087079E267C24820081 20{hash} | 6A86 | RSA
             0087119B047C028100 | 6A86 | the administration key signs nothing
             00871182267C24820081 20{hash} | 6A86 | no retired keys
             0087119E00 | 6A80 | no template
             0087119E027C05 | 6A80 | longer than what came
             0087119E047C028200 | 6A80 | nothing to sign
             0087119E267C24810082 20{hash} | 6A80 | the wrong way round
             0087119E277C25820081 21{hash}00 | 6A80 | longer than any hash
             0087119E067C0483008200 | 6A80 | an unknown element
             0087119E067C04820081FF | 6A80 |
             1087119E04{front} | 9000 | a chain
             0087119E22{back}00 | *9000 |
             1087119E04{front} | 9000 | a chain that another key goes on with
             0087119A22{back} | 6883 |
             1087119E04{front} | 9000 | a chain that another command ends
             00CB3FFF035C017E00 | *9000 |
             0087119E22{back} | 6A80 |"
        ),
    );
}
