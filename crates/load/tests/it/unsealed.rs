//! HL7 v2 over MLLP, and what happens when a gateway goes away.

use std::sync::Arc;
use std::time::Duration;

use gateway::{Config, Gateway};
use load::message::Hl7Messages;
use load::{Endpoint, Lane, Messages, Target, run};
use tokio_util::sync::CancellationToken;

use crate::{Ward, all_stored, plan};

impl Ward {
    fn senders(&self, count: usize) -> Vec<Lane> {
        let target = Target::local(self.gateway.addresses.mllp[0]).unwrap();
        let lane = |number| Lane {
            endpoint: Endpoint::mllp(target.clone()),
            messages: Messages::Hl7(Hl7Messages::bedside(format!("t{number}")).unwrap()),
        };
        (0..count).map(lane).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_is_answered_and_stored_once() {
    let ward = Ward::with_devices(0).await;
    let done = run(plan(100, 4), ward.senders(3), Arc::default(), CancellationToken::new()).await.unwrap();
    let report = done.report;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(all_stored(&ward.gateway).await.len() as u64, report.stored);
    assert!((report.readings_per_second / report.stored_per_second - 10.0).abs() < 0.01);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_comes_back_gets_what_it_had_not_answered() {
    let ward = Ward::with_devices(0).await;
    let (lanes, config) = (ward.senders(2), ward.site.config());
    let plan = plan(u64::MAX, 4).lasting(Duration::from_secs(4), Duration::ZERO).unwrap();
    let plan = plan.patient(Duration::from_secs(30));
    let running = tokio::spawn(run(plan, lanes, Arc::default(), CancellationToken::new()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let Ward { _folder, site: _, gateway } = ward;
    gateway.services.shutdown.cancel();
    gateway.stopped().await;
    let again = Gateway::start(Config::read(&config).unwrap(), CancellationToken::new()).await.unwrap();
    let done = running.await.unwrap().unwrap();
    assert!(done.report.connections_lost >= 1, "{:?}", done.report);
    assert_eq!((done.report.connections_given_up, done.report.refused.len()), (0, 0), "{:?}", done.report);
    let ledger = done.ledger.unwrap();
    assert_eq!(ledger.stored().count(), ledger.entries().len(), "all were answered in the end");
    assert_eq!(all_stored(&again).await.len(), ledger.entries().len(), "and each is stored once");
}
