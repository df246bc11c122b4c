//! The minimal lower layer protocol: where a message starts and ends in a stream of bytes (HL7 v2.6 appendix C.3), releases 1 and 2.
//!
//! ```text
//! frame  = 0B message 1C 0D
//! commit = 0B 06 1C 0D       release 2: the message before is in safe storage
//!        | 0B 15 1C 0D       release 2: it is not
//! ```
//!
//! In release 2 the receiver answers each message with a commit block before anything else, and the sender has one message under way at a
//! time. A commit block is a frame like any other, so one decoder serves both releases; [`Content`] tells them apart.
//!
//! The decoder takes bytes as they come, in any portions, and gives whole frames. A frame is whole at 1C, which no text may contain; the 0D
//! after it is skipped when it comes, since some senders leave it out. CR and LF between frames are skipped too; anything else there means
//! that the peer does not speak MLLP, or that both lost count, and nothing that follows can be trusted.

use crate::limits::LONGEST_FRAME;

/// Starts a frame.
pub const START_BLOCK: u8 = 0x0b;
/// Ends a frame, followed by [`CARRIAGE_RETURN`].
pub const END_BLOCK: u8 = 0x1c;
/// The last byte of a frame.
pub const CARRIAGE_RETURN: u8 = 0x0d;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'f> {
    /// A message.
    Message(&'f [u8]),
    /// A commit block of release 2.
    Commit(Commit),
}

/// What a commit block says of the message before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// It is in safe storage.
    Stored,
    /// It is not, and may be sent again.
    NotStored,
}

impl Commit {
    const ACK: u8 = 0x06;
    const NAK: u8 = 0x15;

    /// Appends the block to `out`.
    pub fn encode(self, out: &mut Vec<u8>) {
        let byte = match self {
            Self::Stored => Self::ACK,
            Self::NotStored => Self::NAK,
        };
        out.extend_from_slice(&[START_BLOCK, byte, END_BLOCK, CARRIAGE_RETURN]);
    }
}

impl<'f> Content<'f> {
    /// What `frame`, without its block characters, holds.
    #[must_use]
    pub fn of(frame: &'f [u8]) -> Self {
        match frame {
            [Commit::ACK] => Self::Commit(Commit::Stored),
            [Commit::NAK] => Self::Commit(Commit::NotStored),
            message => Self::Message(message),
        }
    }
}

/// The stream cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A byte between frames that does not belong there.
    #[error("byte {byte:#04x} at {offset} is outside a frame")]
    Outside {
        /// Its place in the stream.
        offset: u64,
        /// What it is.
        byte: u8,
    },
    /// A second start block inside a frame: its end was lost.
    #[error("a frame starts at {offset} inside another")]
    Nested {
        /// Place of the second start block in the stream.
        offset: u64,
    },
    /// More bytes than the limit without an end block.
    #[error("the frame at {offset} is longer than {limit} bytes")]
    TooLong {
        /// Place of its start block in the stream.
        offset: u64,
        /// The most that is taken.
        limit: usize,
    },
}

/// The message holds a block character and cannot be framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {byte:#04x} at {offset} cannot be in a frame")]
pub struct NotFramable {
    /// Its place in the message.
    pub offset: usize,
    /// What it is.
    pub byte: u8,
}

/// Appends the frame of `message` to `out`.
pub fn encode(message: &[u8], out: &mut Vec<u8>) -> Result<(), NotFramable> {
    if let Some((offset, byte)) = message.iter().copied().enumerate().find(|(_, byte)| is_block(*byte)) {
        return Err(NotFramable { offset, byte });
    }
    out.reserve(message.len() + 3);
    out.push(START_BLOCK);
    out.extend_from_slice(message);
    out.extend_from_slice(&[END_BLOCK, CARRIAGE_RETURN]);
    Ok(())
}

fn is_block(byte: u8) -> bool {
    byte == START_BLOCK || byte == END_BLOCK
}

/// Finds frames in a stream.
#[derive(Debug, Clone)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Bytes of the buffer that are read already.
    taken: usize,
    /// Bytes after `taken` in which no block character is.
    searched: usize,
    /// Bytes dropped from the front of the buffer since the start of the stream.
    dropped: u64,
    limit: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(LONGEST_FRAME)
    }
}

impl Decoder {
    /// A decoder for messages of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { buffer: Vec::new(), taken: 0, searched: 0, dropped: 0, limit }
    }

    /// Takes the next bytes of the stream. Call [`Decoder::next_frame`] until it gives `None` before the next push: what is buffered stays
    /// bounded by the limit and one portion.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.dropped += self.taken as u64;
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, without its block characters. After an error the stream is of no use any more.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, FrameError> {
        if !self.skip_to_start()? {
            return Ok(None);
        }
        let start = self.taken;
        let body = self.buffer.get(start + 1..).unwrap_or_default();
        let fresh = body.get(self.searched..).unwrap_or_default();
        let Some(found) = fresh.iter().position(|byte| is_block(*byte)) else {
            self.searched = body.len();
            return if body.len() > self.limit { Err(self.too_long()) } else { Ok(None) };
        };
        let length = self.searched + found;
        if length > self.limit {
            return Err(self.too_long());
        }
        if body.get(length) == Some(&START_BLOCK) {
            return Err(FrameError::Nested { offset: self.offset(start + 1 + length) });
        }
        self.taken = start + 1 + length + 1;
        self.searched = 0;
        Ok(self.buffer.get(start + 1..start + 1 + length))
    }

    /// A frame has begun and not ended: a stream that ends now was cut.
    #[must_use]
    pub fn is_inside_frame(&self) -> bool {
        self.buffer.get(self.taken..).is_some_and(|rest| rest.contains(&START_BLOCK))
    }

    fn skip_to_start(&mut self) -> Result<bool, FrameError> {
        while let Some(byte) = self.buffer.get(self.taken) {
            match *byte {
                START_BLOCK => return Ok(true),
                b'\r' | b'\n' => self.taken += 1,
                byte => return Err(FrameError::Outside { offset: self.offset(self.taken), byte }),
            }
        }
        Ok(false)
    }

    fn too_long(&self) -> FrameError {
        FrameError::TooLong { offset: self.offset(self.taken), limit: self.limit }
    }

    fn offset(&self, index: usize) -> u64 {
        self.dropped + index as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All frames of a stream that comes in portions of `portion` bytes, and the error that ends it.
    fn frames(stream: &[u8], portion: usize, limit: usize) -> (Vec<Vec<u8>>, Option<FrameError>) {
        let (mut decoder, mut out) = (Decoder::new(limit), Vec::new());
        for bytes in stream.chunks(portion) {
            decoder.push(bytes);
            loop {
                match decoder.next_frame() {
                    Ok(Some(frame)) => out.push(frame.to_vec()),
                    Ok(None) => break,
                    Err(error) => return (out, Some(error)),
                }
            }
        }
        (out, None)
    }

    #[test]
    fn frames_are_found_however_the_stream_is_cut() {
        let stream = b"\x0bone\x1c\x0d\x0btwo\x1c\x0bthree\x1c\x0d\n\x0b\x1c\x0d";
        for portion in 1..=stream.len() {
            let (found, error) = frames(stream, portion, 10);
            assert_eq!(
                (found, error),
                (vec![b"one".to_vec(), b"two".to_vec(), b"three".to_vec(), vec![]], None),
                "{portion}"
            );
        }
    }

    #[test]
    fn what_is_not_mllp_is_refused_with_its_place() {
        for (stream, error) in [
            (&b"GET / HTTP/1.1"[..], FrameError::Outside { offset: 0, byte: b'G' }),
            (b"\x0bone\x1c\x0dX", FrameError::Outside { offset: 6, byte: b'X' }),
            (b"\x0bone\x0btwo\x1c\x0d", FrameError::Nested { offset: 4 }),
            (b"\x0b12345678901", FrameError::TooLong { offset: 0, limit: 10 }),
            (b"\x0b1\x1c\x0d\x0b12345678901\x1c\x0d", FrameError::TooLong { offset: 4, limit: 10 }),
        ] {
            for portion in [1, 3, stream.len()] {
                assert_eq!(frames(stream, portion, 10).1, Some(error), "{portion}");
            }
        }
    }

    #[test]
    fn a_cut_frame_is_noticed() {
        let mut decoder = Decoder::default();
        decoder.push(b"\x0bone\x1c\x0d");
        assert!(decoder.next_frame().unwrap().is_some() && !decoder.is_inside_frame());
        decoder.push(b"\x0btw");
        assert!(decoder.next_frame().unwrap().is_none() && decoder.is_inside_frame());
    }

    #[test]
    fn commit_blocks_are_told_from_messages() {
        let mut stream = Vec::new();
        Commit::Stored.encode(&mut stream);
        encode(b"MSH|", &mut stream).unwrap();
        Commit::NotStored.encode(&mut stream);
        encode(b"\x06\x15", &mut stream).unwrap();
        let (found, error) = frames(&stream, 1, 10);
        let contents: Vec<_> = found.iter().map(|frame| Content::of(frame)).collect();
        let expected = [
            Content::Commit(Commit::Stored),
            Content::Message(b"MSH|"),
            Content::Commit(Commit::NotStored),
            Content::Message(b"\x06\x15"),
        ];
        assert_eq!((contents.as_slice(), error), (&expected[..], None));
        assert_eq!(stream.get(..4), Some(&[0x0b, 0x06, 0x1c, 0x0d][..]));
    }

    #[test]
    fn a_message_with_block_characters_is_not_framed() {
        let mut out = Vec::new();
        assert_eq!(encode(b"a\x1cb", &mut out), Err(NotFramable { offset: 1, byte: 0x1c }));
        assert!(out.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(messages in proptest::collection::vec("[^\u{0b}\u{1c}]{0,20}", 0..6), portion in 1..40_usize) {
            let mut stream = Vec::new();
            for message in &messages {
                encode(message.as_bytes(), &mut stream).unwrap();
            }
            let (found, error) = frames(&stream, portion, 1000);
            prop_assert_eq!(error, None);
            prop_assert_eq!(found, messages.iter().map(|message| message.as_bytes().to_vec()).collect::<Vec<_>>());
        }

        #[test]
        fn any_stream_is_read_or_refused_alike_in_any_portions(stream in proptest::collection::vec(prop_oneof![Just(0x0b), Just(0x1c), Just(0x0d), any::<u8>()], 0..60), portion in 1..20_usize) {
            prop_assert_eq!(frames(&stream, portion, 16), frames(&stream, 1, 16));
        }
    }
}
