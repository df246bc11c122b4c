//! Signatures of two numbers: r || s, or a SEQUENCE of two INTEGERs (SEC 1, C.5).

use alloc::vec::Vec;

/// The longest DER form of two numbers of `length` bytes each.
pub(super) fn longest(length: usize) -> usize {
    let body = 2 * (2 + length + 1);
    body + if body < 0x80 { 2 } else { 3 }
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    let [low, ..] = length.to_le_bytes();
    if length >= 0x80 {
        out.push(0x81);
    }
    out.push(low);
}

/// From r || s to DER.
pub(super) fn to_der(plain: &[u8]) -> Vec<u8> {
    let (r, s) = plain.split_at(plain.len() / 2);
    let mut body = Vec::with_capacity(longest(s.len()));
    for number in [r, s] {
        let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len().saturating_sub(1));
        let number = number.get(start..).unwrap_or_default();
        let sign = number.first().is_some_and(|byte| byte & 0x80 != 0);
        body.push(0x02);
        put_length(&mut body, number.len() + usize::from(sign));
        body.extend(sign.then_some(0));
        body.extend_from_slice(number);
    }
    let mut der = Vec::with_capacity(body.len() + 3);
    der.push(0x30);
    put_length(&mut der, body.len());
    der.extend_from_slice(&body);
    der
}

/// The content of an element with a tag, and what follows.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (length, rest) = match rest.split_first()? {
        (&0x81, rest) => rest.split_first()?,
        short => short,
    };
    if *found != tag { None } else { rest.split_at_checked(usize::from(*length)) }
}

/// The other way round, for numbers of `length` bytes each; only the one DER form of a signature is taken.
pub(in crate::natives) fn from_der(der: &[u8], length: usize) -> Option<Vec<u8>> {
    let (mut body, []) = element(der, 0x30)? else { return None };
    let mut plain = alloc::vec![0; 2 * length];
    for half in plain.chunks_mut(length.max(1)) {
        let (number, after) = element(body, 0x02)?;
        let digits = number.strip_prefix(&[0]).unwrap_or(number);
        let start = half.len().checked_sub(digits.len())?;
        half.get_mut(start..)?.copy_from_slice(digits);
        body = after;
    }
    (body.is_empty() && to_der(&plain) == der).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_come_back_from_der() {
        for length in [14, 20, 32, 48, 66] {
            for byte in [0x01, 0x7F, 0x80, 0xFF] {
                let plain = alloc::vec![byte; 2 * length];
                let der = to_der(&plain);
                assert!(der.len() <= longest(length));
                assert_eq!(from_der(&der, length), Some(plain));
            }
        }
        let mut small = [0; 64];
        small[31] = 1;
        small[63] = 0x80;
        assert_eq!(to_der(&small), [0x30, 7, 2, 1, 1, 2, 2, 0, 0x80]);
        assert_eq!(from_der(&to_der(&small), 32).as_deref(), Some(&small[..]));
    }

    #[test]
    fn only_the_one_form_of_a_der_signature_is_taken() {
        let good = to_der(&[0x21; 64]);
        for cut in 0..good.len() {
            assert_eq!(from_der(&good[..cut], 32), None);
        }
        let padded = [&[0x30, 0x45, 2, 0x21, 0][..], &good[4..]].concat();
        assert_eq!(from_der(&padded, 32), None);
        let long_form = [&[0x30, 0x81], &good[1..]].concat();
        assert_eq!(from_der(&long_form, 32), None);
    }
}
