//! The way of a batch: what is committed, what is refused and why, and what survives.

use crate::fixture::{Maker, Site, TestDevice, now};
use gateway::pipeline::{Outcome, Sender};
use gateway::record::{BatchId, StoredBatch};
use gateway::store::{BatchQuery, Page};
use gateway::{LiveEvent, Services};
use seal::{Micros, Reason, SealedBatch};
use tokio_util::sync::CancellationToken;

fn reason(outcome: &Outcome) -> Option<Reason> {
    match outcome {
        Outcome::Refused(rejection) => Some(rejection.reason),
        Outcome::Committed(_) | Outcome::Duplicate | Outcome::Unavailable => None,
    }
}

#[tokio::test]
async fn a_committed_batch_is_read_back_as_it_was_sealed() {
    let site = Site::new().await;
    let mut device = site.device("monitor-1").await;
    let patient = site.patient("mrn-1").await;
    site.admin().associate(&device.id, patient, "bed 1", Micros(0)).await.unwrap();
    let mut live = site.services.live.listen();

    let sealed = device.next(3);
    let outcome = site.send(&device, sealed.clone()).await;
    let Outcome::Committed(id) = outcome else { panic!("{outcome:?}") };

    let stored = site.services.store.read(move |reader| reader.batch(id)).await.unwrap().unwrap();
    assert_eq!(&*stored.bytes, &sealed[..]);
    assert_eq!((stored.counter(), stored.patient), (Some(1), Some(patient)));
    let LiveEvent::Batch(told) = &*live.recv().await.unwrap() else { panic!("not a batch") };
    assert_eq!(told.row, stored);
    assert_eq!(told.batch.readings.len(), 3);
    let counted = site.services.metrics.snapshot();
    assert_eq!((counted.batches_verified, counted.readings_stored), (1, 3));
}

#[tokio::test]
async fn a_batch_belongs_to_the_patient_of_its_own_time() {
    let site = Site::new().await;
    let mut device = site.device("monitor-1").await;
    let (one, two) = (site.patient("mrn-1").await, site.patient("mrn-2").await);
    let start = now();
    site.admin().associate(&device.id, one, "bed 1", start.plus(-3_000_000)).await.unwrap();
    site.admin().associate(&device.id, two, "bed 1", start.plus(-1_000_000)).await.unwrap();
    for dt in [-4_000_000, -3_000_000, -1_000_001, -1_000_000, 0] {
        let batch = device.batch(start.plus(dt), 1);
        let sealed = device.seal(&batch);
        assert!(matches!(site.send(&device, sealed).await, Outcome::Committed(_)));
    }
    let all = site.services.store.read(|reader| reader.batches(&BatchQuery::default())).await.unwrap();
    let patients: Vec<_> = all.iter().map(|batch| batch.patient).collect();
    assert_eq!(patients, [None, Some(one), Some(one), Some(two), Some(two)]);
}

#[tokio::test]
async fn an_unchanged_batch_is_acknowledged_again_and_stored_once() {
    let site = Site::new().await;
    let mut device = site.device("monitor-1").await;
    let (first, second) = (device.next(1), device.next(1));
    for sealed in [&first, &second] {
        assert!(matches!(site.send(&device, sealed.clone()).await, Outcome::Committed(_)));
    }
    for sealed in [&first, &second] {
        assert_eq!(site.send(&device, sealed.clone()).await, Outcome::Duplicate);
    }
    let all = site.services.store.read(|reader| reader.batches(&BatchQuery::default())).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(site.services.metrics.snapshot().duplicates, 2);
}

/// Makes a message that must be refused, from a device that has one batch stored.
type Attack = fn(&Site, &mut TestDevice) -> Vec<u8>;

const ATTACKS: &[(Reason, Attack)] = &[
    (Reason::Malformed, |_, _| b"no sealed batch".to_vec()),
    (Reason::Malformed, |_, device| {
        let mut sealed = device.next(1);
        sealed.pop();
        sealed
    }),
    (Reason::Oversized, |_, _| vec![0; 400_000]),
    (Reason::BadHash, |_, device| {
        let mut sealed = device.next(1);
        let last = sealed.len() - 2;
        sealed[last] ^= 1;
        sealed
    }),
    (Reason::BadSignature, |_, device| {
        let mut sealed = device.next(1);
        sealed[180] ^= 1;
        sealed
    }),
    (Reason::UnknownKey, |site, device| site.maker.device(device.id.as_str()).next(1)),
    (Reason::WrongDevice, |_, device| {
        let mut batch = device.batch(now(), 1);
        batch.device = "another".parse().unwrap();
        device.seal(&batch)
    }),
    (Reason::Clock, |_, device| {
        let batch = device.batch(now().plus(3_600_000_000), 1);
        device.seal(&batch)
    }),
    (Reason::CounterGap, |_, device| {
        device.next(1);
        device.next(1)
    }),
    (Reason::RepeatedCounter, |_, device| {
        device.sealer = device.rewound_sealer();
        device.next(2)
    }),
    (Reason::BrokenChain, |_, device| {
        device.sealer = device.rewound_sealer();
        device.next(2);
        device.next(2)
    }),
];

#[tokio::test]
async fn every_attack_is_refused_kept_audited_and_counted() {
    for (index, (expected, attack)) in ATTACKS.iter().enumerate() {
        let site = Site::new().await;
        let mut device = site.device("monitor-1").await;
        let good = device.next(1);
        assert!(matches!(site.send(&device, good).await, Outcome::Committed(_)));
        let bad = attack(&site, &mut device);
        let outcome = site.send(&device, bad.clone()).await;
        assert_eq!(reason(&outcome), Some(*expected), "attack {index}: {outcome:?}");
        check_refusal(&site.services, *expected, &bad).await;
    }
}

async fn check_refusal(services: &Services, expected: Reason, bytes: &[u8]) {
    let (refusal, kept, audit) = services
        .store
        .read(|reader| {
            let refusal = reader.refusals(Page::default())?.remove(0);
            let kept = reader.quarantined(refusal.id)?;
            Ok((refusal, kept, reader.audit(Page { before: None, limit: 1 })?.remove(0)))
        })
        .await
        .unwrap();
    assert_eq!((refusal.reason, refusal.length), (expected, bytes.len() as u64));
    assert_eq!(
        kept.as_deref(),
        Sender::Device("monitor-1".parse().unwrap()).keeps_bytes(expected).then_some(bytes)
    );
    assert_eq!((audit.action.as_str(), audit.outcome.as_str()), ("refuse", "refused"));
    let counted = services.metrics.snapshot();
    assert_eq!(counted.refused.get(expected.as_str()), Some(&1));
    assert_eq!(counted.batches_verified, 1);
}

#[tokio::test]
async fn devices_that_may_not_deliver_are_refused() {
    let site = Site::new().await;
    let mut stranger = site.maker.device("stranger");
    let sealed = stranger.next(1);
    assert_eq!(reason(&site.send(&stranger, sealed).await), Some(Reason::UnknownDevice));

    let mut revoked = site.device("monitor-1").await;
    site.admin().revoke(&revoked.id).await.unwrap();
    let sealed = revoked.next(1);
    assert_eq!(reason(&site.send(&revoked, sealed).await), Some(Reason::RevokedDevice));

    let foreign = Maker::new("Another maker").device("monitor-2");
    assert!(site.admin().enrol(foreign.enrolment()).await.is_err());
}

#[tokio::test]
async fn a_declared_gap_lets_the_chain_go_on_and_stays_in_the_record() {
    let site = Site::new().await;
    let mut device = site.device("monitor-1").await;
    let first = device.next(1);
    site.send(&device, first).await;
    let (_lost, after) = (device.next(1), device.next(1));
    assert_eq!(reason(&site.send(&device, after.clone()).await), Some(Reason::CounterGap));
    let refused =
        site.services.store.read(|reader| reader.refusals(Page::default())).await.unwrap().remove(0);
    site.admin().accept_gap(refused.id).await.unwrap();
    assert!(site.admin().accept_gap(refused.id).await.is_err(), "a gap is accepted once");
    assert!(matches!(site.send(&device, after).await, Outcome::Committed(_)));
    let all = site.services.store.read(|reader| reader.batches(&BatchQuery::default())).await.unwrap();
    assert_eq!(all.iter().filter_map(StoredBatch::counter).collect::<Vec<_>>(), [1, 3]);
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart_and_its_chain_goes_on() {
    let site = Site::new().await;
    let mut device = site.device("monitor-1").await;
    for _ in 0..5 {
        let sealed = device.next(2);
        assert!(matches!(site.send(&device, sealed).await, Outcome::Committed(_)));
    }
    let last = device.sealer.counter().0;
    // No close: what is on disk in this moment is what a kill would leave. The folder itself still belongs to the first one.
    let mut config = (*site.services.config).clone();
    let held = Services::open(config.clone(), CancellationToken::new()).err().unwrap().to_string();
    assert!(held.contains("another process works on this folder"), "{held}");
    let left = site.folder.path().join("left");
    std::fs::create_dir(&left).unwrap();
    for name in ["medseal.db", "medseal.db-wal"] {
        std::fs::copy(config.data.join(name), left.join(name)).unwrap();
    }
    config.data = left;
    let again = Services::open(config, CancellationToken::new()).unwrap();
    let sealed = device.next(2);
    let claims = *SealedBatch::parse(&sealed).unwrap().claims();
    assert_eq!(claims.counter.0, last + 1);
    let outcome = again.pipeline.submit(device.message(sealed)).await.unwrap().await.unwrap();
    assert_eq!(outcome, Outcome::Committed(BatchId(6)));
}

#[tokio::test]
async fn how_far_a_clock_is_off_is_known_at_the_first_message_and_of_all_after_a_stop() {
    let site = Site::new().await;
    let mut devices = [site.device("monitor-1").await, site.device("monitor-2").await];
    for _ in 0..3 {
        for device in &mut devices {
            let sealed = device.next(1);
            assert!(matches!(site.send(device, sealed).await, Outcome::Committed(_)));
            let id = device.id.clone();
            let seen = site.services.store.read(move |reader| reader.skew(&id)).await.unwrap();
            assert!(seen.is_some_and(|skew| skew.count >= 1), "{seen:?}");
        }
    }
    site.services.store.close().await;
    for device in &devices {
        let left = gateway::store::inspect(&site.services.config.data, |reader| reader.skew(&device.id));
        assert_eq!(left.unwrap().map(|skew| skew.count), Some(3), "{}", device.id);
    }
}
