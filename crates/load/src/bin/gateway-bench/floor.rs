//! The least that anybody must do to take HL7 messages durably: find frames, parse them, and answer after a write that all waiting ones
//! share is synced. No readings, no patient, no index, no audit.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::mpsc;

use clinical::hl7::{Message, decode};
use clinical::mllp::{self, Content, Decoder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// The word that makes this program the floor; the port follows.
pub(crate) const INSIDE: &str = "--floor";

type Waiting = (Vec<u8>, oneshot::Sender<()>);

/// Serves until it is killed.
pub(crate) fn serve() -> ExitCode {
    let port = std::env::args().nth(2).and_then(|port| port.parse().ok());
    let folder = std::env::args().nth(3);
    let (Some(port), Some(folder)) = (port, folder) else { return ExitCode::from(2) };
    let Ok(mut file) = std::fs::File::create(std::path::Path::new(&folder).join("floor")) else {
        return ExitCode::FAILURE;
    };
    let (log, queue) = mpsc::channel::<Waiting>();
    std::thread::spawn(move || {
        while let Ok(first) = queue.recv() {
            let mut group = vec![first];
            group.extend(queue.try_iter());
            let written = group.iter().try_for_each(|(bytes, _)| file.write_all(bytes));
            if written.and_then(|()| file.sync_data()).is_err() {
                return;
            }
            for (_, waiter) in group {
                // A peer that has gone does not care.
                let _gone = waiter.send(());
            }
        }
    });
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    runtime.block_on(async {
        let Ok(listener) = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await else {
            return ExitCode::FAILURE;
        };
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, log.clone()));
        }
        ExitCode::SUCCESS
    })
}

/// One connection, until its peer has gone or says what is no message.
async fn talk(mut stream: TcpStream, log: mpsc::Sender<Waiting>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (mut decoder, mut portion, mut out) = (Decoder::default(), vec![0; 16 * 1024], Vec::new());
    loop {
        while let Some(frame) = decoder.next_frame().ok()? {
            let Content::Message(bytes) = Content::of(frame) else { continue };
            let text = decode(bytes).ok()?;
            let message = Message::parse(&text).ok()?;
            let control_id = message.segments().first()?.field(10).raw().to_owned();
            let (waiter, done) = oneshot::channel();
            log.send((bytes.to_vec(), waiter)).ok()?;
            done.await.ok()?;
            out.clear();
            let answer = format!("MSH|^~\\&|||||||ACK|1|P|2.6\rMSA|CA|{control_id}\r");
            mllp::encode(answer.as_bytes(), &mut out).ok()?;
            stream.write_all(&out).await.ok()?;
        }
        let count = stream.read(&mut portion).await.ok().filter(|count| *count > 0)?;
        decoder.push(portion.get(..count)?);
    }
}
