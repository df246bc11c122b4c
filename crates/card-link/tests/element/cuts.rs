//! A power cut at every persistent write of a script, and in the middle of each: the state that is found afterwards is the
//! one before the step or the one after it, never one between, and no try of a PIN comes back. An obvious model says
//! what those states are. `java/cuts` is the applet.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::compile;
use card_image::cap::CapFile;
use card_link::gp::{Related, Session};
use card_link::{Aid, CardFile, CardKeys, Durability, Element, FastEngine, InProcess, LinkError};
use card_runtime::crypto::Engine;
use card_runtime::env::{Env, PersistError};
use card_runtime::{Card, Foundation};

const PACKAGE: &str = "F043555453";
const MODULE: &str = "F04355545301";
const TRIES: u8 = 5;

// ---- the model ----

/// What one instance shows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Instance {
    counter: u16,
    record: u8,
    /// The large array: all of it, and bytes 100 to 149.
    large: (u8, u8),
    tries: u8,
    nodes: u8,
}

/// What a card shows.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct State {
    /// The package's static field, if the package is there.
    total: Option<u16>,
    instances: BTreeMap<u8, Instance>,
    /// The version of the domain's keys.
    keys: u8,
}

/// One step of the script.
#[derive(Clone, Copy, Debug)]
enum Step {
    Load,
    Install(u8),
    DeleteInstance(u8),
    DeletePackage,
    /// New keys with a version.
    Keys(u8),
    /// Instruction and P1 to an instance.
    Command(u8, u8, u8),
    Reset,
}

impl Step {
    /// What the step makes of a state: the states that a cut may leave in the middle, and the one at the end.
    fn apply(self, state: &State) -> (Vec<State>, State) {
        let mut after = state.clone();
        match self {
            Self::Load => after.total = Some(0),
            Self::Install(name) => {
                let fresh = Instance { counter: 0, record: 0, large: (0, 0), tries: TRIES, nodes: 3 };
                after.instances.insert(name, fresh);
            }
            Self::DeleteInstance(name) => {
                after.instances.remove(&name);
            }
            Self::DeletePackage => after = State { keys: state.keys, ..State::default() },
            Self::Keys(version) => after.keys = version,
            Self::Reset => {}
            Self::Command(name, instruction, value) => return command(state, name, instruction, value),
        }
        (Vec::new(), after)
    }
}

/// What an instruction of the applet does.
fn command(state: &State, name: u8, instruction: u8, value: u8) -> (Vec<State>, State) {
    let on = |state: &State, change: &dyn Fn(&mut Instance)| {
        let mut changed = state.clone();
        change(changed.instances.get_mut(&name).unwrap());
        changed
    };
    let counted = |state: &State| State { total: state.total.map(|total| total + 1), ..state.clone() };
    let committed = on(&counted(state), &|instance| {
        instance.counter += 1;
        instance.record = value;
    });
    let take = |instance: &mut Instance| instance.tries = instance.tries.saturating_sub(1);
    let taken = on(state, &take);
    match instruction {
        0x10 => (Vec::new(), on(&counted(state), &|instance| instance.counter += 1)),
        0x12 => (Vec::new(), committed),
        0x18 => (Vec::new(), on(state, &|instance| instance.large.1 = value)),
        0x14 | 0x16 | 0x34 => (Vec::new(), state.clone()),
        // A try is spent before the comparison; the right PIN then gives all of them.
        0x20 if value == 0 || taken.instances[&name].tries == state.instances[&name].tries => {
            (Vec::new(), taken)
        }
        0x20 => (vec![taken], on(state, &|instance| instance.tries = TRIES)),
        0x24 => (Vec::new(), taken),
        0x26 => (vec![taken], on(&committed, &take)),
        0x28 => (vec![taken], on(&committed, &|instance| instance.tries = TRIES)),
        0x30 | 0x38 => (Vec::new(), on(state, &|instance| instance.nodes += 1)),
        0x32 => (Vec::new(), on(state, &|instance| instance.nodes -= 1)),
        0x36 => (Vec::new(), on(state, &|instance| instance.large = (value, value))),
        other => panic!("the script has no instruction {other:02X}"),
    }
}

const SCRIPT: &[Step] = &[
    Step::Load,
    Step::Install(1),
    Step::Command(1, 0x10, 0),
    Step::Command(1, 0x12, 0x11),
    Step::Command(1, 0x14, 0x12),
    Step::Command(1, 0x16, 0x13),
    Step::Command(1, 0x18, 0x14),
    Step::Command(1, 0x20, 0),
    Step::Command(1, 0x24, 0x15),
    Step::Command(1, 0x26, 0x16),
    Step::Command(1, 0x20, 1),
    Step::Install(2),
    Step::Command(2, 0x20, 0),
    Step::Command(2, 0x28, 0x21),
    Step::Command(2, 0x30, 0),
    Step::Command(2, 0x34, 0),
    Step::Command(2, 0x38, 0),
    Step::Reset,
    Step::Command(2, 0x32, 0),
    Step::Command(2, 0x32, 0),
    Step::Command(1, 0x36, 0x22),
    Step::Command(1, 0x18, 0x23),
    Step::Keys(2),
    Step::DeleteInstance(1),
    Step::Command(2, 0x12, 0x31),
    Step::Install(1),
    Step::Install(3),
    Step::Command(3, 0x30, 0),
    Step::Command(1, 0x12, 0x32),
    Step::DeletePackage,
    Step::Load,
    Step::Install(3),
    Step::Command(3, 0x12, 0x41),
    Step::Keys(3),
];

// ---- the card ----

fn package() -> CapFile {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java/cuts");
    compile(&sources, "cuts", PACKAGE, &[(MODULE, "cuts.Cuts")])
}

/// The keys that a card has and will get, by version.
struct Keys(BTreeMap<u8, CardKeys>);

impl Keys {
    fn new() -> Self {
        Self((1..=3).map(|version| (version, CardKeys::random_version(version).unwrap())).collect())
    }

    fn first(&self) -> &CardKeys {
        &self.0[&1]
    }
}

fn instance(name: u8) -> Aid {
    format!("{MODULE}{name:02X}").parse().unwrap()
}

fn select(card: &mut impl Element, name: u8) -> Vec<u8> {
    let aid = instance(name);
    let command =
        [&[0, 0xA4, 4, 0, u8::try_from(aid.as_bytes().len()).unwrap()][..], aid.as_bytes()].concat();
    card.transmit(&command).unwrap()
}

/// Does a step. `state` is what the model said before it.
fn perform(card: &mut impl Element, cap: &CapFile, keys: &Keys, state: &State, step: Step) {
    let (package, module) = (PACKAGE.parse().unwrap(), MODULE.parse().unwrap());
    let current = &keys.0[&state.keys];
    match step {
        Step::Load => Session::open(card, current).unwrap().load_cap(cap).unwrap(),
        Step::Install(name) => {
            let mut session = Session::open(card, current).unwrap();
            session.install(&package, &module, &instance(name), &[]).unwrap();
        }
        Step::DeleteInstance(name) => {
            let mut session = Session::open(card, current).unwrap();
            session.delete(&instance(name), Related::Nothing).unwrap();
        }
        Step::DeletePackage => {
            Session::open(card, current).unwrap().delete(&package, Related::Instances).unwrap();
        }
        Step::Keys(version) => {
            let mut session = Session::open(card, current).unwrap();
            session.put_keys(&keys.0[&version], Some(state.keys)).unwrap();
        }
        Step::Command(name, instruction, value) => {
            assert_eq!(select(card, name), [0x90, 0x00]);
            card.transmit(&[0x80, instruction, value, 0]).unwrap();
        }
        Step::Reset => card.reset().unwrap(),
    }
    // A domain that stays selected lets every instance be deleted.
    card.transmit(&[0, 0xA4, 4, 0]).unwrap();
}

/// What a card shows.
fn look(card: &mut impl Element) -> State {
    let mut state = State::default();
    for name in 1..=3 {
        if select(card, name) != [0x90, 0x00] {
            continue;
        }
        let shown = card.transmit(&[0x80, 0x00, 0, 0, 0]).unwrap();
        let &[t0, t1, c0, c1, r0, r1, l0, l1, l2, l3, tries, nodes, 0x90, 0x00] = shown.as_slice() else {
            panic!("{}", hex::encode(&shown));
        };
        assert!(r0 == r1 && l0 == l3 && l1 == l2, "between: {}", hex::encode(&shown));
        state.total = Some(u16::from_be_bytes([t0, t1]));
        let counter = u16::from_be_bytes([c0, c1]);
        state.instances.insert(name, Instance { counter, record: r0, large: (l0, l1), tries, nodes });
    }
    card.transmit(&[0, 0xA4, 4, 0]).unwrap();
    let update = card.transmit(&[0x80, 0x50, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0]).unwrap();
    state.keys = update[10];
    state
}

/// Without an instance nobody shows the static field.
fn visible(state: &State) -> State {
    let total = if state.instances.is_empty() { None } else { state.total };
    State { total, ..state.clone() }
}

/// Whether a card that comes up after a cut in a step shows what it may.
fn check(card: &mut impl Element, before: &State, step: Step, what: &str) {
    let (between, after) = step.apply(before);
    let found = look(card);
    let allowed: Vec<State> = [before, &after].into_iter().chain(&between).map(visible).collect();
    assert!(allowed.contains(&found), "{step:?}, {what}: {found:?} is none of {allowed:?}");
    // It goes on from there.
    if let Some(name) = found.instances.keys().next() {
        assert_eq!(select(card, *name), [0x90, 0x00]);
        assert_eq!(card.transmit(&[0x80, 0x12, 0x77, 0]).unwrap(), [0x90, 0x00], "{step:?}, {what}");
        assert_eq!(look(card), visible(&command(&found, *name, 0x12, 0x77).1), "{step:?}, {what}, and on");
    }
}

// ---- cuts in the journal ----

/// A world that remembers where each write ended.
#[derive(Default)]
struct World {
    engine: FastEngine,
    journal: Vec<u8>,
    writes: Vec<usize>,
}

impl Env for World {
    fn random(&mut self, out: &mut [u8]) {
        getrandom::fill(out).unwrap();
    }

    fn persist(&mut self, records: &[u8]) -> Result<(), PersistError> {
        self.journal.extend_from_slice(records);
        self.writes.push(self.journal.len());
        Ok(())
    }

    fn now_us(&mut self) -> u64 {
        0
    }

    fn engine(&mut self) -> &mut dyn Engine {
        &mut self.engine
    }
}

struct Journaled(Card<World>);

impl Element for Journaled {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        Ok(self.0.transmit(command)?)
    }

    fn atr(&self) -> Vec<u8> {
        self.0.atr().to_vec()
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        Ok(self.0.reset()?)
    }
}

#[test]
fn a_cut_at_any_write_of_the_journal_leaves_the_state_before_or_after() {
    let (cap, keys) = (package(), Keys::new());
    let options = keys.first().card_options();
    let mut card = Journaled(Card::create(&Foundation::new(), World::default(), options).unwrap());
    let snapshot = card.0.snapshot();
    card.0.env().journal = snapshot;
    let mut state = State { keys: 1, ..State::default() };
    let mut cuts = 0;
    for step in SCRIPT {
        let from = card.0.env().journal.len();
        card.0.env().writes.clear();
        perform(&mut card, &cap, &keys, &state, *step);
        let (journal, writes) = (card.0.env().journal.clone(), card.0.env().writes.clone());
        let mut start = from;
        for end in writes {
            // Nothing of the write, half of it, all but a byte, all of it.
            for cut in [start, start + 1, (start + end) / 2, end - 1, end] {
                let mut again = InProcess::restore(&journal[..cut]).unwrap();
                check(&mut again, &state, *step, &format!("{cut} of {start}..{end}"));
                cuts += 1;
            }
            start = end;
        }
        state = step.apply(&state).1;
        assert_eq!(look(&mut card), visible(&state), "after {step:?}");
    }
    assert!(cuts > 200, "{cuts}");
}

// ---- cuts in the card's file ----

/// Where the frames of a card's file end: sixteen bytes of file header, then frames with their length at their byte 8.
fn frame_ends(file: &[u8]) -> Vec<usize> {
    let mut ends = vec![16];
    while let Some(length) = file.get(ends[ends.len() - 1] + 8..).and_then(|rest| rest.first_chunk::<4>()) {
        ends.push(ends[ends.len() - 1] + 16 + u32::from_le_bytes(*length) as usize);
    }
    assert_eq!(ends.last(), Some(&file.len()));
    ends
}

#[test]
fn a_cut_at_any_write_of_the_file_leaves_the_state_before_or_after() {
    let folder = tempfile::tempdir().unwrap();
    let (path, torn) = (folder.path().join("card"), folder.path().join("torn"));
    let (cap, keys) = (package(), Keys::new());
    let options = keys.first().card_options();
    let mut card = CardFile::create_with(&path, options, Durability::Process).unwrap();
    let mut state = State { keys: 1, ..State::default() };
    let mut old = std::fs::read(&path).unwrap();
    let mut cuts = 0;
    let mut come_up = |bytes: &[u8], state: &State, step: Step, what: &str| {
        std::fs::write(&torn, bytes).unwrap();
        check(&mut CardFile::open_with(&torn, Durability::Process).unwrap(), state, step, what);
        cuts += 1;
    };
    for (index, step) in SCRIPT.iter().enumerate() {
        perform(&mut card, &cap, &keys, &state, *step);
        let file = std::fs::read(&path).unwrap();
        let ends: Vec<usize> = frame_ends(&file).into_iter().filter(|end| *end >= old.len()).collect();
        for pair in ends.windows(2) {
            for cut in [pair[0], pair[0] + 9, (pair[0] + pair[1]) / 2, pair[1] - 1, pair[1]] {
                come_up(&file[..cut], &state, *step, &format!("{cut} of {pair:?}"));
            }
        }
        state = step.apply(&state).1;
        old = file;
        if index % 7 == 3 {
            // A new file is written, then takes the name: half of it beside the old one is a cut before that.
            card.compact().unwrap();
            let compacted = std::fs::read(&path).unwrap();
            let beside = folder.path().join("torn.new");
            std::fs::write(&beside, &compacted[..compacted.len() / 2]).unwrap();
            come_up(&old, &state, Step::Reset, "compaction cut short");
            come_up(&compacted, &state, Step::Reset, "compaction done");
            std::fs::write(&torn, &old).unwrap();
            let mut again = CardFile::open_with(&torn, Durability::Process).unwrap();
            again.compact().unwrap();
            check(&mut again, &state, Step::Reset, "compaction after one that was cut short");
            drop(again);
            assert!(!beside.exists());
            old = compacted;
        }
    }
    assert!(cuts > 200, "{cuts}");
}
