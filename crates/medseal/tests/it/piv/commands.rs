//! SELECT, the PIN commands and the administration key: SP 800-73-4 part 2, clauses 3.1.1, 3.2 and A.1.

use super::{ADMIN, LEAVE, PIV, SELECT, VERIFY, administrate, card, enciphered, parameters};
use crate::element::{follow, install, send};
use card_link::{CardKeys, Element, InProcess, Protocol};
use card_runtime::crypto::AesKey;

#[test]
fn select_tells_what_the_application_is() {
    let mut card = card();
    let properties = "6126 4F06000010000100 79074F05A000000308 500B6D65647365616C20504956 AC06800111060100";
    follow(
        &mut card,
        &format!(
            "{SELECT}                           | {properties} 9000 | by the beginning of its name
             00A404000BA00000030800001000010000 | {properties} 9000 | by all of it
             00A4040007A0000003080001 | 6A82 | no such application; PIV stays selected
             00CB3FFF035C017E00 | 7E124F0BA0000003080000100001005F2F024000 9000 | the discovery object
             00A40000023F00 | 6A86 | there are no files
             00C0000000     | 6985 | nothing is left to fetch
             80CB3FFF035C017E00 | 6E00 |
             0CCB3FFF035C017E00 | 6882 | no secure messaging
             10200080083237313832  38FFFF | 6884 | no chains of this command
             00B0000000     | 6D00 |"
        ),
    );
}

#[test]
fn a_pin_counts_down_and_the_puk_brings_it_back() {
    follow(
        &mut card(),
        &format!(
            "00200080 | 63C3 | how many tries
             {VERIFY} | 9000 |
             00200080 | 9000 | it is verified
             0020FF80 | 9000 | the end of that
             00200080 | 63C3 |
             00200080073237313832  38FF | 6A80 | seven bytes cost no try
             00200080083237313832  3800FF | 6A80 | nor does what is no digit
             00200080083237313832FF38FF | 6A80 |
             00200080083237313832FFFFFF | 6A80 | five digits are too few
             00200081083331343135393236 | 6A88 | the PUK is not verified
             00200180083237313832  38FFFF | 6A86 |
             {VERIFY} | 9000 |
             0020008008323731383230FFFF | 63C2 | a wrong PIN ends the verification as well
             00200080 | 63C2 |
             {VERIFY} | 9000 | which starts the tries anew
             0020008008323731383230FFFF | 63C2 |
             0024008010 323731383230FFFF 313131313131FFFF | 63C1 | the old PIN of a change counts like any
             0024008010 323731383238FFFF 31313131313131FE | 6A80 | a bad new one does not
             0020008008323731383230FFFF | 63C0 |
             {VERIFY} | 6983 | blocked
             00200080 | 6983 |
             0024008010 323731383238FFFF 313131313131FFFF | 6983 |
             002C008010 3331343135393237 3131313131313131 | 63C2 | a wrong PUK
             002C008110 3331343135393236 3131313131313131 | 6A88 |
             002C008010 3331343135393236 31313131313131FF | 9000 | seven digits
             00200080 | 63C3 | unblocked, not verified
             002000800831313131313131FF | 9000 |
             0024008010 31313131313131FF 323731383238FFFF | 9000 |
             {VERIFY} | 9000 |
             0024008110 3331343135393236 0001020304050607 | 9000 | the PUK may be any bytes
             002C008010 3331343135393236 323731383238FFFF | 63C2 |
             002C008010 3331343135393236 323731383238FFFF | 63C1 |
             002C008010 3331343135393236 323731383238FFFF | 63C0 |
             002C008010 0001020304050607 323731383238FFFF | 6983 | for ever"
        ),
    );
}

#[test]
fn what_was_proven_ends_with_the_session() {
    let mut card = card();
    follow(&mut card, &format!("{VERIFY} | 9000 |"));
    administrate(&mut card);
    follow(
        &mut card,
        &format!(
            "{SELECT} | *9000 | it is selected already
             00200080 | 9000 |
             0047009A05AC0380011100 | *9000 |
             {LEAVE} | *9000 |
             {SELECT} | *9000 |
             00200080 | 63C3 |
             0047009A05AC03800111 | 6982 |
             {VERIFY} | 9000 |"
        ),
    );
    card.reset().unwrap();
    follow(&mut card, &format!("{SELECT} | *9000 |\n 00200080 | 63C3 |\n 0047009A05AC03800111 | 6982 |"));
}

#[test]
fn without_contacts_there_is_only_what_everybody_may_have() {
    let mut card = card();
    administrate(&mut card);
    for tag in ["5FC101", "5FC102", "5FC105", "5FC107", "5FC122"] {
        follow(&mut card, &format!("00DB3FFF08 5C03{tag} 5301AA | 9000 |"));
    }
    follow(&mut card, "0047009E05AC0380011100 | *9000 |\n 0047009A05AC0380011100 | *9000 |");
    let hash = "A5".repeat(32);
    for protocol in [Protocol::ContactlessA, Protocol::ContactlessB] {
        card.power_up(protocol).unwrap();
        follow(
            &mut card,
            &format!(
                "{SELECT} | *9000 |
                 {VERIFY} | 6982 | a PIN could be overheard
                 00200080 | 6982 |
                 0024008010 323731383238FFFF 313131313131FFFF | 6982 |
                 002C008010 3331343135393236 323731383238FFFF | 6982 |
                 0087089B047C028100 | 6982 |
                 0087119A267C2482008120{hash} | 6982 |
                 0087119E267C2482008120{hash}00 | *9000 | the card's own key
                 00CB3FFF035C017E00 | *9000 |
                 00CB3FFF055C035FC10100 | *9000 |
                 00CB3FFF055C035FC10200 | *9000 |
                 00CB3FFF055C035FC12200 | *9000 |
                 00CB3FFF055C035FC10500 | 6982 |
                 00CB3FFF055C035FC10700 | 6982 |"
            ),
        );
    }
    card.power_up(Protocol::T0).unwrap();
    follow(&mut card, &format!("{SELECT} | *|\n {VERIFY} | 9000 |"));
}

#[test]
fn the_administration_key_is_proven_either_way() {
    let mut card = card();
    follow(&mut card, "0047009A05AC03800111 | 6982 |");
    administrate(&mut card);
    follow(&mut card, "0047009A05AC0380011100 | *9000 |");

    follow(&mut card, &format!("{LEAVE} | *9000 |\n {SELECT} | *9000 |"));
    let answer = hex::decode(send(&mut card, "0087089B047C02800000")).unwrap();
    let witness = AesKey::new(&ADMIN).unwrap();
    let mut plain: [u8; 16] = answer[4..20].try_into().unwrap();
    witness.decrypt_block(&mut plain);
    let challenge = [7_u8; 16];
    let template = format!("7C248010{}8110{}", hex::encode(plain), hex::encode(challenge));
    let answer = send(&mut card, &format!("0087089B26{template}00"));
    assert_eq!(answer, format!("7C128210{}9000", hex::encode_upper(enciphered(&challenge))));
    follow(&mut card, "0047009A05AC0380011100 | *9000 |");
}

/// Whoever could have the card encipher what he chose would answer any challenge.
#[test]
fn the_card_answers_no_challenge_of_a_stranger() {
    let mut card = card();
    let asked = hex::decode(send(&mut card, "0087089B047C02810000")).unwrap();
    let challenge = hex::encode(&asked[4..20]);
    let answer = hex::encode(enciphered(&asked[4..20]));
    let zeros = "00".repeat(16);
    follow(
        &mut card,
        &format!(
            "0087089B147C128110{challenge}00 | 6A80 | internal authentication
             0087089B147C128210{answer} | 6A80 | and the challenge has served
             0087089B047C028100 | *9000 |
             0087089B267C248010{zeros}8110{challenge} | 6A80 | no witness was asked for
             0087089B047C028000 | *9000 |
             0087089B267C248010{zeros}8110{challenge} | 6982 | a wrong witness
             0087089B047C028100 | *9000 |
             0087089B147C128210{zeros} | 6982 |
             0087089B137C11820F{zeros} | 6A80 | more than came
             0087039B047C028100 | 6A86 | triple DES
             00870C9B047C028100 | 6A86 | another length than the key has
             0047009A05AC03800111 | 6982 | nothing of this proved anything"
        ),
    );
}

#[test]
fn there_is_no_applet_without_credentials_of_its_own() {
    let whole = parameters();
    let wrong: [(&str, Vec<u8>); 8] = [
        ("nothing", Vec::new()),
        ("no key", whole[..18].to_vec()),
        ("no PIN", whole[8..].to_vec()),
        ("a key of 8 bytes", [&whole[..18], b"\x9B\x08\0\0\0\0\0\0\0\0"].concat()),
        ("a PIN of letters", [&b"\x80\x06secret"[..], &whole[8..]].concat()),
        ("a PIN of 5 digits", [&b"\x80\x0527182"[..], &whole[8..]].concat()),
        ("16 tries", [&whole[..], b"\x82\x02\x10\x03"].concat()),
        ("an unknown item", [&whole[..], b"\x83\x00"].concat()),
    ];
    for (what, parameters) in wrong {
        let keys = CardKeys::random().unwrap();
        let mut card = InProcess::create(keys.card_options()).unwrap();
        let refused = install(&mut card, &keys, &PIV, &parameters).unwrap_err().to_string();
        assert!(refused.contains("6A80") || refused.contains("6985"), "{what}: {refused}");
    }
    let (mut card, _keys) = crate::element::card_with(&PIV, &[&whole[..], b"\x82\x02\x05\x01"].concat());
    follow(&mut card, &format!("{SELECT} | *9000 |\n 00200080 | 63C5 |"));
}
