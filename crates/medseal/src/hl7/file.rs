//! Messages in a file: one or more, each from an `MSH` at the start of a line to the next, or in MLLP frames as a capture has them.

use crate::exit::{Outcome, Problem};
use clinical::mllp::{Content, Decoder, START_BLOCK};
use std::path::Path;

/// The messages of a file, at least one.
pub(super) fn messages(path: &Path) -> Outcome<Vec<Vec<u8>>> {
    let bytes = crate::exit::read(path)?;
    let wrong = |what: &str| Problem::Input(format!("{}: {what}", path.display()));
    let messages = if bytes.first() == Some(&START_BLOCK) {
        framed(&bytes).map_err(|error| wrong(&error.to_string()))?
    } else {
        listed(&bytes)
    };
    if messages.is_empty() { Err(wrong("no MSH at the start of a line")) } else { Ok(messages) }
}

fn framed(bytes: &[u8]) -> Result<Vec<Vec<u8>>, clinical::mllp::FrameError> {
    let (mut decoder, mut messages) = (Decoder::default(), Vec::new());
    decoder.push(bytes);
    while let Some(frame) = decoder.next_frame()? {
        if let Content::Message(message) = Content::of(frame) {
            messages.push(message.to_vec());
        }
    }
    Ok(messages)
}

/// What stands before the first message is not one. Segments are ended by CR, whatever ends the file's lines.
fn listed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty()) {
        if line.starts_with(b"MSH") {
            messages.push(Vec::new());
        }
        if let Some(message) = messages.last_mut() {
            message.extend_from_slice(line);
            message.push(b'\r');
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_however_their_lines_end() {
        for text in ["MSH|1\rPID|\rMSH|2\r", "MSH|1\nPID|\n\nMSH|2\n", "notes\r\nMSH|1\r\nPID|\r\nMSH|2"] {
            assert_eq!(listed(text.as_bytes()), [b"MSH|1\rPID|\r".to_vec(), b"MSH|2\r".to_vec()], "{text:?}");
        }
        let capture = b"\x0bMSH|1\r\x1c\x0d\x0b\x06\x1c\x0d\x0bMSH|2\r\x1c\x0d";
        assert_eq!(framed(capture).unwrap(), [b"MSH|1\r".to_vec(), b"MSH|2\r".to_vec()]);
    }
}
