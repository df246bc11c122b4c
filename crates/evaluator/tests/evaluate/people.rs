//! Who may say what: second readers, ended keys, cards, operators, and evidence from outside (clause 4.7).

use crate::sample::{filled, key, parse, sample, stand, store};
use evaluator::catalog::Catalog;
use evaluator::forms::{FilledForm, form};
use evaluator::ledger::{
    Carry, Confirmation, Digest, Event, FileKey, Judgement, Person, PublicKey, Recognition, Role, Roster,
    Scheme, SignError, Signature, Signer, Store,
};
use evaluator::product::Evaluation;
use evaluator::verdict::{Ground, Rest, Standing, Target, Verdict};
use p256::ecdsa::signature::Signer as _;
use std::path::Path;

/// A unit that two have to read, and one that one is enough for.
const TWO: &str = "5.5-1-1a@ComMech-1";
const ONE: &str = "5.1-3-1a@AuthMech-1";

fn judgement(
    catalog: &Catalog,
    evaluation: &Evaluation,
    store: &Store,
    target: &str,
    verdict: &str,
) -> Judgement {
    let folder = store.roster_path().parent().unwrap().parent().unwrap().to_owned();
    std::fs::write(folder.join("photo.jpg"), "a photograph").unwrap();
    let target: Target = target.parse().unwrap();
    let text = filled(&form(catalog, evaluation, &target).unwrap(), verdict);
    let form = FilledForm::read(catalog, evaluation, &text, &folder).unwrap();
    form.judgement(|bytes| store.keep(bytes).map_err(std::io::Error::other)).unwrap()
}

fn at(day: &str) -> jiff::Timestamp {
    format!("{day}T10:00:00Z").parse().unwrap()
}

fn people(store: &Store, people: &[(u8, &str, Role, Option<&str>)]) {
    let person = |(number, name, role, until): &(u8, &str, Role, Option<&str>)| Person {
        name: (*name).to_owned(),
        role: *role,
        key: key(*number).public_key(),
        until: until.map(|day| day.parse().unwrap()),
    };
    std::fs::write(store.roster_path(), Roster::new(people.iter().map(person)).write()).unwrap();
}

/// The last day of recognised evidence, who recognises it, a judgement beside it, and what the group has then.
type Case = (&'static str, u8, Option<&'static str>, (Verdict, Option<u64>));

/// What a target's verdict rests on.
fn rest(standing: &Standing, target: &str) -> Rest {
    let cases = standing.conclusion.groups.iter().flat_map(|group| &group.cases);
    let subjects = cases.flat_map(|case| &case.criteria).flat_map(|criterion| &criterion.subjects);
    let mut rests = subjects.flat_map(|subject| &subject.units);
    rests.find(|rest| rest.target.to_string() == target).cloned().unwrap_or_else(|| panic!("{target}"))
}

fn refused(standing: &Standing) -> Vec<String> {
    standing.refused.iter().map(ToString::to_string).collect()
}

/// A unit of the sample that asks for two readers.
fn two_readers(catalog: &Catalog, evaluation: &Evaluation) -> String {
    let planned = evaluator::plan::plan(catalog, evaluation);
    let mut units = planned.groups.into_iter().flat_map(|group| group.cases).flat_map(|case| case.units);
    let unit =
        units.find(|unit| unit.readers > 1 && !unit.targets.is_empty()).expect("some unit needs two readers");
    unit.targets[0].to_string()
}

#[test]
fn a_second_reader_is_another_assessor_who_confirms_this_very_judgement() {
    let catalog = Catalog::embedded().unwrap();
    let evaluation = parse(&catalog, &sample(&catalog));
    let two = two_readers(&catalog, &evaluation);
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    people(
        &store,
        &[
            (1, "Ada", Role::Assessor, None),
            (2, "Bea", Role::Assessor, None),
            (3, "Otto", Role::Operator, None),
            (4, "Ada", Role::Assessor, None),
        ],
    );
    let day = at("2026-03-01");
    let judged = Event::Judgement(judgement(&catalog, &evaluation, &store, &two, "pass"));
    let first = store.append("Ada", day, judged.clone(), &key(1)).unwrap();
    let ground = |standing: &Standing| rest(standing, &two).ground;
    assert_eq!(ground(&stand(&catalog, &evaluation, &store)), Ground::NeedsSecondReader);
    let confirms = |entry: &evaluator::ledger::Entry| {
        Event::Confirmation(Confirmation { entry: entry.body().number, sha256: entry.digest() })
    };
    let mut expected = Vec::new();
    for (number, by, event, words) in [
        (1, "Ada", confirms(&first), "entry 2: Ada has judged entry 1 and cannot be its second reader"),
        (4, "Ada", confirms(&first), "entry 3: Ada has judged entry 1 and cannot be its second reader"),
        (3, "Otto", confirms(&first), "entry 4: Otto is no assessor"),
        (
            2,
            "Bea",
            Event::Confirmation(Confirmation { entry: 1, sha256: Digest::of(b"another") }),
            "entry 5: it confirms no judgement (entry 1)",
        ),
        (
            2,
            "Bea",
            Event::Confirmation(Confirmation { entry: 2, sha256: first.digest() }),
            "entry 6: it confirms no judgement (entry 2)",
        ),
    ] {
        store.append(by, day, event, &key(number)).unwrap();
        expected.push(words.to_owned());
        let standing = stand(&catalog, &evaluation, &store);
        assert_eq!(refused(&standing), expected);
        assert_eq!(ground(&standing), Ground::NeedsSecondReader, "{words}");
    }
    store.append("Bea", day, confirms(&first), &key(2)).unwrap();
    assert_eq!(ground(&stand(&catalog, &evaluation, &store)), Ground::Decided("Ada and Bea".into()));
    // A new judgement asks for a reading of its own.
    store.append("Ada", day, judged, &key(1)).unwrap();
    let standing = stand(&catalog, &evaluation, &store);
    assert_eq!(ground(&standing), Ground::NeedsSecondReader);
    store.append("Bea", day, confirms(&first), &key(2)).unwrap();
    assert_eq!(ground(&stand(&catalog, &evaluation, &store)), Ground::NeedsSecondReader);
}

#[test]
fn a_key_counts_until_its_day_and_no_clock_set_back_prolongs_it() {
    let catalog = Catalog::embedded().unwrap();
    let evaluation = parse(&catalog, &sample(&catalog));
    let pass = |store: &Store| Event::Judgement(judgement(&catalog, &evaluation, store, ONE, "pass"));
    let ended = "entry 2: Ada's key ended on 2026-02-28";
    for (first, second, until, counts) in [
        ("2026-02-01", "2026-02-28", None, true),
        ("2026-02-01", "2026-02-28", Some("2026-02-28"), true),
        ("2026-02-01", "2026-03-01", Some("2026-02-28"), false),
        ("2026-03-01", "2026-02-01", Some("2026-02-28"), false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        people(&store, &[(1, "Ada", Role::Assessor, until), (2, "Bea", Role::Assessor, None)]);
        store.append("Bea", at(first), Event::Opened { product: "Pulse".into() }, &key(2)).unwrap();
        store.append("Ada", at(second), pass(&store), &key(1)).unwrap();
        let standing = stand(&catalog, &evaluation, &store);
        let expected: &[&str] = if counts { &[] } else { &[ended] };
        assert_eq!(refused(&standing), expected, "{first} {second} {until:?}");
        let ground = if counts { Ground::Decided("Ada".into()) } else { Ground::Missing };
        assert_eq!(rest(&standing, ONE).ground, ground, "{first} {second} {until:?}");
    }
}

/// What a card does: ECDSA on P-256 over the message.
struct CardKey(p256::ecdsa::SigningKey);

impl CardKey {
    fn new(number: u8) -> Self {
        Self(p256::ecdsa::SigningKey::from_slice(&[number; 32]).unwrap())
    }
}

impl Signer for CardKey {
    fn public_key(&self) -> PublicKey {
        let point = self.0.verifying_key().to_sec1_point(false);
        PublicKey::new(Scheme::Es256, point.as_bytes().to_vec()).unwrap()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let signature: p256::ecdsa::Signature = self.0.sign(message);
        Ok(Signature(signature.to_bytes().into()))
    }
}

/// A card that is exchanged for another while it signs: the first so many signatures are its own.
struct Exchanged {
    card: CardKey,
    other: CardKey,
    own: std::cell::Cell<u32>,
}

impl Signer for Exchanged {
    fn public_key(&self) -> PublicKey {
        self.card.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        match self.own.get().checked_sub(1) {
            Some(left) => {
                self.own.set(left);
                self.card.sign(message)
            }
            None => self.other.sign(message),
        }
    }
}

#[test]
fn entries_by_cards_and_by_files_stand_in_one_ledger() {
    let catalog = Catalog::embedded().unwrap();
    let evaluation = parse(&catalog, &sample(&catalog));
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let two = two_readers(&catalog, &evaluation);
    let card = CardKey::new(5);
    let person =
        |name: &str, key: PublicKey| Person { name: name.into(), role: Role::Assessor, key, until: None };
    let roster = Roster::new([person("Ada", card.public_key()), person("Bea", key(2).public_key())]);
    std::fs::write(store.roster_path(), roster.write()).unwrap();
    let judged = Event::Judgement(judgement(&catalog, &evaluation, &store, &two, "pass"));
    let first = store.append("Ada", at("2026-03-01"), judged.clone(), &card).unwrap();
    let confirmation = Confirmation { entry: 1, sha256: first.digest() };
    store.append("Bea", at("2026-03-01"), Event::Confirmation(confirmation), &key(2)).unwrap();
    let standing = stand(&catalog, &evaluation, &store);
    assert_eq!(refused(&standing), [""; 0]);
    assert_eq!(rest(&standing, &two).ground, Ground::Decided("Ada and Bea".into()));

    // A card exchanged before the entry's or the head's signature leaves nothing behind.
    let names = |folder: &Path| std::fs::read_dir(folder.join("ledger")).unwrap().count();
    let before = names(folder.path());
    for own in [0, 1] {
        let signer = Exchanged { card: CardKey::new(5), other: CardKey::new(6), own: own.into() };
        let error = store.append("Ada", at("2026-03-01"), judged.clone(), &signer).unwrap_err().to_string();
        assert_eq!(error, "the key would not sign: the signature it made is not its key's");
        assert_eq!(names(folder.path()), before);
        assert_eq!(stand(&catalog, &evaluation, &store).entries, 2);
    }
}

#[test]
fn recognised_evidence_covers_a_group_until_its_day_and_undoes_no_fail() {
    let catalog = Catalog::embedded().unwrap();
    let evaluation = parse(&catalog, &sample(&catalog));
    let group = |standing: &Standing| {
        let found = standing.conclusion.groups.iter().find(|group| group.provision.to_string() == "5.5-1");
        found.map(|group| (group.verdict, group.recognised)).unwrap()
    };
    let table: &[Case] = &[
        ("2026-03-01", 1, None, (Verdict::Pass, Some(1))),
        ("2026-02-28", 1, None, (Verdict::Inconclusive, None)),
        ("2026-03-01", 3, None, (Verdict::Inconclusive, None)),
        ("2026-03-01", 1, Some("fail"), (Verdict::Fail, None)),
    ];
    for (until, by, judged, (verdict, recognised)) in table {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        people(&store, &[(1, "Ada", Role::Assessor, None), (3, "Otto", Role::Operator, None)]);
        let recognition = Recognition {
            group: "5.5-1".parse().unwrap(),
            scheme: "Common Criteria".into(),
            certificate: "CC-1".into(),
            document: store.keep(b"the certificate").unwrap(),
            valid_until: until.parse().unwrap(),
            reason: "covers all mechanisms".into(),
        };
        let name = if *by == 1 { "Ada" } else { "Otto" };
        store.append(name, at("2026-02-01"), Event::Recognition(recognition), &key(*by)).unwrap();
        if let Some(judged) = judged {
            let event = Event::Judgement(judgement(&catalog, &evaluation, &store, TWO, judged));
            let first = store.append("Ada", at("2026-02-01"), event, &key(1)).unwrap();
            assert_eq!(first.body().number, 2);
        }
        let standing = stand(&catalog, &evaluation, &store);
        assert_eq!(group(&standing), (Some(*verdict), *recognised), "{until} by {name}, {judged:?}");
        assert_eq!(refused(&standing).is_empty(), *by == 1);
    }
}

#[test]
fn a_carry_is_an_assessors_has_a_reason_and_an_outcome_to_carry() {
    let catalog = Catalog::embedded().unwrap();
    let evaluation = parse(&catalog, &sample(&catalog));
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    people(&store, &[(1, "Ada", Role::Assessor, None), (3, "Otto", Role::Operator, None)]);
    let mut old = judgement(&catalog, &evaluation, &store, ONE, "pass");
    let basis = std::mem::replace(&mut old.basis, Digest::of(b"an earlier declaration"));
    store.append("Ada", at("2026-03-01"), Event::Judgement(old), &key(1)).unwrap();
    let carry = |entry, reason: &str| {
        Event::Carry(Carry { target: ONE.parse().unwrap(), entry, basis, reason: reason.into() })
    };
    let mut expected: Vec<String> = Vec::new();
    let append = |by: &str, event, key: &FileKey| store.append(by, at("2026-03-01"), event, key).unwrap();
    for (by, number, event, words) in [
        ("Otto", 3, carry(1, "nothing changed"), "entry 2: Otto is no assessor"),
        ("Ada", 1, carry(2, "nothing changed"), "entry 3: it carries over what entry 2 does not say"),
        ("Ada", 1, carry(1, " "), "entry 4: a judgement without a reason"),
    ] {
        append(by, event, &key(number));
        expected.push(words.into());
        let standing = stand(&catalog, &evaluation, &store);
        assert_eq!(refused(&standing), expected);
        assert_eq!(rest(&standing, ONE).ground, Ground::Outdated, "{words}");
    }
    append("Ada", carry(1, "only the web page changed"), &key(1));
    let standing = stand(&catalog, &evaluation, &store);
    assert_eq!(refused(&standing), expected);
    assert_eq!(rest(&standing, ONE).ground, Ground::Decided("Ada".into()));
    assert_eq!(rest(&standing, ONE).entries, [1, 5]);
}
