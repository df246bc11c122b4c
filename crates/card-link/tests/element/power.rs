//! What survives: torn files, power cuts in the middle of a PIN check, `kill -9`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::{APPLET, provision, seal, send, unlock};
use card_link::{CardFile, CardKeys, Durability};

/// A card that can seal, in a file.
fn card(path: &Path) -> CardFile {
    let keys = CardKeys::random().unwrap();
    let mut card = CardFile::create_with(path, keys.card_options(), Durability::Process).unwrap();
    provision(&mut card, &keys);
    unlock(&mut card);
    assert!(send(&mut card, "8010010000").ends_with("9000"));
    card
}

fn open(path: &Path) -> CardFile {
    let mut card = CardFile::open_with(path, Durability::Process).unwrap();
    assert_eq!(send(&mut card, &format!("00A4040009{APPLET}00")), "9000");
    card
}

/// The seal counter, as GET STATUS has it.
fn counter(card: &mut CardFile) -> u64 {
    let status = send(card, "8028000000");
    u64::from_str_radix(&status[6..22], 16).unwrap()
}

#[test]
fn a_file_cut_at_any_byte_keeps_every_seal_that_was_whole_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    let mut sealing = card(&path);
    let mut lengths = vec![std::fs::metadata(&path).unwrap().len()];
    for number in 1..=3_u8 {
        seal(&mut sealing, &[number; 32]);
        lengths.push(std::fs::metadata(&path).unwrap().len());
    }
    drop(sealing);
    let whole = std::fs::read(&path).unwrap();
    let torn = folder.path().join("torn");
    let first = usize::try_from(lengths[1]).unwrap();
    for cut in first..=whole.len() {
        std::fs::write(&torn, &whole[..cut]).unwrap();
        let answered = lengths.iter().filter(|length| **length <= cut as u64).count() as u64 - 1;
        let mut card = open(&torn);
        assert_eq!(counter(&mut card), answered, "cut at {cut}");
        if cut % 16 == 0 {
            // The card goes on from there, and what it writes then is whole.
            seal(&mut card, &[0xEE; 32]);
            drop(card);
            assert_eq!(counter(&mut open(&torn)), answered + 1, "cut at {cut}, and on");
        }
        std::fs::remove_file(&torn).unwrap();
    }
}

#[test]
fn a_pin_try_is_spent_before_the_answer_and_no_power_cut_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    drop(card(&path));
    for left in ["63C2", "63C1", "6983"] {
        let mut card = open(&path);
        let before = std::fs::metadata(&path).unwrap().len();
        assert_eq!(send(&mut card, "0020008006393939393939"), left);
        drop(card);
        // The first record of the command is the try itself: a cut right behind it is a cut before the comparison.
        let file = std::fs::read(&path).unwrap();
        assert!(file.len() as u64 > before);
        assert_eq!(send(&mut open(&path), "00200080"), if left == "6983" { "63C0" } else { left });
    }
    let mut card = open(&path);
    assert_eq!(send(&mut card, "0020008006323731383238"), "6983", "blocked, the right PIN too");
}

#[test]
fn compaction_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    let mut sealing = card(&path);
    let made = seal(&mut sealing, &[1; 32]);
    let before = std::fs::metadata(&path).unwrap().len();
    sealing.compact().unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < before);
    seal(&mut sealing, &[2; 32]);
    assert!(CardFile::open(&path).is_err(), "the new file is locked as well");
    drop(sealing);
    let mut again = open(&path);
    assert_eq!(counter(&mut again), 2);
    assert_ne!(send(&mut again, "8022000000"), format!("{}9000", hex::encode_upper(made)));
}

/// Where the child finds its card; without it, the child's test does nothing.
const CHILD: &str = "CARD_LINK_TEST_CARD";

/// The child of the next test: seals without end and says each counter once it is answered.
#[test]
fn child_that_seals_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut card = open(Path::new(&path));
    let start = counter(&mut card);
    for number in start + 1.. {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        seal(&mut card, &hash);
        println!("sealed {number}");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn no_answered_seal_is_lost_by_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    drop(card(&path));
    let mut last = 0;
    for round in 0..20_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "power::child_that_seals_until_it_is_killed", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut lines = said.lines().map_while(Result::ok);
        let first = lines.find(|line| line.starts_with("sealed "));
        assert!(first.is_some(), "round {round}: the child never sealed");
        std::thread::sleep(Duration::from_micros(700 * round));
        child.kill().unwrap();
        let answered = first
            .into_iter()
            .chain(lines)
            .filter_map(|line| line.strip_prefix("sealed ")?.parse::<u64>().ok())
            .last()
            .unwrap();
        child.wait().unwrap();
        let found = counter(&mut open(&path));
        assert!(
            found == answered || found == answered + 1,
            "round {round}: {answered} answered, {found} kept"
        );
        assert!(found > last);
        last = found;
    }
}
