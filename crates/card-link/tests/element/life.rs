//! What a card answers in each state of its life (GlobalPlatform Card Specification 2.3.1, 5.1.1): selection, an applet's
//! own commands, GET DATA, management of its content, channels.

use card_link::gp::{CardState, Installation, Lock, Related, Selectable, Session};
use card_link::{Aid, CardKeys, Element, InProcess, KeySpec};

use crate::common::send;
use crate::managed::{APPLET, PACKAGE, aid, new_card, select, status};

/// An instance that a locked card still has.
const LAST: &str = "F04D414E4109";
/// An instance made while the card is in the state.
const ANOTHER: &str = "F04D414E4108";
/// Privileges of [`LAST`]: final application.
const FINAL: &[u8] = &[0x00, 0x02, 0x00];

/// Whether the card has a final application besides its issuer's domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Domain,
    Applet,
}

fn install(session: &mut Session<'_, InProcess>, instance: &str, privileges: &[u8]) -> u16 {
    let what = Installation {
        package: &aid(PACKAGE),
        applet: &aid(APPLET),
        instance: &aid(instance),
        privileges,
        parameters: &[],
        selectable: Selectable::Now,
    };
    status(session.install_as(&what))
}

/// A card with the applet, brought to a state, just reset.
fn card_in(state: CardState, last: Last) -> (InProcess, CardKeys) {
    let (mut card, keys) = new_card(KeySpec::Aes128, None, &[]);
    let mut session = Session::open(&mut card, &keys).unwrap();
    if last == Last::Applet {
        assert_eq!(install(&mut session, LAST, FINAL), 0x9000);
    }
    let life = [CardState::Initialized, CardState::Secured, CardState::Locked, CardState::Terminated];
    for next in life.into_iter().filter(|next| *next as u8 <= state as u8) {
        session.set_card_state(next).unwrap();
    }
    card.reset().unwrap();
    (card, keys)
}

/// Sends commands, each to the card just reset, and gives the ends of the answers.
fn answers(card: &mut InProcess, commands: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for command in commands {
        card.reset().unwrap();
        let answer = send(card, command);
        all.push(answer[answer.len() - 4..].to_owned());
    }
    all
}

/// What a host without keys can do: SELECT of the applet, of the final one, of the issuer's domain by name and of the
/// default; GET DATA of card data; a command that only the applet knows; MANAGE CHANNEL open.
#[test]
fn a_host_without_keys_finds_what_the_cards_state_leaves_open() {
    let (ordinary, last) = (format!("00A4040006{APPLET}"), format!("00A4040006{LAST}"));
    let commands = [
        &ordinary,
        &last,
        "00A4040008A000000151000000",
        "00A4040000",
        "00CA006600",
        "8002000000",
        "0070000001",
    ];
    let open = ["9000", "6A82", "9000", "9000", "9000", "6D00", "9000"];
    let open_last = ["9000", "9000", "9000", "9000", "9000", "6D00", "9000"];
    let shut = ["6985", "6985", "6985", "6985", "9000", "6985", "6985"];
    // The default application of a locked card is the final one: GET DATA and names that are not there come to it, and this
    // one takes no commands of class 00.
    for (state, last, expected) in [
        (CardState::OpReady, Last::Domain, open),
        (CardState::Initialized, Last::Domain, open),
        (CardState::Secured, Last::Domain, open),
        (CardState::Locked, Last::Domain, ["6A82", "6A82", "6283", "6283", "9000", "6D00", "9000"]),
        (CardState::Terminated, Last::Domain, shut),
        (CardState::OpReady, Last::Applet, open_last),
        (CardState::Initialized, Last::Applet, open_last),
        (CardState::Secured, Last::Applet, open_last),
        (CardState::Locked, Last::Applet, ["6E00", "9000", "6283", "6283", "6E00", "9000", "9000"]),
        (CardState::Terminated, Last::Applet, shut),
    ] {
        let (mut card, _) = card_in(state, last);
        assert_eq!(answers(&mut card, &commands), expected, "{state:?} {last:?}");
    }
}

/// What a host with the card's keys can do: list, install, lock an applet, delete.
#[test]
fn content_is_managed_until_the_card_is_locked() {
    for (state, expected) in [
        (CardState::OpReady, [0x9000; 4]),
        (CardState::Initialized, [0x9000; 4]),
        (CardState::Secured, [0x9000; 4]),
        (CardState::Locked, [0x9000, 0x6985, 0x9000, 0x6985]),
    ] {
        let (mut card, keys) = card_in(state, Last::Domain);
        let mut session = Session::open(&mut card, &keys).unwrap();
        let applet: Aid = aid(APPLET);
        let found = [
            status(session.list().map(drop)),
            install(&mut session, ANOTHER, &[]),
            status(session.set_lock(&applet, Lock::Locked)),
            status(session.delete(&applet, Related::Nothing)),
        ];
        assert_eq!(found, expected, "{state:?}");
    }
    let (mut card, keys) = card_in(CardState::Terminated, Last::Domain);
    assert!(Session::open(&mut card, &keys).is_err());
}

#[test]
fn a_locked_card_comes_back_as_it_was() {
    let (mut card, keys) = card_in(CardState::Locked, Last::Domain);
    let mut session = Session::open(&mut card, &keys).unwrap();
    assert_eq!(status(session.set_card_state(CardState::Initialized)), 0x6985);
    session.set_card_state(CardState::Secured).unwrap();
    assert_eq!(select(&mut card), "9000");
    assert_eq!(send(&mut card, "8002000000"), "070F9000");
}

/// The lock is about selecting: what is selected stays until it is left, but gets no second channel (5.1.1.4).
#[test]
fn what_is_selected_when_the_card_is_locked_stays_until_it_is_left() {
    let (mut card, keys) = card_in(CardState::Secured, Last::Domain);
    assert_eq!(send(&mut card, &format!("01A4040006{APPLET}")), "9000");
    Session::open(&mut card, &keys).unwrap().set_card_state(CardState::Locked).unwrap();
    assert_eq!(send(&mut card, "8102000000"), "077F9000");
    assert_eq!(send(&mut card, "0170000001"), "6985");
    assert_eq!(send(&mut card, "0170800100"), "9000");
    assert_eq!(send(&mut card, &format!("01A4040006{APPLET}")), "6881");
}
