//! Sealed batches on gRPC streams, sent by grpcio with what protoc makes of the published file.

use seal::Reason;
use serde_json::{Value, json};

use crate::fixture::{RunningSite, TestDevice};
use crate::intake_client::{python, with_sources};

async fn site() -> RunningSite {
    RunningSite::with(with_sources).await
}

impl RunningSite {
    /// Delivers these bytes on one stream.
    pub(crate) async fn stream(&self, device: &TestDevice, token: &str, batches: &[Vec<u8>]) -> Value {
        let folder = self.files(device);
        let files = (0..).zip(batches).map(|(number, bytes)| {
            let path = folder.join(format!("batch-{number}"));
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        });
        let files = files.collect::<Vec<_>>();
        let proto = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/batches.proto");
        let port = self.running.addresses.grpc_sources[0].port().to_string();
        let mut arguments = vec![proto, &port, folder.to_str().unwrap(), token];
        arguments.extend(files.iter().map(String::as_str));
        python("stream.py", &arguments).await
    }
}

#[tokio::test]
async fn receipts_come_in_order_and_tell_the_outcome() {
    let site = site().await;
    let mut device = site.site.device("monitor-1").await;
    let token = site.token(&mut device, "batches.write").await;
    let mut batches: Vec<_> = (0..100).map(|_| device.next(2)).collect();
    let mut broken = device.next(1);
    *broken.last_mut().unwrap() ^= 1;
    batches.extend([batches[3].clone(), broken, b"not a batch".to_vec(), device.next(1)]);
    let said = site.stream(&device, &token, &batches).await;
    let mut expected: Vec<_> = (1..=100).map(|number| json!([number, "COMMITTED", ""])).collect();
    expected.extend([
        json!([101, "DUPLICATE", ""]),
        json!([102, "REFUSED", "bad-hash"]),
        json!([103, "REFUSED", "malformed"]),
        json!([104, "REFUSED", "counter-gap"]),
    ]);
    assert_eq!((&said["status"], &said["receipts"]), (&json!("OK"), &json!(expected)));
    assert_eq!(site.stored().await.len(), 100);
    assert_eq!(site.refusals().await, [Reason::BadHash, Reason::Malformed, Reason::CounterGap]);
}

#[tokio::test]
async fn who_may_not_deliver_gets_no_stream() {
    let site = site().await;
    let mut good = site.site.device("monitor-1").await;
    let mut other = site.site.device("monitor-2").await;
    let mut revoked = site.site.device("monitor-3").await;
    let token = site.token(&mut good, "batches.write").await;
    let others = site.token(&mut other, "batches.write").await;
    let relay = site.token(&mut good, "batches.relay").await;
    let revoked_token = site.token(&mut revoked, "batches.write").await;
    site.site.admin().revoke(&revoked.id).await.unwrap();
    let stranger = site.site.maker.device("monitor-4");
    let batch = [good.next(1)];
    for (what, device, token, expected) in [
        ("no token", &good, "", "UNAUTHENTICATED: token"),
        ("another device's token", &good, others.as_str(), "UNAUTHENTICATED: token"),
        ("a token for another way", &good, relay.as_str(), "UNAUTHENTICATED: token"),
        ("revoked", &revoked, revoked_token.as_str(), "PERMISSION_DENIED: revoked-device"),
        ("not enrolled", &stranger, token.as_str(), "PERMISSION_DENIED: unknown-device"),
    ] {
        let said = site.stream(device, token, &batch).await;
        assert_eq!((&said["status"], &said["receipts"]), (&json!(expected), &json!([])), "{what}");
    }
    let oversized = [vec![0; gateway::limits::GRPC_MESSAGE_BYTES + 1]];
    let said = site.stream(&good, &token, &oversized).await;
    assert_eq!(said["status"], json!("RESOURCE_EXHAUSTED: oversized"));
    let expected = [
        Reason::Token,
        Reason::Token,
        Reason::Token,
        Reason::RevokedDevice,
        Reason::UnknownDevice,
        Reason::Oversized,
    ];
    assert_eq!(site.refusals().await, expected);
    assert_eq!(site.stored().await, []);
}
