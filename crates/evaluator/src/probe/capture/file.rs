//! The two file formats, down to frames.

use thiserror::Error;

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its number, from 1.
    pub number: u32,
    /// What kind of link it was seen on (LINKTYPE).
    pub link: u16,
    /// Its bytes, as many as were kept.
    pub bytes: &'a [u8],
}

/// A capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture<'a> {
    /// Its frames.
    pub frames: Vec<Frame<'a>>,
    /// Whether it ends within a frame.
    pub is_cut: bool,
}

/// Why a file is no capture.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CaptureError {
    /// Neither format.
    #[error("neither pcap nor pcapng")]
    Neither,
    /// A block whose two lengths differ, or that has no room for what it must hold.
    #[error("the block at byte {0} is malformed")]
    Block(usize),
    /// No frame.
    #[error("it holds no frame: nothing was recorded")]
    Empty,
}

/// In which order the bytes of a number stand.
#[derive(Clone, Copy)]
enum Endian {
    Little,
    Big,
}

impl Endian {
    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            Endian::Little => u32::from_le_bytes(bytes),
            Endian::Big => u32::from_be_bytes(bytes),
        })
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self {
            Endian::Little => u16::from_le_bytes(bytes),
            Endian::Big => u16::from_be_bytes(bytes),
        })
    }

    fn length(self, bytes: &[u8], at: usize) -> Option<usize> {
        usize::try_from(self.u32(bytes, at)?).ok()
    }
}

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const SIMPLE: u32 = 3;
const ENHANCED: u32 = 6;

impl<'a> Capture<'a> {
    /// Reads a capture of either format.
    ///
    /// # Errors
    /// [`CaptureError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CaptureError> {
        let capture = match bytes.get(..4) {
            Some([0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d]) => Self::pcap(bytes, Endian::Big),
            Some([0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1]) => Self::pcap(bytes, Endian::Little),
            Some([0x0a, 0x0d, 0x0d, 0x0a]) => Self::pcapng(bytes)?,
            Some(_) | None => return Err(CaptureError::Neither),
        };
        if capture.frames.is_empty() { Err(CaptureError::Empty) } else { Ok(capture) }
    }

    fn push(&mut self, link: u16, bytes: &'a [u8]) {
        let number = u32::try_from(self.frames.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.frames.push(Frame { number, link, bytes });
    }

    /// A header of 24 bytes, then records: seconds, fraction, length kept, length on the wire, bytes.
    fn pcap(bytes: &'a [u8], endian: Endian) -> Self {
        let mut capture = Self::default();
        // The upper bits of the link's type tell of check sequences.
        let Some(link) = endian.u32(bytes, 20) else { return Self { is_cut: true, ..capture } };
        let link = u16::try_from(link & 0xffff).unwrap_or_default();
        let mut at = 24_usize;
        while at < bytes.len() {
            let kept = endian.length(bytes, at.saturating_add(8));
            let start = at.saturating_add(16);
            let end = kept.and_then(|kept| start.checked_add(kept));
            let Some((end, frame)) = end.and_then(|end| Some((end, bytes.get(start..end)?))) else {
                capture.is_cut = true;
                break;
            };
            capture.push(link, frame);
            at = end;
        }
        capture
    }

    /// Blocks: type, length, body, length again. A section's first block says the order of bytes.
    fn pcapng(bytes: &'a [u8]) -> Result<Self, CaptureError> {
        let mut capture = Self::default();
        let mut endian = Endian::Little;
        let mut links: Vec<u16> = Vec::new();
        let mut at = 0_usize;
        while at < bytes.len() {
            let malformed = CaptureError::Block(at);
            if bytes.get(at..at.saturating_add(4)) == Some(&[0x0a, 0x0d, 0x0d, 0x0a]) {
                endian = match bytes.get(at.saturating_add(8)..at.saturating_add(12)) {
                    Some([0x1a, 0x2b, 0x3c, 0x4d]) => Endian::Big,
                    Some([0x4d, 0x3c, 0x2b, 0x1a]) => Endian::Little,
                    Some(_) => return Err(malformed),
                    None => return Ok(Self { is_cut: true, ..capture }),
                };
                links.clear();
            }
            let length = endian.length(bytes, at.saturating_add(4));
            let end = length.and_then(|length| at.checked_add(length));
            let (Some(kind), Some(length), Some(end)) = (endian.u32(bytes, at), length, end) else {
                capture.is_cut = true;
                break;
            };
            let Some(block) = bytes.get(at..end) else {
                capture.is_cut = true;
                break;
            };
            if length < 12 || length % 4 != 0 || endian.length(block, length - 4) != Some(length) {
                return Err(malformed);
            }
            let body = block.get(8..length - 4).ok_or(malformed)?;
            match kind {
                SECTION => {}
                INTERFACE => links.push(endian.u16(body, 0).ok_or(malformed)?),
                ENHANCED => {
                    let interface = endian.length(body, 0).ok_or(malformed)?;
                    let kept = endian.length(body, 12).ok_or(malformed)?;
                    let link = *links.get(interface).ok_or(malformed)?;
                    let end = 20_usize.checked_add(kept).ok_or(malformed)?;
                    capture.push(link, body.get(20..end).ok_or(malformed)?);
                }
                SIMPLE => {
                    let whole = endian.length(body, 0).ok_or(malformed)?;
                    let link = *links.first().ok_or(malformed)?;
                    let frame = body.get(4..).ok_or(malformed)?;
                    capture.push(link, frame.get(..whole.min(frame.len())).ok_or(malformed)?);
                }
                _ => {}
            }
            at = end;
        }
        Ok(capture)
    }
}

#[cfg(test)]
mod tests {
    use super::{Capture, CaptureError};

    fn pcap(frames: &[&[u8]]) -> Vec<u8> {
        let mut bytes =
            vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
        for frame in frames {
            let length = u32::try_from(frame.len()).unwrap().to_le_bytes();
            bytes.extend([[0; 4], [0; 4], length, length].concat());
            bytes.extend_from_slice(frame);
        }
        bytes
    }

    fn block(kind: u32, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let length = u32::try_from(body.len() + 12).unwrap().to_be_bytes();
        [&kind.to_be_bytes()[..], &length, &body, &length].concat()
    }

    /// A section in the order that this machine does not have.
    fn pcapng(frames: &[&[u8]]) -> Vec<u8> {
        let head = [&[0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0][..], &[0xff; 8]].concat();
        let mut bytes = [block(0x0a0d_0d0a, &head), block(1, &[0, 1, 0, 0, 0, 0, 0, 0])].concat();
        for frame in frames {
            let length = u32::try_from(frame.len()).unwrap().to_be_bytes();
            bytes.extend(block(6, &[&[0; 12][..], &length, &length, frame].concat()));
        }
        bytes
    }

    #[test]
    fn both_formats_give_the_same_frames() {
        let frames = [&b"one"[..], b"", b"three!"];
        for bytes in [pcap(&frames), pcapng(&frames)] {
            let capture = Capture::parse(&bytes).unwrap();
            let found: Vec<(u32, &[u8])> =
                capture.frames.iter().map(|frame| (frame.number, frame.bytes)).collect();
            assert_eq!(found, [(1, frames[0]), (2, frames[1]), (3, frames[2])]);
            assert!(!capture.is_cut);
            let cut = Capture::parse(&bytes[..bytes.len() - 1]).unwrap();
            assert!(cut.is_cut && cut.frames.len() == 2);
        }
        assert_eq!(Capture::parse(&pcap(&[])), Err(CaptureError::Empty));
        assert_eq!(Capture::parse(b"GET / HTTP/1.1"), Err(CaptureError::Neither));
        let mut two_lengths = pcapng(&frames);
        let last = two_lengths.len() - 1;
        two_lengths[last] ^= 4;
        assert!(matches!(Capture::parse(&two_lengths), Err(CaptureError::Block(_))));
    }

    #[test]
    fn no_changed_capture_stops_the_reader() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |bound: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % bound as u64).unwrap()
        };
        for sample in [pcap(&[b"one", b"two", &[7; 90]]), pcapng(&[b"one", b"two", &[7; 90]])] {
            for _ in 0..20_000 {
                let mut bytes = sample.clone();
                for _ in 0..=next(4) {
                    let at = next(bytes.len());
                    bytes[at] = [0, 1, 0x7f, 0x80, 0xff][next(5)];
                }
                bytes.truncate(next(bytes.len()) + 1);
                if let Ok(capture) = Capture::parse(&bytes) {
                    let _ = super::super::streams(&capture.frames);
                }
            }
        }
    }
}
