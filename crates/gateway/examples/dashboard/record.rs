//! A record system at the end of a feed, which does not take everything: the first messages of one patient are refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use clinical::ack::{self, Code};
use clinical::hl7::Message;
use clinical::mllp;
use clinical::validate::{ErrorKind, Finding};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::{Fallible, now};

/// Whose messages are refused, and how many.
const REFUSED: (&str, u32) = ("MRN00002", 3);

/// Listens on a free port; gives where.
pub(crate) async fn listen() -> Fallible<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let refused = Arc::new(AtomicU32::new(0));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, refused.clone()));
        }
    });
    Ok(address)
}

async fn answer(mut stream: TcpStream, refused: Arc<AtomicU32>) -> Fallible<()> {
    let (mut decoder, mut portion) = (mllp::Decoder::default(), [0; 4096]);
    loop {
        while let Some(frame) = decoder.next_frame()? {
            let text = std::str::from_utf8(frame)?.to_owned();
            let out = verdict(&Message::parse(&text)?, &refused)?;
            stream.write_all(&out).await?;
        }
        match stream.read(&mut portion).await? {
            0 => return Ok(()),
            read => decoder.push(portion.get(..read).unwrap_or_default()),
        }
    }
}

fn verdict(message: &Message<'_>, refused: &AtomicU32) -> Fallible<Vec<u8>> {
    let (whose, most) = REFUSED;
    let number = message.segment("PID").map(|pid| pid.field(3).component(1).text().into_owned());
    let unwanted = number.as_deref() == Some(whose) && refused.fetch_add(1, Relaxed) < most;
    let (code, findings) = if unwanted {
        let unknown = Finding::at("PID-3".parse()?, ErrorKind::UnknownKey);
        (Code::ApplicationError, vec![unknown])
    } else {
        (Code::ApplicationAccept, Vec::new())
    };
    let mut out = Vec::new();
    mllp::encode(ack::answer(message, code, &findings, "R1", now()).as_bytes(), &mut out)?;
    Ok(out)
}
