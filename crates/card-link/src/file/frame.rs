//! The bytes of a card's file.
//!
//! ```text
//! file   = "MEDSEAL CARD\r\n" version:u16           16 bytes; the line end shows a transfer that changed bytes
//!          frame*                                    the first is a snapshot, the others are pieces of the journal
//! frame  = mark:u32 number:u32 length:u32 crc:u32 bytes
//! ```
//!
//! All numbers are little-endian. `number` counts frames from 0; `crc` is CRC-32 (the one of IEEE 802.3) over number,
//! length and bytes. A frame that does not check out at the end of the file is the torn end of a write that no command
//! was answered for, and is cut off. A whole frame with a later number *behind* it proves that frames once kept were
//! damaged: then the file is refused, because going on would take the card back in time.

use super::FileError;

pub(super) const MAGIC: [u8; 14] = *b"MEDSEAL CARD\r\n";
pub(super) const VERSION: u16 = 1;
pub(super) const HEADER: usize = 16;
const MARK: [u8; 4] = [0xC4, 0xD5, 0x4A, 0x0A];
const FRAME_HEADER: usize = 16;

/// The file's first bytes.
pub(super) fn header() -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..14].copy_from_slice(&MAGIC);
    header[14..].copy_from_slice(&VERSION.to_le_bytes());
    header
}

/// Appends a frame to `out`.
pub(super) fn put(out: &mut Vec<u8>, number: u32, bytes: &[u8]) -> Result<(), FileError> {
    let length = u32::try_from(bytes.len()).map_err(|_| FileError::Full { bytes: bytes.len() })?;
    out.extend_from_slice(&MARK);
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(number, bytes).to_le_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Contents<'a> {
    /// The first frame.
    pub(super) snapshot: &'a [u8],
    /// The others, in order.
    pub(super) journal: Vec<&'a [u8]>,
    /// Bytes of the file that are whole; what follows is a torn end.
    pub(super) whole: usize,
}

/// Takes a file apart.
pub(super) fn parse(file: &[u8]) -> Result<Contents<'_>, FileError> {
    let (head, body) = file.split_first_chunk::<HEADER>().ok_or(FileError::NotACard)?;
    let (magic, version) = head.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(FileError::NotACard);
    }
    let version = version.first_chunk().map_or(0, |version| u16::from_le_bytes(*version));
    if version != VERSION {
        return Err(FileError::Version(version));
    }
    let mut frames = Vec::new();
    let mut rest = body;
    let mut number = 0;
    while let Some((found, bytes, after)) = frame(rest).filter(|(found, ..)| *found == number) {
        frames.push(bytes);
        rest = after;
        number = found + 1;
    }
    let whole = file.len() - rest.len();
    if later_frame(rest, number) {
        return Err(FileError::Damaged { offset: whole });
    }
    let mut frames = frames.into_iter();
    let snapshot = frames.next().ok_or(FileError::Damaged { offset: HEADER })?;
    Ok(Contents { snapshot, journal: frames.collect(), whole })
}

/// Whether a whole frame with this number or a later one lies somewhere in `bytes`.
fn later_frame(bytes: &[u8], number: u32) -> bool {
    let marks = bytes.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    marks.filter_map(|(offset, _)| frame(bytes.get(offset..)?)).any(|(found, ..)| found >= number)
}

/// The frame at the front: its number, its bytes, and what follows it.
fn frame(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (head, body) = bytes.split_first_chunk::<FRAME_HEADER>()?;
    let [m0, m1, m2, m3, n0, n1, n2, n3, l0, l1, l2, l3, c0, c1, c2, c3] = *head;
    let number = u32::from_le_bytes([n0, n1, n2, n3]);
    let length = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).ok()?;
    let (bytes, after) = body.split_at_checked(length)?;
    let sound = [m0, m1, m2, m3] == MARK && checksum(number, bytes) == u32::from_le_bytes([c0, c1, c2, c3]);
    sound.then_some((number, bytes, after))
}

fn checksum(number: u32, bytes: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&number.to_le_bytes());
    crc.update(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    crc.update(bytes);
    crc.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(frames: &[&[u8]]) -> Vec<u8> {
        let mut file = header().to_vec();
        for (number, bytes) in frames.iter().enumerate() {
            put(&mut file, u32::try_from(number).unwrap(), bytes).unwrap();
        }
        file
    }

    #[test]
    fn a_file_cut_anywhere_holds_the_frames_before_the_cut() {
        let frames: [&[u8]; 4] = [b"snapshot", b"one", b"", b"three"];
        let whole = file(&frames);
        let ends: Vec<usize> = (1..=4).map(|count| file(&frames[..count]).len()).collect();
        for cut in 0..=whole.len() {
            let kept = ends.iter().filter(|end| **end <= cut).count();
            match parse(&whole[..cut]) {
                Ok(contents) => {
                    assert_eq!(contents.snapshot, b"snapshot");
                    assert_eq!(contents.journal, frames[1..kept], "cut at {cut}");
                    assert_eq!(contents.whole, ends[kept - 1]);
                }
                Err(FileError::NotACard) => assert!(cut < HEADER),
                Err(FileError::Damaged { offset: HEADER }) => assert_eq!(kept, 0),
                Err(other) => panic!("cut at {cut}: {other}"),
            }
        }
    }

    #[test]
    fn damage_before_whole_frames_is_refused_and_never_takes_the_card_back() {
        let frames: [&[u8]; 4] = [b"snapshot", b"one", b"two", b"three"];
        let whole = file(&frames);
        let last = file(&frames[..3]).len();
        for bit in HEADER * 8..last * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(parse(&changed), Err(FileError::Damaged { .. })), "bit {bit}");
        }
        for bit in last * 8..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&changed).unwrap().journal.len(), 2, "bit {bit} of the last frame");
        }
    }

    #[test]
    fn other_files_are_named_as_such() {
        assert!(matches!(parse(b""), Err(FileError::NotACard)));
        assert!(matches!(parse(&[0; 100]), Err(FileError::NotACard)));
        let mut future = file(&[b"s"]);
        future[14] = 2;
        assert!(matches!(parse(&future), Err(FileError::Version(2))));
    }
}
