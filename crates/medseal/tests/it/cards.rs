//! Cards from the command line: the way of an applet, and a card killed in the middle of its work.

use crate::support::{medseal, output, shown};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

pub(crate) const SELECT: &str = "00A4040009F04D45445345414C01";
pub(crate) const STATUS: &str = "8028000000";

/// How often the card's process is killed.
const KILLS: u64 = 20;

pub(crate) struct Card {
    _folder: tempfile::TempDir,
    pub(crate) image: String,
}

/// A card with the identity applet, whose seal key is made.
pub(crate) fn card() -> Card {
    let folder = tempfile::tempdir().unwrap();
    let image = shown(&folder.path().join("test.card"));
    let cap = concat!(env!("CARGO_MANIFEST_DIR"), "/../../applets/identity/identity.cap");
    output(&["card", "new", &image]);
    output(&["card", "load", &image, cap]);
    let (package, applet) = ("F04D45445345414C", "F04D45445345414C01");
    output(&[
        "card",
        "install",
        &image,
        "--package",
        package,
        "--applet",
        applet,
        "--params",
        "313233343536",
    ]);
    let said = output(&["card", "apdu", &image, SELECT, "0020008006313233343536", "8010010000"]);
    assert_eq!(said.lines().filter(|line| line.ends_with("9000")).count(), 3, "{said}");
    Card { _folder: folder, image }
}

/// The counter in the answer to GET STATUS.
pub(crate) fn counter(card: &Card) -> u64 {
    let said = output(&["card", "apdu", &card.image, SELECT, STATUS]);
    u64::from_str_radix(&said.lines().last().unwrap()[6..22], 16).unwrap()
}

#[test]
fn the_counter_never_goes_back_when_the_card_is_killed() {
    let card = card();
    let mut highest = 0;
    for round in 0..KILLS {
        let mut words = vec!["card".to_owned(), "apdu".to_owned(), card.image.clone(), SELECT.to_owned()];
        words.extend((0..400u64).map(|n| format!("8020000020{:064X}00", round * 1000 + n + 1)));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut child = medseal(&words).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Another number of seals each time, so that the kill meets other moments.
        for line in lines.skip(1).take(usize::try_from(1 + round * 7 % 40).unwrap()) {
            let line = line.unwrap();
            assert!(line.ends_with(" 9000"), "{line}");
            // The counter's place in the seal: docs/formats.md.
            highest = u64::from_str_radix(&line[70..86], 16).unwrap().max(highest);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let now = counter(&card);
        assert!(now >= highest, "the element says {now} after it gave out {highest}");
        highest = now;
    }
    assert!(highest >= KILLS, "{highest}");
}

#[test]
fn wrong_files_and_commands_say_what_is_wrong() {
    let card = card();
    let folder = tempfile::tempdir().unwrap();
    let nonsense = shown(&folder.path().join("nonsense"));
    std::fs::write(&nonsense, b"this is no card and no CAP file").unwrap();
    for (words, code, says) in [
        (vec!["card", "apdu", &nonsense, "00A4040000"], 2, "nonsense"),
        (vec!["card", "apdu", "/nowhere/card", "00A4040000"], 3, "nowhere"),
        (vec!["card", "apdu", &card.image, "00A4040"], 2, "00A4040"),
        (vec!["card", "load", &card.image, &nonsense], 2, "nonsense"),
        (vec!["card", "new", &card.image], 2, "exists already"),
        (
            vec!["card", "install", &card.image, "--package", "F000000001", "--applet", "F00000000101"],
            1,
            "6A88",
        ),
        (vec!["card", "install", &card.image, "--applet", "F00000000101"], 1, "no loaded package"),
        (vec!["applet", "verify", &nonsense], 2, "nonsense"),
        (vec!["verify", &nonsense], 2, "no record"),
        (vec!["gateway", "check", &nonsense], 2, "nonsense"),
    ] {
        let ended = medseal(&words).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.contains(says), "{words:?}: {said}");
    }
}

#[test]
fn a_card_of_scp02_gets_domains_data_and_new_keys() {
    let folder = tempfile::tempdir().unwrap();
    let image = shown(&folder.path().join("old.card"));
    let fresh = shown(&folder.path().join("fresh.keys"));
    output(&["card", "new", &image, "--scp", "02", "--i", "55"]);
    let info = output(&["card", "info", &image]);
    assert!(info.contains("SCP02 i=55"), "{info}");
    output(&["card", "domain", &image, "F000000055", "--managing"]);
    output(&["card", "store", &image, "42021234"]);
    output(&["card", "lock", &image, "F000000055"]);
    output(&["card", "rekey", &image, "--to", &fresh]);
    let listed = output(&["card", "list", &image, "--keys", &fresh, "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[1]["kind"], "domain");
    assert_eq!((&listed[1]["state"], &listed[1]["privileges"]), (&"LOCKED".into(), &"80C000".into()));
    let info = output(&["card", "info", &image, "--keys", &fresh, "--json"]);
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    assert_eq!(info["platform"]["issuer_number"], "1234");
}

#[test]
fn a_policy_is_kept_in_the_card_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let image = shown(&folder.path().join("strict.card"));
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/card-policy.toml");
    output(&["card", "new", &image, "--policy", policy]);
    let info: serde_json::Value = serde_json::from_str(&output(&["card", "info", &image, "--json"])).unwrap();
    let algorithms = &info["platform"]["algorithms"];
    assert_eq!(algorithms["minimum_bits"]["rsa"], 2048);
    let has = |list: &str, name: &str| algorithms[list].as_array().unwrap().iter().any(|found| found == name);
    assert!(has("off", "des") && !has("on", "des") && has("on", "aes"), "{algorithms}");
    // A file with an error makes no card.
    let wrong = shown(&folder.path().join("wrong.toml"));
    std::fs::write(&wrong, "off = [\"des\",\n\"sha1\"]\n").unwrap();
    let other = shown(&folder.path().join("other.card"));
    let refused = medseal(&["card", "new", &other, "--policy", &wrong]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("line 2, column 1") && said.contains("sha-1"), "{said}");
    assert!(!std::path::Path::new(&other).exists());
}
