//! One connection of a listener.

use std::net::IpAddr;
use std::sync::atomic::Ordering::Relaxed;

use clinical::account::Review;
use clinical::ack::{self, Verdict};
use clinical::hl7::{Hl7Error, Message, Zone, decode};
use clinical::mllp::{self, Commit, Content, FrameError};
use clinical::pcd::Report;
use clinical::validate::{self, ErrorKind, Finding};
use seal::Micros;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{Release, Shared, Take, report};

/// Why a connection ended, if not by the peer between two messages.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("TLS handshake took too long")]
    Handshake,
    #[error("nothing came for too long")]
    Idle,
    #[error("closed within a message")]
    Cut,
    #[error("{0}")]
    NotMllp(#[from] FrameError),
}

pub(super) async fn serve(
    shared: &Shared,
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    peer: IpAddr,
    stop: CancellationToken,
) {
    let ended = async {
        stream.set_nodelay(true)?;
        match acceptor {
            Some(acceptor) => {
                let handshake = tokio::time::timeout(shared.options.handshake, acceptor.accept(stream));
                let stream = handshake.await.map_err(|_| End::Handshake)??;
                Connection::new(shared, stream, peer).run(&stop).await
            }
            None => Connection::new(shared, stream, peer).run(&stop).await,
        }
    };
    if let Err(end) = ended.await {
        shared.counts.broken.fetch_add(1, Relaxed);
        tracing::warn!(%peer, %end, "connection ended");
        if let Some(journal) = &shared.journal {
            // The peer is gone: nobody is told when even this cannot be written, but the journal has logged it.
            let _ = journal.append(report::refusal(now(), peer, &end.to_string())).await;
        }
    }
}

struct Connection<'s, S> {
    shared: &'s Shared,
    stream: S,
    peer: IpAddr,
    decoder: mllp::Decoder,
    out: Vec<u8>,
}

impl<'s, S: AsyncRead + AsyncWrite + Unpin> Connection<'s, S> {
    fn new(shared: &'s Shared, stream: S, peer: IpAddr) -> Self {
        let decoder = mllp::Decoder::new(shared.options.longest_message);
        Self { shared, stream, peer, decoder, out: Vec::new() }
    }

    async fn run(mut self, stop: &CancellationToken) -> Result<(), End> {
        let mut portion = vec![0; 16 * 1024];
        loop {
            self.take_frames().await?;
            let read = tokio::time::timeout(self.shared.options.idle, self.stream.read(&mut portion));
            let Some(read) = stop.run_until_cancelled(read).await else { return Ok(()) };
            let inside = self.decoder.is_inside_frame();
            match read {
                Err(_) if inside => return Err(End::Idle),
                Err(_) => return Ok(()),
                Ok(Ok(0)) if inside => return Err(End::Cut),
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(count)) => self.decoder.push(portion.get(..count).unwrap_or_default()),
                // Many TLS peers close without saying so; between messages nothing is lost by it.
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof && !inside => {
                    return Ok(());
                }
                Ok(Err(error)) => return Err(error.into()),
            }
        }
    }

    /// Answers all messages that have come whole.
    async fn take_frames(&mut self) -> Result<(), End> {
        loop {
            let answers = match self.decoder.next_frame() {
                // What commits an answer of ours needs no answer.
                Ok(Some(frame)) if matches!(Content::of(frame), Content::Commit(_)) => continue,
                Ok(Some(frame)) => {
                    self.shared.counts.received.fetch_add(1, Relaxed);
                    let work = work(self.shared, frame, self.peer);
                    store(self.shared, work).await
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    let control_id = self.shared.next_control_id();
                    let answer = ack::answer_unframed(&error.to_string(), &control_id, now());
                    self.reply(&Replies { commit: None, answers: vec![answer] }).await?;
                    self.stream.shutdown().await?;
                    return Err(error.into());
                }
            };
            self.reply(&answers).await?;
        }
    }

    async fn reply(&mut self, replies: &Replies) -> Result<(), End> {
        self.out.clear();
        if let (Release::Two, Some(commit)) = (self.shared.options.release, replies.commit) {
            commit.encode(&mut self.out);
        }
        for answer in &replies.answers {
            // An answer is written by this product and has its control characters escaped.
            if let Err(error) = mllp::encode(answer.as_bytes(), &mut self.out) {
                tracing::error!(%error, "an answer cannot be framed");
            }
        }
        let sending = async {
            self.stream.write_all(&self.out).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(self.shared.options.idle, sending).await.map_err(|_| End::Idle)??;
        Ok(())
    }
}

/// What goes back for a message.
struct Replies {
    /// Whether it is in safe storage; nothing of what is no message.
    commit: Option<Commit>,
    answers: Vec<String>,
}

/// A message worked through, before it is stored.
struct Work {
    line: Option<String>,
    accepted: bool,
    observations: u64,
    answers: Vec<String>,
    /// The answers if the line cannot be stored.
    otherwise: Vec<String>,
}

fn work(shared: &Shared, frame: &[u8], peer: IpAddr) -> Work {
    let now = now();
    let understood = decode(frame);
    let message = understood.as_ref().map_err(Hl7Error::clone).and_then(|text| Message::parse(text));
    let message = match message {
        Ok(message) => message,
        Err(problem) => {
            let answers = vec![ack::answer_unreadable(&problem, &shared.next_control_id(), now)];
            let line = shared.journal.as_ref().map(|_| report::refusal(now, peer, &problem.to_string()));
            return Work { line, accepted: false, observations: 0, otherwise: answers.clone(), answers };
        }
    };
    let read = Report::read(&message);
    let findings = findings(shared.options.take, &message, read.is_ok());
    let verdict = Verdict::of(&findings);
    let answers = |verdict, findings: &[Finding]| {
        let codes = ack::asked_for(&message, verdict).into_iter();
        codes.map(|code| ack::answer(&message, code, findings, &shared.next_control_id(), now)).collect()
    };
    let full = Finding { at: None, kind: ErrorKind::Internal };
    Work {
        line: shared
            .journal
            .as_ref()
            .map(|_| report::message(now, peer, verdict, &findings, read.as_ref().ok())),
        accepted: verdict == Verdict::Accepted,
        observations: read.as_ref().map_or(0, report::values),
        answers: answers(verdict, &findings),
        otherwise: answers(Verdict::Error, &[full]),
    }
}

/// What is wrong with a message, as far as the listener is strict.
fn findings(take: Take, message: &Message<'_>, is_report: bool) -> Vec<Finding> {
    match take {
        Take::Any => Review::of(message, &Zone::UTC).refused.into_iter().collect(),
        Take::Pcd01 => {
            let mut findings = validate::pcd01(message);
            if !is_report && findings.is_empty() {
                // What validation lets pass and reading does not: more observations than are taken.
                findings.push(Finding { at: None, kind: ErrorKind::Internal });
            }
            findings
        }
    }
}

async fn store(shared: &Shared, work: Work) -> Replies {
    let stored = match (&shared.journal, work.line) {
        (Some(journal), Some(line)) => journal.append(line).await,
        (None, _) | (_, None) => true,
    };
    if stored && work.accepted {
        shared.counts.accepted.fetch_add(1, Relaxed);
        shared.counts.observations.fetch_add(work.observations, Relaxed);
    } else {
        shared.counts.refused.fetch_add(1, Relaxed);
    }
    if stored {
        Replies { commit: Some(Commit::Stored), answers: work.answers }
    } else {
        Replies { commit: Some(Commit::NotStored), answers: work.otherwise }
    }
}

fn now() -> Micros {
    Micros(jiff::Timestamp::now().as_microsecond())
}
