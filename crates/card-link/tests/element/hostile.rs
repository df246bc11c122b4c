//! Code that no verifier would let through, on a card that was told to take it: it may ruin its card, but each command ends
//! with a status word, and nothing but that card is touched. `java/hostile` is the code; the test turns each of its
//! "return null" into a return of the argument, which makes references of numbers.

use std::path::Path;

use crate::common::{compile, send};
use card_link::gp::{GpError, Related, Session};
use card_link::{Aid, CardKeys, Element, InProcess, Verification};

const PACKAGE: &str = "F0484F5354494C45";
const APPLET: &str = "F0484F5354494C4501";

/// The load file as compiled.
fn honest() -> Vec<u8> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java/hostile");
    compile(&sources, "hostile", PACKAGE, &[(APPLET, "hostile.Hostile")]).to_load_file().unwrap()
}

/// The load file with forged references: a method of one argument that is `aconst_null; areturn` becomes
/// `sload_0; areturn`.
fn forged() -> Vec<u8> {
    let mut file = honest();
    let mut changed = 0;
    for at in 0..file.len() - 4 {
        if file[at..at + 4] == [0x01, 0x10, 0x01, 0x77] {
            file[at + 2] = 0x1C;
            changed += 1;
        }
    }
    assert_eq!(changed, 9);
    file
}

fn card(verification: Verification) -> (InProcess, CardKeys) {
    let keys = CardKeys::random().unwrap();
    (InProcess::create(keys.card_options().verification(verification)).unwrap(), keys)
}

fn load(card: &mut InProcess, keys: &CardKeys, file: &[u8]) -> Result<(), GpError> {
    let (package, applet): (Aid, Aid) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
    Session::open(card, keys)?.load(&package, file)?;
    Session::open(card, keys)?.install(&package, &applet, &applet, &[])
}

fn select(card: &mut impl Element) -> String {
    send(card, &format!("00A4040009{APPLET}"))
}

#[test]
fn an_unverified_file_is_refused_unless_the_card_takes_them() {
    let (mut strict, keys) = card(Verification::Required);
    assert!(matches!(load(&mut strict, &keys, &forged()), Err(GpError::Refused { .. })));
    assert!(strict.diagnosis().is_some(), "and says why");
    load(&mut strict, &keys, &honest()).unwrap();
    let (mut lax, keys) = card(Verification::Skipped);
    load(&mut lax, &keys, &forged()).unwrap();
    // What one card took unverified, another of the process does not get without being asked.
    let (mut other, keys) = card(Verification::Required);
    assert!(load(&mut other, &keys, &forged()).is_err());
}

#[test]
fn forged_references_end_with_a_status_word_and_touch_no_other_card() {
    let (mut victim, keys) = card(Verification::Required);
    load(&mut victim, &keys, &honest()).unwrap();
    let (mut hostile, keys) = card(Verification::Skipped);
    load(&mut hostile, &keys, &forged()).unwrap();
    let before = victim.image();
    let mut answered = 0;
    for instruction in 0x10..=0x21_u8 {
        for number in (0..160_u16).chain([0x7FFF, 0x8000, 0xFFFE, 0xFFFF]) {
            if select(&mut hostile) != "9000" {
                // It has ruined itself; the next one begins anew.
                (hostile, _) = fresh(&forged());
                assert_eq!(select(&mut hostile), "9000");
            }
            let answer = send(&mut hostile, &format!("80{instruction:02X}{number:04X}00"));
            assert!(answer.len() >= 4, "{instruction:02X} {number}");
            answered += u32::from(answer.ends_with("9000"));
        }
    }
    assert!(answered > 100, "{answered}: the forging works");
    assert_eq!(victim.image(), before);
    assert_eq!(select(&mut victim), "9000");
    assert_eq!(send(&mut victim, "8000000000"), "00559000");
}

fn fresh(file: &[u8]) -> (InProcess, CardKeys) {
    let (mut card, keys) = card(Verification::Skipped);
    load(&mut card, &keys, file).unwrap();
    (card, keys)
}

#[test]
fn endless_recursion_allocation_and_loops_end_and_the_card_goes_on() {
    let (mut card, keys) = fresh(&forged());
    for instruction in [0x30, 0x31, 0x32, 0x33] {
        assert_eq!(select(&mut card), "9000");
        assert_eq!(send(&mut card, &format!("80{instruction:02X}000000")), "6F00", "{instruction:02X}");
    }
    assert_eq!(select(&mut card), "9000");
    assert!(send(&mut card, "8000000000").ends_with("9000"));
    Session::open(&mut card, &keys).unwrap().delete(&PACKAGE.parse().unwrap(), Related::Instances).unwrap();
    load(&mut card, &keys, &honest()).unwrap();
}

#[test]
fn load_files_changed_at_random_ruin_at_most_their_card() {
    let mut state = 0x5EED_u64;
    let mut draw = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    let good = honest();
    let mut ran = 0;
    for _ in 0..150 {
        let mut file = good.clone();
        for _ in 0..1 + draw(2) {
            let at = draw(file.len());
            file[at] = draw(256).to_le_bytes()[0];
        }
        let (mut card, keys) = card(Verification::Skipped);
        if load(&mut card, &keys, &file).is_err() {
            continue;
        }
        ran += 1;
        for instruction in 0x10..=0x21_u8 {
            select(&mut card);
            assert!(send(&mut card, &format!("80{instruction:02X}000400")).len() >= 4);
        }
        card.reset().unwrap();
        assert!(Session::open(&mut card, &keys).is_ok(), "the domain still answers");
    }
    assert!(ran > 10, "{ran}");
}
