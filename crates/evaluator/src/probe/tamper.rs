//! What an update may be made into that a device has to refuse.
//!
//! Where signature and header stand in a maker's format is not known here, so bits are turned over at both ends and at even
//! distances between, the file is cut at several lengths, and bytes are added, blanked and exchanged.

/// An update that is not the maker's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// What was done to it.
    pub name: String,
    /// It.
    pub bytes: Vec<u8>,
}

/// At how many places between the ends a bit is turned over.
const BETWEEN: usize = 14;

/// All variants of an update, none of them equal to it.
#[must_use]
pub fn variants(update: &[u8]) -> Vec<Variant> {
    let mut all = Vec::new();
    let length = update.len();
    let mut places: Vec<usize> =
        (0..=BETWEEN + 1).map(|step| length.saturating_sub(1) * step / (BETWEEN + 1)).collect();
    places.dedup();
    for place in places {
        let mut bytes = update.to_vec();
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1;
            all.push(Variant { name: format!("one bit turned over at byte {place} of {length}"), bytes });
        }
    }
    let mut cuts = vec![0, 1.min(length), 16.min(length), length / 2, length.saturating_sub(1)];
    cuts.dedup();
    for cut in cuts.into_iter().filter(|cut| *cut < length) {
        let bytes = update.get(..cut).unwrap_or_default().to_vec();
        all.push(Variant { name: format!("cut to {cut} of {length} bytes"), bytes });
    }
    let longer = [update, &[0]].concat();
    all.push(Variant { name: "one byte added".into(), bytes: longer });
    for (name, part) in [
        ("first", 0..length.min(64)),
        ("middle", length / 2..(length / 2 + 64).min(length)),
        ("last", length.saturating_sub(64)..length),
    ] {
        let mut bytes = update.to_vec();
        bytes.get_mut(part).unwrap_or_default().fill(0);
        all.push(Variant { name: format!("{name} 64 bytes blanked"), bytes });
    }
    let (front, back) = update.split_at_checked(length / 2).unwrap_or((update, &[]));
    all.push(Variant { name: "halves exchanged".into(), bytes: [back, front].concat() });
    all.retain(|variant| variant.bytes != update);
    all
}

#[cfg(test)]
mod tests {
    use super::variants;

    #[test]
    fn no_variant_is_the_update_and_both_ends_are_touched() {
        for length in [0, 1, 2, 15, 64, 1000] {
            let update: Vec<u8> = (0..length).map(|index| u8::try_from(index % 251).unwrap() | 1).collect();
            let all = variants(&update);
            assert!(all.iter().all(|variant| variant.bytes != update), "{length}");
            if length > 1 {
                let flips: Vec<_> = all.iter().filter(|variant| variant.bytes.len() == length).collect();
                assert!(flips.iter().any(|variant| variant.bytes[0] != update[0]), "{length}");
                assert!(
                    flips.iter().any(|variant| variant.bytes[length - 1] != update[length - 1]),
                    "{length}"
                );
            }
        }
        assert!(variants(&[7; 1000]).len() >= 24);
    }
}
