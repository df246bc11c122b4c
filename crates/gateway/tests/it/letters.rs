//! Dead letters at the desk: read, edited, sent again, given up, with and without a running gateway.

use clinical::ack::Code;
use clinical::hl7::Message;
use gateway::desk::{Method, StatusCode};
use gateway::http::session::Role;
use gateway::record::{Journal, Place};
use gateway::{Config, Desk, Gateway};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::browser::Browser;
use crate::fixture::{RunningSite, Site};
use crate::hl7_feed::{commit, plain, receiver, until, with_patient};

/// Asks, and gives status and JSON.
async fn ask(desk: &Desk, method: Method, address: &str, body: &str) -> (StatusCode, Value) {
    let (status, body) = desk.ask(method, address, body.into()).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn get(desk: &Desk, address: &str) -> Value {
    let (status, json) = ask(desk, Method::GET, address, "").await;
    assert_eq!(status, StatusCode::OK, "{json}");
    json
}

async fn post(desk: &Desk, address: &str, body: &str) -> Value {
    let (status, json) = ask(desk, Method::POST, address, body).await;
    assert_eq!(status, StatusCode::OK, "{json}");
    json
}

async fn audited(site: &Site, action: &str) -> Vec<String> {
    let rows = site.services.store.read(|reader| reader.audit(Default::default())).await.unwrap();
    rows.into_iter()
        .filter(|row| row.action == action)
        .map(|row| format!("{} {}", row.actor, row.object))
        .collect()
}

/// A running gateway whose receiver refuses the second and third message that it gets; three batches of one patient.
async fn refusing() -> (RunningSite, Desk, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let (address, got) =
        receiver(|n| Some(if n == 1 || n == 2 { Code::ApplicationError } else { Code::ApplicationAccept }))
            .await;
    let ward = RunningSite::with(|config| config.feeds.push(plain(address))).await;
    let mut device = with_patient(&ward.site, "one").await;
    commit(&ward.site, &mut device, 4).await;
    let store = ward.site.services.store.clone();
    until("position", async || {
        store.read(|reader| reader.outbox("ehr", Journal::Batches)).await.unwrap() == Place(4)
    })
    .await;
    let desk = Desk::open(Config::clone(&ward.site.services.config)).await.unwrap();
    assert!(desk.runs());
    (ward, desk, got)
}

#[tokio::test]
async fn a_refused_message_is_edited_and_sent_again_and_says_that_it_was_overtaken() {
    let (ward, desk, got) = refusing().await;
    let letters = get(&desk, "/api/letters?feed=ehr&state=lying").await;
    let ids: Vec<i64> =
        letters["items"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [2, 1], "{letters}");
    let letter = get(&desk, "/api/letters/2").await;
    let (message, answer) = (letter["message"].as_str().unwrap(), letter["answer"].as_str().unwrap());
    assert_eq!(message, got.lock().unwrap()[2]);
    assert!(Message::parse(answer).unwrap().segment("MSA").is_some(), "{letter}");
    assert_eq!((&letter["batch"], &letter["wire"]), (&3.into(), &"hl7v2".into()));

    // Lines as an editor writes them.
    let edited = message.replace("MEDSEAL", "OTHER").replace('\r', "\n");
    let (status, whole) = ask(&desk, Method::PUT, "/api/letters/2/message", &edited).await;
    assert_eq!((status, &whole["state"]), (StatusCode::OK, &"lying".into()), "{whole}");
    let (status, why) = ask(&desk, Method::PUT, "/api/letters/2/message", "PID|1").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{why}");

    let retried = post(&desk, "/api/letters/2/retry", "").await;
    assert_eq!((&retried["overtaken"], &retried["earlier"]), (&true.into(), &1.into()), "{retried}");
    until("delivered", async || get(&desk, "/api/letters/2").await["state"] == "delivered").await;
    let last = got.lock().unwrap().last().unwrap().clone();
    assert!(last.starts_with("MSH|^~\\&|OTHER"), "{last}");
    assert_eq!(get(&desk, "/api/letters/2").await["attempts"], 2);

    // Settled is settled, and what is given up needs a reason.
    assert_eq!(ask(&desk, Method::POST, "/api/letters/2/retry", "").await.0, StatusCode::CONFLICT);
    assert_eq!(ask(&desk, Method::POST, "/api/letters/1/drop", " ").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(post(&desk, "/api/letters/1/drop", "charted by hand").await["state"], "dropped");
    assert_eq!(ask(&desk, Method::GET, "/api/letters/9", "").await.0, StatusCode::NOT_FOUND);
    for action in ["edit-letter", "retry-letter"] {
        let rows = audited(&ward.site, action).await;
        assert!(
            rows.len() == 1 && rows[0].starts_with("user:uid-") && rows[0].ends_with("letter 2 of ehr"),
            "{rows:?}"
        );
    }
    assert_eq!(audited(&ward.site, "drop-letter").await.len(), 1);
    let rows = audited(&ward.site, "deliver").await;
    assert!(rows.contains(&"destination:ehr letter:2".to_owned()), "{rows:?}");
    let dead = ward.site.services.store.read(|reader| reader.dead_letters("ehr")).await.unwrap();
    assert_eq!(dead, 0);
}

#[tokio::test]
async fn what_is_refused_again_lies_again_with_the_newer_answer() {
    let (address, _) =
        receiver(|n| Some(if n < 3 { Code::ApplicationReject } else { Code::ApplicationAccept })).await;
    let ward = RunningSite::with(|config| config.feeds.push(plain(address))).await;
    let mut device = with_patient(&ward.site, "one").await;
    commit(&ward.site, &mut device, 2).await;
    let desk = Desk::open(Config::clone(&ward.site.services.config)).await.unwrap();
    until("two lie", async || {
        get(&desk, "/api/letters?state=lying").await["items"].as_array().unwrap().len() == 2
    })
    .await;
    // Both at once: nothing of the patient is there yet, so the order holds.
    for (id, refused) in [(1, true), (1, false), (2, false)] {
        let retried = post(&desk, &format!("/api/letters/{id}/retry"), "").await;
        assert_eq!(retried["earlier"], 0, "{retried}");
        let wanted = if refused { "lying" } else { "delivered" };
        until(wanted, async || get(&desk, &format!("/api/letters/{id}")).await["state"] == wanted).await;
    }
    assert_eq!(get(&desk, "/api/letters/1").await["attempts"], 3);
}

#[tokio::test]
async fn without_a_gateway_the_desk_works_on_the_folder_and_the_letter_goes_out_later() {
    let (ward, desk, got) = refusing().await;
    desk.close().await;
    let config = Config::clone(&ward.site.services.config);
    ward.site.services.shutdown.cancel();
    let RunningSite { site, running } = ward;
    running.stopped().await;

    let desk = Desk::open(config.clone()).await.unwrap();
    assert!(!desk.runs());
    post(&desk, "/api/letters/1/retry", "").await;
    // The folder has one writer at a time.
    let second = Gateway::start(config.clone(), CancellationToken::new()).await;
    assert!(second.unwrap_err().to_string().contains("another process"));
    desk.close().await;

    let before = got.lock().unwrap().len();
    let shutdown = CancellationToken::new();
    let running = Gateway::start(config.clone(), shutdown.clone()).await.unwrap();
    let desk = Desk::open(config.clone()).await.unwrap();
    until("delivered", async || get(&desk, "/api/letters/1").await["state"] == "delivered").await;
    assert_eq!(got.lock().unwrap().len(), before + 1);
    shutdown.cancel();
    running.stopped().await;
    drop(site);
}

#[tokio::test]
async fn a_clinician_sees_the_feeds_and_not_the_letters() {
    let site = Site::new().await;
    let address = gateway::http::start("127.0.0.1:0".parse().unwrap(), &site.services).await.unwrap();
    for (role, expected) in [(Role::Clinician, StatusCode::FORBIDDEN), (Role::Operator, StatusCode::OK)] {
        let mut browser = Browser::new(address, site.maker.ca.der());
        let link = site.services.sessions.issue_link("https://localhost", "ada", role).unwrap();
        browser.sign_in(link.expose_secret()).await;
        assert_eq!(browser.get("/api/feeds").await.status, StatusCode::OK);
        assert_eq!(browser.get("/api/letters").await.status, expected, "{role:?}");
    }
}

#[tokio::test]
async fn the_desk_tells_what_is_counted_and_the_log_beside_it_is_whole() {
    let (ward, desk, _) = refusing().await;
    let status = get(&desk, "/api/status").await;
    assert_eq!((&status["counters"]["ehr_refused"], &status["counters"]["ehr_sent"]), (&2.into(), &4.into()));
    let (code, text) = desk.ask(Method::GET, "/api/metrics", String::new()).await.unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert_eq!(code, StatusCode::OK);
    assert!(text.contains("\nmedseal_feed_letters{feed=\"ehr\"} 2\n"), "{text}");
    let data = ward.site.services.config.data.clone();
    let head = gateway::store::inspect(&data, |reader| {
        let head = reader.verify_audit()?.unwrap();
        assert_eq!(reader.audit_hash(head.id)?, Some(head.hash));
        Ok(head)
    });
    assert!(head.unwrap().id.0 > 0);
}

#[tokio::test]
async fn the_desk_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let ward = RunningSite::new().await;
    let socket = ward.site.folder.path().join("data/desk.sock");
    assert_eq!(std::fs::metadata(socket).unwrap().permissions().mode() & 0o777, 0o600);
}
