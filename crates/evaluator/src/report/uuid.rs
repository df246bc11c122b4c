//! Names that machines want as UUIDs, made from what they name, so that the same evaluation gives the same file
//! (RFC 9562, version 5).

use sha1::{Digest, Sha1};

/// The namespace: the UUID that RFC 9562 gives to names that are addresses.
const NAMESPACE: [u8; 16] =
    [0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];

/// The UUID of a name within a thing.
pub(super) fn uuid(of: &str, name: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(NAMESPACE);
    hash.update(format!("urn:medseal:evaluation:{of}:{name}").as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    // The version in the seventh byte, the variant in the ninth (4.1, 4.2).
    for (at, keep, set) in [(6, 0x0f, 0x50), (8, 0x3f, 0x80)] {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = (*byte & keep) | set;
        }
    }
    let text = hex::encode(bytes);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| text.get(range).unwrap_or_default());
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn the_same_name_has_the_same_uuid_of_version_5() {
        let one = uuid("a", "b");
        assert_eq!(one, uuid("a", "b"));
        assert_ne!(one, uuid("a", "c"));
        let digits: Vec<&str> = one.split('-').collect();
        assert_eq!(digits.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(digits[2].starts_with('5') && "89ab".contains(&digits[3][..1]), "{one}");
    }
}
