//! A ward: many devices in one process, each with its own element, spool and connection.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::agent::{Agent, AgentError, Stats};

/// Devices at work.
#[derive(Debug)]
pub struct Ward {
    agents: JoinSet<Result<Stats, AgentError>>,
    stats: Vec<watch::Receiver<Stats>>,
}

impl Ward {
    /// Sets the agents to work until `shutdown`, within a runtime of tokio. They begin one after the other, spread
    /// evenly over the time that a batch covers: devices that were switched on by people do not measure in step.
    #[must_use]
    pub fn start(agents: Vec<Agent>, shutdown: &CancellationToken) -> Self {
        let stats = agents.iter().map(Agent::stats).collect();
        let count = u32::try_from(agents.len()).unwrap_or(u32::MAX).max(1);
        let begin = |(place, agent): (u32, Agent)| {
            let pause = agent.interval() / count * place;
            run_after(pause, agent, shutdown.clone())
        };
        Self { agents: (0..).zip(agents).map(begin).collect(), stats }
    }

    /// The counts of all devices together, now. `connected` says whether all are.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut sum = Stats { connected: true, ..Stats::default() };
        for stats in &self.stats {
            sum.add(&stats.borrow());
        }
        sum
    }

    /// Each device's counts, in the order they were given.
    #[must_use]
    pub fn each(&self) -> &[watch::Receiver<Stats>] {
        &self.stats
    }

    /// Waits until all have stopped; gives their counts together.
    ///
    /// # Errors
    /// The first device's that could not go on; the others have stopped too then.
    pub async fn stopped(mut self) -> Result<Stats, AgentError> {
        while let Some(outcome) = self.agents.join_next().await {
            outcome??;
        }
        Ok(self.stats())
    }
}

/// Runs the agent after a pause, which `shutdown` ends early.
async fn run_after(pause: Duration, agent: Agent, shutdown: CancellationToken) -> Result<Stats, AgentError> {
    // Either way it goes on: an agent that is shut down at once still delivers what it has spooled.
    let _pause_was_over = timeout(pause, shutdown.cancelled()).await.is_err();
    agent.run(shutdown).await
}
