//! Batches that must not be taken, and who they come from.

use std::time::{Duration, SystemTime};

use crate::fixture::{Maker, RunningSite, TestDevice, now};

/// Makes a batch that must be refused, of a device that has one stored.
type Forge = fn(&RunningSite, &mut TestDevice, &[u8]) -> Vec<u8>;

/// What is wrong with a batch, whoever brings it. The too large one ends some conversations, so it is the last.
pub(super) const BATCHES: &[(&str, Forge)] = &[
    ("an unchanged copy", |_, _, first| first.to_vec()),
    ("a changed copy", |_, _, first| changed(first.to_vec(), first.len() - 2)),
    ("garbage", |_, _, _| b"no sealed batch".to_vec()),
    ("cut off", |_, device, _| {
        let mut sealed = device.next(1);
        sealed.pop();
        sealed
    }),
    ("a changed value", |_, device, _| {
        let sealed = device.next(1);
        let last = sealed.len() - 2;
        changed(sealed, last)
    }),
    ("a forged signature", |_, device, _| changed(device.next(1), 180)),
    ("another element's seal in its name", |site, device, _| {
        site.site.maker.device(device.id.as_str()).next(1)
    }),
    ("a batch that names another device", |_, device, _| {
        let mut batch = device.batch(now(), 1);
        batch.device = "another".parse().unwrap();
        device.seal(&batch)
    }),
    ("another device's batch", |site, _, _| site.site.maker.device("monitor-9").next(1)),
    ("a clock an hour ahead", |_, device, _| {
        let batch = device.batch(now().plus(3_600_000_000), 1);
        device.seal(&batch)
    }),
    ("a skipped counter", |_, device, _| {
        device.next(1);
        device.next(1)
    }),
    ("a counter used again", |_, device, _| {
        device.sealer = device.rewound_sealer();
        device.next(2)
    }),
    ("another history", |_, device, _| {
        device.sealer = device.rewound_sealer();
        device.next(2);
        device.next(2)
    }),
    ("too large", |_, _, _| vec![0; gateway::limits::HTTPS_BATCHES_BYTES + 1]),
];

fn changed(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
    bytes[at] ^= 1;
    bytes
}

/// All of them for a device, whose element stands afterwards where it stood after its first batch.
pub(super) fn batches(
    site: &RunningSite,
    device: &mut TestDevice,
    first: &[u8],
) -> Vec<(&'static str, Vec<u8>)> {
    BATCHES.iter().map(|(what, forge)| (*what, forge(site, device, first))).collect()
}

/// Who comes with a certificate that does not let them in.
pub(super) async fn visitors(site: &RunningSite) -> Vec<(&'static str, TestDevice)> {
    let maker = &site.site.maker;
    let revoked = site.site.device("revoked").await;
    site.site.admin().revoke(&revoked.id).await.unwrap();
    let replaced = site.site.device("replaced").await;
    site.site.device("replaced").await;
    let ends = SystemTime::now() + Duration::from_secs(2);
    let expired = maker.device_until("expired", ends);
    site.site.admin().enrol(expired.enrolment()).await.unwrap();
    // A certificate's end is told in whole seconds.
    tokio::time::sleep(Duration::from_secs(4)).await;
    vec![
        ("another maker's certificate", Maker::new("Another maker").device("monitor-1")),
        ("an ended certificate", expired),
        ("a replaced certificate", replaced),
        ("a device that is not enrolled", maker.device("stranger")),
        ("a withdrawn device", revoked),
    ]
}
