//! How fast PCD-01 messages are read, beside what merely splitting them costs and another parser, on the same machine in the same run.

use std::hint::black_box;

use clinical::hl7::{Message, Zone, decode};
use clinical::pcd::{self, Report};
use clinical::validate;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const PCD01: &[u8] = include_bytes!("../../../testdata/hl7/pcd01.hl7");

/// The least that any reader does: find every segment and every field.
fn split(bytes: &[u8]) -> usize {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.split('\r').flat_map(|segment| segment.split('|')).filter(|field| !field.is_empty()).count()
}

fn form(bytes: &[u8]) -> usize {
    let text = decode(bytes).expect("UTF-8");
    Message::parse(&text).expect("a message").segments().len()
}

fn observations(bytes: &[u8]) -> usize {
    let text = decode(bytes).expect("UTF-8");
    let message = Message::parse(&text).expect("a message");
    Report::read(&message).expect("a report").observations.len()
}

/// As a gateway takes it: identities, readings, and what became of each segment.
fn readings(bytes: &[u8]) -> usize {
    let text = decode(bytes).expect("UTF-8");
    let message = Message::parse(&text).expect("a message");
    pcd::readings(&message, &Zone::UTC).expect("readings").readings.len()
}

/// The same rows with `hl7-parser`: code, value and unit of each OBX.
fn other(text: &str) -> usize {
    let message = hl7_parser::Message::parse(text).expect("a message");
    let rows = message.segments().filter(|segment| segment.name == "OBX");
    rows.filter(|obx| {
        let first = |field| {
            obx.field(field)
                .and_then(|it| it.repeat(1)?.component(1))
                .map(hl7_parser::message::Component::raw_value)
        };
        let code: Option<u32> = first(3).and_then(|text| text.parse().ok());
        let value: Option<f64> = first(5).and_then(|text| text.parse().ok());
        let unit: Option<u32> = first(6).and_then(|text| text.parse().ok());
        black_box((code, value, unit)).0.is_some()
    })
    .count()
}

fn checked(bytes: &[u8]) -> usize {
    let text = decode(bytes).expect("UTF-8");
    validate::pcd01(&Message::parse(&text).expect("a message")).len()
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hl7");
    group.throughput(Throughput::Elements(1));
    group.bench_function("split", |bencher| bencher.iter(|| split(black_box(PCD01))));
    group.bench_function("form", |bencher| bencher.iter(|| form(black_box(PCD01))));
    group.bench_function("observations", |bencher| bencher.iter(|| observations(black_box(PCD01))));
    group.bench_function("readings", |bencher| bencher.iter(|| readings(black_box(PCD01))));
    let text = std::str::from_utf8(PCD01).expect("UTF-8").trim_end();
    group.bench_function("hl7-parser", |bencher| bencher.iter(|| other(black_box(text))));
    group.bench_function("conformance", |bencher| bencher.iter(|| checked(black_box(PCD01))));
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
