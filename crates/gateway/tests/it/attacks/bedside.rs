//! The same for HL7 v2 over MLLP. No seal tells a changed copy from a true message there, only TLS on the way does, so copies have no line.

use std::time::{Duration, SystemTime};

use gateway::config::Mllp;
use tokio::net::TcpStream;

use super::{Line, compare, noted, seen};
use crate::fixture::{Maker, RunningSite, TestDevice};
use crate::mllp::{PCD01, answers, connector, frame, said, ward};

const LONGEST: usize = 10_000;

async fn by_mllp(site: &RunningSite, shown: Option<&TestDevice>, bytes: &[u8]) -> String {
    let tcp = TcpStream::connect(site.running.addresses.mllp[0]).await.unwrap();
    let connector = connector(&site.site.maker, shown);
    let Ok(stream) = connector.connect("localhost".try_into().unwrap(), tcp).await else {
        return "closed".into();
    };
    told(&said(stream, bytes).await)
}

fn told(got: &[u8]) -> String {
    // RFC 8446 section 5.1: a record of type 21.
    if got.first() == Some(&21) {
        return "a TLS alert".into();
    }
    match answers(got).as_slice() {
        [] => "closed".into(),
        all => all.iter().map(|answer| format!("{:?}", answer.code)).collect::<Vec<_>>().join(" "),
    }
}

fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let good = frame(PCD01.as_bytes());
    vec![
        ("no MLLP", b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("garbage in a frame", frame(b"no message at all")),
        ("cut off", good[..100].to_vec()),
        ("too large", frame(&[PCD01.as_bytes(), &b"NTE|1||x\r".repeat(LONGEST / 8)].concat())),
        ("two patients in one message", frame(PCD01.replacen("OBR|1|", "PID|||OTHER\rOBR|1|", 1).as_bytes())),
        ("an order", frame(PCD01.replacen("ORU^R01^ORU_R01", "ORM^O01", 1).as_bytes())),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn on_mllp() {
    let (folder, hospital) = (tempfile::tempdir().unwrap(), Maker::new("Hospital"));
    let ca = folder.path().join("hospital.pem");
    std::fs::write(&ca, hospital.ca.pem()).unwrap();
    let limited = |source: &mut Mllp| {
        (source.plain, source.clients, source.longest_message) = (false, Some(ca.clone()), LONGEST);
    };
    let site = ward(limited).await;
    let engine = hospital.device("engine-1");
    let mut lines = Vec::new();
    for (attack, bytes) in messages() {
        let before = seen(&site).await;
        let answer = by_mllp(&site, Some(&engine), &bytes).await;
        lines.push(Line { attack, answer, noted: noted(&site, &before).await });
    }
    let expired = hospital.device_until("engine-2", SystemTime::now() - Duration::from_secs(5));
    let stranger = Maker::new("Stranger").device("engine-1");
    let good = frame(PCD01.as_bytes());
    for (attack, shown) in [
        ("no certificate", None),
        ("another CA's certificate", Some(&stranger)),
        ("an ended certificate", Some(&expired)),
    ] {
        let before = seen(&site).await;
        let answer = by_mllp(&site, shown, &good).await;
        lines.push(Line { attack, answer, noted: noted(&site, &before).await });
    }
    let before = seen(&site).await;
    let tcp = TcpStream::connect(site.running.addresses.mllp[0]).await.unwrap();
    let answer = told(&said(tcp, &good).await);
    lines.push(Line { attack: "no TLS", answer, noted: noted(&site, &before).await });
    assert_eq!(by_mllp(&site, Some(&engine), &good).await, "CommitAccept");

    let sealed_only = ward(|source| source.unsealed = false).await;
    let before = seen(&sealed_only).await;
    let tcp = TcpStream::connect(sealed_only.running.addresses.mllp[0]).await.unwrap();
    let answer = told(&said(tcp, &good).await);
    let attack = "measurements where none are allowed";
    lines.push(Line { attack, answer, noted: noted(&sealed_only, &before).await });
    compare("mllp", &lines);
}
