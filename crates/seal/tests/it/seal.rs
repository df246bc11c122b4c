//! The way from a batch through a sealer to a verified batch, and what must not get through.

use crate::common::{TestDevice, batch_of};
use ::seal::{
    Batch, ChainError, ChainHead, Counter, DeviceId, SealError, SealHash, SealedBatch, Sealer,
    SoftwareSealer, sha256,
};

fn device() -> DeviceId {
    "monitor-1".parse().unwrap()
}

fn batch(n: i64) -> Batch {
    batch_of("monitor-1", n)
}

fn made() -> TestDevice {
    TestDevice::new("monitor-1")
}

#[test]
fn a_sealed_batch_is_verified_and_chained() {
    let mut made = made();
    let mut head = ChainHead::START;
    for n in 1..=3 {
        let sealed = made.seal(&batch(n));
        let received = SealedBatch::parse(sealed.as_bytes()).unwrap();
        let verified = made.key.verify(received).unwrap();
        assert_eq!(verified.batch(), &batch(n));
        assert_eq!(verified.sealed_bytes(), sealed.as_bytes());
        head = head.next(&verified).unwrap();
        assert_eq!(head, ChainHead { counter: Counter(n.unsigned_abs()), hash: verified.hash() });
    }
}

#[test]
fn the_same_hash_gets_the_same_seal() {
    let mut made = made();
    let (first, again) = (made.seal(&batch(1)), made.seal(&batch(1)));
    assert_eq!(first, again);
    assert_eq!(made.seal(&batch(2)).claims().counter, Counter(2));
    // Not the last one's hash any more: a seal of its own.
    assert_eq!(made.seal(&batch(1)).claims().counter, Counter(3));
}

#[test]
fn a_changed_bit_anywhere_is_refused() {
    let mut made = made();
    let good = made.seal(&batch(1)).into_bytes();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            if let Ok(claim) = SealedBatch::parse(&bad) {
                assert!(made.key.verify(claim).is_err(), "bit {bit} of byte {at}");
            }
        }
    }
}

#[test]
fn what_is_not_the_devices_word_is_refused() {
    let mut made = made();
    let sealed = made.seal(&batch(1));
    let seal = sealed.seal().to_bytes();
    let changed = SealedBatch::join(&seal, &batch(2).encode()).unwrap();
    assert_eq!(made.key.verify(changed), Err(SealError::BadHash));

    let mut forged = *sealed.seal().signature();
    forged[63] ^= 1;
    let forged = SealedBatch::join(&sealed.claims().seal(&forged), sealed.batch_bytes()).unwrap();
    assert_eq!(made.key.verify(forged), Err(SealError::BadSignature));

    let stranger = SoftwareSealer::generate().unwrap().verifying_key(device()).unwrap();
    assert!(matches!(stranger.verify(sealed.clone()), Err(SealError::UnknownKey { .. })));

    let named: DeviceId = "monitor-2".parse().unwrap();
    let other = made.seal(&Batch { device: named.clone(), ..batch(1) });
    assert_eq!(made.key.verify(other), Err(SealError::WrongDevice { named, expected: device() }));

    let no_batch = made.sealer.seal(&sha256(b"no batch")).unwrap();
    let no_batch = SealedBatch::join(&no_batch, b"no batch").unwrap();
    assert!(matches!(made.key.verify(no_batch), Err(SealError::Malformed(_))));
}

#[test]
fn a_repeated_skipped_or_rewritten_seal_breaks_the_chain() {
    let mut made = made();
    let sealed: Vec<_> = (1..=3).map(|n| made.seal(&batch(n))).collect();
    let verified: Vec<_> = sealed.into_iter().map(|s| made.key.verify(s).unwrap()).collect();
    let first = ChainHead::START.next(&verified[0]).unwrap();
    let second = first.next(&verified[1]).unwrap();
    assert_eq!(second.next(&verified[1]), Err(ChainError::Repeated { head: Counter(2), found: Counter(2) }));
    assert_eq!(first.next(&verified[2]), Err(ChainError::Gap { expected: Counter(2), found: Counter(3) }));
    let rewritten = ChainHead { counter: Counter(1), hash: SealHash([9; 32]) };
    assert!(matches!(rewritten.next(&verified[1]), Err(ChainError::Broken { counter: Counter(2), .. })));
}
