//! Real clients, which know nothing of us: opensc-tool and pyscard over pcscd, with a card of ours in the virtual reader.

use crate::cards::{Card, SELECT, STATUS, card, counter};
use crate::reader::{PYTHON, READER, VirtualReader, succeeded};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/client.py");

#[test]
fn opensc_tool_reads_the_answer_to_reset_and_sends_commands() {
    let card = card();
    let reader = VirtualReader::start(&card.image);
    let atr = reader.run("opensc-tool", &["--reader", "0", "--atr"]);
    assert!(atr.starts_with("3b:8f:81:31:fe:45:80:31:c0:67:4d:45:44:53:45:41:4c:73:"), "{atr}");
    let said = reader.run(
        "opensc-tool",
        &["--reader", "0", "--send-apdu", SELECT, "--send-apdu", STATUS, "--send-apdu", "00FF000000"],
    );
    assert_eq!(said.matches("SW1=0x90, SW2=0x00").count(), 2, "{said}");
    assert_eq!(said.matches("SW1=0x6D, SW2=0x00").count(), 1, "{said}");
}

#[test]
fn pyscard_understands_the_answer_to_reset() {
    let card = card();
    let reader = VirtualReader::start(&card.image);
    let said = reader.run(PYTHON, &[CLIENT, READER, "atr"]);
    assert_eq!(said.trim(), "T=1 only, check byte right, historical 8031C0674D45445345414C73C0215F");
}

#[test]
fn the_card_comes_back_when_pcscd_restarts() {
    let card = card();
    let mut reader = VirtualReader::start(&card.image);
    for round in 0..3 {
        let said = reader.run(PYTHON, &[CLIENT, READER, "seal", "5"]);
        assert_eq!(said.lines().last(), Some(format!("{}", (round + 1) * 5).as_str()), "{said}");
        reader.restart_pcscd();
    }
}

#[test]
fn no_seal_that_a_client_saw_is_lost_when_the_card_is_killed() {
    let card = card();
    let mut reader = VirtualReader::start(&card.image);
    let mut highest = 0;
    for round in 0..6 {
        let mut client = reader
            .command(PYTHON)
            .args([CLIENT, READER, "seal", "100000"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(client.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok).map(|line| line.parse::<u64>().unwrap());
        highest = lines.by_ref().nth(20 + round * 7).expect("the client seals").max(highest);
        reader.kill_card();
        // What the client had already heard when the card died.
        highest = lines.last().unwrap_or_default().max(highest);
        assert!(!client.wait().unwrap().success(), "the client noticed");
        let said = reader.run(PYTHON, &[CLIENT, READER, "counter"]);
        let now: u64 = said.trim().parse().unwrap();
        assert!(now == highest || now == highest + 1, "{highest} seen by the client, {now} in the card");
        highest = now;
    }
    reader.kill_card_for_good();
    assert_eq!(counter(&card), highest);
}

#[test]
fn two_cards_are_in_two_slots() {
    let (one, two) = (card(), card());
    let reader = VirtualReader::start_all(&[&one.image, &two.image]);
    let seal = |slot: &str, count: &str| reader.run(PYTHON, &[CLIENT, slot, "seal", count]);
    assert_eq!(seal("Virtual PCD 00 00", "2").lines().last(), Some("2"));
    assert_eq!(seal("Virtual PCD 00 01", "3").lines().last(), Some("3"));
    assert_eq!(seal("Virtual PCD 00 00", "1").lines().last(), Some("3"));
}

/// A served card for the duration of a test.
struct Served(std::process::Child, String);

impl Served {
    fn start(card: &Card, way: [&str; 2]) -> Self {
        let mut child = crate::support::medseal(&["card", "serve", &card.image, way[0], way[1]])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self(child, address.trim().to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn commands_are_alike_on_a_file_over_tcp_and_over_t1() {
    let card = card();
    let keys = format!("{}.keys", card.image);
    let run = |words: &[&str]| {
        let output = crate::support::medseal(words).output().unwrap();
        succeeded("medseal", words, &output)
    };
    let on_file =
        [run(&["card", "list", &card.image, "--json"]), run(&["card", "apdu", &card.image, SELECT, STATUS])];
    let folder = tempfile::tempdir().unwrap();
    let socket = crate::support::shown(&folder.path().join("card.socket"));
    for way in [["--tcp", "127.0.0.1:0"], ["--t1", &socket], ["--t1", &socket]] {
        let served = Served::start(&card, way);
        let there = [
            run(&["card", "list", &served.1, "--keys", &keys, "--json"]),
            run(&["card", "apdu", &served.1, SELECT, STATUS]),
        ];
        assert_eq!(on_file, there, "{}", served.1);
    }
    let served = Served::start(&card, ["--tcp", "127.0.0.1:0"]);
    let keyless = crate::support::medseal(&["card", "list", &served.1]).output().unwrap();
    assert_eq!(keyless.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&keyless.stderr).contains("--keys"));
    let open =
        crate::support::medseal(&["card", "serve", &card.image, "--tcp", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(open.status.code(), Some(2), "only loopback unless told otherwise");
}

#[cfg(feature = "pcsc")]
#[test]
fn commands_are_alike_on_a_file_and_in_a_reader() {
    let card = card();
    let keys = format!("{}.keys", card.image);
    let list = crate::support::output(&["card", "list", &card.image, "--json"]);
    let reader = VirtualReader::start(&card.image);
    let run = |words: &[&str]| succeeded("medseal", words, &reader.medseal(words).output().unwrap());
    assert_eq!(run(&["card", "list", "pcsc:", "--keys", &keys, "--json"]), list);
    assert!(run(&["card", "readers"]).starts_with("Virtual PCD 00 00  3B8F8131FE45"));
    let name = format!("pcsc:{READER}");
    run(&["card", "delete", &name, "F04D45445345414C", "--instances", "--keys", &keys]);
    let cap = concat!(env!("CARGO_MANIFEST_DIR"), "/../../applets/identity/identity.cap");
    run(&["card", "load", &name, cap, "--keys", &keys]);
    let (package, applet) = ("F04D45445345414C", "F04D45445345414C01");
    let install = ["card", "install", &name, "--package", package, "--applet", applet, "--keys", &keys];
    run(&[&install[..], &["--params", "313233343536"]].concat());
    assert_eq!(run(&["card", "list", "pcsc:00 00", "--keys", &keys, "--json"]), list);
    let nobody = reader.medseal(&["card", "apdu", "pcsc:Gemalto", SELECT]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains(READER), "the readers there are get named");
}

#[cfg(not(feature = "pcsc"))]
#[test]
fn a_build_without_pcsc_says_how_to_get_it() {
    for words in [&["card", "apdu", "pcsc:", SELECT][..], &["card", "readers"]] {
        let ended = crate::support::medseal(words).output().unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&ended.stderr).contains("--features pcsc"));
    }
}
