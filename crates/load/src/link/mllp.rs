//! HL7 v2 in MLLP frames: a message, its answer.

use std::collections::VecDeque;

use bytes::{Buf as _, BufMut as _};
use clinical::mllp::{CARRIAGE_RETURN, Commit, Content, Decoder, END_BLOCK, START_BLOCK};

use super::stream::{Buffered, Stream};
use super::{LinkError, Verdict, control_id};
use crate::message::Message;

/// A connection.
#[derive(Debug)]
pub(crate) struct Mllp {
    stream: Buffered,
    decoder: Decoder,
    /// The control ids of the messages without an answer.
    waiting: VecDeque<String>,
}

/// HL7 table 0357: application internal error.
const INTERNAL: &[u8] = b"207";

fn wrong(what: impl Into<String>) -> LinkError {
    LinkError::Protocol { protocol: "MLLP", what: what.into() }
}

impl Mllp {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream: Buffered::new(stream), decoder: Decoder::default(), waiting: VecDeque::new() }
    }

    pub(super) fn put(&mut self, message: &Message) -> Result<(), LinkError> {
        let out = &mut self.stream.out;
        out.reserve(message.bytes.len() + 3);
        out.put_u8(START_BLOCK);
        // A template that was parsed holds no block characters (HL7 v2.6 section 2.5.4 has none of them in a message).
        out.put_slice(&message.bytes);
        out.put_slice(&[END_BLOCK, CARRIAGE_RETURN]);
        self.waiting.push_back(control_id(message).to_owned());
        Ok(())
    }

    pub(super) fn ready(&mut self) -> Result<Option<Verdict>, LinkError> {
        loop {
            match self.decoder.next_frame() {
                Ok(None) => return Ok(None),
                Err(error) => return Err(wrong(error.to_string())),
                Ok(Some(frame)) => match Content::of(frame) {
                    // Release 2 says first whether it was stored; the message's own answer follows.
                    Content::Commit(Commit::Stored | Commit::NotStored) => {}
                    Content::Message(answer) => {
                        let expected = self.waiting.pop_front();
                        return verdict(answer, expected.as_deref().unwrap_or_default()).map(Some);
                    }
                },
            }
        }
    }

    pub(super) async fn exchange(&mut self) -> Result<(), LinkError> {
        self.stream.exchange().await?;
        self.decoder.push(&self.stream.incoming);
        self.stream.incoming.advance(self.stream.incoming.len());
        Ok(())
    }

    pub(super) async fn close(self) -> Result<(), LinkError> {
        self.stream.close().await
    }
}

/// What an answer says of the message with this control id: MSA-1 and MSA-2.
fn verdict(answer: &[u8], expected: &str) -> Result<Verdict, LinkError> {
    let separator = answer.get(3).copied().unwrap_or(b'|');
    let segments = answer.split(|byte| matches!(byte, b'\r' | b'\n'));
    let msa = segments.clone().find(|segment| segment.starts_with(b"MSA"));
    let mut fields =
        msa.ok_or_else(|| wrong("an answer without MSA"))?.split(|byte| *byte == separator).skip(1);
    let (code, of) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    if of != expected.as_bytes() {
        let of = String::from_utf8_lossy(of);
        return Err(wrong(format!("an answer to {of:?}, the oldest without one is {expected:?}")));
    }
    let err = segments.clone().find(|segment| segment.starts_with(b"ERR")).unwrap_or_default();
    let kind = err.split(|byte| *byte == separator).nth(3).unwrap_or_default();
    Ok(match code {
        b"AA" | b"CA" => Verdict::Stored,
        // HL7 v2.6 section 2.9.2: rejected for a reason that is not in the message, so that it may be sent again.
        b"AR" | b"CR" if kind.starts_with(INTERNAL) => Verdict::Unavailable,
        other => {
            let (code, kind) = (String::from_utf8_lossy(other), String::from_utf8_lossy(kind));
            Verdict::Refused(format!("{code} {kind}").trim_end().to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_to_the_oldest_message() {
        let answer = |msa: &str| format!("MSH|^~\\&|||||||ACK|1|P|2.6\r{msa}\r").into_bytes();
        assert_eq!(verdict(&answer("MSA|CA|7"), "7").unwrap(), Verdict::Stored);
        assert_eq!(verdict(&answer("MSA|AA|7"), "7").unwrap(), Verdict::Stored);
        let later = verdict(&answer("MSA|CR|7\rERR|||207^internal^HL70357|E"), "7").unwrap();
        assert_eq!(later, Verdict::Unavailable);
        for (said, word) in [("MSA|CE|7\rERR|||101^missing", "CE 101^missing"), ("MSA|AR|7", "AR")] {
            assert_eq!(verdict(&answer(said), "7").unwrap(), Verdict::Refused(word.into()));
        }
        assert!(verdict(&answer("MSA|CA|8"), "7").is_err());
        assert!(verdict(&answer("PID|1"), "7").is_err());
    }
}
