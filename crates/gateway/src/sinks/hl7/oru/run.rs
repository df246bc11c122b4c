//! The task that charts: step after step, each on disk before the next is made.

use std::time::Duration;

use seal::Micros;

use super::step::{self, Step};
use super::{Terms, now};
use crate::connect::Pauses;
use crate::limits;
use crate::start::Services;
use crate::store::StoreError;

/// Starts the charting for a destination as a task of the gateway.
pub(super) fn start(services: &Services, destination: &str, terms: Terms) {
    let charting = Charting { services: services.clone(), destination: destination.to_owned(), terms };
    let shutdown = services.shutdown.clone();
    services.tasks.spawn(async move { shutdown.run_until_cancelled_owned(charting.run()).await });
}

struct Charting {
    services: Services,
    destination: String,
    terms: Terms,
}

impl Charting {
    async fn run(self) {
        let mut pauses = Pauses::default();
        loop {
            let pause = match self.step().await {
                Ok(None) => {
                    pauses.reset();
                    continue;
                }
                Ok(Some(until)) => until_then(until),
                Err(error) => {
                    tracing::warn!(feed = %self.destination, %error, "charting interrupted");
                    pauses.take()
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// One step; `Some` when nothing is to be done before then.
    async fn step(&self) -> Result<Option<Micros>, StoreError> {
        let (terms, destination) = (self.terms.clone(), self.destination.clone());
        let store = &self.services.store;
        let step = store.read(move |reader| step::next(reader, &terms, &destination, now())).await?;
        match step {
            Step::Wait(until) => Ok(Some(until)),
            Step::Chart(charts, reached, left_out) => {
                let destination = self.destination.clone();
                let write = store.write(move |writer| {
                    writer.count_left_out(&destination, &left_out)?;
                    writer.chart(&destination, &charts, &reached)
                });
                write.await?;
                Ok(None)
            }
        }
    }
}

/// How long to rest: until then, but no longer than until new rows are to be looked for.
fn until_then(until: Micros) -> Duration {
    let left = u64::try_from(until.0.saturating_sub(now().0)).unwrap_or_default();
    Duration::from_micros(left).clamp(Duration::from_millis(1), limits::CHART_TICK)
}
