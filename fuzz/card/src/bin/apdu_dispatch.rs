//! Commands to a card with several applets, over its channels and protocols: whatever comes is answered with at least a
//! status word, and the card comes up again from what its journal took.
//!
//! The input is a sequence of commands, each behind its length in one byte. Lengths from F9 on are something else: the selection of
//! a domain or an applet, a power-up with T=0, one with T=1, a reset, a power cut (at most one an input: it costs as much as a
//! thousand commands).
#![no_main]

use std::cell::Cell;
use std::sync::OnceLock;

use card_image::cap::CapFile;
use card_runtime::apdu::{Command, Response};
use card_runtime::crypto::{Engine, SoftEngine};
use card_runtime::env::{Env, PackageHash, PersistError, SharedPackage};
use card_runtime::scp03::{Channel, Level, Session, StaticKeys};
use card_runtime::{Card, CardOptions, Foundation, Protocol};
use libfuzzer_sys::fuzz_target;

const SELECT_DOMAIN: u8 = 0xF9;
const SELECT_IDENTITY: u8 = 0xFA;
const SELECT_NDEF: u8 = 0xFB;
const POWER_UP_T0: u8 = 0xFC;
const POWER_UP_T1: u8 = 0xFD;
const RESET: u8 = 0xFE;
const POWER_CUT: u8 = 0xFF;

/// Packages that were linked once.
static PACKAGES: OnceLock<Vec<(PackageHash, SharedPackage)>> = OnceLock::new();

#[derive(Default)]
struct World {
    engine: SoftEngine,
    journal: Vec<u8>,
    packages: Vec<(PackageHash, SharedPackage)>,
}

impl Env for World {
    fn random(&mut self, out: &mut [u8]) {
        out.fill(0x5A);
    }

    fn persist(&mut self, records: &[u8]) -> Result<(), PersistError> {
        self.journal.extend_from_slice(records);
        Ok(())
    }

    fn now_us(&mut self) -> u64 {
        0
    }

    fn engine(&mut self) -> &mut dyn Engine {
        &mut self.engine
    }

    fn shared(&mut self, name: &PackageHash) -> Option<SharedPackage> {
        let (_, shared) = PACKAGES.get()?.iter().find(|(known, _)| known == name)?;
        Some(shared.clone())
    }

    fn share(&mut self, name: PackageHash, package: &SharedPackage) {
        self.packages.push((name, package.clone()));
    }
}

/// A CAP file of the tree, its package and applet, and what its instance is installed with.
struct Applet {
    cap: &'static [u8],
    parameters: &'static [u8],
}

const APPLETS: [Applet; 2] = [
    Applet { cap: include_bytes!("../../../../applets/identity/identity.cap"), parameters: b"271828" },
    Applet { cap: include_bytes!("../../../../applets/ndef/ndef.cap"), parameters: b"\x00\x40" },
];

fn keys() -> StaticKeys {
    StaticKeys::new(&[1; 16], &[2; 16], &[3; 16]).expect("they have a length that keys have")
}

fn foundation() -> &'static Foundation {
    static FOUNDATION: OnceLock<Foundation> = OnceLock::new();
    FOUNDATION.get_or_init(Foundation::new)
}

/// Opens a session with the card's domain.
fn open(card: &mut Card<World>) -> Channel {
    let host = [9; 8];
    let update = [&[0x80, 0x50, 1, 0, 8][..], &host, &[0]].concat();
    let answer = Response::parse(&card.transmit(&update).unwrap()).unwrap();
    let challenge: [u8; 8] = answer.data[13..21].try_into().unwrap();
    let mut channel = Session::derive(&keys(), &host, &challenge).unwrap().into_channel(Level::C_MAC);
    assert_eq!(card.transmit(&channel.authenticate()).unwrap(), [0x90, 0]);
    channel
}

fn send(card: &mut Card<World>, channel: &mut Channel, [ins, p1, p2]: [u8; 3], data: &[u8]) {
    let command = Command { cla: 0x80, ins, p1, p2, data, expected: Some(256), extended: false };
    let wrapped = channel.wrap_command(&command).unwrap();
    let answer = card.transmit(&wrapped).unwrap();
    assert!(answer.ends_with(&[0x90, 0]), "{ins:02X}: {answer:02x?}");
}

fn field(bytes: &[u8]) -> Vec<u8> {
    [&[bytes.len() as u8][..], bytes].concat()
}

fn select(card: &mut Card<World>, aid: &[u8]) {
    card.transmit(&[&[0, 0xA4, 4, 0][..], &field(aid)].concat()).unwrap();
}

/// The AID of one of [`APPLETS`].
fn aid(number: usize) -> &'static [u8] {
    static AIDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let of = |applet: &Applet| {
        CapFile::from_jar(applet.cap).unwrap().applet.unwrap().applets[0].aid.as_bytes().to_vec()
    };
    &AIDS.get_or_init(|| APPLETS.iter().map(of).collect())[number]
}

/// The card that every input starts from: two applets and their instances.
fn image() -> &'static [u8] {
    static IMAGE: OnceLock<Vec<u8>> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let mut card = Card::create(foundation(), World::default(), CardOptions::new(1, keys())).unwrap();
        let mut channel = open(&mut card);
        for applet in APPLETS {
            let cap = CapFile::from_jar(applet.cap).unwrap();
            let file = cap.to_load_file().unwrap();
            let (package, module) = (cap.header.package.aid, cap.applet.as_ref().unwrap().applets[0].aid);
            let for_load = [field(package.as_bytes()), vec![0, 0, 0, 0]].concat();
            send(&mut card, &mut channel, [0xE6, 0x02, 0], &for_load);
            let length = file.len() as u16;
            let block = [&[0xC4, 0x82][..], &length.to_be_bytes(), &file].concat();
            let count = block.len().div_ceil(200);
            for (index, piece) in block.chunks(200).enumerate() {
                let last = if index + 1 == count { 0x80 } else { 0 };
                send(&mut card, &mut channel, [0xE8, last, index as u8], piece);
            }
            let (package, module) = (field(package.as_bytes()), field(module.as_bytes()));
            let parameters = [&[0xC9][..], &field(applet.parameters)].concat();
            let data = [package, module.clone(), module, vec![1, 0], field(&parameters), vec![0]].concat();
            send(&mut card, &mut channel, [0xE6, 0x0C, 0], &data);
        }
        let _ = PACKAGES.set(std::mem::take(&mut card.env().packages));
        card.snapshot()
    })
}

fn power_up(journal: Vec<u8>) -> Card<World> {
    let world = World { journal, ..World::default() };
    let image = world.journal.clone();
    Card::restore(foundation(), world, &image).unwrap()
}

thread_local! {
    /// The card of the input before, where that one left nothing on it: most inputs do, and a reset costs a hundredth of
    /// a restored card.
    static UNTOUCHED: Cell<Option<Card<World>>> = const { Cell::new(None) };
}

/// A card that holds the image and has just been powered up.
fn fresh() -> Card<World> {
    match UNTOUCHED.take() {
        Some(mut card) => {
            card.power_up(Protocol::T1).unwrap();
            card
        }
        None => power_up(image().to_vec()),
    }
}

fuzz_target!(|data: &[u8]| {
    let mut card = fresh();
    let mut answer = Vec::new();
    let mut rest = data;
    let mut cuts = 1;
    while let Some((length, after)) = rest.split_first() {
        rest = after;
        match *length {
            SELECT_DOMAIN => select(&mut card, &[]),
            SELECT_IDENTITY => select(&mut card, aid(0)),
            SELECT_NDEF => select(&mut card, aid(1)),
            POWER_UP_T0 => card.power_up(Protocol::T0).unwrap(),
            POWER_UP_T1 => card.power_up(Protocol::T1).unwrap(),
            POWER_CUT if cuts > 0 => {
                cuts -= 1;
                card = power_up(std::mem::take(&mut card.env().journal));
            }
            RESET | POWER_CUT => card.reset().unwrap(),
            length => {
                let (command, after) = rest.split_at(usize::from(length).min(rest.len()));
                card.transmit_into(command, &mut answer).unwrap();
                assert!(answer.len() >= 2);
                rest = after;
            }
        }
    }
    if card.env().journal.len() == image().len() {
        UNTOUCHED.set(Some(card));
    }
});
