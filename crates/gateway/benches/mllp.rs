//! How many HL7 v2 messages a second over MLLP, each on disk before its answer, beside the least that anybody must do for that: frame, parse,
//! one synced write for all that wait. All in one run, since figures of different runs on a shared machine cannot be compared.
//!
//! `cargo bench -p gateway --bench mllp [-- MESSAGES]`: MESSAGES in all, by 50 connections and by one, each waiting for every answer.

#[expect(dead_code, reason = "made for the tests; only a part is needed here")]
#[path = "../tests/it/fixture.rs"]
mod fixture;

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clinical::hl7::Message;
use clinical::mllp;
use fixture::RunningSite;
use gateway::config::Mllp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const PCD01: &str = include_str!("../../../testdata/hl7/pcd01.hl7");
const ANSWER: &[u8] = b"\x0bMSH|^~\\&|||||||ACK|1|P|2.6\rMSA|CA|1\r\x1c\r";

#[tokio::main]
async fn main() {
    let messages: usize = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(20_000);
    for connections in [50, 1] {
        let each = messages / connections / if connections == 1 { 4 } else { 1 };
        let floor = measure(floor().await, connections, each).await;
        let ward = RunningSite::with(|config| {
            config.clock.behind_seconds = 100 * 365 * 24 * 3600;
            let mut source = Mllp::named("load".parse().unwrap(), "127.0.0.1:0".parse().unwrap());
            (source.plain, source.unsealed) = (true, true);
            config.sources.mllp.push(source);
        })
        .await;
        let ours = measure(ward.running.addresses.mllp[0], connections, each).await;
        let stored = ward.site.services.metrics.snapshot().unsealed_stored;
        assert_eq!(stored, (connections * each) as u64, "every answer was of a message on disk");
        println!(
            "{connections:2} connections: {ours:.0} messages/s; floor {floor:.0}/s; share {:.2}",
            ours / floor
        );
    }
}

/// Messages a second over so many connections, each of which waits for every answer.
async fn measure(address: SocketAddr, connections: usize, each: usize) -> f64 {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..connections).map(|number| tokio::spawn(send(address, number, each))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    (connections * each) as f64 / begun.elapsed().max(Duration::from_millis(1)).as_secs_f64()
}

async fn send(address: SocketAddr, number: usize, each: usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut decoder, mut portion, mut out) = (mllp::Decoder::default(), vec![0; 4096], Vec::new());
    for index in 0..each {
        let text = PCD01.replacen("|1914|P|", &format!("|{number}-{index}|P|"), 1);
        out.clear();
        mllp::encode(text.as_bytes(), &mut out).unwrap();
        stream.write_all(&out).await.unwrap();
        loop {
            if let Some(frame) = decoder.next_frame().unwrap() {
                assert!(frame.windows(7).any(|window| window == b"MSA|CA|"), "refused");
                break;
            }
            let count = stream.read(&mut portion).await.unwrap();
            assert!(count > 0, "closed");
            decoder.push(&portion[..count]);
        }
    }
}

/// A listener that does no more than it must: it finds frames, parses them, and answers after a write that all waiting ones share is synced.
async fn floor() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (log, queue) = mpsc::channel::<(Vec<u8>, oneshot::Sender<()>)>();
    std::thread::spawn(move || {
        let mut file = tempfile::tempfile().unwrap();
        while let Ok(first) = queue.recv() {
            let mut group = vec![first];
            group.extend(queue.try_iter());
            for (bytes, _) in &group {
                file.write_all(bytes).unwrap();
            }
            file.sync_data().unwrap();
            for (_, waiter) in group {
                let _ = waiter.send(());
            }
        }
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, log.clone()));
        }
    });
    address
}

async fn serve(mut stream: TcpStream, log: mpsc::Sender<(Vec<u8>, oneshot::Sender<()>)>) {
    stream.set_nodelay(true).unwrap();
    let (mut decoder, mut portion) = (mllp::Decoder::default(), vec![0; 16 * 1024]);
    loop {
        while let Some(frame) = decoder.next_frame().unwrap() {
            let text = std::str::from_utf8(frame).unwrap();
            assert!(Message::parse(text).unwrap().segments().len() > 1);
            let (waiter, done) = oneshot::channel();
            log.send((frame.to_vec(), waiter)).unwrap();
            done.await.unwrap();
            stream.write_all(ANSWER).await.unwrap();
        }
        match stream.read(&mut portion).await {
            Ok(count) if count > 0 => decoder.push(&portion[..count]),
            Ok(_) | Err(_) => return,
        }
    }
}
