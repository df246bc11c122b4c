//! Logical channels (JCRE 4): opening and closing, one applet and one package on several, what is cleared when, and who
//! may not be entered. `java/channels` has two multi-selectable applets of one package, `java/single` two that are not.

use std::path::{Path, PathBuf};

use card_link::{Element, InProcess};

use crate::cards::{add, card_with};
use crate::common::{build, send};

const PACKAGE: &str = "F04348414E";
const FIRST: &str = "F04348414E01";
const SECOND: &str = "F04348414E02";
const SINGLE_PACKAGE: &str = "F053494E47";
const SINGLE: &str = "F053494E4701";
const TWIN: &str = "F053494E4702";

/// A card with all four applets, just reset.
fn new_card() -> InProcess {
    let sources = |name: &str| -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java").join(name)
    };
    let applets = [(SINGLE, "single.Single"), (TWIN, "single.Twin")];
    let single = build(&sources("single"), "single", SINGLE_PACKAGE, &applets, &[]);
    let applets = [(FIRST, "channels.First"), (SECOND, "channels.Second")];
    let channels = build(&sources("channels"), "channels", PACKAGE, &applets, &[&single]);
    let (mut card, keys) = card_with(&single.converted.cap, SINGLE_PACKAGE, &[SINGLE, TWIN]);
    add(&mut card, &keys, &channels.converted.cap, PACKAGE, &[FIRST, SECOND]);
    card.reset().unwrap();
    card
}

/// SELECT of an applet, or of nothing for the issuer's domain, on a channel up to 3.
fn select(channel: u8, applet: &str) -> String {
    format!("{channel:02X}A40400{:02X}{applet}", applet.len() / 2)
}

/// Sends each command and compares the answer; one that begins with a star is compared at its end.
fn converse(card: &mut InProcess, conversation: &[(String, &str)]) {
    let mut wrong = Vec::new();
    for (at, (command, expected)) in conversation.iter().enumerate() {
        let answer = send(card, command);
        let right = match expected.strip_prefix('*') {
            Some(end) => answer.ends_with(end),
            None => answer == *expected,
        };
        if !right {
            wrong.push(format!("{at}: {command}: {answer}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn applets_on_several_channels_are_selected_and_cleared_as_the_rules_say() {
    // What 80 00 shows: calls of select and deselect; of the same in company, 01 for the instance's own and 10 for that of
    // other instances; how often it was selected again; the two transient bytes; the channel; that of the last select in
    // company.
    let conversation = [
        (select(0, FIRST), "9000"),
        ("80025500".into(), "9000"),
        ("8000000000".into(), "0100000000555500009000"),
        // Selected again on the same channel: deselected first, and its memory is cleared.
        (select(0, FIRST), "9000"),
        ("8000000000".into(), "0201000001005500009000"),
        ("80026600".into(), "9000"),
        // From the basic channel a new one has the default application.
        ("0070000001".into(), "019000"),
        ("01CA006600".into(), "*9000"),
        (select(1, FIRST), "9000"),
        ("8100000000".into(), "0201010001666601019000"),
        // From another channel, what is selected there.
        ("0170000001".into(), "029000"),
        ("8200000000".into(), "0201020001666602029000"),
        // The other applet of the package has company too, but not its own.
        (select(3, SECOND), "9000"),
        ("8300000000".into(), "0000100000000003039000"),
        (format!("8304000006{FIRST}00"), "019000"),
        ("0070800200".into(), "9000"),
        ("8000000000".into(), "0201020101666600029000"),
        ("0070800100".into(), "9000"),
        (select(0, ""), "*9000"),
        (format!("8304000006{FIRST}00"), "009000"),
        // The package was still active on channel 3, so nothing of it was cleared.
        (select(0, FIRST), "9000"),
        ("8000000000".into(), "0201121201666600009000"),
        ("0070800300".into(), "9000"),
        ("8000000000".into(), "0201121201666600009000"),
        // Now it goes.
        (select(0, ""), "*9000"),
        (select(0, FIRST), "9000"),
        ("8000000000".into(), "0302121201006600009000"),
    ];
    converse(&mut new_card(), &conversation);
}

#[test]
fn channels_are_opened_and_closed_by_card_and_by_number() {
    let conversation = [
        ("0070800300".into(), "6200"),
        ("8300000000".into(), "6881"),
        ("0370000001".into(), "6881"),
        ("0070800000".into(), "6A81"),
        ("0070801400".into(), "6A81"),
        ("0070001400".into(), "6A81"),
        ("0070010000".into(), "6A86"),
        ("0070001300".into(), "9000"),
        ("0070001300".into(), "6A86"),
        (format!("4FA4040006{FIRST}"), "9000"),
        ("CF00000000".into(), "0100000000000013009000"),
        // Closed from itself.
        ("4F70801300".into(), "9000"),
        ("CF00000000".into(), "6881"),
        // A SELECT opens its channel; one that finds nothing does not.
        (select(2, "F000000000"), "6881"),
        (select(2, FIRST), "9000"),
        // From a channel with a domain, the domain; of what refuses to be there twice, no channel.
        (select(1, ""), "*9000"),
        ("0170000301".into(), "9000"),
        ("03CA006600".into(), "*9000"),
        (select(3, SINGLE), "9000"),
        ("0370000001".into(), "6985"),
        ("0370000400".into(), "6985"),
        ("40CA006600".into(), "6881"),
    ];
    let mut card = new_card();
    converse(&mut card, &conversation);
    // Nineteen besides the basic one, and no more.
    card.reset().unwrap();
    for channel in 1..20 {
        assert_eq!(send(&mut card, "0070000001"), format!("{channel:02X}9000"));
    }
    assert_eq!(send(&mut card, "0070000001"), "6A81");
    card.reset().unwrap();
    assert_eq!(send(&mut card, "01CA006600"), "6881", "a reset closes them");
}

#[test]
fn what_is_not_multi_selectable_is_neither_selected_nor_entered_while_active_elsewhere() {
    let ask = |channel: u8| format!("{:02X}06000006{SINGLE}00", 0x80 | channel);
    let pass = |channel: u8| format!("{:02X}06000000", 0x80 | channel);
    let conversation = [
        (select(0, FIRST), "9000"),
        (ask(0), "019000"),
        (pass(0), "079000"),
        (select(1, SINGLE), "9000"),
        // Neither a new object nor the one it has.
        (ask(0), "009000"),
        (pass(0), "009000"),
        (select(2, FIRST), "9000"),
        (pass(2), "009000"),
        (select(2, SINGLE), "6985"),
        (select(2, TWIN), "6985"),
        // The refused SELECT left what was there.
        (pass(2), "009000"),
        // On its own channel one follows the other.
        (select(1, TWIN), "9000"),
        (pass(0), "009000"),
        // The context is active, whichever of its applets it is for.
        (ask(0), "009000"),
        ("0070800100".into(), "9000"),
        (pass(0), "079000"),
        (pass(2), "079000"),
        (ask(2), "019000"),
        // Where it is left, it can be entered from.
        (select(1, SINGLE), "9000"),
        (pass(2), "009000"),
        (select(1, FIRST), "9000"),
        (pass(1), "079000"),
        (pass(2), "079000"),
    ];
    converse(&mut new_card(), &conversation);
}
