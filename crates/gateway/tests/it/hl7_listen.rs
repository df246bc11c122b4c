//! The listener against senders that misbehave: a clear refusal each time, and no effect on the others.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use clinical::ack::{self, Answer, Code};
use clinical::hl7::Message;
use clinical::mllp;
use gateway::ehr::{Listener, Options};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

const PCD01: &str = include_str!("../../../../testdata/hl7/pcd01.hl7");

async fn listen(options: Options) -> (String, Listener, CancellationToken) {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap().to_string();
    let (listener, stop) = (Listener::new(options).unwrap(), CancellationToken::new());
    tokio::spawn(listener.clone().run(tcp, stop.clone()));
    (address, listener, stop)
}

fn frame(message: &str) -> Vec<u8> {
    let mut out = Vec::new();
    mllp::encode(message.as_bytes(), &mut out).unwrap();
    out
}

/// Sends `bytes`, ends the sending side, and gives all answers until the listener closes.
async fn exchange(address: &str, bytes: &[u8]) -> Vec<Answer> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The listener may close before it has read all of it, which is not this side's concern.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut got = Vec::new();
    let reading = stream.read_to_end(&mut got);
    let _ = tokio::time::timeout(Duration::from_secs(10), reading).await.expect("closed in time");
    answers(&got)
}

fn answers(bytes: &[u8]) -> Vec<Answer> {
    let mut decoder = mllp::Decoder::default();
    decoder.push(bytes);
    let mut answers = Vec::new();
    while let Some(frame) = decoder.next_frame().unwrap() {
        let text = std::str::from_utf8(frame).unwrap();
        answers.push(ack::read(&Message::parse(text).unwrap()).unwrap());
    }
    answers
}

#[tokio::test]
async fn good_messages_are_answered_in_the_mode_asked_for() {
    let (address, listener, stop) = listen(Options::default()).await;
    let original = PCD01.replacen("|AL|NE|", "|||", 1);
    let both = PCD01.replacen("|AL|NE|", "|AL|AL|", 1);
    let stream = [frame(PCD01), frame(&original), frame(&both)].concat();
    let codes: Vec<Code> = exchange(&address, &stream).await.iter().map(|answer| answer.code).collect();
    use Code::{ApplicationAccept, CommitAccept};
    assert_eq!(codes, [CommitAccept, ApplicationAccept, CommitAccept, ApplicationAccept]);
    let counts = listener.counts();
    assert_eq!(counts.observations.load(std::sync::atomic::Ordering::Relaxed), 30);
    stop.cancel();
}

#[tokio::test]
async fn bad_input_is_refused_and_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.jsonl");
    let options = Options { output: Some(output.clone()), longest_message: 10_000, ..Options::default() };
    let (address, _listener, stop) = listen(options).await;
    let latin: Vec<u8> = [&b"\x0bMSH|^~\\&|A\rPID|Zo\xeb"[..], b"\x1c\x0d"].concat();
    let long = frame(&format!("MSH|^~\\&|{}", "x".repeat(10_000)));
    type Refusal = Option<(Code, &'static str)>;
    let cases: [(&str, Vec<u8>, Refusal); 8] = [
        ("wrong value", frame(&PCD01.replacen("|37.1|", "|x|", 1)), Some((Code::CommitError, "OBX^11^5"))),
        (
            "wrong type",
            frame(&PCD01.replacen("ORU^R01", "ADT^A01", 1)),
            Some((Code::CommitReject, "MSH^1^9")),
        ),
        ("no message", frame("hello"), Some((Code::ApplicationReject, "no MSH"))),
        ("empty", frame(""), Some((Code::ApplicationReject, "no MSH"))),
        ("wrong charset", latin, Some((Code::ApplicationReject, "byte 17 is no UTF-8"))),
        ("not MLLP", b"GET / HTTP/1.1\r\n\r\n".to_vec(), Some((Code::ApplicationReject, "outside a frame"))),
        ("too long", long, Some((Code::ApplicationReject, "longer than 10000"))),
        ("cut", frame(PCD01)[..100].to_vec(), None),
    ];
    for (what, bytes, expected) in &cases {
        let got = exchange(&address, bytes).await;
        match expected {
            Some((code, reason)) => {
                let [answer] = got.as_slice() else { panic!("{what}: {got:?}") };
                assert_eq!(answer.code, *code, "{what}: {answer:?}");
                assert!(answer.reason.contains(reason), "{what}: {answer:?}");
            }
            None => assert_eq!(got, [], "{what}"),
        }
    }
    // Nobody else was disturbed, and every refusal is in the file.
    assert_eq!(exchange(&address, &frame(PCD01)).await[0].code, Code::CommitAccept);
    let lines = std::fs::read_to_string(&output).unwrap();
    let refused = lines.lines().filter(|line| line.contains("\"accepted\":false")).count();
    assert_eq!((refused, lines.lines().count()), (cases.len(), cases.len() + 1), "{lines}");
    stop.cancel();
}

#[tokio::test]
async fn a_silent_peer_is_closed() {
    let options = Options { idle: Duration::from_millis(200), ..Options::default() };
    let (address, listener, stop) = listen(options).await;
    for (sent, broken) in [(&b""[..], 0), (b"\x0bMSH|", 1)] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let closed =
            tokio::time::timeout(Duration::from_secs(5), stream.read(&mut [0; 16])).await.expect("closed");
        assert_eq!(closed.unwrap(), 0);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(listener.counts().broken.load(std::sync::atomic::Ordering::Relaxed), broken);
    }
    stop.cancel();
}

#[tokio::test]
async fn random_bytes_never_stop_the_listener() {
    let (address, _listener, stop) = listen(Options::default()).await;
    let mut state = 7_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize
    };
    let good = frame(PCD01);
    for _ in 0..60 {
        let mut bytes = good.clone();
        for _ in 0..1 + random() % 8 {
            let (at, byte) = (random() % bytes.len(), random());
            bytes[at] = byte as u8;
        }
        bytes.truncate(random() % bytes.len());
        exchange(&address, &bytes).await;
    }
    assert_eq!(exchange(&address, &good).await[0].code, Code::CommitAccept);
    stop.cancel();
}

#[tokio::test]
async fn an_independent_client_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../target/hl7-client/bin/python");
    assert!(
        python.is_file(),
        "the HL7 client is not installed: run `python3 -m venv target/hl7-client && \
         target/hl7-client/bin/pip install -r crates/gateway/tests/hl7_client/requirements.txt`"
    );
    let (address, _listener, stop) = listen(Options::default()).await;
    let (host, port) = address.split_once(':').unwrap();
    let mut child = Command::new(python)
        .arg(root.join("tests/hl7_client/send.py"))
        .args([host, port, "3"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PCD01.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "CA 1914\nCA 1914\nCA 1914\n");
    stop.cancel();
}
