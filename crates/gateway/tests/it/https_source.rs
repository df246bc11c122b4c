//! Sealed batches by HTTPS requests, from good devices and bad ones.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::store::{BatchQuery, Page};
use seal::Reason;
use tokio::io::AsyncWriteExt;

use crate::fixture::{Maker, RunningSite, TestDevice};
use crate::intake_client::{Reply, ask, tls, with_sources};

async fn site() -> RunningSite {
    RunningSite::with(with_sources).await
}

impl RunningSite {
    pub(crate) async fn stored(&self) -> Vec<(String, u64)> {
        let all =
            self.running.services.store.read(|reader| reader.batches(&BatchQuery::default())).await.unwrap();
        all.iter().map(|batch| (batch.device.to_string(), batch.counter().unwrap_or_default())).collect()
    }

    pub(crate) async fn refusals(&self) -> Vec<Reason> {
        let all = self.running.services.store.read(|reader| reader.refusals(Page::default())).await.unwrap();
        all.iter().rev().map(|refusal| refusal.reason).collect()
    }

    async fn deliver(&self, device: &TestDevice, token: &str, kind: &str, body: &[u8]) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", kind), ("authorization", bearer.as_str())];
        self.post(Some(device), "/v1/batches", &headers, body).await
    }
}

#[tokio::test]
async fn batches_arrive_in_each_form() {
    let site = site().await;
    let mut device = site.site.device("monitor-1").await;
    let token = site.token(&mut device, "batches.write").await;
    let one = device.next(2);
    let reply = site.deliver(&device, &token, "application/cbor", &one).await;
    assert_eq!((reply.status, &reply.json()["outcome"]), (201, &"committed".into()));
    let reply = site.deliver(&device, &token, "application/cbor", &one).await;
    assert_eq!((reply.status, &reply.json()["outcome"]), (200, &"duplicate".into()));

    let several = [device.next(1), device.next(1), one.clone()].concat();
    let reply = site.deliver(&device, &token, "application/cbor-seq", &several).await;
    let answers = reply.json();
    let statuses: Vec<_> =
        answers["answers"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!((reply.status, statuses), (207, vec![201, 201, 200]));

    let text = format!("{{\"batches\":[\"{}\"]}}", URL_SAFE_NO_PAD.encode(device.next(1)));
    let reply = site.deliver(&device, &token, "application/json; charset=utf-8", text.as_bytes()).await;
    assert_eq!(reply.status, 201);
    assert_eq!(site.stored().await.len(), 4);
    assert_eq!(site.deliver(&device, &token, "text/plain", &one).await.status, 415);
}

#[tokio::test]
async fn who_may_not_deliver_is_told_why_and_seen() {
    let site = site().await;
    let mut good = site.site.device("monitor-1").await;
    let mut other = site.site.device("monitor-2").await;
    let mut revoked = site.site.device("monitor-3").await;
    let (token, others, relay) = (
        site.token(&mut good, "batches.write").await,
        site.token(&mut other, "batches.write").await,
        site.token(&mut good, "batches.relay").await,
    );
    let revoked_token = site.token(&mut revoked, "batches.write").await;
    site.site.admin().revoke(&revoked.id).await.unwrap();
    let stranger = site.site.maker.device("monitor-4");
    let sealed = good.next(1);
    let cases = [
        ("no token", &good, None, 401, Reason::Token),
        ("a made-up token", &good, Some("AAAA"), 401, Reason::Token),
        ("another device's token", &good, Some(others.as_str()), 401, Reason::Token),
        ("a token for another way", &good, Some(relay.as_str()), 401, Reason::Token),
        ("revoked", &revoked, Some(revoked_token.as_str()), 403, Reason::RevokedDevice),
        ("not enrolled", &stranger, Some(token.as_str()), 403, Reason::UnknownDevice),
    ];
    for (what, device, token, status, reason) in cases {
        let bearer = format!("Bearer {}", token.unwrap_or_default());
        let mut headers = vec![("content-type", "application/cbor")];
        headers.extend(token.map(|_| ("authorization", bearer.as_str())));
        let reply = site.post(Some(device), "/v1/batches", &headers, &sealed).await;
        assert_eq!(
            (reply.status, reply.json()["reason"].as_str()),
            (status, Some(reason.as_str())),
            "{what}"
        );
        assert_eq!(status == 401, reply.head.contains("www-authenticate: bearer"), "{what}: {}", reply.head);
    }
    assert_eq!(site.refusals().await, cases.map(|(.., reason)| reason));
    let reply = site.post(None, "/v1/batches", &[("content-type", "application/cbor")], &sealed).await;
    assert_eq!((reply.status, reply.json()["reason"].as_str()), (403, Some("certificate")));
    let foreign = Maker::new("Another maker").device("monitor-1");
    if let Ok(mut stream) = tls(site.https_source(), &site.site.maker, Some(&foreign)).await {
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.ok();
    }
    assert_eq!(site.stored().await, []);
    assert_eq!(site.deliver(&good, &token, "application/cbor", &sealed).await.status, 201);
}

#[tokio::test]
async fn a_token_that_is_over_opens_nothing() {
    let site = RunningSite::with(|config| {
        with_sources(config);
        config.tokens.as_mut().unwrap().life_seconds = 0;
    })
    .await;
    let mut device = site.site.device("monitor-1").await;
    let token = site.token(&mut device, "batches.write").await;
    let sealed = device.next(1);
    let reply = site.deliver(&device, &token, "application/cbor", &sealed).await;
    assert_eq!((reply.status, reply.json()["reason"].as_str()), (401, Some("token")));
    assert!(reply.head.contains("invalid_token"), "{}", reply.head);
}

#[tokio::test]
async fn bodies_are_bounded_in_size_and_time() {
    let site = site().await;
    let mut device = site.site.device("monitor-1").await;
    let token = site.token(&mut device, "batches.write").await;
    let long = vec![0; gateway::limits::HTTPS_BATCHES_BYTES + 1];
    let reply = site.deliver(&device, &token, "application/cbor", &long).await;
    assert_eq!((reply.status, reply.json()["reason"].as_str()), (413, Some("oversized")));
    let batch = device.next(1);
    let many = batch.repeat(gateway::limits::HTTPS_BATCHES + 1);
    assert_eq!(site.deliver(&device, &token, "application/cbor-seq", &many).await.status, 413);

    // A body that never ends in time holds nobody else up.
    let mut slow = tls(site.https_source(), &site.site.maker, Some(&device)).await.unwrap();
    let head = format!(
        "POST /v1/batches HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/cbor\r\ncontent-length: 1000\r\n\r\n"
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.flush().await.unwrap();
    let quick = tokio::time::timeout(
        Duration::from_secs(5),
        site.deliver(&device, &token, "application/cbor", &batch),
    );
    assert_eq!(quick.await.unwrap().status, 201);
    let reply = ask(&mut slow, ("", ""), &[], b"").await;
    assert_eq!(reply.status, 408);
}

#[tokio::test]
async fn a_full_disk_is_told_as_a_wait() {
    let site = site().await;
    let mut device = site.site.device("monitor-1").await;
    let token = site.token(&mut device, "batches.write").await;
    let sealed = device.next(1);
    let path = site.site.services.config.data.join("medseal.db");
    let lock = rusqlite::Connection::open(path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let reply = site.deliver(&device, &token, "application/cbor", &sealed).await;
    assert_eq!((reply.status, &reply.json()["outcome"]), (503, &"unavailable".into()));
    assert!(reply.head.contains("retry-after"), "{}", reply.head);
    lock.execute_batch("ROLLBACK").unwrap();
    assert_eq!(site.deliver(&device, &token, "application/cbor", &sealed).await.status, 201);
}
