//! From the source into the spool, and sealed there.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use seal::{Batch, Micros, Sealer};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::{AgentError, Shared};
use crate::element::SharedElement;
use crate::source::{Source, Span};

/// When the clock and the grid of the batches are further apart than this, the grid begins anew.
const CLOCK_STEP_US: i64 = 500_000;

/// The measuring loop.
pub(super) struct Measurer {
    shared: Shared,
    source: Box<dyn Source>,
    element: SharedElement,
    interval: Duration,
    /// End of the last span.
    measured_to: Option<Micros>,
}

impl Measurer {
    /// Seals what a crash left unsealed, and finds out whether the element made seals that the spool does not know.
    pub(super) fn recover(
        shared: Shared,
        source: Box<dyn Source>,
        element: SharedElement,
        interval: Duration,
    ) -> Result<Self, AgentError> {
        let mut measurer = Self { shared, source, element, interval, measured_to: None };
        measurer.seal_waiting()?;
        let known = measurer.shared.spool().last_seal().map_or(0, |seal| seal.claims().counter.0);
        let last = measurer.element.last_seal()?.and_then(|bytes| seal::Seal::parse(&bytes).ok());
        let unknown = last.map_or(0, |seal| seal.claims().counter.0).saturating_sub(known);
        let discarded = measurer.shared.spool().discarded();
        let device = &measurer.shared.device;
        if unknown > 0 {
            tracing::warn!(%device, known, unknown, "the element made seals that the spool does not know");
        }
        if discarded > 0 {
            tracing::info!(%device, discarded, "what a crash tore was taken from the spool's end");
        }
        measurer.shared.count(|stats| stats.unknown_seals = unknown);
        Ok(measurer)
    }

    /// Time that a batch covers.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Measures once each interval until `shutdown`. The first span ends now, so that the first batch need not be
    /// waited for.
    pub(super) async fn run(mut self, shutdown: &CancellationToken) -> Result<(), AgentError> {
        let mut ticks = interval_at(Instant::now(), self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            let due;
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return Ok(()),
                tick = ticks.tick() => {
                    // The samples end when the tick was due, however late this thread woke up.
                    let late = i64::try_from(tick.elapsed().as_micros()).unwrap_or(i64::MAX);
                    due = now().plus(late.saturating_neg());
                }
            }
            // Disk and element may block.
            self = tokio::task::spawn_blocking(move || {
                self.measure_once(due);
                self
            })
            .await?;
        }
    }

    fn measure_once(&mut self, now: Micros) {
        let span = self.next_span(now);
        let readings = self.source.readings(span);
        let batch = Batch { device: self.shared.device.clone(), time: span.start, readings };
        let put = self.shared.spool().put(&batch.encode());
        if let Err(error) = put {
            tracing::error!(device = %self.shared.device, %error, "a batch could not be spooled and is lost");
            self.shared.count(|stats| stats.lost += 1);
        }
        if let Err(error) = self.seal_waiting() {
            tracing::error!(device = %self.shared.device, %error, "batches wait for the element");
            self.shared.count(|stats| stats.element_errors += 1);
        }
    }

    /// The span behind the last one; the grid follows the clock when that was set.
    fn next_span(&mut self, now: Micros) -> Span {
        let length_us = i64::try_from(self.interval.as_micros()).unwrap_or(i64::MAX);
        let by_clock = now.plus(-length_us);
        let by_grid = self.measured_to.unwrap_or(by_clock);
        let start =
            if by_grid.0.abs_diff(by_clock.0) > CLOCK_STEP_US.unsigned_abs() { by_clock } else { by_grid };
        self.measured_to = Some(start.plus(length_us));
        Span { start, length_us }
    }

    /// Has the element seal what is unsealed, in order.
    fn seal_waiting(&mut self) -> Result<(), AgentError> {
        loop {
            let unsealed = self.shared.spool().unsealed()?;
            let Some((id, batch)) = unsealed else { return Ok(()) };
            let seal = self.element.seal_batch(&batch)?;
            let attached = self.shared.spool().attach(id, &seal);
            attached?;
            self.shared.count(|stats| stats.sealed += 1);
            self.shared.sealed.notify_one();
        }
    }
}

/// The clock. Before 1970 it says 1970, and the gateway refuses what is measured then.
fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
