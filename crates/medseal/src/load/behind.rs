//! What comes out at the gateway behind a broker, as the gateway itself counts it.

use crate::exit::{Outcome, Problem};
use gateway::desk::Method;
use gateway::{Config, Desk};
use load::report::Behind;
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often the gateway is asked.
const TICK: Duration = Duration::from_millis(50);
/// How long it may take in nothing more before it is not waited for.
const STUCK: Duration = Duration::from_secs(15);

/// The gateway of a site, which runs on this machine.
pub(super) struct Watch {
    desk: Desk,
    begun: Instant,
    before: Counted,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Counted {
    stored: u64,
    refused: u64,
}

impl Counted {
    /// Of `/api/status`: new batches, and those that were there already or are refused for good.
    fn of(status: &Value) -> Option<Self> {
        let counters = status.get("counters")?;
        let refused = counters.get("refused")?.as_object()?.values().filter_map(Value::as_u64).sum();
        Some(Self { stored: counters.get("batches_verified")?.as_u64()?, refused })
    }
}

impl Watch {
    /// Begins to count.
    pub(super) async fn begin(config: &Path) -> Outcome<Self> {
        let config = Config::read(config).map_err(|error| Problem::Input(error.to_string()))?;
        let folder = config.data.display().to_string();
        let desk = Desk::open(config).await.map_err(Problem::machine)?;
        if !desk.runs() {
            desk.close().await;
            return Err(Problem::Machine(format!("no gateway runs on {folder}")));
        }
        let before = counted(&desk).await?;
        Ok(Self { desk, begun: Instant::now(), before })
    }

    /// Waits until the gateway has decided on so many, or takes in nothing more.
    pub(super) async fn until(self, accepted: u64) -> Outcome<Behind> {
        let mut last = (self.before, self.begun);
        loop {
            let now = counted(&self.desk).await?;
            if now != last.0 {
                last = (now, Instant::now());
            }
            let stored = now.stored.saturating_sub(self.before.stored);
            let refused = now.refused.saturating_sub(self.before.refused);
            let is_done = stored + refused >= accepted;
            if is_done || last.1.max(self.begun).elapsed() > STUCK {
                self.desk.close().await;
                let seconds = last.1.saturating_duration_since(self.begun).as_secs_f64();
                return Ok(Behind::of(stored, refused, seconds));
            }
            tokio::time::sleep(TICK).await;
        }
    }
}

async fn counted(desk: &Desk) -> Outcome<Counted> {
    let (status, body) =
        desk.ask(Method::GET, "/api/status", String::new()).await.map_err(Problem::machine)?;
    let told: Option<Value> = serde_json::from_slice(&body).ok().filter(|_| status.is_success());
    let counted = told.as_ref().and_then(Counted::of);
    counted.ok_or_else(|| Problem::Machine(format!("the gateway's desk answers {status}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_gateway_counts_is_read_or_missed() {
        let status =
            serde_json::json!({"counters": {"batches_verified": 7, "refused": {"token": 2, "clock": 1}}});
        let counted = Counted::of(&status).unwrap();
        assert_eq!((counted.stored, counted.refused), (7, 3));
        for wrong in [serde_json::json!({}), serde_json::json!({"counters": {"refused": {}}})] {
            assert!(Counted::of(&wrong).is_none());
        }
    }
}
