//! Which device is with which patient, told to another system as it changes here, and understood by our own reader of such messages.

use clinical::ack::Code;
use clinical::hl7::{Message, Zone};
use clinical::pcim::{self, Act, Standing};
use gateway::config::{Feed, FeedKind, Hl7};
use gateway::record::{Journal, Place};
use gateway::sinks;
use seal::Micros;

use crate::fixture::Site;
use crate::hl7_feed::{receiver, until};

#[tokio::test]
async fn what_begins_ends_and_never_was_is_told_in_order() {
    let site = Site::new().await;
    let (address, got) = receiver(|_| Some(Code::CommitAccept)).await;
    let device = site.device("mon-1").await;
    let (one, two) = (site.patient("P1").await, site.patient("P2").await);
    let admin = site.admin();
    let at = |second: i64| Micros(1_767_261_600_000_000 + second * 1_000_000);
    let first = admin.associate(&device.id, one, "3", at(0)).await.unwrap();
    let feed = Feed::to("hub", &address, "".into(), FeedKind::Pcim(Hl7::default())).in_the_clear();
    sinks::start(&site.services, &feed).unwrap();
    // It ends the first and begins another.
    admin.associate(&device.id, two, "4", at(60)).await.unwrap();
    admin.disassociate(&device.id, at(120)).await.unwrap();
    admin.correct(first.id, two).await.unwrap();
    let position = async || {
        let read = site.services.store.read(|reader| reader.outbox("hub", Journal::Associations));
        read.await.unwrap() == Place(7)
    };
    until("told", position).await;

    let got = got.lock().unwrap();
    let told: Vec<_> = got
        .iter()
        .map(|text| {
            let message = Message::parse(text).unwrap();
            let notice = pcim::read(&message, &Zone::UTC).unwrap();
            assert!(notice.remarks.is_empty(), "{:?}", notice.remarks);
            let one = &notice.associations[0];
            assert_eq!(one.devices[0].key(), "mon-1");
            let bed = one.location.as_ref().unwrap().bed.clone();
            (notice.patient.identifiers[0].id.clone(), one.act, one.standing, bed, one.parent.clone())
        })
        .collect();
    let (begun, ended, sure) = (Act::Associate, Act::Disassociate, Standing::Validated);
    let row = |patient: &str, act, standing, bed: &str, parent: Option<&str>| {
        (patient.to_owned(), act, standing, bed.to_owned(), parent.map(str::to_owned))
    };
    assert_eq!(
        told,
        [
            row("P1", begun, sure, "3", None),
            row("P1", ended, sure, "3", Some("MSA1")),
            row("P2", begun, sure, "4", None),
            row("P2", ended, sure, "4", Some("MSA2")),
            row("P1", ended, Standing::NeedsValidation, "3", Some("MSA1")),
            row("P2", begun, sure, "3", None),
            row("P2", ended, sure, "3", Some("MSA3")),
        ]
    );
    assert!(got[4].contains("|||||W|"), "{}", got[4]);
}
