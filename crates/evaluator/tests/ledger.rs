//! The evidence ledger on disk and in a bundle: appended whole, and every kind of damage named with its entry.

use evaluator::catalog::Catalog;
use evaluator::ledger::{
    Bundle, Digest, Entry, Event, Fault, FileKey, Judgement, Person, Role, Roster, Signer, Store, StoreError,
    check,
};
use evaluator::verdict::Verdict;
use std::fs;
use std::path::Path;

fn key(number: u8) -> FileKey {
    FileKey::from_secret(&[number; 32])
}

fn roster() -> Roster {
    let person = |number, name: &str, role| Person {
        name: name.into(),
        role,
        key: key(number).public_key(),
        until: None,
    };
    Roster::new([person(1, "Ada", Role::Assessor), person(2, "Otto", Role::Operator)])
}

fn at() -> jiff::Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

/// A ledger of some judgements, each with a form of its own.
fn ledger(folder: &Path, entries: u64) -> Store {
    let store = Store::of(folder);
    for number in 1..=entries {
        let form = store.keep(format!("form {number}").as_bytes()).unwrap();
        let judgement = Judgement {
            target: "5.1-3-1a@AuthMech-1".parse().unwrap(),
            verdict: Verdict::Pass,
            escape: None,
            reason: format!("reason {number}"),
            form,
            evidence: Vec::new(),
            basis: Digest::NONE,
        };
        store.append("Ada", at(), Event::Judgement(judgement), &key(1)).unwrap();
    }
    store
}

fn faults(store: &Store) -> Vec<Fault> {
    let folder = check(store, &roster()).faults;
    let text = Bundle::of(store, &roster()).write();
    let bundle = Bundle::parse(&text).unwrap();
    let bundled = check(&bundle, &roster()).faults;
    assert_eq!(folder, bundled, "a bundle shows the same faults as the folder");
    folder
}

#[test]
fn a_ledger_as_it_was_written_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = ledger(folder.path(), 5);
    assert_eq!(faults(&store), []);
    let whole = check(&store, &roster()).whole().unwrap();
    assert_eq!(whole.entries().count(), 5);
    let leftovers = fs::read_dir(folder.path().join("ledger")).unwrap().flatten();
    let leftovers = leftovers.filter(|entry| entry.file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(leftovers.count(), 0);
}

#[test]
fn an_empty_ledger_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(faults(&Store::of(folder.path())), []);
}

/// What is done to a ledger of five entries, and the faults that must be named.
#[test]
fn each_kind_of_damage_is_named_with_its_entry() {
    type Damage = fn(&Path);
    let table: &[(&str, Damage, &[&str])] = &[
        (
            "a word of the third entry changed",
            |ledger| edit(ledger, 3, |text| text.replace("reason 3", "reason 9")),
            &["entry 3 was changed: its signature does not fit its text"],
        ),
        (
            "the third entry signed anew by a stranger",
            |ledger| resign(ledger, 3, "Ada", 9),
            &["entry 3 is signed with the key", "entry 4 does not follow entry 3"],
        ),
        (
            "the third entry written anew by its own writer",
            |ledger| resign(ledger, 3, "Ada", 1),
            &["entry 4 does not follow entry 3"],
        ),
        (
            "somebody signs in another's name",
            |ledger| resign(ledger, 5, "Ada", 2),
            &["entry 5 is signed with the key", "entry 5 is not the one that the ledger's head names"],
        ),
        (
            "the third entry missing",
            |ledger| fs::remove_file(entry(ledger, 3)).unwrap(),
            &["entry 3 is missing"],
        ),
        (
            "the last two missing",
            |ledger| [4, 5].iter().for_each(|number| fs::remove_file(entry(ledger, *number)).unwrap()),
            &["entries 4 to 5 are missing"],
        ),
        ("the first missing", |ledger| fs::remove_file(entry(ledger, 1)).unwrap(), &["entry 1 is missing"]),
        (
            "the second and third exchanged",
            |ledger| {
                let (second, third) =
                    (fs::read(entry(ledger, 2)).unwrap(), fs::read(entry(ledger, 3)).unwrap());
                fs::write(entry(ledger, 2), third).unwrap();
                fs::write(entry(ledger, 3), second).unwrap();
            },
            &[
                "entry 2 is out of order: what lies there calls itself 3",
                "entry 3 is out of order: what lies there calls itself 2",
            ],
        ),
        (
            "the fourth cut off in its signature",
            |ledger| edit(ledger, 4, |text| text[..text.len() - 20].to_owned()),
            &["entry 4 is cut off: 1 whole lines, but an entry has 2"],
        ),
        (
            "the fourth cut off in its text",
            |ledger| edit(ledger, 4, |text| text[..100].to_owned()),
            &["entry 4 is cut off: 0 whole lines, but an entry has 2"],
        ),
        (
            "the fourth empty",
            |ledger| edit(ledger, 4, |_| String::new()),
            &["entry 4 is cut off: 0 whole lines, but an entry has 2"],
        ),
        (
            "a line added to the fourth",
            |ledger| edit(ledger, 4, |text| format!("{text}more\n")),
            &["entry 4 was changed: 3 whole lines, but an entry has 2"],
        ),
        (
            "the head missing",
            |ledger| fs::remove_file(ledger.join("ledger/head")).unwrap(),
            &["the ledger's head is missing"],
        ),
        (
            "the head changed",
            |ledger| {
                let path = ledger.join("ledger/head");
                let text = fs::read_to_string(&path).unwrap().replace("\"count\":5", "\"count\":4");
                fs::write(path, text).unwrap();
            },
            &["the ledger's head is missing, was changed"],
        ),
        (
            "a form changed",
            |ledger| fs::write(evidence(ledger, "form 2"), "form 7").unwrap(),
            &["the evidence 7f89de7fce6a4dbf of entry 2 was changed"],
        ),
        (
            "a form missing",
            |ledger| fs::remove_file(evidence(ledger, "form 2")).unwrap(),
            &["the evidence 7f89de7fce6a4dbf of entry 2 is missing"],
        ),
    ];
    for (what, damage, expected) in table {
        let folder = tempfile::tempdir().unwrap();
        let store = ledger(folder.path(), 5);
        damage(folder.path());
        let mut found: Vec<String> = faults(&store).iter().map(ToString::to_string).collect();
        found.dedup();
        assert_eq!(found.len(), expected.len(), "{what}: {found:?}");
        for (found, expected) in found.iter().zip(*expected) {
            assert!(
                found.starts_with(&expected.replace("7f89de7fce6a4dbf", &Digest::of(b"form 2").short())),
                "{what}: {found}"
            );
        }
    }
}

fn entry(folder: &Path, number: u64) -> std::path::PathBuf {
    Store::of(folder).entry_path(number)
}

fn evidence(folder: &Path, text: &str) -> std::path::PathBuf {
    folder.join("evidence").join(Digest::of(text.as_bytes()).to_string())
}

fn edit(folder: &Path, number: u64, change: impl Fn(&str) -> String) {
    let path = entry(folder, number);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, change(&text)).unwrap();
}

/// Writes an entry anew with another reason, a true signature and the same place in the chain.
fn resign(folder: &Path, number: u64, by: &str, signer: u8) {
    let old = Entry::parse(&fs::read(entry(folder, number)).unwrap()).unwrap();
    let mut body = old.body().clone();
    body.by = by.into();
    let Event::Judgement(judgement) = &mut body.event else { panic!("a judgement") };
    judgement.reason = "another reason".into();
    fs::write(entry(folder, number), Entry::sign(body, &key(signer)).unwrap().bytes()).unwrap();
}

#[test]
fn a_crash_after_the_entry_and_before_the_head_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    ledger(folder.path(), 3);
    let head = fs::read(folder.path().join("ledger/head")).unwrap();
    let store = ledger(folder.path(), 1);
    fs::write(folder.path().join("ledger/head"), head).unwrap();
    assert_eq!(faults(&store), []);
    assert_eq!(check(&store, &roster()).readable(), 4);
    ledger(folder.path(), 1);
    assert_eq!(faults(&store), []);
}

#[test]
fn a_crash_before_the_entry_has_its_name_leaves_the_ledger_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = ledger(folder.path(), 2);
    fs::write(folder.path().join("ledger/.77-0.part"), "{\"number\":3").unwrap();
    assert_eq!(faults(&store), []);
    ledger(folder.path(), 1);
    assert_eq!(faults(&store), []);
    assert_eq!(check(&store, &roster()).readable(), 3);
}

#[test]
fn nothing_is_built_upon_a_ledger_whose_end_is_missing_or_unsound() {
    let folder = tempfile::tempdir().unwrap();
    let store = ledger(folder.path(), 3);
    let opened = || Event::Opened { product: "Pulse".into() };
    fs::remove_file(entry(folder.path(), 3)).unwrap();
    let refused = store.append("Ada", at(), opened(), &key(1)).unwrap_err();
    assert!(matches!(refused, StoreError::Cut { head: 3, entries: 2 }), "{refused}");
    edit(folder.path(), 2, |text| text.replace("reason", "treason"));
    fs::remove_file(folder.path().join("ledger/head")).unwrap();
    let refused = store.append("Ada", at(), opened(), &key(1)).unwrap_err();
    assert!(matches!(refused, StoreError::Last { number: 2, .. }), "{refused}");
}

#[test]
fn of_many_writers_at_once_each_entry_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::of(folder.path());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    store.append("Ada", at(), Event::Opened { product: "Pulse".into() }, &key(1)).unwrap();
                }
            });
        }
    });
    let report = check(&store, &roster());
    assert_eq!(report.faults, []);
    assert_eq!(report.readable(), 20);
}

#[test]
fn a_tool_cannot_decide_what_a_person_must_judge_whatever_the_ledger_says() {
    use evaluator::catalog::Decider;
    let catalog = Catalog::embedded().unwrap();
    let tools = catalog.units.iter().filter(|unit| catalog.rule(unit.id).unwrap().decides == Decider::Tool);
    assert_eq!(tools.count(), 46);
    for unit in &catalog.units {
        let rule = catalog.rule(unit.id).unwrap();
        let may = evaluator::verdict::CheckUnit::of(rule).is_some();
        assert_eq!(may, unit.verb == evaluator::catalog::Verb::Check, "{}", unit.id);
    }
}

/// Mutated entries, heads and bundles never stop the reader, and none that differs passes for the original.
#[test]
fn changed_bytes_are_found_wherever_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let store = ledger(folder.path(), 2);
    let bytes = fs::read(entry(folder.path(), 1)).unwrap();
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 1 << (position % 7);
        assert!(Entry::parse(&changed).is_err(), "byte {position}");
        assert!(Entry::parse(&bytes[..position]).is_err(), "cut at {position}");
    }
    let text = Bundle::of(&store, &roster()).write();
    let mut survived: Vec<String> = Vec::new();
    for position in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[position] ^= 1 << (position % 6);
        let Ok(changed) = String::from_utf8(changed) else { continue };
        let Ok(bundle) = Bundle::parse(&changed) else { continue };
        let report = check(&bundle, &roster());
        let is_outside = bundle.roster() != roster();
        if report.faults.is_empty() && !is_outside {
            survived.push(changed[position.saturating_sub(40)..].chars().take(60).collect::<String>());
        }
    }
    assert_eq!(survived, [""; 0]);
}
