//! The spool against an obvious model, with its file cut off at every byte.

use seal::{Sealer, SoftwareSealer};
use tempfile::TempDir;

use super::*;

/// What must be there: batches in order, each with whether it is sealed.
type Model = Vec<(Vec<u8>, bool)>;

fn state(spool: &Spool) -> Model {
    let entries = spool.entries.iter().filter(|entry| !entry.done);
    assert_eq!(spool.waiting_count(), entries.clone().count() as u64);
    entries.map(|entry| (spool.batch(entry).unwrap(), entry.seal.is_some())).collect()
}

fn open(folder: &TempDir) -> Spool {
    Spool::open(folder.path(), limits::SPOOL_BYTES).unwrap()
}

fn batch(n: u8) -> Vec<u8> {
    vec![n; 5 + usize::from(n)]
}

/// The file of a folder in which only it lies.
fn with_file(bytes: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("spool.log"), bytes).unwrap();
    folder
}

/// Works through a spool's life; gives each file length after which a step was whole, and the state then.
fn life(folder: &TempDir, sealer: &mut SoftwareSealer) -> Vec<(u64, Model)> {
    let mut spool = open(folder);
    let mut steps = vec![(spool.end, Vec::new())];
    let mut model = Model::new();
    for n in 1..=5 {
        let id = spool.put(&batch(n)).unwrap();
        model.push((batch(n), false));
        steps.push((spool.end, model.clone()));
        spool.attach(id, &sealer.seal(&sha256(&batch(n))).unwrap()).unwrap();
        model.last_mut().unwrap().1 = true;
        steps.push((spool.end, model.clone()));
        if n % 2 == 0 {
            spool.acknowledge(spool.next_sealed(None).unwrap()).unwrap();
            model.remove(0);
            steps.push((spool.end, model.clone()));
        }
    }
    spool.set_aside(EntryId(4), Reason::Clock).unwrap();
    model.remove(1);
    steps.push((spool.end, model));
    steps
}

#[test]
fn cut_at_any_byte_it_is_what_the_whole_records_say() {
    let folder = TempDir::new().unwrap();
    let mut sealer = SoftwareSealer::generate().unwrap();
    let steps = life(&folder, &mut sealer);
    let bytes = std::fs::read(folder.path().join("spool.log")).unwrap();
    for length in MAGIC.len()..=bytes.len() {
        let (_, expected) = steps.iter().rfind(|(end, _)| *end <= length as u64).unwrap();
        let at_an_end = steps.iter().any(|(end, _)| *end == length as u64);
        // Zeros are what a page that was never written holds; elsewhere they might be a record's own end.
        let garbage: &[&[u8]] = if at_an_end { &[&[], &[0; 40], &[0xff; 3]] } else { &[&[]] };
        for garbage in garbage {
            let folder = with_file(&[&bytes[..length], garbage].concat());
            let spool = open(&folder);
            assert_eq!(state(&spool), *expected, "cut at {length}");
            drop(spool);
            assert_eq!(state(&open(&folder)), *expected, "opened again, cut at {length}");
        }
    }
}

#[test]
fn a_changed_byte_never_shows_as_another_batch() {
    let folder = TempDir::new().unwrap();
    let steps = life(&folder, &mut SoftwareSealer::generate().unwrap());
    let bytes = std::fs::read(folder.path().join("spool.log")).unwrap();
    for at in MAGIC.len()..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 0x40;
        let spool_folder = with_file(&bad);
        let found = state(&open(&spool_folder));
        assert!(steps.iter().any(|(end, model)| *end <= at as u64 && *model == found), "byte {at}");
    }
}

#[test]
fn after_a_crash_anywhere_the_chain_has_no_gap() {
    let folder = TempDir::new().unwrap();
    let mut sealer = SoftwareSealer::generate().unwrap();
    // The element survives what the host's disk loses: here the seal of the last batch.
    let mut spool = open(&folder);
    for n in 1..=3 {
        let id = spool.put(&batch(n)).unwrap();
        spool.attach(id, &sealer.seal(&sha256(&batch(n))).unwrap()).unwrap();
    }
    let id = spool.put(&batch(4)).unwrap();
    let lost = sealer.seal(&sha256(&batch(4))).unwrap();
    drop(spool);
    let mut spool = open(&folder);
    let (found, bytes) = spool.unsealed().unwrap().unwrap();
    assert_eq!((found, &bytes), (id, &batch(4)));
    let again = sealer.seal(&sha256(&bytes)).unwrap();
    assert_eq!(again, lost);
    spool.attach(id, &again).unwrap();
    let mut counters = Vec::new();
    let mut after = None;
    while let Some(id) = spool.next_sealed(after) {
        counters.push(spool.seal_of(id).unwrap().claims().counter.0);
        after = Some(id);
    }
    assert_eq!(counters, [1, 2, 3, 4]);
}

#[test]
fn batches_wait_for_an_element_that_is_away() {
    let folder = TempDir::new().unwrap();
    let mut sealer = SoftwareSealer::generate().unwrap();
    let mut spool = open(&folder);
    for n in 1..=3 {
        spool.put(&batch(n)).unwrap();
    }
    // The element sealed the first, and the answer was lost.
    sealer.seal(&sha256(&batch(1))).unwrap();
    drop(spool);
    let mut spool = open(&folder);
    while let Some((id, bytes)) = spool.unsealed().unwrap() {
        spool.attach(id, &sealer.seal(&sha256(&bytes)).unwrap()).unwrap();
    }
    assert_eq!(state(&spool), [(batch(1), true), (batch(2), true), (batch(3), true)]);
    assert_eq!(spool.last_seal().unwrap().claims().counter.0, 3);
}

#[test]
fn a_full_spool_takes_no_more_until_something_is_acknowledged() {
    let folder = TempDir::new().unwrap();
    let mut sealer = SoftwareSealer::generate().unwrap();
    let mut spool = Spool::open(folder.path(), 3000).unwrap();
    let big = vec![7; 1000];
    let mut ids = Vec::new();
    let full = loop {
        match spool.put(&big) {
            Ok(id) => {
                spool.attach(id, &sealer.seal(&sha256(&big)).unwrap()).unwrap();
                ids.push(id);
            }
            Err(error) => break error,
        }
    };
    assert!(matches!(full, SpoolError::Full { limit: 3000, .. }), "{full}");
    assert_eq!(spool.waiting_count(), ids.len() as u64);
    spool.acknowledge(ids[0]).unwrap();
    spool.put(&big).unwrap();
}

#[test]
fn written_anew_it_holds_the_same() {
    let folder = TempDir::new().unwrap();
    let mut sealer = SoftwareSealer::generate().unwrap();
    life(&folder, &mut sealer);
    let mut spool = open(&folder);
    let (before, last, next, size) = (state(&spool), spool.last_seal(), spool.next, spool.end);
    // A crash in the middle of writing anew leaves a part of the new file, which is not looked at.
    std::fs::write(folder.path().join("spool.new"), b"medseal-sp").unwrap();
    spool.compact().unwrap();
    assert!(spool.end < size);
    let live = spool.live;
    assert_eq!(state(&spool), before);
    drop(spool);
    let mut spool = open(&folder);
    assert_eq!((state(&spool), spool.last_seal(), spool.next, spool.live), (before, last, next, live));
    spool.put(&batch(9)).unwrap();
}

#[test]
fn it_grows_no_further_than_twice_what_waits() {
    let folder = TempDir::new().unwrap();
    let mut sealer = SoftwareSealer::generate().unwrap();
    let mut spool = open(&folder);
    for n in 0..40u8 {
        let big = vec![n; 100_000];
        let id = spool.put(&big).unwrap();
        spool.attach(id, &sealer.seal(&sha256(&big)).unwrap()).unwrap();
        spool.acknowledge(id).unwrap();
    }
    assert!(spool.end < 2 * limits::SPOOL_DEAD_BYTES, "{}", spool.end);
    assert_eq!(spool.last_seal().unwrap().claims().counter.0, 40);
}

#[test]
fn what_is_set_aside_is_kept_and_counted() {
    let folder = TempDir::new().unwrap();
    life(&folder, &mut SoftwareSealer::generate().unwrap());
    assert_eq!(open(&folder).aside_count(), 1);
    let line = std::fs::read_to_string(folder.path().join("aside.jsonl")).unwrap();
    assert!(line.starts_with(r#"{"counter":4,"reason":"clock","sealed":""#), "{line}");
}

#[test]
fn wrong_uses_are_refused() {
    let folder = TempDir::new().unwrap();
    let mut sealer = SoftwareSealer::generate().unwrap();
    let mut spool = open(&folder);
    assert!(matches!(Spool::open(folder.path(), 1), Err(SpoolError::Locked(_))));
    let id = spool.put(&batch(1)).unwrap();
    let too_long = vec![0; seal::limits::BATCH_BYTES + 1];
    assert!(matches!(spool.put(&too_long), Err(SpoolError::Length(_))));
    let other = sealer.seal(&sha256(&batch(2))).unwrap();
    assert!(matches!(spool.attach(id, &other), Err(SpoolError::Seal)));
    assert!(matches!(spool.acknowledge(EntryId(9)), Err(SpoolError::NoEntry(_))));
    drop(spool);
    let foreign = with_file(b"something else, quite long");
    assert!(matches!(Spool::open(foreign.path(), 1), Err(SpoolError::Foreign(_))));
}
