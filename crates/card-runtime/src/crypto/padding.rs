//! What fills the last block of a message: ISO/IEC 9797-1 (6.3.2 and 6.3.3) and PKCS #5 (RFC 8018, 6.1.1).

use alloc::vec::Vec;

/// A way to fill the last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// None: the message is blocks.
    None,
    /// As few zeros as needed, and a block of them for no message (method 1). They are not taken off again.
    Zeros,
    /// A bit and zeros (method 2).
    Bit,
    /// As many bytes as are missing, each their number.
    Pkcs5,
}

impl Padding {
    /// Fills the last block.
    pub fn pad(self, message: &mut Vec<u8>, block: usize) {
        let missing = block - message.len() % block;
        let whole = message.len() + missing;
        match self {
            Self::None => {}
            Self::Zeros if missing == block && !message.is_empty() => {}
            Self::Zeros => message.resize(whole, 0),
            Self::Bit => {
                message.push(0x80);
                message.resize(whole, 0);
            }
            Self::Pkcs5 => {
                let [value, ..] = missing.to_le_bytes();
                message.resize(whole, value);
            }
        }
    }

    /// How long a message is without what fills its last block; `None` if it does not end as it must.
    #[must_use]
    pub fn unpadded(self, message: &[u8], block: usize) -> Option<usize> {
        match self {
            Self::None | Self::Zeros => Some(message.len()),
            Self::Bit => {
                let from = message.len().checked_sub(block)?;
                let at = message.iter().rposition(|byte| *byte != 0)?;
                (at >= from && message.get(at) == Some(&0x80)).then_some(at)
            }
            Self::Pkcs5 => {
                let value = *message.last()?;
                let start = message.len().checked_sub(usize::from(value))?;
                let sound = (1..=block).contains(&usize::from(value))
                    && message.get(start..)?.iter().all(|byte| *byte == value);
                sound.then_some(start)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_is_found_again() {
        for block in [8, 16] {
            for length in 0..40 {
                let message = alloc::vec![0xC3; length];
                for padding in [Padding::Zeros, Padding::Bit, Padding::Pkcs5] {
                    let mut padded = message.clone();
                    padding.pad(&mut padded, block);
                    assert!(!padded.is_empty() && padded.len().is_multiple_of(block), "{padding:?} {length}");
                    assert!(padded.len() <= length + block);
                    let expected = if padding == Padding::Zeros { padded.len() } else { length };
                    assert_eq!(padding.unpadded(&padded, block), Some(expected), "{padding:?} {length}");
                }
            }
        }
    }

    #[test]
    fn a_wrong_end_is_no_padding() {
        let bad: [(Padding, &[u8]); 8] = [
            (Padding::Bit, &[]),
            (Padding::Bit, &[0; 16]),
            (Padding::Bit, &[0x81, 0, 0, 0, 0, 0, 0, 0]),
            (Padding::Bit, &[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            (Padding::Pkcs5, &[]),
            (Padding::Pkcs5, &[0; 8]),
            (Padding::Pkcs5, &[9; 16]),
            (Padding::Pkcs5, &[1, 1, 1, 1, 1, 1, 2, 3]),
        ];
        for (padding, message) in bad {
            assert_eq!(padding.unpadded(message, 8), None, "{padding:?} {message:?}");
        }
    }
}
