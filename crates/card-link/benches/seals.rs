//! Seals per second of one element, through the whole way of a SEAL command, beside the bare signature.
//!
//! `cargo bench -p card-link`; the machine's own rate is `openssl speed -seconds 3 ecdsap256`.

#[path = "../tests/element/common.rs"]
#[expect(dead_code, reason = "shared with the tests, which need all of it")]
mod common;

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use card_link::{CardFile, CardKeys, Durability, Element, InProcess};
use common::{provision, seal, send, unlock};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A card that can seal.
fn ready<E: Element>(mut card: E, keys: &CardKeys) -> E {
    provision(&mut card, keys);
    unlock(&mut card);
    assert!(send(&mut card, "8010010000").ends_with("9000"));
    card
}

fn seals(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("seal");
    group.throughput(Throughput::Elements(1));
    group.bench_function("aws-lc signature alone", |bench| {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let digest = Digest::import_less_safe(&[7; 32], &SHA256).unwrap();
        bench.iter(|| pair.sign_digest(&digest).unwrap());
    });
    let keys = CardKeys::random().unwrap();
    let mut number = 0_u64;
    let mut fresh = move || {
        number += 1;
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        hash
    };
    let mut card = ready(InProcess::create(keys.card_options()).unwrap(), &keys);
    group.bench_function("in memory", |bench| bench.iter(|| seal(&mut card, &fresh())));
    group.bench_function("GET STATUS in memory", |bench| bench.iter(|| send(&mut card, "8028000000")));
    let folder = tempfile::tempdir().unwrap();
    for (name, durability) in [("process", Durability::Process), ("power", Durability::Power)] {
        let made = CardFile::create_with(&folder.path().join(name), keys.card_options(), durability);
        let mut card = ready(made.unwrap(), &keys);
        group.bench_function(format!("file, {name} durability"), |bench| {
            bench.iter(|| seal(&mut card, &fresh()));
        });
    }
    group.finish();
}

criterion_group!(benches, seals);
criterion_main!(benches);
