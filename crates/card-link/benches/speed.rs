//! The way of an APDU, and ten thousand cards in one process.
//!
//! `cargo bench -p card-link --bench speed` for the first, `cargo bench -p card-link --bench speed -- cards` for the second.

#[path = "../tests/element/common.rs"]
#[expect(dead_code, reason = "shared with the tests, which need all of it")]
mod common;

use std::path::Path;
use std::time::Instant;

use card_link::gp::Session;
use card_link::{CardKeys, Element, InProcess};
use common::{compile, send};
use criterion::{Criterion, Throughput};

const PACKAGE: &str = "F053504545440A";
const APPLET: &str = "F053504545440A01";
const CARDS: usize = 10_000;

/// A card with the applet, selected.
fn ready<E: Element>(mut card: E, keys: &CardKeys) -> E {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java/speed");
    let cap = compile(&sources, "speed", PACKAGE, &[(APPLET, "speed.Speed")]);
    let (package, applet) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
    let mut session = Session::open(&mut card, keys).unwrap();
    session.load_cap(&cap).unwrap();
    session.install(&package, &applet, &applet, &[]).unwrap();
    assert_eq!(send(&mut card, &format!("00A4040008{APPLET}")), "9000");
    card
}

fn apdus(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apdu");
    group.throughput(Throughput::Elements(1));
    let keys = CardKeys::random().unwrap();
    let mut card = ready(InProcess::create(keys.card_options()).unwrap(), &keys);
    let mut answer = Vec::new();
    let sign = [&[0x80, 0x02, 0, 0, 32][..], &[7; 32], &[0]].concat();
    let commands: [(&str, &[u8]); 4] = [
        ("empty", &[0x80, 0x00, 0, 0]),
        ("AES-128-CBC of 256 bytes", &[0x80, 0x01, 0, 0]),
        ("ECDSA P-256 SHA-256 signature", &sign),
        ("a transaction and 8 bytes", &[0x80, 0x03, 0, 0, 0]),
    ];
    for (name, command) in commands {
        group.bench_function(name, |bench| {
            bench.iter(|| {
                card.transmit_into(command, &mut answer).unwrap();
                assert!(answer.ends_with(&[0x90, 0x00]));
            });
        });
    }
    group.finish();
}

/// Kibibytes of this process that are in memory.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Makes cards, each with keys and state of its own, then powers all of them up from their images.
fn cards() {
    let keys = CardKeys::random().unwrap();
    let mut first = ready(InProcess::create(keys.card_options()).unwrap(), &keys);
    let images: Vec<Vec<u8>> = (0..CARDS)
        .map(|_| {
            // An instance of its own on each card: deleted and installed again, so with new keys.
            let (package, applet) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
            let mut session = Session::open(&mut first, &keys).unwrap();
            session.delete(&applet, card_link::gp::Related::Nothing).unwrap();
            session.install(&package, &applet, &applet, &[]).unwrap();
            first.image()
        })
        .collect();
    drop(first);
    let image = images.iter().map(Vec::len).sum::<usize>() / CARDS;
    let before = resident().unwrap_or(0);
    let start = Instant::now();
    let mut cards: Vec<InProcess> = images.iter().map(|image| InProcess::restore(image).unwrap()).collect();
    let up = start.elapsed();
    let start = Instant::now();
    for card in &mut cards {
        assert_eq!(send(card, &format!("00A4040008{APPLET}")), "9000");
        assert_eq!(send(card, "8003000000"), "00000000000000019000");
    }
    let used = start.elapsed();
    let after = resident().unwrap_or(0);
    println!(
        "{CARDS} cards of {image} bytes each: powered up in {up:.2?}, all selected and used in {used:.2?}, {} MiB more resident, {} MiB with the images",
        after.saturating_sub(before) / 1024,
        after / 1024,
    );
}

fn main() {
    if std::env::args().any(|argument| argument == "cards") {
        return cards();
    }
    let mut criterion = Criterion::default().configure_from_args();
    apdus(&mut criterion);
    criterion.final_summary();
}
