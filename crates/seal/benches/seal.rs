//! What the way of a batch costs: encode, decode, seal, verify, with 1, 7 and 64 readings.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use seal::{
    Batch, Code, Decimal, DeviceId, Flags, Micros, Reading, SealedBatch, Sealer, SoftwareSealer, sha256,
};

fn batch(readings: i64) -> Batch {
    let device: DeviceId = "monitor-1".parse().expect("a valid id");
    let unit = "mm[Hg]".parse().expect("a valid unit");
    let reading = |n| Reading::Value {
        code: Code(150_456),
        unit,
        dt_us: n * 1000,
        value: Decimal { mantissa: 9700 + n, exponent: -2 },
        flags: Flags::SIMULATED,
    };
    Batch { device, time: Micros(1_770_000_000_000_000), readings: (0..readings).map(reading).collect() }
}

fn way(criterion: &mut Criterion) {
    let mut sealer = SoftwareSealer::generate().expect("randomness");
    let key = sealer.verifying_key("monitor-1".parse().expect("a valid id")).expect("a P-256 key");
    for readings in [1, 7, 64] {
        let batch = batch(readings);
        let bytes = batch.encode();
        let sealed = sealer.seal(&sha256(&bytes)).expect("a seal");
        let sealed = SealedBatch::join(&sealed, &bytes).expect("a sealed batch").into_bytes();
        let mut group = criterion.benchmark_group("seal");
        group.throughput(Throughput::Elements(readings.unsigned_abs()));
        let id = |name| BenchmarkId::new(name, readings);
        group.bench_function(id("encode"), |b| b.iter(|| black_box(&batch).encode()));
        group.bench_function(id("decode"), |b| b.iter(|| Batch::decode(black_box(&bytes))));
        group.bench_function(id("parse"), |b| b.iter(|| SealedBatch::parse(black_box(&sealed))));
        group.bench_function(id("parse_and_verify"), |b| {
            b.iter(|| key.verify(SealedBatch::parse(black_box(&sealed)).expect("well formed")));
        });
        let mut other = 0u64;
        group.bench_function(id("seal"), |b| {
            b.iter(|| {
                // Another hash each time, or the last seal would be given again.
                other += 1;
                let mut hash = sha256(black_box(&bytes));
                hash[..8].copy_from_slice(&other.to_le_bytes());
                sealer.seal(&hash)
            });
        });
    }
}

criterion_group!(benches, way);
criterion_main!(benches);
