//! Writes the test vectors of `testdata/seal/chain.json` to standard output: a chain of three seals by a key made
//! for this run, of which only the public half is kept. `cargo run -p seal --example vectors`

use seal::{
    Batch, Code, Decimal, DeviceId, Flags, Micros, NO_SAMPLE, Reading, SealedBatch, Sealer, SoftwareSealer,
    sha256,
};
use serde_json::json;

/// What a case is about, and its readings.
type Case = (&'static str, Vec<Reading>);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device: DeviceId = "monitor-1".parse()?;
    let mut sealer = SoftwareSealer::generate()?;
    let mut seals = Vec::new();
    for (second, (about, readings)) in (0..).zip(cases()?) {
        let time = Micros(1_770_000_000_000_000 + second * 1_000_000);
        let batch = Batch { device: device.clone(), time, readings }.encode();
        let sealed = SealedBatch::join(&sealer.seal(&sha256(&batch))?, &batch)?;
        seals.push(json!({
            "about": about,
            "counter": sealed.claims().counter,
            "kid": sealed.claims().kid,
            "previous": sealed.claims().previous,
            "hash": sealed.seal().hash(),
            "batch": hex::encode(&batch),
            "sealed": hex::encode(sealed.as_bytes()),
        }));
    }
    let public_key = hex::encode(sealer.public_point());
    let file = json!({ "device": device, "public_key": public_key, "seals": seals });
    println!("{}", serde_json::to_string_pretty(&file)?);
    Ok(())
}

fn cases() -> Result<Vec<Case>, Box<dyn std::error::Error>> {
    let value = Reading::Value {
        code: Code(150_364),
        unit: "Cel".parse()?,
        dt_us: -20,
        value: Decimal { mantissa: 3710, exponent: -2 },
        flags: Flags::SIMULATED,
    };
    let wave = Reading::Wave {
        code: Code(131_330),
        unit: "mV".parse()?,
        dt_us: 0,
        period_us: 2778,
        scale: Decimal { mantissa: 5, exponent: -3 },
        offset: Decimal { mantissa: -1, exponent: 0 },
        samples: vec![0, -49, NO_SAMPLE, i16::MAX],
        flags: Flags::NONE,
    };
    let text = Reading::Text {
        code: Code(146_528),
        dt_us: 250_000,
        text: "Sinusrhythmus, Größe µ".into(),
        flags: Flags::QUESTIONABLE | Flags::EARLY,
    };
    Ok(vec![
        ("one value", vec![value.clone()]),
        ("no reading", vec![]),
        ("a value, a wave with a missing sample, a text", vec![value, wave, text]),
    ])
}
