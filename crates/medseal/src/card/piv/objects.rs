//! What stands in the objects of SP 800-73-4 part 1, appendix A.

/// The card holder unique identifier.
pub(super) const CHUID_TAG: [u8; 3] = [0x5F, 0xC1, 0x02];
/// The card capability container.
pub(super) const CCC_TAG: [u8; 3] = [0x5F, 0xC1, 0x07];

/// FASC-N of a card that no federal agency issued: agency 9999, system 9999, credential 999999, person 0000000000.
const FASC_N: [u8; 25] = [
    0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68, 0x58, 0x21, 0x08, 0x42,
    0x10, 0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB,
];
/// The day after which the card is no longer good, far away: the certificates say when they end.
const EXPIRY: &[u8; 8] = b"20991231";

/// An element with a tag of one byte.
fn put(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.push(tag);
    match value.len().to_be_bytes() {
        [.., 0, low @ 0..0x80] => out.push(low),
        [.., 0, low] => out.extend_from_slice(&[0x81, low]),
        [.., high, low] => out.extend_from_slice(&[0x82, high, low]),
    }
    out.extend_from_slice(value);
}

fn object(elements: &[(u8, &[u8])]) -> Vec<u8> {
    let (mut value, mut out) = (Vec::new(), Vec::new());
    elements.iter().for_each(|(tag, element)| put(&mut value, *tag, element));
    put(&mut out, 0x53, &value);
    out
}

/// A certificate in DER, not compressed.
pub(super) fn certificate(der: &[u8]) -> Vec<u8> {
    object(&[(0x70, der), (0x71, &[0]), (0xFE, &[])])
}

/// Who the card is: a number of its own; not signed.
pub(super) fn chuid(guid: [u8; 16]) -> Vec<u8> {
    object(&[(0x30, &FASC_N), (0x34, &guid), (0x35, EXPIRY), (0x3E, &[]), (0xFE, &[])])
}

/// What the card can do: nothing but PIV.
pub(super) fn ccc(number: [u8; 14]) -> Vec<u8> {
    // The maker's number space of GSC-IS for cards without one, card type 02.
    let identifier = [&[0xA0, 0x00, 0x00, 0x01, 0x16, 0xFF, 0x02][..], &number].concat();
    object(&[
        (0xF0, &identifier),
        (0xF1, &[0x21]),
        (0xF2, &[0x21]),
        (0xF3, &[]),
        (0xF4, &[0x00]),
        (0xF5, &[0x10]),
        (0xF6, &[]),
        (0xF7, &[]),
        (0xFA, &[]),
        (0xFB, &[]),
        (0xFC, &[]),
        (0xFD, &[]),
        (0xFE, &[]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEIWG-012: 40 digits of four bits, the lowest first, each with odd parity, the last the check over the others.
    #[test]
    fn the_fasc_n_says_what_its_comment_says() {
        let bits: Vec<u8> =
            FASC_N.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
        let digits: Vec<u8> = bits
            .chunks(5)
            .map(|digit| {
                assert_eq!(digit.iter().sum::<u8>() % 2, 1, "parity");
                digit.iter().take(4).rev().fold(0, |value, bit| value << 1 | bit)
            })
            .collect();
        assert_eq!(digits.iter().fold(0, |check, digit| check ^ digit), 0);
        let text: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        assert_eq!(text, ";9999=9999=999999=0=1=0000000000300001?:");
    }

    #[test]
    fn lengths_have_the_form_that_they_need() {
        for (length, head) in
            [(0x7F, &[0x70, 0x7F][..]), (0x80, &[0x70, 0x81, 0x80]), (0x100, &[0x70, 0x82, 1, 0])]
        {
            let mut out = Vec::new();
            put(&mut out, 0x70, &vec![0; length]);
            assert!(out.starts_with(head) && out.len() == length + head.len());
        }
    }
}
