//! The journal against an obvious model, with the power cut at every byte.
//!
//! The model holds two maps from handles to bytes: what the card has now, and what it would have if the open
//! transaction were undone. After each drain the second must be what the journal gives back, and after a cut anywhere
//! it must be what some earlier drain gave.

use std::collections::BTreeMap;
use std::sync::Arc;

use card_vm::heap::{
    Atomicity, BlobKey, Class, Depth, Header, Heap, JournalError, Kind, Memory, Roots, Standing,
};
use card_vm::{AppletId, Context, Owner, Ref};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Make { len: u8, transient: bool },
    Write { object: u8, at: u8, bytes: Vec<u8> },
    WriteNonAtomic { object: u8, bytes: Vec<u8> },
    Blob { key: u8, bytes: Option<Vec<u8>> },
    Begin(bool),
    Commit,
    Abort,
    Delete { object: u8 },
    Drain,
    Snapshot,
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || proptest::collection::vec(any::<u8>(), 1..6);
    prop_oneof![
        3 => (4..40u8, any::<bool>()).prop_map(|(len, transient)| Step::Make { len, transient }),
        6 => (any::<u8>(), any::<u8>(), bytes()).prop_map(|(object, at, bytes)| Step::Write { object, at, bytes }),
        2 => (any::<u8>(), bytes()).prop_map(|(object, bytes)| Step::WriteNonAtomic { object, bytes }),
        2 => (0..3u8, proptest::option::of(bytes())).prop_map(|(key, bytes)| Step::Blob { key, bytes }),
        2 => any::<bool>().prop_map(Step::Begin),
        2 => Just(Step::Commit),
        1 => Just(Step::Abort),
        1 => any::<u8>().prop_map(|object| Step::Delete { object }),
        4 => Just(Step::Drain),
        1 => Just(Step::Snapshot),
    ]
}

/// What the journal is to give back: contents, none for transient objects.
#[derive(Clone, Default, Debug, PartialEq)]
struct State {
    objects: BTreeMap<u16, Option<Vec<u8>>>,
    blobs: BTreeMap<u16, Vec<u8>>,
}

fn state_of(heap: &mut Heap) -> State {
    let objects: Vec<_> = heap.objects().collect();
    let blobs = heap.blobs().map(|(key, bytes)| (key.0, bytes.to_vec())).collect();
    let objects = objects
        .iter()
        .map(|object| {
            let len = object.header.len as i16;
            let contents = heap.door(Context::JCRE).bytes(object.reference, 0, len).unwrap().to_vec();
            let persistent = object.header.memory == Memory::Persistent;
            (object.reference.0, persistent.then_some(contents))
        })
        .collect();
    State { objects, blobs }
}

#[derive(Default)]
struct Model {
    heap: Heap,
    /// What the card has, and what it would have after undoing each open level, the outermost first.
    now: State,
    below: Vec<(Depth, State)>,
    journal: Vec<u8>,
    /// The journal's lengths at which a state was complete.
    drained: Vec<(usize, State)>,
}

impl Model {
    fn committed(&self) -> &State {
        self.below.first().map_or(&self.now, |(_, state)| state)
    }

    fn pick(&self, index: u8) -> Option<(u16, usize)> {
        let persistent: Vec<_> = self
            .now
            .objects
            .iter()
            .filter_map(|(object, contents)| Some((*object, contents.as_ref()?.len())))
            .collect();
        (!persistent.is_empty()).then(|| persistent[usize::from(index) % persistent.len()])
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Make { len, transient } => {
                let memory = if transient { Memory::ClearOnReset } else { Memory::Persistent };
                let header = Header {
                    kind: Kind::Bytes,
                    class: Class::NONE,
                    len: len.into(),
                    memory,
                    owner: Owner { context: Context(1), applet: AppletId(1) },
                    standing: Standing::Ordinary,
                };
                let made = self.heap.make(header).unwrap();
                self.now.objects.insert(made.0, (!transient).then(|| vec![0; len.into()]));
            }
            Step::Write { object, at, bytes } => {
                // the first half of a body is for transactions, the second for writes that no transaction undoes
                let Some((object, len)) = self.pick(object) else { return };
                let at = usize::from(at) % (len / 2);
                let bytes = &bytes[..bytes.len().min(len / 2 - at)];
                let mut door = self.heap.door(Context(1));
                door.write(Ref(object), at as i16, bytes, Atomicity::Transactional).unwrap();
                let body = self.now.objects.get_mut(&object).unwrap().as_mut().unwrap();
                body[at..at + bytes.len()].copy_from_slice(bytes);
            }
            Step::WriteNonAtomic { object, bytes } => {
                let Some((object, len)) = self.pick(object) else { return };
                let bytes = &bytes[..bytes.len().min(len / 2)];
                let at = len - bytes.len();
                let mut door = self.heap.door(Context(1));
                door.write(Ref(object), at as i16, bytes, Atomicity::NonAtomic).unwrap();
                let states = self.below.iter_mut().map(|(_, state)| state).chain([&mut self.now]);
                for body in states.filter_map(|state| state.objects.get_mut(&object)?.as_mut()) {
                    body[at..].copy_from_slice(bytes);
                }
            }
            Step::Blob { key, bytes } => {
                let key = u16::from(key);
                self.heap.set_blob(BlobKey(key), bytes.as_deref().map(Arc::from)).unwrap();
                match bytes {
                    Some(bytes) => self.now.blobs.insert(key, bytes),
                    None => self.now.blobs.remove(&key),
                };
            }
            Step::Begin(outer) => {
                let depth = if outer { Depth::Runtime } else { Depth::Applet };
                if self.heap.begin(depth).is_ok() {
                    self.below.push((depth, self.now.clone()));
                }
            }
            Step::Commit => {
                if let Some((depth, _)) = self.below.pop() {
                    self.heap.commit(depth).unwrap();
                }
            }
            Step::Abort => {
                if let Some((depth, state)) = self.below.pop() {
                    self.heap.abort(depth).unwrap();
                    self.now = state;
                }
            }
            Step::Delete { object } => {
                let Some((object, _)) = self.pick(object) else { return };
                if self.heap.delete(|reference, _| reference.0 == object).is_ok() {
                    self.now.objects.remove(&object);
                    self.heap.settle();
                }
            }
            Step::Drain => {
                self.heap.drain(&mut self.journal);
                self.drained.push((self.journal.len(), self.committed().clone()));
            }
            Step::Snapshot => {
                let snapshot = self.heap.snapshot();
                self.journal.extend_from_slice(&snapshot);
                self.drained.push((self.journal.len(), self.committed().clone()));
            }
        }
    }

    fn check(&mut self) {
        let mut now = state_of(&mut self.heap);
        now.objects.retain(|object, _| self.now.objects.contains_key(object));
        assert_eq!(now, self.now);
        for cut in 0..=self.journal.len() {
            let (mut restored, taken) = Heap::restore(&self.journal[..cut]).unwrap();
            assert!(taken <= cut);
            let expected = self.drained.iter().rev().find(|(len, _)| *len <= cut);
            let expected = expected.map(|(_, state)| state.clone()).unwrap_or_default();
            assert_eq!(state_of(&mut restored), expected, "cut at {cut} of {}", self.journal.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_power_cut_at_any_byte_leaves_a_state_that_was_committed(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut model = Model::default();
        for step in steps {
            model.apply(step);
        }
        model.check();
    }

    #[test]
    fn a_restored_card_goes_on_with_its_journal(
        before in proptest::collection::vec(step(), 1..40),
        after in proptest::collection::vec(step(), 1..40),
    ) {
        let mut model = Model::default();
        for step in before {
            model.apply(step);
        }
        while !model.below.is_empty() {
            model.apply(Step::Commit);
        }
        model.apply(Step::Drain);
        let (heap, taken) = Heap::restore(&model.journal).unwrap();
        prop_assert_eq!(taken, model.journal.len());
        model.heap = heap;
        for step in after {
            model.apply(step);
        }
        model.check();
    }

    #[test]
    fn no_bytes_make_restoring_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        records in proptest::collection::vec((1..8u8, proptest::collection::vec(0..12u8, 0..24)), 0..12),
    ) {
        let _ = Heap::restore(&bytes);
        // with a checksum that is right, records of every type are reached
        let payload: Vec<u8> = records.into_iter().flat_map(|(tag, rest)| [vec![tag], rest].concat()).collect();
        let _ = Heap::restore(&group(&payload));
    }
}

/// A group around records.
fn group(records: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in records {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
        }
    }
    [&(records.len() as u32).to_le_bytes()[..], &(!crc).to_le_bytes(), records].concat()
}

#[test]
fn a_group_with_a_right_checksum_that_makes_no_sense_is_an_error() {
    assert!(matches!(Heap::restore(&group(&[9])), Err(JournalError::Malformed { offset: 8 })));
    assert!(matches!(Heap::restore(&group(&[3, 0, 0])), Err(JournalError::Malformed { offset: 9 })));
    let write = [2, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5];
    assert!(matches!(Heap::restore(&group(&write)), Err(JournalError::NoObject { object: Ref(7), .. })));
}

#[test]
fn a_counter_that_is_incremented_often_takes_one_record() {
    let mut model = Model::default();
    model.apply(Step::Make { len: 8, transient: false });
    model.apply(Step::Drain);
    let before = model.journal.len();
    for count in 0..1000u16 {
        model.apply(Step::Write { object: 0, at: 0, bytes: count.to_be_bytes().to_vec() });
    }
    model.apply(Step::Drain);
    assert!(model.journal.len() - before < 32);
    model.check();
}

struct Held(Vec<Ref>);

impl Roots for Held {
    fn roots(&self) -> Vec<Ref> {
        self.0.clone()
    }

    fn references(&self, _: &Header) -> &[std::ops::Range<u16>] {
        &[]
    }
}

#[test]
fn deletion_takes_what_nothing_reaches_and_the_journal_says_so() {
    let mut heap = Heap::new();
    let owner = Owner { context: Context(1), applet: AppletId(1) };
    let header = |kind| Header {
        kind,
        class: Class::NONE,
        len: 4,
        memory: Memory::Persistent,
        owner,
        standing: Standing::Ordinary,
    };
    let lost = heap.make(header(Kind::Bytes)).unwrap();
    let list = heap.make(header(Kind::References)).unwrap();
    let element = heap.make(header(Kind::Bytes)).unwrap();
    heap.door(Context(1)).store_element(list, 2, element).unwrap();
    heap.door(Context(1)).store_byte(element, 3, 77).unwrap();
    let mut journal = Vec::new();
    heap.drain(&mut journal);
    assert_eq!(heap.collect(&Held(vec![list])), Ok(1));
    heap.drain(&mut journal);
    let (mut restored, _) = Heap::restore(&journal).unwrap();
    for heap in [&mut heap, &mut restored] {
        assert!(heap.header(lost).is_none());
        assert_eq!(heap.door(Context(1)).load_element(list, 2), Ok(element));
        assert_eq!(heap.door(Context(1)).load_byte(element, 3), Ok(77));
    }
    // the handle is used again, and the journal tells the new object from the old
    heap.settle();
    let again = heap.make(header(Kind::Shorts)).unwrap();
    assert_eq!(again, lost);
    heap.drain(&mut journal);
    assert_eq!(Heap::restore(&journal).unwrap().0.header(again).unwrap().kind, Kind::Shorts);
}
