//! What a person sees: a bar while it runs, a few lines at the end.

use crate::print;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use load::Counters;
use load::link::Keeper;
use load::report::{Behind, Latency, Report};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(200);

/// A bar over a run's time, on terminals only.
pub(super) struct Bar {
    bar: ProgressBar,
    moving: JoinHandle<()>,
}

impl Bar {
    /// A bar for a run of so long.
    pub(super) fn over(whole: Duration, counters: Arc<Counters>, json: bool) -> Self {
        let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let tenths = |time: Duration| u64::try_from(time.as_millis() / 100).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(tenths(whole)), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {msg}") {
            bar.set_style(style);
        }
        let moved = bar.clone();
        let moving = tokio::spawn(async move {
            let (mut ticks, begun, mut before) = (interval(TICK), Instant::now(), (Instant::now(), 0));
            loop {
                ticks.tick().await;
                let (now, stored) = (Instant::now(), counters.stored.load(Relaxed));
                let since = now.duration_since(before.0).as_secs_f64().max(f64::EPSILON);
                let rate = stored.saturating_sub(before.1) as f64 / since;
                before = (now, stored);
                moved.set_position(tenths(begun.elapsed()).min(tenths(whole)));
                let (refused, connected) = (counters.refused.load(Relaxed), counters.connected.load(Relaxed));
                moved.set_message(format!(
                    "{connected} connected, {stored} stored, {rate:.0}/s, {refused} refused"
                ));
            }
        });
        Self { bar, moving }
    }

    pub(super) fn end(self) {
        self.moving.abort();
        self.bar.finish_and_clear();
    }
}

/// The report for a person.
pub(super) fn show(report: &Report) {
    let Report { input, target, connections, window, .. } = report;
    print::heading(&format!("{input} at {target}, {connections} connections, {window} under way on each"));
    let done = match report.stored_by {
        Keeper::Gateway => "stored",
        Keeper::Broker => "accepted by the broker",
    };
    print::result(&format!(
        "{:.0} messages/s {done}, {:.0} readings/s; {} {done} in {:.1} s",
        report.stored_per_second, report.readings_per_second, report.stored, report.seconds
    ));
    if let Some(Behind { stored, refused, seconds, stored_per_second }) = report.behind {
        print::result(&format!(
            "behind it the gateway stored {stored} in {seconds:.1} s, {stored_per_second:.0} messages/s, and refused {refused}"
        ));
    }
    if let Some(Latency { p50, p90, p99, p999, max, .. }) = report.latency_ms {
        let from = match report.wanted_per_second {
            Some(rate) => format!("from when a message was due, {rate} a second were wanted"),
            None => {
                "from sending; a gateway that stalls is asked less in this loop (coordinated omission)".into()
            }
        };
        print::result(&format!(
            "latency p50 {p50:.2} ms, p90 {p90:.2} ms, p99 {p99:.2} ms, p99.9 {p999:.2} ms, longest {max:.2} ms, {from}"
        ));
    }
    for (word, count) in &report.refused {
        print::result(&format!("{count} refused: {word}"));
    }
    if report.connections_lost > 0 {
        print::result(&format!("{} connections lost", report.connections_lost));
    }
    report.faults.iter().for_each(|fault| print::note(&format!("given up: {fault}")));
}
