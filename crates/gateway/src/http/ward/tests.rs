//! What events make of the ward.

use seal::{Code, Flags, Reading, SealHash};

use super::*;
use crate::record::{BatchId, Proof};

fn ward() -> (Ward, DeviceId) {
    let device: DeviceId = "mon-1".parse().unwrap();
    let bed = Bed {
        state: DeviceState::Connected,
        patient: None,
        association: None,
        whose: None,
        proof: Mark::Sealed { counter: 0 },
        heard: None,
        refused: 0,
        refused_at: None,
        numerics: BTreeMap::new(),
        limits: Vec::new(),
    };
    let beds = BTreeMap::from([(device.clone(), bed)]);
    (Ward { beds, ..Ward::default() }, device)
}

#[test]
fn a_withdrawn_device_stays_withdrawn_when_its_connection_ends() {
    let (mut ward, device) = ward();
    let mut change = |state| {
        let change = DeviceChange { device: device.clone(), state, since: now() };
        (ward.take(&LiveEvent::Device(change), Audience::Somebody), ward.shape().beds[0].state)
    };
    assert!(matches!(change(DeviceState::Revoked), (Effect::Tell("device", _), "revoked")));
    assert!(matches!(change(DeviceState::Disconnected), (Effect::Nothing, "revoked")));
    assert!(matches!(change(DeviceState::Connected), (Effect::Reload, "revoked")));
}

#[test]
fn what_nobody_watches_is_on_the_ward_for_whoever_comes_later() {
    let (mut ward, device) = ward();
    let mut commit = |id, value: &str, audience| {
        let reading = Reading::Value {
            code: Code(150_456),
            unit: "%".parse().unwrap(),
            dt_us: 5,
            value: value.parse().unwrap(),
            flags: Flags::SIMULATED,
        };
        let batch = Arc::new(Batch { device: device.clone(), time: Micros(7), readings: vec![reading] });
        let row = StoredBatch {
            id: BatchId(id),
            device: device.clone(),
            patient: None,
            association: None,
            proof: Proof::Sealed { counter: id.cast_unsigned(), hash: SealHash::ZERO },
            corrects: None,
            replaced: None,
            time: Micros(7),
            first: Micros(12),
            last: Micros(12),
            received: Micros(8),
            bytes: Arc::from([]),
        };
        let effect = ward.take(&LiveEvent::Batch(Committed { row, batch }), audience);
        (effect, serde_json::to_value(ward.shape().beds.remove(0)).unwrap())
    };
    let number = |value| serde_json::json!([{ "c": 150_456, "v": value, "u": "%", "t": 12, "f": 2 }]);
    let (effect, bed) = commit(1, "97.0", Audience::Nobody);
    assert!(matches!(effect, Effect::Nothing));
    assert_eq!((&bed["numerics"], &bed["proof"]["counter"]), (&number("97.0"), &1.into()));
    let (effect, bed) = commit(2, "96", Audience::Somebody);
    let Effect::Tell("batch", json) = effect else { panic!("{effect:?}") };
    let told: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((&told["n"], &bed["numerics"]), (&number("96"), &number("96")));
}

#[test]
fn a_bed_is_silent_after_a_while_and_a_refusal_shows_for_a_while() {
    let (mut ward, device) = ward();
    let bed = ward.beds.get_mut(&device).unwrap();
    let second = 1_000_000;
    assert_eq!(bed.seal(Micros(0)), SealState::Waiting);
    bed.heard = Some(Micros(0));
    assert_eq!(bed.seal(Micros(second)), SealState::Verified);
    bed.proof = Mark::Unsealed { source: "icu".into() };
    assert_eq!(bed.seal(Micros(second)), SealState::NotSealed);
    assert_eq!(bed.seal(Micros(6 * second)), SealState::Silent);
    bed.refused_at = Some(Micros(second));
    assert_eq!(bed.seal(Micros(6 * second)), SealState::Refused);
    assert_eq!(bed.seal(Micros(12 * second)), SealState::Silent);
}

#[test]
fn a_destination_is_behind_when_batches_wait_and_it_is_quiet() {
    let feed = Feed {
        journal: Journal::Batches,
        newest: 0,
        answered: 5,
        acknowledged: 0,
        rejected: 0,
        last: Some(Micros(0)),
        changed: false,
    };
    let state = |newest, seconds: i64| feed.shape("ehr", newest, Micros(seconds * 1_000_000)).state;
    assert_eq!(state(5, 60), DeliveryState::Delivering);
    assert_eq!(state(9, 1), DeliveryState::Delivering);
    assert_eq!(state(9, 60), DeliveryState::Behind);
}
