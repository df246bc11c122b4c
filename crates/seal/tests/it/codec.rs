//! The codec against itself, against a general CBOR library, and against bytes that mean nothing or harm.

use ::seal::record::verify_record;
use ::seal::{
    Batch, Code, Decimal, Flags, Maker, Micros, Reading, Seal, SealedBatch, SoftwareSealer, limits, token,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::common::{CaKey, TestDevice, batch_of};

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), -limits::EXPONENT..=limits::EXPONENT)
        .prop_map(|(mantissa, exponent)| Decimal { mantissa, exponent })
}

fn flags() -> impl Strategy<Value = Flags> {
    (0..=Flags::KNOWN.0).prop_map(Flags)
}

fn dt() -> impl Strategy<Value = i64> {
    prop_oneof![-300i64..300, -limits::DT..=limits::DT]
}

fn reading() -> impl Strategy<Value = Reading> {
    let code = || any::<u32>().prop_map(Code);
    let unit = || "[!-~]{1,30}".prop_map(|text| text.parse().unwrap());
    prop_oneof![
        (code(), unit(), dt(), decimal(), flags())
            .prop_map(|(code, unit, dt_us, value, flags)| Reading::Value { code, unit, dt_us, value, flags }),
        (code(), unit(), dt(), 1u32.., decimal(), decimal(), vec(any::<i16>(), 0..400), flags()).prop_map(
            |(code, unit, dt_us, period_us, scale, offset, samples, flags)| Reading::Wave {
                code,
                unit,
                dt_us,
                period_us,
                scale,
                offset,
                samples,
                flags
            }
        ),
        (code(), dt(), ".{0,60}", flags()).prop_map(|(code, dt_us, text, flags)| Reading::Text {
            code,
            dt_us,
            text,
            flags
        }),
    ]
}

fn batch() -> impl Strategy<Value = Batch> {
    ("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}", 0..=limits::TIME, vec(reading(), 0..12)).prop_map(
        |(device, time, readings)| Batch { device: device.parse().unwrap(), time: Micros(time), readings },
    )
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(batch in batch()) {
        prop_assert_eq!(Batch::decode(&batch.encode()), Ok(batch));
    }

    /// A general library reads our bytes and, since it writes preferred encoding too, writes the same ones.
    #[test]
    fn the_encoding_is_preferred_cbor(batch in batch()) {
        let bytes = batch.encode();
        let value: ciborium::Value = ciborium::from_reader(bytes.as_slice()).unwrap();
        let mut again = Vec::new();
        ciborium::into_writer(&value, &mut again).unwrap();
        prop_assert_eq!(again, bytes);
    }

    /// One content has one encoding: what is decoded is encoded to the same bytes, whatever they were.
    #[test]
    fn a_changed_encoding_is_refused_or_another_batch(
        batch in batch(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()
    ) {
        let good = batch.encode();
        let mut bad = good.clone();
        bad[at.index(good.len())] = byte;
        if let Ok(decoded) = Batch::decode(&bad) {
            prop_assert_eq!(decoded.encode(), bad);
        }
        let short = &good[..cut.index(good.len())];
        let error = Batch::decode(short).unwrap_err();
        prop_assert!(error.offset <= short.len());
        let longer = [good.as_slice(), &[byte]].concat();
        prop_assert_eq!(Batch::decode(&longer).unwrap_err().offset, good.len());
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..600)) {
        if let Ok(batch) = Batch::decode(&bytes) {
            prop_assert_eq!(batch.encode(), bytes.clone());
        }
        let _ = Seal::parse(&bytes);
        let _ = SealedBatch::parse(&bytes);
        let _ = Maker::from_der(&bytes);
        let _ = token::UnverifiedToken::parse(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_sealed_batch_with_any_byte_changed_or_cut_is_no_proof() {
    let mut device = TestDevice::new("monitor-1");
    let good = device.seal(&batch_of("monitor-1", 1)).into_bytes();
    for at in 0..good.len() {
        let error = SealedBatch::parse(&good[..at]).unwrap_err();
        assert!(error.offset <= at, "cut at {at}: {error}");
        for byte in [0, 0x1b, 0x5f, 0x80, 0xff, good[at].wrapping_add(1)] {
            let mut bad = good.clone();
            bad[at] = byte;
            if bad == good {
                continue;
            }
            if let Ok(claim) = SealedBatch::parse(&bad) {
                assert!(device.key.verify(claim).is_err(), "byte {at}");
            }
        }
    }
}

#[test]
fn a_record_of_mutated_lines_is_judged_and_never_whole() {
    let maker = CaKey::new("Test maker");
    let mut device = TestDevice::new("monitor-1");
    let header = ::seal::record::Header {
        makers: vec![],
        devices: vec![maker.certify(&device, ::seal::Purpose::Seal)],
    };
    let mut writer = ::seal::record::Writer::begin(Vec::new(), &header).unwrap();
    writer.add(device.seal(&batch_of("monitor-1", 1)).as_bytes()).unwrap();
    let good = writer.finish().unwrap();
    let trust = maker.trusted();
    assert!(verify_record(good.as_slice(), &trust).unwrap().is_whole());
    let first = good.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for at in first..good.len() - 1 {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let report = verify_record(bad.as_slice(), &trust).unwrap();
        // A base64 text has no two forms here, so every change of the line is one of its content.
        assert!(!report.is_whole(), "byte {at}: {}", bad[at]);
    }
}

#[test]
fn limits_hold() {
    let unit = "1".parse().unwrap();
    let value = Decimal { mantissa: 1, exponent: 0 };
    let reading = Reading::Value { code: Code(1), unit, dt_us: 0, value, flags: Flags::NONE };
    let with = |readings| Batch { readings, ..batch_of("monitor-1", 0) };
    let most = with(vec![reading.clone(); limits::BATCH_READINGS]);
    assert_eq!(Batch::decode(&most.encode()), Ok(most));
    assert!(Batch::decode(&with(vec![reading; limits::BATCH_READINGS + 1]).encode()).is_err());
    let text =
        |length| Reading::Text { code: Code(1), dt_us: 0, text: "x".repeat(length), flags: Flags::NONE };
    assert!(Batch::decode(&with(vec![text(limits::TEXT)]).encode()).is_ok());
    assert!(Batch::decode(&with(vec![text(limits::TEXT + 1)]).encode()).is_err());
    let long = with(vec![text(limits::TEXT); 64]).encode();
    assert!(long.len() > limits::BATCH_BYTES && Batch::decode(&long).is_err());
    let mut sealer = SoftwareSealer::generate().unwrap();
    let seal = ::seal::Sealer::seal(&mut sealer, &::seal::sha256(&long)).unwrap();
    assert!(SealedBatch::join(&seal, &long).is_err());
    assert!(SealedBatch::parse(&vec![0; limits::SEALED_BYTES + 1]).is_err());
}
