//! The cardholder's side of SP 800-73-4, for any PIV card and not only ours: which key the slot for documents (9C) has, the
//! PIN, a signature.
//!
//! ```text
//! SELECT A000000308000010 00          the application, whatever its version
//! GET DATA 5FC10A                     53 { 70 { certificate } 71 { how it is kept } FE {} }     part 1, table 10
//! VERIFY 80                           the PIN, filled up with FF to eight bytes                 part 2, 3.2.1
//! GENERAL AUTHENTICATE 11 9C          7C { 82 {} 81 { SHA-256 } } -> 7C { 82 { r, s in DER } }  part 2, A.4
//! ```
//!
//! The key of slot 9C wants the PIN before each signature. What a card answers is taken for anybody's bytes.

use super::certificates::P256_INFO;
use super::host::Slot;
use card_link::{Element, LinkError, Response, StatusWord};
use zeroize::Zeroizing;

/// The application without its version (part 1, 2.2).
const APPLICATION: &[u8] = b"\xA0\x00\x00\x03\x08\x00\x00\x10\x00";
/// Bytes that an object of the card may have. A certificate has some kilobytes.
const OBJECT: usize = 16 << 10;
/// ECC on P-256 (SP 800-78-4, table 6-2).
const ECC_P256: u8 = 0x11;
/// The bytes that a PIN is compared as, and the least of them that are digits.
const PIN_LENGTH: usize = 8;
const PIN_SHORTEST: usize = 6;

/// Why a card gave no key or no signature.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HolderError {
    /// No answer came.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The card has no PIV application.
    #[error("it is no PIV card ({0}); `medseal card piv` makes one of a Java Card")]
    NotPiv(StatusWord),
    /// Nobody put a certificate there.
    #[error("slot 9C, the one for documents, has no certificate")]
    NoCertificate,
    /// What is there is no certificate that can be read.
    #[error("the certificate of slot 9C cannot be read: {0}")]
    Certificate(&'static str),
    /// Another kind of key.
    #[error("the key of slot 9C is not on P-256")]
    NotP256,
    /// No PIN that a PIV card could have. It was not tried.
    #[error("a PIN of a PIV card has 6 to 8 digits; nothing was tried")]
    PinForm,
    /// Not the card's PIN.
    #[error("the PIN is wrong; {0} more may be tried")]
    WrongPin(u16),
    /// Too many wrong ones.
    #[error("the PIN is blocked; the PUK unblocks it")]
    Blocked,
    /// The card says no.
    #[error("{command}: the card says {status}")]
    Refused {
        /// What was asked.
        command: &'static str,
        /// Its status word.
        status: StatusWord,
    },
    /// The card's answer is none to the command.
    #[error("{command}: {length} bytes that are no answer to it")]
    Answer {
        /// What was asked.
        command: &'static str,
        /// How many bytes came.
        length: usize,
    },
}

/// A cardholder's PIN, as the card compares it.
pub(crate) struct Pin(Zeroizing<[u8; PIN_LENGTH]>);

impl Pin {
    /// Six to eight digits, with or without a line end.
    ///
    /// # Errors
    /// [`HolderError::PinForm`].
    pub(crate) fn parse(text: &str) -> Result<Self, HolderError> {
        let digits = text.trim_end_matches(['\r', '\n']).as_bytes();
        let is_one = (PIN_SHORTEST..=PIN_LENGTH).contains(&digits.len());
        if !is_one || !digits.iter().all(u8::is_ascii_digit) {
            return Err(HolderError::PinForm);
        }
        let mut block = Zeroizing::new([0xFF; PIN_LENGTH]);
        block.iter_mut().zip(digits).for_each(|(place, digit)| *place = *digit);
        Ok(Self(block))
    }
}

/// A card whose PIV application is selected.
pub(crate) struct Holder<E: Element> {
    card: E,
}

impl<E: Element> Holder<E> {
    /// Selects the application.
    pub(crate) fn select(card: E) -> Result<Self, HolderError> {
        let mut holder = Self { card };
        let answer = holder.exchange("SELECT", [0x00, 0xA4, 0x04, 0x00], APPLICATION)?;
        if answer.status == StatusWord::OK { Ok(holder) } else { Err(HolderError::NotPiv(answer.status)) }
    }

    /// The public key of slot 9C, 04 x y, from its certificate. Whether the card has the secret half, a signature shows.
    pub(crate) fn point(&mut self) -> Result<[u8; 65], HolderError> {
        let tag = Slot::Signature.object();
        let answer = self.exchange("GET DATA", [0x00, 0xCB, 0x3F, 0xFF], &[&[0x5C, 3][..], &tag].concat())?;
        match answer.status {
            StatusWord::OK => certified(&answer.data),
            StatusWord::NOT_FOUND => Err(HolderError::NoCertificate),
            status => Err(HolderError::Refused { command: "GET DATA", status }),
        }
    }

    /// Shows the PIN.
    pub(crate) fn verify(&mut self, pin: &Pin) -> Result<(), HolderError> {
        let status = self.exchange("VERIFY", [0x00, 0x20, 0x00, 0x80], pin.0.as_slice())?.status;
        match status {
            StatusWord::OK => Ok(()),
            StatusWord::AUTHENTICATION_BLOCKED | StatusWord(0x63C0) => Err(HolderError::Blocked),
            StatusWord(tries @ 0x63C1..=0x63CF) => Err(HolderError::WrongPin(tries & 0x0F)),
            status => Err(HolderError::Refused { command: "VERIFY", status }),
        }
    }

    /// Signs a SHA-256 with the key of slot 9C, and shows the PIN for it: `r || s`.
    pub(crate) fn sign(&mut self, pin: &Pin, hash: &[u8; 32]) -> Result<[u8; 64], HolderError> {
        const COMMAND: &str = "GENERAL AUTHENTICATE";
        self.verify(pin)?;
        let asked = [&[0x7C, 36, 0x82, 0, 0x81, 32][..], hash].concat();
        let answer = self.exchange(COMMAND, [0x00, 0x87, ECC_P256, Slot::Signature.reference()], &asked)?;
        if answer.status != StatusWord::OK {
            return Err(HolderError::Refused { command: COMMAND, status: answer.status });
        }
        let none = HolderError::Answer { command: COMMAND, length: answer.data.len() };
        value(&answer.data, 0x7C).and_then(|template| value(template, 0x82)).and_then(fixed).ok_or(none)
    }

    /// One command with its whole answer, in however many pieces it comes (ISO/IEC 7816-4, 5.3.4).
    fn exchange(
        &mut self,
        command: &'static str,
        header: [u8; 4],
        data: &[u8],
    ) -> Result<Response, HolderError> {
        let length =
            u8::try_from(data.len()).map_err(|_| HolderError::Answer { command, length: data.len() })?;
        let mut apdu = Zeroizing::new([&header[..], &[length], data].concat());
        // VERIFY asks for no answer; the others take what there is.
        if header[1] != 0x20 {
            apdu.push(0);
        }
        let mut answer = self.card.exchange(&apdu)?;
        while let StatusWord(more @ 0x6100..=0x61FF) = answer.status {
            let [_, expected] = more.to_be_bytes();
            let next = self.card.exchange(&[0x00, 0xC0, 0x00, 0x00, expected])?;
            answer.data.extend_from_slice(&next.data);
            answer.status = next.status;
            if answer.data.len() > OBJECT || next.data.is_empty() {
                return Err(HolderError::Answer { command, length: answer.data.len() });
            }
        }
        Ok(answer)
    }
}

/// The key in a certificate object.
fn certified(object: &[u8]) -> Result<[u8; 65], HolderError> {
    let wrong = HolderError::Certificate;
    let object = value(object, 0x53).ok_or(wrong("the object is malformed"))?;
    let der = value(object, 0x70).ok_or(wrong("there is none in its object"))?;
    if value(object, 0x71).is_some_and(|how| how != [0]) {
        return Err(wrong("it is compressed"));
    }
    let (_, certificate) =
        x509_parser::parse_x509_certificate(der).map_err(|_| wrong("it is no X.509 certificate"))?;
    let point = certificate.public_key().raw.strip_prefix(&P256_INFO);
    point.and_then(|point| point.try_into().ok()).ok_or(HolderError::NotP256)
}

/// The value of the first element with this tag among elements with tags of one byte.
fn value(mut elements: &[u8], tag: u8) -> Option<&[u8]> {
    while !elements.is_empty() {
        let (found, value, rest) = element(elements)?;
        if found == tag {
            return Some(value);
        }
        elements = rest;
    }
    None
}

/// Tag, value and rest, where the length has one to three bytes.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = bytes else { return None };
    let (length, rest) = match (first, rest) {
        (0..=0x7F, rest) => (usize::from(*first), rest),
        (0x81, [length, rest @ ..]) => (usize::from(*length), rest),
        (0x82, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((*tag, value, rest))
}

/// A signature in DER as `r || s`.
fn fixed(der: &[u8]) -> Option<[u8; 64]> {
    let (0x30, numbers, []) = element(der)? else { return None };
    let (0x02, r, rest) = element(numbers)? else { return None };
    let (0x02, s, []) = element(rest)? else { return None };
    let mut out = [0; 64];
    for (number, place) in [r, s].into_iter().zip(out.chunks_exact_mut(32)) {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let digits = number.get(zeros..)?;
        place.get_mut(32usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{HolderError, Pin, element, fixed, value};

    #[test]
    fn a_pin_is_six_to_eight_digits() {
        for (text, block) in [
            ("271828", Some(*b"271828\xFF\xFF")),
            ("12345678\n", Some(*b"12345678")),
            ("1234567\r\n", Some(*b"1234567\xFF")),
            ("12345", None),
            ("123456789", None),
            ("12345a", None),
            ("12 456", None),
            ("", None),
        ] {
            let parsed = Pin::parse(text);
            assert!(parsed.is_ok() || matches!(parsed, Err(HolderError::PinForm)));
            assert_eq!(parsed.ok().map(|pin| *pin.0), block, "{text:?}");
        }
    }

    #[test]
    fn numbers_of_any_length_get_their_places() {
        let mut expected = [0; 64];
        expected[31] = 5;
        expected[32] = 0x80;
        let mut s = vec![0x02, 33, 0x00, 0x80];
        s.extend([0; 31]);
        let der = [&[0x30, 38, 0x02, 1, 5][..], &s].concat();
        assert_eq!(fixed(&der), Some(expected));
        for cut in 0..der.len() {
            assert_eq!(fixed(&der[..cut]), None, "cut at {cut}");
        }
        let mut long = vec![0x30, 38, 0x02, 33, 1];
        long.extend([0; 32]);
        long.extend([0x02, 1, 1]);
        assert_eq!(fixed(&long), None, "a number of 33 bytes");
    }

    #[test]
    fn elements_end_where_they_say() {
        assert_eq!(element(&[0x53, 2, 1, 2, 3]), Some((0x53, &[1, 2][..], &[3][..])));
        assert_eq!(element(&[0x53, 0x82, 0, 1, 9]), Some((0x53, &[9][..], &[][..])));
        for none in [&[][..], &[0x53], &[0x53, 3, 1], &[0x53, 0x81], &[0x53, 0x83, 0, 0, 1, 7], &[0x53, 0x80]]
        {
            assert_eq!(element(none), None);
        }
        assert_eq!(value(&[0x70, 1, 7, 0x71, 1, 0], 0x71), Some(&[0][..]));
        assert_eq!(value(&[0x70, 1, 7], 0x71), None);
    }
}
