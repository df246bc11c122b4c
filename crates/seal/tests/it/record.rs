//! Identities, records and their check: what is whole passes, and every fault is found, placed and counted.

use crate::common::{CaKey, NOW, TestDevice, batch_of};
use ::seal::record::{FaultKind, Header, RecordError, Report, Writer, verify_record};
use ::seal::{Counter, IdentityError, Maker, Micros, Purpose, Reason, SealedBatch};

fn record(header: &Header, sealed: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::begin(Vec::new(), header).unwrap();
    for bytes in sealed {
        writer.add(bytes).unwrap();
    }
    writer.finish().unwrap()
}

struct Scene {
    maker: CaKey,
    device: TestDevice,
    sealed: Vec<Vec<u8>>,
}

impl Scene {
    fn new() -> Self {
        let maker = CaKey::new("Test maker");
        let mut device = TestDevice::new("monitor-1");
        let sealed = (0..6).map(|n| device.seal(&batch_of("monitor-1", n)).into_bytes()).collect();
        Self { maker, device, sealed }
    }

    fn report(&self, sealed: &[Vec<u8>]) -> Report {
        let devices = vec![self.maker.certify(&self.device, Purpose::Seal)];
        let header = Header { makers: vec![self.maker.der()], devices };
        verify_record(record(&header, sealed).as_slice(), &self.maker.trusted()).unwrap()
    }
}

#[test]
fn a_whole_record_is_whole() {
    let scene = Scene::new();
    let report = scene.report(&scene.sealed);
    assert!(report.is_whole(), "{report:?}");
    let chain = &report.chains[0];
    assert_eq!((chain.batches, chain.readings, chain.missing), (6, 6, 0));
    assert_eq!((chain.first, chain.last), (Some(Counter(1)), Some(Counter(6))));
    assert_eq!((chain.from, chain.to), (Some(Micros(NOW)), Some(Micros(NOW + 5_000_000))));
    let part = scene.report(&scene.sealed[2..]);
    assert!(part.is_whole());
    assert_eq!(part.chains[0].first, Some(Counter(3)));
}

#[test]
fn every_fault_is_found_and_placed() {
    let mut scene = Scene::new();
    let mut sealed = scene.sealed.clone();
    let good = SealedBatch::parse(&sealed[2]).unwrap();
    let changed = SealedBatch::join(&good.seal().to_bytes(), &batch_of("monitor-1", 77).encode()).unwrap();
    sealed[2] = changed.into_bytes();
    sealed[4] = sealed[1].clone();
    let mut stranger = TestDevice::new("monitor-1");
    sealed.push(stranger.seal(&batch_of("monitor-1", 9)).into_bytes());
    sealed.push(scene.device.seal(&batch_of("monitor-2", 9)).into_bytes());
    sealed.push(b"nothing".to_vec());
    let report = scene.report(&sealed);
    let found: Vec<_> = report.faults.iter().map(|fault| (fault.line, &fault.kind)).collect();
    let reason = |kind: &FaultKind| match kind {
        FaultKind::Refused { reason, .. } => Some(*reason),
        FaultKind::Certificate { .. }
        | FaultKind::Gap { .. }
        | FaultKind::Broken { .. }
        | FaultKind::Repeated { .. } => None,
    };
    assert_eq!(found.len(), 7, "{found:?}");
    assert_eq!((found[0].0, reason(found[0].1)), (4, Some(Reason::BadHash)));
    assert_eq!(found[1], (5, &FaultKind::Gap { first: Counter(3), last: Counter(3) }));
    assert_eq!(found[2], (6, &FaultKind::Repeated { counter: Counter(2) }));
    assert_eq!(found[3], (7, &FaultKind::Gap { first: Counter(5), last: Counter(5) }));
    assert_eq!((found[4].0, reason(found[4].1)), (8, Some(Reason::UnknownKey)));
    assert_eq!((found[5].0, reason(found[5].1)), (9, Some(Reason::WrongDevice)));
    assert_eq!((found[6].0, reason(found[6].1)), (10, Some(Reason::Malformed)));
    assert_eq!((report.chains[0].batches, report.chains[0].missing), (4, 2));
}

#[test]
fn a_restored_element_breaks_the_chain() {
    let mut scene = Scene::new();
    // A copy of the element from before seal 4 makes another seal 4.
    let third = SealedBatch::parse(&scene.sealed[2]).unwrap();
    scene.device.sealer.resume_after(*third.seal());
    let other = scene.device.seal(&batch_of("monitor-1", 50)).into_bytes();
    let sealed = [scene.sealed[..3].to_vec(), vec![other], scene.sealed[4..].to_vec()].concat();
    let report = scene.report(&sealed);
    let kinds: Vec<_> = report.faults.iter().map(|f| (f.line, f.kind.clone())).collect();
    assert_eq!(kinds, [(6, FaultKind::Broken { counter: Counter(5) })]);
}

#[test]
fn only_the_trusted_makers_devices_count() {
    let scene = Scene::new();
    let other = CaKey::new("Test maker");
    let header = Header { makers: vec![], devices: vec![other.certify(&scene.device, Purpose::Seal)] };
    let report = verify_record(record(&header, &scene.sealed).as_slice(), &scene.maker.trusted()).unwrap();
    assert!(report.chains.is_empty());
    assert_eq!(report.fault_count, 7);
    let tls =
        Header { makers: vec![], devices: vec![scene.maker.certify(&scene.device, Purpose::TlsClient)] };
    let report = verify_record(record(&tls, &scene.sealed).as_slice(), &scene.maker.trusted()).unwrap();
    assert!(matches!(report.faults[0].kind, FaultKind::Certificate { index: 0, .. }));
}

#[test]
fn a_batch_from_outside_the_certificates_validity_is_refused() {
    let mut scene = Scene::new();
    let mut old = batch_of("monitor-1", 0);
    old.time = Micros(0);
    scene.sealed = vec![scene.device.seal(&old).into_bytes()];
    let report = scene.report(&scene.sealed);
    assert!(
        matches!(&report.faults[0].kind, FaultKind::Refused { reason: Reason::Certificate, .. }),
        "{report:?}"
    );
}

#[test]
fn certificates_are_checked() {
    let scene = Scene::new();
    let trusted = scene.maker.trusted();
    let good = scene.maker.certify(&scene.device, Purpose::Seal);
    let checked = trusted.check(&good, Purpose::Seal).unwrap();
    assert_eq!(checked.key.key_id(), scene.device.key.key_id());
    assert!(checked.validity.check(Micros(NOW)).is_ok());
    assert!(matches!(checked.validity.check(Micros(0)), Err(IdentityError::Validity { .. })));
    assert!(matches!(trusted.check(&good, Purpose::TlsClient), Err(IdentityError::Usage(_))));
    let named_alike = CaKey::new("Test maker").certify(&scene.device, Purpose::Seal);
    assert_eq!(trusted.check(&named_alike, Purpose::Seal).err(), Some(IdentityError::Signature));
    let other = CaKey::new("Other maker").certify(&scene.device, Purpose::Seal);
    assert!(matches!(trusted.check(&other, Purpose::Seal), Err(IdentityError::Issuer { .. })));
    assert!(matches!(trusted.check(trusted.der(), Purpose::Seal), Err(IdentityError::Usage(_))));
    assert!(matches!(Maker::from_der(&good), Err(IdentityError::Usage(_))));
    let mut longer = good.clone();
    longer.push(0);
    assert!(matches!(trusted.check(&longer, Purpose::Seal), Err(IdentityError::Key(_))));
    let signature = good.len() - 4;
    let mut forged = good;
    forged[signature] ^= 1;
    assert_eq!(trusted.check(&forged, Purpose::Seal).err(), Some(IdentityError::Signature));
}

#[test]
fn what_is_no_record_is_an_error() {
    let trusted = CaKey::new("Test maker").trusted();
    let header = |text: &str| verify_record(text.as_bytes(), &trusted);
    assert!(matches!(header(""), Err(RecordError::Header(_))));
    assert!(matches!(header("{}\n"), Err(RecordError::Header(_))));
    let line = r#"{"format":"medseal-record","version":2,"makers":[],"devices":[]}"#;
    assert!(matches!(header(line), Err(RecordError::Version(2))));
    let one = line.replace('2', "1");
    assert!(header(&one).unwrap().is_whole());
    let long = format!("{one}\n{}", " ".repeat(seal::limits::RECORD_LINE + 1));
    assert!(matches!(header(&long), Err(RecordError::Length { line: 2, .. })));
    let broken = format!("{one}\n\n{{\"sealed\":\"!\"}}\n");
    assert_eq!(header(&broken).unwrap().fault_count, 2);
}
