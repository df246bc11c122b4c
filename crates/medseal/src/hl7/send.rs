//! `medseal hl7 send`: messages to an MLLP receiver, once or many times, over one connection or many.

use crate::exit::{Outcome, Problem};
use crate::hl7::file;
use crate::hl7::link::{Asked, Link, Receiver, Reply};
use crate::print;
use clap::Args;
use clinical::mllp::Commit;
use gateway::config::Tls;
use gateway::connect::{Target, TargetError, Trust};
use serde::Serialize;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What to send, and where.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Files with one or more messages each, as lines or in MLLP frames
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The receiver
    #[arg(long, value_name = "HOST:PORT")]
    to: String,
    /// The CA that the receiver's certificate is from (PEM): speak TLS
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Our own certificate (PEM), for a receiver that asks for one
    #[arg(long, value_name = "FILE", requires_all = ["tls_ca", "tls_key"])]
    tls_certificate: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Speak without TLS to another machine
    #[arg(long, conflicts_with = "tls_ca")]
    plain: bool,
    /// Send all of it so many times; from the second time on, "-2", "-3" and so on is added to MSH-10
    #[arg(long, value_name = "N", default_value_t = 1)]
    repeat: usize,
    /// Over so many connections at a time
    #[arg(long, value_name = "N", default_value_t = 1)]
    connections: usize,
    /// How long to wait for a connection or an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal hl7 send message.hl7 --to 127.0.0.1:2575                       to this machine, without TLS
  medseal hl7 send message.hl7 --to ehr.hospital:2575 --tls-ca ca.pem    to another, with TLS
  medseal hl7 send message.hl7 --to 127.0.0.1:2575 --repeat 10000 --connections 50 --json

One message is under way on a connection at a time. How many answers are waited for is what MSH-15 and MSH-16 ask for.
Exit code: 0 all accepted, 1 one was refused or not answered, 2 a file is no message, 3 no connection.";

/// Sends.
pub(super) fn run(options: &Options) -> Outcome {
    let receiver = Arc::new(receiver(options)?);
    let mut messages = Vec::new();
    for path in &options.files {
        messages.extend(file::messages(path)?.into_iter().map(|bytes| (path.display().to_string(), bytes)));
    }
    let work = Arc::new(Work { messages, repeat: options.repeat.max(1), next: AtomicUsize::new(0) });
    let started = Instant::now();
    let done = crate::service::runtime()?.block_on(all(&receiver, &work, options.connections.max(1)))?;
    let report = Report::of(&done, started.elapsed());
    report.print(&done, options);
    if report.refused > 0 {
        return Err(Problem::No(format!("{} of {} messages refused", report.refused, report.sent)));
    }
    Ok(())
}

/// TLS when a CA is given; without it only where nobody else can listen in, or on purpose.
fn receiver(options: &Options) -> Outcome<Receiver> {
    let host = options.to.rsplit_once(':').map_or(options.to.as_str(), |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let own = options.tls_certificate.clone().zip(options.tls_key.clone());
    let own = own.map(|(certificate, key)| Tls { certificate, key });
    let ca = options.tls_ca.as_deref();
    let plain = ca.is_none() && (options.plain || is_here);
    let trust = Trust { ca, plain, server_name: None, client: own.as_ref() };
    let target = Target::of(&options.to, &trust).map_err(|error| match error {
        TargetError::Unprotected(_) => {
            Problem::Input(format!("{host} is another machine: give --tls-ca, or --plain to go without TLS"))
        }
        TargetError::Address(address) => Problem::Input(format!("{address} is not HOST:PORT")),
        TargetError::Tls(error) => Problem::Input(error.to_string()),
    })?;
    Ok(Receiver { target, patience: Duration::from_secs(options.patience.max(1)) })
}

/// What is left to be sent, shared by the connections.
struct Work {
    /// Where each message is from, and its bytes.
    messages: Vec<(String, Vec<u8>)>,
    repeat: usize,
    next: AtomicUsize,
}

/// A message sent, and what came back.
struct Done {
    number: usize,
    file: String,
    control_id: String,
    reply: Outcome<Reply>,
    took: Duration,
}

impl Work {
    fn take(&self) -> Option<(usize, &str, Vec<u8>)> {
        let number = self.next.fetch_add(1, Relaxed);
        let round = number / self.messages.len();
        let (file, message) =
            self.messages.get(number % self.messages.len()).filter(|_| round < self.repeat)?;
        Some((number, file, renumbered(message, round + 1)))
    }
}

/// The message with MSH-10 of its `round`-th sending.
fn renumbered(message: &[u8], round: usize) -> Vec<u8> {
    let separator = message.get(3).copied().unwrap_or(b'|');
    let header = message.iter().position(|byte| *byte == b'\r').unwrap_or(message.len());
    // MSH-10 ends at the tenth separator.
    let separators = message.iter().take(header).enumerate().filter(|(_, byte)| **byte == separator);
    let end = separators.map(|(at, _)| at).nth(9).filter(|_| round > 1);
    match end.and_then(|end| message.split_at_checked(end)) {
        Some((before, after)) => [before, format!("-{round}").as_bytes(), after].concat(),
        None => message.to_vec(),
    }
}

async fn all(receiver: &Arc<Receiver>, work: &Arc<Work>, connections: usize) -> Outcome<Vec<Done>> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections.min(work.messages.len() * work.repeat) {
        // One that cannot be made ends it all: the figures would be of another load.
        let link = Link::open(receiver).await?;
        tasks.spawn(one(link, receiver.clone(), work.clone()));
    }
    let mut done = Vec::new();
    while let Some(part) = tasks.join_next().await {
        done.extend(part.map_err(Problem::machine)?);
    }
    done.sort_by_key(|one| one.number);
    Ok(done)
}

async fn one(link: Link, receiver: Arc<Receiver>, work: Arc<Work>) -> Vec<Done> {
    let (mut link, mut done) = (Some(link), Vec::new());
    while let Some((number, file, message)) = work.take() {
        let started = Instant::now();
        let reply = match link.as_mut() {
            Some(link) => link.exchange(&message, Asked::by(&message)).await,
            // After a failure what comes may belong to another message: begin again.
            None => match Link::open(&receiver).await {
                Ok(fresh) => link.insert(fresh).exchange(&message, Asked::by(&message)).await,
                Err(problem) => Err(problem),
            },
        };
        if reply.is_err() {
            link = None;
        }
        let (file, control_id) = (file.to_owned(), control_id(&message));
        done.push(Done { number, file, control_id, reply, took: started.elapsed() });
    }
    done
}

fn control_id(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let parsed = clinical::hl7::Message::parse(&text);
    let header = parsed.as_ref().ok().and_then(|message| message.segments().first().copied());
    header.map(|header| header.field(10).raw().to_owned()).unwrap_or_default()
}

impl Done {
    fn accepted(&self) -> bool {
        self.reply.as_ref().is_ok_and(Reply::accepts)
    }

    /// What came back, in words.
    fn words(&self) -> String {
        match &self.reply {
            Err(problem) => problem.to_string(),
            Ok(Reply { commit, answers }) => {
                let commit = commit.map(|commit| match commit {
                    Commit::Stored => "commit: stored".to_owned(),
                    Commit::NotStored => "commit: not stored".to_owned(),
                });
                let answers = answers.iter().map(|answer| match answer.reason.as_str() {
                    "" => answer.code.letters().to_owned(),
                    reason => format!("{} {reason}", answer.code.letters()),
                });
                let all: Vec<String> = commit.into_iter().chain(answers).collect();
                if all.is_empty() { "no answer asked for".into() } else { all.join(", ") }
            }
        }
    }
}

#[derive(Serialize)]
struct Report {
    sent: usize,
    accepted: usize,
    refused: usize,
    seconds: f64,
    per_second: f64,
    latency_ms: Latency,
}

#[derive(Serialize)]
struct Latency {
    p50: f64,
    p90: f64,
    p99: f64,
    most: f64,
}

/// At most this many messages are shown one by one.
const SHOWN: usize = 20;

impl Report {
    fn of(done: &[Done], took: Duration) -> Self {
        let mut millis: Vec<f64> = done.iter().map(|one| one.took.as_secs_f64() * 1_000.0).collect();
        millis.sort_by(f64::total_cmp);
        let at =
            |percent: usize| millis.get((millis.len() * percent / 100).min(millis.len().saturating_sub(1)));
        let at = |percent| at(percent).map_or(0.0, |millis| (millis * 1_000.0).round() / 1_000.0);
        let accepted = done.iter().filter(|one| one.accepted()).count();
        let seconds = took.as_secs_f64();
        Self {
            sent: done.len(),
            accepted,
            refused: done.len() - accepted,
            seconds: (seconds * 1_000.0).round() / 1_000.0,
            per_second: (done.len() as f64 / seconds.max(1e-9)).round(),
            latency_ms: Latency { p50: at(50), p90: at(90), p99: at(99), most: at(100) },
        }
    }

    fn print(&self, done: &[Done], options: &Options) {
        let shown = || done.iter().filter(|one| done.len() <= SHOWN || !one.accepted()).take(SHOWN);
        if options.json {
            let answers: Vec<_> = shown()
                .map(|one| serde_json::json!({ "file": one.file, "control_id": one.control_id, "accepted": one.accepted(), "answer": one.words() }))
                .collect();
            let mut object = serde_json::json!(self);
            if let Some(object) = object.as_object_mut() {
                object.insert("answers".into(), answers.into());
            }
            print::json(&object);
            return;
        }
        for one in shown() {
            print::result(&format!("{} {}: {}", one.file, one.control_id, one.words()));
        }
        if done.len() > 1 {
            let Latency { p50, p99, most, .. } = &self.latency_ms;
            print::note(&format!(
                "{} messages, {} accepted, {} refused in {} s: {} a second; answered in {p50} ms, 99 of 100 in {p99} ms, all in {most} ms",
                self.sent, self.accepted, self.refused, self.seconds, self.per_second
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::renumbered;

    #[test]
    fn a_message_sent_again_has_a_control_id_of_its_own() {
        let message = b"MSH|^~\\&|A|B|C|D|1||ORU^R01|7|P|2.6\rPID|||1\r";
        assert_eq!(renumbered(message, 1), message);
        assert_eq!(renumbered(message, 3), b"MSH|^~\\&|A|B|C|D|1||ORU^R01|7-3|P|2.6\rPID|||1\r");
        assert_eq!(renumbered(b"MSH|^~\\&|A\r", 2), b"MSH|^~\\&|A\r");
    }
}
