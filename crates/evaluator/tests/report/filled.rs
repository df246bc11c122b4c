//! The sample product as a laboratory evaluates it: an operator's tools, two assessors' judgements, recognised evidence, in a folder
//! with a signed ledger.

use crate::case::Case;
use evaluator::catalog::{Catalog, Decider, Edition, ProvisionId, Subject};
use evaluator::forms::{FilledForm, form};
use evaluator::ledger::{
    Confirmation, Entry, Event, FileKey, Judgement, Person, Recognition, Role, Roster, Run, RunOutcome,
    Signer, Store,
};
use evaluator::plan::plan;
use evaluator::template::Fill;
use evaluator::verdict::{Target, Verdict, basis::basis, standing};
use std::path::Path;

/// A laboratory's folder.
pub(crate) struct Laboratory {
    pub(crate) folder: tempfile::TempDir,
    case: Case,
    store: Store,
}

const AT: &str = "2026-11-20T10:00:00Z";
/// Who works there: name, role, and the byte that their key is made of.
const PEOPLE: [(&str, Role, u8); 3] =
    [("Ada", Role::Assessor, 1), ("Bea", Role::Assessor, 2), ("Otto", Role::Operator, 3)];

impl Laboratory {
    /// With the sample product's documents and an empty ledger.
    pub(crate) fn open(edition: Edition) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = Case::sample(edition, Fill::Example);
        for (path, text) in &case.texts {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let store = Store::of(folder.path());
        let person = |(name, role, byte): (&str, Role, u8)| Person {
            name: name.into(),
            role,
            key: key(byte).public_key(),
            until: None,
        };
        std::fs::create_dir_all(folder.path().join("ledger")).unwrap();
        std::fs::write(store.roster_path(), Roster::new(PEOPLE.map(person)).write()).unwrap();
        std::fs::write(folder.path().join("photo.jpg"), "a photograph").unwrap();
        Self { folder, case, store }
    }

    /// Carries the plan out. `found` says what is found at a target, or that nothing was done.
    pub(crate) fn work(self, found: impl Fn(&Target) -> Option<Verdict>) -> Self {
        let (catalog, evaluation) = (&self.case.catalog, &self.case.evaluation);
        let today = jiff::civil::date(2026, 11, 22);
        let documents = standing(catalog, evaluation, 0, &self.store, today).unwrap().outcomes;
        let mut told = Vec::new();
        for unit in plan(catalog, evaluation)
            .groups
            .into_iter()
            .flat_map(|group| group.cases)
            .flat_map(|case| case.units)
        {
            let on_product = catalog.unit(unit.unit).unwrap().subject == Subject::Product;
            for target in &unit.targets {
                let Some(verdict) = found(target) else { continue };
                match (unit.decides, on_product) {
                    (Decider::Tool, true) => told.push(self.outcome(target, verdict)),
                    // What the documents show needs nobody; what they leave open somebody judges.
                    (Decider::Tool, false)
                        if documents.get(target).is_some_and(|known| known.verdict() == Verdict::Pass) => {}
                    (Decider::Tool, false) => self.judge(target, verdict, unit.readers > 1),
                    (Decider::Assessor | Decider::Performed | Decider::Inherited, _) => {
                        self.judge(target, verdict, unit.readers > 1);
                    }
                }
            }
        }
        self.run(told);
        self
    }

    fn append(&self, who: usize, event: Event) -> Entry {
        let (name, _, byte) = PEOPLE[who];
        self.store.append(name, AT.parse().unwrap(), event, &key(byte)).unwrap()
    }

    fn outcome(&self, target: &Target, verdict: Verdict) -> RunOutcome {
        RunOutcome {
            target: target.clone(),
            verdict,
            observations: 3,
            escape: None,
            basis: basis(&self.case.catalog, &self.case.evaluation, target),
            note: "three answers as declared".to_owned(),
        }
    }

    fn run(&self, outcomes: Vec<RunOutcome>) {
        let at = AT.parse().unwrap();
        let run = Run {
            procedure: "A01".to_owned(),
            tool: "nmap".to_owned(),
            version: "7.93".to_owned(),
            command: ["nmap", "-p-", "192.0.2.7"].map(str::to_owned).to_vec(),
            inputs: Vec::new(),
            output: self.store.keep(b"443/tcp open https").unwrap(),
            started: at,
            ended: at,
            outcomes,
            prepares: Vec::new(),
        };
        self.append(2, Event::Run(run));
    }

    fn judge(&self, target: &Target, verdict: Verdict, is_read_twice: bool) {
        let (catalog, evaluation) = (&self.case.catalog, &self.case.evaluation);
        let word = match verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
        };
        let text = form(catalog, evaluation, target)
            .unwrap()
            .replace("verdict = \"\"", &format!("verdict = \"{word}\""))
            .replace("reason = \"\"", "reason = \"seen at the bench\"")
            .replace("operator = \"\"", "operator = \"Otto\"")
            .replace("instrument = \"\"", "instrument = \"eye\"")
            .replace("\ntext = \"\"", "\ntext = \"seen\"");
        let text = format!("{text}\n[[evidence]]\nfile = \"photo.jpg\"\nwhat = \"the unit\"\n");
        let filled = FilledForm::read(catalog, evaluation, &text, self.folder.path()).unwrap();
        let judgement: Judgement =
            filled.judgement(|bytes| self.store.keep(bytes).map_err(std::io::Error::other)).unwrap();
        // They take turns, so that each is the other's second reader.
        let first = usize::from(target.unit.letter == 'b');
        let entry = self.append(first, Event::Judgement(judgement));
        if is_read_twice {
            let confirmation = Confirmation { entry: entry.body().number, sha256: entry.digest() };
            self.append(1 - first, Event::Confirmation(confirmation));
        }
    }

    /// Recognises a certificate for a whole group.
    pub(crate) fn recognise(self, group: &str) -> Self {
        let recognition = Recognition {
            group: group.parse::<ProvisionId>().unwrap(),
            scheme: "IEC 62443-4-2".to_owned(),
            certificate: "C-1234".to_owned(),
            document: self.store.keep(b"a certificate").unwrap(),
            valid_until: jiff::civil::date(2027, 6, 30),
            reason: "the same interfaces were tested".to_owned(),
        };
        self.append(1, Event::Recognition(recognition));
        self
    }

    /// Reads the folder again, as the program does, and finds out where it stands.
    pub(crate) fn reported(&self) -> Case {
        let mut case = Case::of(self.case.texts.clone());
        let today = jiff::civil::date(2026, 11, 22);
        let found = standing(&case.catalog, &case.evaluation, 0, &self.store, today).unwrap();
        assert_eq!(found.refused, []);
        (case.conclusion, case.ledger) = (found.conclusion, found.ledger);
        case
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn key(byte: u8) -> FileKey {
    FileKey::from_secret(&[byte; 32])
}

/// A laboratory in which everything passes, one group by recognised evidence alone.
pub(crate) fn passed() -> Laboratory {
    let group: ProvisionId = "5.13-1".parse().unwrap();
    Laboratory::open(Edition::V2_1_1)
        .work(|target| (target.unit.case.provision != group).then_some(Verdict::Pass))
        .recognise("5.13-1")
}

/// One in which a judgement fails, and one group was not looked at.
pub(crate) fn failed() -> Laboratory {
    let (wrong, left_out) = ("5.5-1-1a", "5.8-3".parse::<ProvisionId>().unwrap());
    Laboratory::open(Edition::V2_1_1).work(|target| {
        if target.unit.case.provision == left_out {
            None
        } else if target.unit.to_string() == wrong {
            Some(Verdict::Fail)
        } else {
            Some(Verdict::Pass)
        }
    })
}

/// One in which half was done and nothing failed.
pub(crate) fn undecided() -> Laboratory {
    Laboratory::open(Edition::V2_1_1)
        .work(|target| target.unit.to_string().starts_with("5.1").then_some(Verdict::Pass))
}

/// The catalog as it is shipped.
pub(crate) fn catalog() -> Catalog {
    Catalog::embedded().unwrap()
}
