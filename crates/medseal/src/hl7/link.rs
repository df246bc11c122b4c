//! A connection to an MLLP receiver: TLS unless in the clear on purpose, one message under way, its answers.

use crate::exit::{Outcome, Problem};
use clinical::ack::{self, Answer};
use clinical::hl7::{Message, decode};
use clinical::mllp::{self, Commit, Content};
use gateway::connect::{Stream, Target};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The receiver, and how long it is waited for.
pub(super) struct Receiver {
    pub(super) target: Target,
    pub(super) patience: Duration,
}

/// What came back for a message.
#[derive(Default)]
pub(super) struct Reply {
    /// The commit block of release 2.
    pub(super) commit: Option<Commit>,
    /// The answers.
    pub(super) answers: Vec<Answer>,
}

impl Reply {
    /// Nothing that came back says no.
    pub(super) fn accepts(&self) -> bool {
        self.commit != Some(Commit::NotStored) && self.answers.iter().all(|answer| answer.code.accepts())
    }
}

/// How many answers a message asks for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// Always.
    always: usize,
    /// Depending on what is made of it.
    perhaps: usize,
}

impl Asked {
    /// By MSH-15 and MSH-16; of what cannot be read, one.
    pub(super) fn by(message: &[u8]) -> Self {
        let one = Self { always: 1, perhaps: 0 };
        let Ok(text) = decode(message) else { return one };
        let Ok(message) = Message::parse(&text) else { return one };
        let Some(header) = message.segments().first() else { return one };
        let conditions = [header.field(15).raw(), header.field(16).raw()];
        if conditions.iter().all(|condition| condition.is_empty()) {
            return one;
        }
        let count = |words: &[&str]| conditions.iter().filter(|condition| words.contains(condition)).count();
        Self { always: count(&["AL"]), perhaps: count(&["ER", "SU"]) }
    }
}

/// A connection.
pub(super) struct Link {
    stream: Box<dyn Stream>,
    decoder: mllp::Decoder,
    patience: Duration,
}

/// How long an answer that need not come is waited for.
const GRACE: Duration = Duration::from_millis(500);

impl Link {
    pub(super) async fn open(receiver: &Receiver) -> Outcome<Self> {
        let Receiver { target, patience } = receiver;
        let failed = |error: std::io::Error| Problem::Machine(format!("{}: {error}", target.address()));
        let late = |_| {
            let (address, seconds) = (target.address(), patience.as_secs());
            Problem::Machine(format!("{address}: no connection within {seconds} s"))
        };
        let stream = tokio::time::timeout(*patience, target.connect()).await.map_err(late)?;
        Ok(Self { stream: stream.map_err(failed)?, decoder: mllp::Decoder::default(), patience: *patience })
    }

    /// Sends a message and waits for what it asks for.
    pub(super) async fn exchange(&mut self, message: &[u8], asked: Asked) -> Outcome<Reply> {
        let mut frame = Vec::new();
        mllp::encode(message, &mut frame).map_err(|error| Problem::Input(error.to_string()))?;
        self.stream.write_all(&frame).await.map_err(Problem::machine)?;
        self.stream.flush().await.map_err(Problem::machine)?;
        let mut reply = Reply::default();
        while reply.answers.len() < asked.always + asked.perhaps {
            let needed = reply.answers.len() < asked.always;
            match tokio::time::timeout(if needed { self.patience } else { GRACE }, self.next(&mut reply))
                .await
            {
                Ok(outcome) => outcome?,
                Err(_) if needed => {
                    return Err(Problem::No(format!("no answer within {} s", self.patience.as_secs())));
                }
                Err(_) => break,
            }
        }
        Ok(reply)
    }

    /// Takes the next answer or commit block.
    async fn next(&mut self, reply: &mut Reply) -> Outcome {
        let mut portion = vec![0; 16 * 1024];
        loop {
            match self.decoder.next_frame().map_err(|error| Problem::No(format!("not MLLP: {error}")))? {
                Some(frame) => match Content::of(frame) {
                    Content::Commit(commit) => reply.commit = Some(commit),
                    Content::Message(message) => {
                        reply.answers.push(answer(message)?);
                        return Ok(());
                    }
                },
                None => match self.stream.read(&mut portion).await.map_err(Problem::machine)? {
                    0 => return Err(Problem::No("closed by the receiver before it answered".into())),
                    count => self.decoder.push(portion.get(..count).unwrap_or_default()),
                },
            }
        }
    }
}

fn answer(bytes: &[u8]) -> Outcome<Answer> {
    let no = |why: String| Problem::No(format!("not an answer: {why}"));
    let text = decode(bytes).map_err(|error| no(error.to_string()))?;
    let message = Message::parse(&text).map_err(|error| no(error.to_string()))?;
    ack::read(&message).map_err(|error| no(error.to_string()))
}
