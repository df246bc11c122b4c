//! Any stream, cut into portions of any length: the same frames, or the same error at the same place, as byte by byte.

#![no_main]

use clinical::mllp::{Decoder, FrameError};
use libfuzzer_sys::fuzz_target;

fn frames(stream: &[u8], portion: usize) -> (Vec<Vec<u8>>, Option<FrameError>) {
    let (mut decoder, mut frames) = (Decoder::new(64), Vec::new());
    for bytes in stream.chunks(portion) {
        decoder.push(bytes);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((portion, stream)) = bytes.split_first() else { return };
    assert_eq!(frames(stream, usize::from(*portion).max(1)), frames(stream, 1));
});
