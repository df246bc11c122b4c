//! Load against a whole gateway.

mod queue;
mod sealed;
mod unsealed;

/// The broker that the gateway's tests start, too.
#[path = "../../../gateway/tests/it/rabbit.rs"]
mod rabbit;

use gateway::store::BatchQuery;
use gateway::{Config, Gateway, Running};
use load::plan::Pace;
use load::{Plan, Site};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A gateway on a prepared site, in this process.
struct Ward {
    _folder: tempfile::TempDir,
    site: Site,
    gateway: Running,
}

impl Ward {
    async fn with_devices(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::prepare(folder.path(), count, "").await.unwrap();
        let config = Config::read(&site.config()).unwrap();
        let gateway = Gateway::start(config, CancellationToken::new()).await.unwrap();
        Self { _folder: folder, site, gateway }
    }
}

/// So many messages, each connection as fast as it is answered.
fn plan(count: u64, window: usize) -> Plan {
    let plan = Plan::new(Pace::Answered { window }).unwrap();
    plan.lasting(Duration::from_secs(60), Duration::ZERO).unwrap().counting(count).unwrap().with_ledger()
}

/// Device and counter of every stored row, by both; a row without a seal has counter 0.
async fn all_stored(gateway: &Running) -> Vec<(String, u64)> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = BatchQuery { after, ..BatchQuery::default() };
        let page = gateway.services.store.read(move |reader| reader.batches(&query)).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        all.extend(page.iter().map(|row| (row.device.to_string(), row.counter().unwrap_or_default())));
    }
    all.sort();
    all
}
