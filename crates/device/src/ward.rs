//! A ward: many devices in one process, each with its own element, spool and connection.

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::agent::{Agent, AgentError, Stats};

/// Devices at work.
#[derive(Debug)]
pub struct Ward {
    agents: JoinSet<Result<Stats, AgentError>>,
    stats: Vec<watch::Receiver<Stats>>,
}

impl Ward {
    /// Sets the agents to work until `shutdown`. Within a runtime of tokio.
    #[must_use]
    pub fn start(agents: Vec<Agent>, shutdown: &CancellationToken) -> Self {
        let stats = agents.iter().map(Agent::stats).collect();
        let agents = agents.into_iter().map(|agent| agent.run(shutdown.clone())).collect();
        Self { agents, stats }
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
