//! Connections that begin to say something and go on byte by byte, before and after the TLS handshake. They take places; everybody else is to go on.

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

use super::{Aim, Conversation, Tally};
use crate::limits;

/// What each begins to say: a TLS record, an HTTP request, an MQTT packet, an MLLP frame.
const BEGINNINGS: [&[u8]; 4] = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /v1/batches HTTP/1.1\r\nhost: x\r\nx: ",
    b"\x10\xff\x7f\x00\x04MQTT\x05",
    b"\x0bMSH|^~\\&|",
];

pub(super) async fn run(aim: &Aim) -> Tally {
    let mut dawdlers = JoinSet::new();
    for (number, (_, at, speaks_tls)) in
        (0..limits::DAWDLERS).flat_map(|number| aim.ports.all().map(|port| (number, port)))
    {
        let said = BEGINNINGS.get(number % BEGINNINGS.len()).copied().unwrap_or_default();
        let stream: Option<Box<dyn Conversation>> =
            if speaks_tls && number % 2 == 1 { aim.within_tls(at).await } else { connected(aim, at).await };
        dawdlers.extend(stream.map(|stream| dawdle(stream, said)));
    }
    let mut dawdled = 0;
    while let Some(ended) = dawdlers.join_next().await {
        dawdled += usize::from(ended.is_ok());
    }
    Tally { dawdled, ..Tally::default() }
}

async fn connected(aim: &Aim, at: SocketAddr) -> Option<Box<dyn Conversation>> {
    Some(Box::new(aim.plain(at).await?))
}

async fn dawdle(mut stream: Box<dyn Conversation>, said: &'static [u8]) {
    let until = Instant::now() + limits::FAULT;
    let mut bytes = said.iter().chain(std::iter::repeat(&b'x'));
    while Instant::now() < until {
        let Some(byte) = bytes.next() else { return };
        // Its end is the gateway's answer, and the right one.
        if stream.write_all(&[*byte]).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        sleep(Duration::from_millis(150)).await;
    }
}
