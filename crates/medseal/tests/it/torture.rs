//! A short torture of the program's own gateway: every fault that this machine gives, once, in the order of one seed.
//!
//! `cargo xtask torture --for 10m` goes on for longer, and with RabbitMQ, which takes its time to start.

use std::path::PathBuf;
use std::time::Duration;

use torture::{Options, run};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_doubled_or_out_of_order_through_every_fault() {
    let options = Options {
        medseal: PathBuf::from(env!("CARGO_BIN_EXE_medseal")),
        lasts: Duration::from_secs(30),
        seed: 6,
        rate: 20.0,
        with_queue: false,
        folder: None,
        tells: true,
    };
    let report = run(options).await.unwrap();
    println!("{report}");
    assert!(report.is_even(), "{report}");
    assert!(report.sums.acknowledged > 0 && report.sums.delivered > 0, "{report}");
    let unmet: Vec<_> = report.times.iter().filter(|one| one.times == 0).map(|one| one.fault).collect();
    let excused: Vec<_> = report.left_out.iter().map(|one| one.fault).collect();
    assert_eq!(unmet, excused, "every other fault has its turn");
}
