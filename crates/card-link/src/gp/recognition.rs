//! Card Recognition Data: what a card says of itself before anybody has opened a session (Card Specification 2.3.1, H.2).

use card_runtime::scp::Protocol;
use card_runtime::tlv::{Reader, Tag, find};

/// GlobalPlatform's arc, 1.2.840.114283.
const ARC: [u8; 6] = [0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B];
/// Its branch for secure channel protocols: number and "i" follow.
const CHANNEL: u8 = 0x04;
/// Its branch for versions of the specification: the numbers follow.
const VERSION: u8 = 0x02;

/// The first protocol in an answer to SELECT (`6F` with `A5` inside), in card data (`66`), or in what stands inside either,
/// that this program speaks.
pub(super) fn protocol(answer: &[u8]) -> Option<Protocol> {
    protocols(inner(answer)?).into_iter().find_map(|[number, i]| Protocol::parse(number, i))
}

/// All protocols named there, as number and "i".
pub(super) fn protocols(recognition: &[u8]) -> Vec<[u8; 2]> {
    let mut found = Vec::new();
    let mut reader = Reader::new(recognition);
    while let Ok((tag, value)) = reader.object() {
        let oid = match tag {
            Tag(0x64) => find(value, Tag(0x06)).ok().flatten(),
            Tag(_) => None,
        };
        if let Some(&[ref arc @ .., CHANNEL, number, i]) = oid
            && *arc == ARC
        {
            found.push([number, i]);
        }
    }
    found
}

/// The version of the specification that the card follows, as 2.3.1.
pub(super) fn version(recognition: &[u8]) -> Option<String> {
    let value = find(recognition, Tag(0x60)).ok()??;
    let oid = find(value, Tag(0x06)).ok()??;
    let numbers = oid.strip_prefix(&ARC)?.strip_prefix(&[VERSION])?;
    Some(numbers.iter().map(u8::to_string).collect::<Vec<_>>().join("."))
}

/// Finds the template 73 in an answer.
pub(super) fn inner(answer: &[u8]) -> Option<&[u8]> {
    let mut bytes = answer;
    for outer in [Tag(0x6F), Tag(0xA5), Tag(0x66)] {
        if let Ok(Some(value)) = find(bytes, outer) {
            bytes = value;
        }
    }
    find(bytes, Tag(0x73)).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_says_what_it_speaks() {
        for (answer, expected, release) in [
            (
                "6F418408A000000151000000A535732F06072A864886FC6B01600C060A2A864886FC6B02020301630906072A864886FC6B03640B06092A864886FC6B0403709F6501FF",
                Some([0x03, 0x70]),
                Some("2.3.1"),
            ),
            // A common card of 2.1.1.
            (
                "664C734A06072A864886FC6B01600C060A2A864886FC6B02020101630906072A864886FC6B03640B06092A864886FC6B040215650B06092B8510864864020103660C060A2B060104012A026E0102",
                Some([0x02, 0x15]),
                Some("2.1.1"),
            ),
            ("6F108408A000000003000000A5049F6501FF", None, None),
            ("6F", None, None),
        ] {
            let bytes = hex::decode(answer).unwrap();
            let found = protocol(&bytes).map(|protocol| [protocol.number(), protocol.i()]);
            assert_eq!(found, expected, "{answer}");
            assert_eq!(inner(&bytes).and_then(version).as_deref(), release);
        }
    }
}
