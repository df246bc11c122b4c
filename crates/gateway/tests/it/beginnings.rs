//! Where destinations begin: what one is told that is new to a gateway with a past, and that no later configuration moves it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use clinical::ack::Code as Answered;
use gateway::config::{Feed, FeedKind, Hl7, Oru};
use gateway::record::{Journal, Place, Since};
use gateway::sinks;
use seal::Micros;

use crate::fixture::Site;
use crate::hl7_feed::{receiver, until};
use crate::oru_feed::{SECOND, TEN, charted, patient_with, pulse, send};

/// A destination, where it begins, and what it got.
struct To {
    feed: Feed,
    got: Arc<Mutex<Vec<String>>>,
}

async fn to(site: &Site, name: &str, since: Option<Since>, dialect: &str) -> To {
    let (address, got) = receiver(|_| Some(Answered::CommitAccept)).await;
    let path = site.folder.path().join(format!("{name}.toml"));
    std::fs::write(&path, dialect).unwrap();
    let oru = Oru { dialect: path, settle_seconds: 10 };
    let feed = Feed::to(name, &address, PathBuf::new(), FeedKind::Oru(Hl7::default(), oru)).in_the_clear();
    To { feed: Feed { since, ..feed }, got }
}

const EACH: &str = "name = \"each\"\nextends = \"flat\"\n";

fn at(seconds: i64) -> Since {
    Since::Time(jiff::Timestamp::from_microsecond(TEN + seconds * SECOND).unwrap())
}

impl To {
    /// The values and statuses that it got.
    fn values(&self) -> Vec<String> {
        let lines = charted(&self.got.lock().unwrap());
        lines.iter().filter_map(|line| Some(line.split_once('=')?.1.split(' ').next()?.to_owned())).collect()
    }
}

async fn begin(site: &Site, all: &[&To]) {
    let feeds: Vec<Feed> = all.iter().map(|one| one.feed.clone()).collect();
    sinks::begin(&site.services, &feeds).await.unwrap();
}

async fn position(site: &Site, feed: &str, journal: Journal) -> Place {
    let feed = feed.to_owned();
    site.services.store.read(move |reader| reader.outbox(&feed, journal)).await.unwrap()
}

#[tokio::test]
async fn a_new_destination_begins_where_it_says_and_stays_there_whatever_is_configured_later() {
    let site = Site::new().await;
    let mut device = site.device("mon-1").await;
    patient_with(&site, &device, "MRN-1").await;
    for (second, number) in [(0, "60"), (10, "61"), (20, "62")] {
        send(&site, &mut device, second, 1, pulse(number)).await;
    }
    let quiet = to(&site, "quiet", None, EACH).await;
    let all = to(&site, "all", Some(Since::All), EACH).await;
    let then = to(&site, "then", Some(at(11)), EACH).await;
    let between = to(&site, "between", Some(at(12)), EACH).await;
    let everyone = [&quiet, &all, &then, &between];
    begin(&site, &everyone).await;
    send(&site, &mut device, 30, 1, pulse("63")).await;
    // Somebody thinks better of it; it has no effect.
    let later =
        [(&quiet, Some(Since::All)), (&all, Some(Since::Now)), (&then, None), (&between, Some(at(0)))];
    let changed: Vec<Feed> =
        later.iter().map(|(one, since)| Feed { since: *since, ..one.feed.clone() }).collect();
    sinks::begin(&site.services, &changed).await.unwrap();
    for feed in &changed {
        sinks::start(&site.services, feed).unwrap();
        let position = async || position(&site, &feed.name, Journal::Batches).await == Place(4);
        until("told", position).await;
    }
    assert_eq!(quiet.values(), ["63R"]);
    assert_eq!(all.values(), ["60R", "61R", "62R", "63R"]);
    assert_eq!(then.values(), ["61R", "62R", "63R"], "received at that time or later");
    assert_eq!(between.values(), ["62R", "63R"]);
    let began = site
        .services
        .store
        .read(|reader| reader.beginning("quiet", Journal::Batches))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((began.since, began.place), (Since::Now, Place(3)));
    let audit =
        site.services.store.read(|reader| reader.audit(gateway::store::Page::default())).await.unwrap();
    let begun: Vec<_> =
        audit.iter().filter(|row| row.action == "begin-feed").map(|row| row.object.as_str()).collect();
    assert_eq!(begun, ["destination:between", "destination:then", "destination:all", "destination:quiet"]);
}

#[tokio::test]
async fn what_a_destination_was_never_told_is_not_taken_back_from_it() {
    let site = Site::new().await;
    let mut device = site.device("mon-1").await;
    let wrong = patient_with(&site, &device, "WRONG").await;
    let right = site.patient("RIGHT").await;
    send(&site, &mut device, 0, 1, pulse("60")).await;
    let (quiet, all) = (to(&site, "quiet", None, EACH).await, to(&site, "all", Some(Since::All), EACH).await);
    begin(&site, &[&quiet, &all]).await;
    send(&site, &mut device, 10, 1, pulse("61")).await;
    let made = site.services.store.read(move |reader| reader.associations_of(wrong)).await.unwrap()[0].id;
    for one in [&quiet, &all] {
        sinks::start(&site.services, &one.feed).unwrap();
        until("told", async || position(&site, &one.feed.name, Journal::Batches).await == Place(2)).await;
    }
    site.admin().correct(made, right).await.unwrap();
    for one in [&quiet, &all] {
        until("put right", async || position(&site, &one.feed.name, Journal::Batches).await == Place(4))
            .await;
    }
    assert_eq!(quiet.values(), ["61R", "61W", "61R"]);
    assert_eq!(all.values(), ["60R", "61R", "60W", "60R", "61W", "61R"]);
}

#[tokio::test]
async fn charting_begins_where_the_destination_does() {
    let site = Site::new().await;
    let mut device = site.device("mon-1").await;
    let wrong = patient_with(&site, &device, "MRN-1").await;
    let minute = format!("{EACH}interval = 60\naveraging = \"mean\"\n");
    send(&site, &mut device, 5, 1, pulse("60")).await;
    let to = to(&site, "ehr", Some(at(60)), &minute).await;
    begin(&site, &[&to]).await;
    send(&site, &mut device, 65, 1, pulse("80")).await;
    // It was measured before and came after: it is told, and nothing that was there already.
    send(&site, &mut device, 10, 300, pulse("70")).await;
    sinks::start(&site.services, &to.feed).unwrap();
    until("charted", async || position(&site, "ehr", Journal::Charts).await == Place(2)).await;
    assert_eq!(to.values(), ["80R", "70R"]);
    let right = site.patient("MRN-2").await;
    let made = site.services.store.read(move |reader| reader.associations_of(wrong)).await.unwrap()[0].id;
    site.admin().correct(made, right).await.unwrap();
    until("put right", async || position(&site, "ehr", Journal::Charts).await == Place(6)).await;
    let mut values = to.values().split_off(2);
    values.sort();
    assert_eq!(values, ["70R", "70W", "80R", "80W"]);
}

#[tokio::test]
async fn who_gets_to_know_of_associations_knows_of_those_that_there_are() {
    let site = Site::new().await;
    let devices = [site.device("mon-1").await, site.device("mon-2").await];
    let (ada, bob) = (site.patient("ADA").await, site.patient("BOB").await);
    // One is over, one holds; the next one to be told of is the fourth step.
    site.admin().associate(&devices[0].id, bob, "1", Micros(TEN)).await.unwrap();
    site.admin().disassociate(&devices[0].id, Micros(TEN + SECOND)).await.unwrap();
    site.admin().associate(&devices[1].id, ada, "2", Micros(TEN + 2 * SECOND)).await.unwrap();
    let (address, got) = receiver(|_| Some(Answered::CommitAccept)).await;
    let feed = Feed::to("pcim", &address, PathBuf::new(), FeedKind::Pcim(Hl7::default())).in_the_clear();
    sinks::begin(&site.services, std::slice::from_ref(&feed)).await.unwrap();
    site.admin().associate(&devices[0].id, bob, "1", Micros(TEN + 3 * SECOND)).await.unwrap();
    // What was over before it began turns out to have been wrong: it was never told of it.
    let over = site.services.store.read(move |reader| reader.associations_of(bob)).await.unwrap()[0].id;
    site.admin().correct(over, ada).await.unwrap();
    sinks::start(&site.services, &feed).unwrap();
    let newest =
        site.services.store.read(|reader| reader.newest("pcim", Journal::Associations)).await.unwrap();
    until("told", async || position(&site, "pcim", Journal::Associations).await == newest).await;
    let got = got.lock().unwrap();
    let names: Vec<&str> = got.iter().map(|text| text.split('|').nth(9).unwrap()).collect();
    assert_eq!(names, ["MA3", "MA4", "MA6", "MA7"], "{got:?}");
}
