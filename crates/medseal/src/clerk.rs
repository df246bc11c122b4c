//! The gateway's desk, with its answers read: for commands that change something of a gateway, whether it runs or not.

use crate::exit::{Outcome, Problem};
use gateway::desk::{Method, StatusCode};
use gateway::{Config, Desk};
use serde::de::DeserializeOwned;
use std::path::Path;

/// Runs what is done at the desk.
pub(crate) fn at_the_desk(work: impl Future<Output = Outcome>) -> Outcome {
    crate::service::log(crate::service::FAILURES);
    crate::service::runtime()?.block_on(work)
}

/// The desk of one gateway.
pub(crate) struct Clerk(Desk);

impl Clerk {
    /// That of the gateway with this configuration.
    pub(crate) async fn at(config: &Path) -> Outcome<Self> {
        let config = Config::read(config).map_err(|error| Problem::Input(error.to_string()))?;
        Desk::open(config).await.map(Self).map_err(Problem::machine)
    }

    /// Whether the gateway runs.
    pub(crate) fn runs(&self) -> bool {
        self.0.runs()
    }

    /// Asks, and reads the answer.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        address: &str,
        body: String,
    ) -> Outcome<T> {
        #[derive(serde::Deserialize)]
        struct Fault {
            error: String,
        }
        let (status, body) = self.0.ask(method, address, body).await.map_err(Problem::machine)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(Problem::machine);
        }
        let fault =
            serde_json::from_slice(&body).map_or_else(|_| status.to_string(), |fault: Fault| fault.error);
        Err(match status {
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => Problem::Input(fault),
            StatusCode::CONFLICT | StatusCode::FORBIDDEN => Problem::No(fault),
            _ => Problem::Machine(fault),
        })
    }

    /// Asks for something.
    pub(crate) async fn get<T: DeserializeOwned>(&self, address: &str) -> Outcome<T> {
        self.ask(Method::GET, address, String::new()).await
    }

    /// Leaves it.
    pub(crate) async fn close(self) {
        self.0.close().await;
    }
}
