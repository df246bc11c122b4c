//! Cryptography in an applet, beside `openssl speed` and beside the card's own engine without a card.

use super::figure::{Figure, Unit};
use super::{Error, TIME, output};
use card_bench::{Kind, measure as measure_work, provisioned, select};
use card_link::FastEngine;
use card_runtime::crypto::curve::{Curve, NamedCurve};
use card_runtime::crypto::{Engine, Random};
use rand_core::SeedableRng;
use std::process::Command;
use std::time::Instant;

/// The share of OpenSSL's signature rate that a card is to reach.
const SHARE: f64 = 0.6;
const SECONDS: &str = "3";

pub(super) fn measure() -> Result<Vec<Figure>, Error> {
    let (mut card, _keys) = provisioned()?;
    select(&mut card)?;
    let sign_peer = speed(&["ecdsap256"], "+F4", 3);
    let aes_peer = speed(&["-bytes", "256", "-evp", "aes-128-cbc"], "+F", 3).map(|bytes| bytes / 256.0);
    let mut figures = Vec::new();
    for row in measure_work(&mut card, &[Kind::EcdsaSign, Kind::AesCbc], TIME)? {
        let figure = Figure::new(format!("{} in an applet", row.what), Unit::PerSecond, row.per_second);
        let (peer, target) = if row.kind == Kind::EcdsaSign {
            (&sign_peer, sign_peer.as_ref().map_or(15_000.0, |rate| (rate * SHARE).max(15_000.0)))
        } else {
            (&aes_peer, 1e6)
        };
        let figure = figure.target(
            target,
            "each operation enters the engine anew, from bytecode, and pays the card's budget",
        );
        let figure = match peer {
            Ok(rate) => figure.peer("openssl speed", *rate),
            Err(why) => figure.peer(format!("openssl speed ({why})"), 0.0),
        };
        figures.push(match row.kind {
            Kind::EcdsaSign => figure.limit("the engine alone", engine_alone()),
            _ => match peer {
                Ok(rate) => figure.limit("openssl speed", *rate),
                Err(_) => figure,
            },
        });
    }
    Ok(figures)
}

/// Signatures a second of the engine that the card uses.
fn engine_alone() -> f64 {
    let (mut engine, mut random) = (FastEngine::default(), Random::from_seed([0x24; 32]));
    let curve = Curve::Named(NamedCurve::Secp256r1);
    let start = Instant::now();
    let mut made = 0_u32;
    while start.elapsed() < TIME / 2 {
        for _ in 0..16 {
            made += u32::from(engine.ec_sign(&curve, &[0x42; 32], &[7; 32], &mut random).is_ok());
        }
    }
    f64::from(made) / start.elapsed().as_secs_f64()
}

/// Runs `openssl speed` and takes one field of the line that begins with `line`.
fn speed(arguments: &[&str], line: &str, field: usize) -> Result<f64, Error> {
    let said = output(Command::new("openssl").args(["speed", "-mr", "-seconds", SECONDS]).args(arguments))?;
    let found = said.lines().find(|found| found.split(':').next() == Some(line));
    let value = found.and_then(|found| found.split(':').nth(field)?.parse().ok());
    value.ok_or_else(|| Error::Program { program: "openssl speed".into(), said })
}
