//! A run as a row needs it.

use std::time::Duration;

use load::plan::Pace;
use load::{Lane, Plan, Report};
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::machine;

/// Sent before anything is measured.
const WARM_UP: Duration = Duration::from_secs(2);

/// A run, and how many cores the load generator took meanwhile.
pub(crate) struct Ran {
    pub(crate) report: Report,
    pub(crate) own_cores: f64,
}

/// Each connection as fast as it is answered, with so many messages under way.
pub(crate) async fn closed(lanes: Vec<Lane>, window: usize, seconds: u64) -> Result<Ran, Error> {
    let plan = Plan::new(Pace::Answered { window })?.lasting(Duration::from_secs(seconds), WARM_UP)?;
    run(plan, lanes).await
}

/// Runs a plan; a row of a load that was not clean is none.
pub(crate) async fn run(plan: Plan, lanes: Vec<Lane>) -> Result<Ran, Error> {
    let before = machine::own_time()?;
    let done = load::run(plan, lanes, std::sync::Arc::default(), CancellationToken::new()).await?;
    let own = machine::own_time()?.saturating_sub(before).as_secs_f64();
    let report = done.report;
    if !report.is_clean() {
        let said = format!(
            "refused {:?}, unavailable {}, given up {:?}",
            report.refused, report.unavailable, report.faults
        );
        return Err(Error::Program { program: report.target, said });
    }
    let own_cores = own / report.seconds.max(f64::EPSILON);
    Ok(Ran { report, own_cores })
}
