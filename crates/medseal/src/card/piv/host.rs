//! The issuer's side of SP 800-73-4 part 2: administration, key pairs, objects.

use super::{INSTANCE, answered, random};
use crate::exit::{Outcome, Problem};
use card_link::Element;
use card_runtime::crypto::{AesKey, BLOCK};

/// Bytes of data in one command of a chain.
const PIECE: usize = 255;
/// The algorithms of the key pairs and of the administration key (SP 800-78-4, table 6-2).
const ECC_P256: u8 = 0x11;
const AES_256: u8 = 0x0C;
const ADMIN: u8 = 0x9B;

/// A key pair's place on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// 9A, for logging in.
    Authentication,
    /// 9C, for documents.
    Signature,
    /// 9D, for agreeing on keys.
    KeyManagement,
    /// 9E, the card's own.
    CardAuthentication,
}

impl Slot {
    pub(super) const ALL: [Self; 4] =
        [Self::Authentication, Self::Signature, Self::KeyManagement, Self::CardAuthentication];

    pub(super) fn reference(self) -> u8 {
        match self {
            Self::Authentication => 0x9A,
            Self::Signature => 0x9C,
            Self::KeyManagement => 0x9D,
            Self::CardAuthentication => 0x9E,
        }
    }

    /// Its reference, as people write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Authentication => "9A",
            Self::Signature => "9C",
            Self::KeyManagement => "9D",
            Self::CardAuthentication => "9E",
        }
    }

    /// The tag of the object with its certificate.
    pub(super) fn object(self) -> [u8; 3] {
        match self {
            Self::Authentication => [0x5F, 0xC1, 0x05],
            Self::Signature => [0x5F, 0xC1, 0x0A],
            Self::KeyManagement => [0x5F, 0xC1, 0x0B],
            Self::CardAuthentication => [0x5F, 0xC1, 0x01],
        }
    }
}

/// The administration key. AES-256.
pub(super) struct AdminKey([u8; 32]);

impl AdminKey {
    pub(super) fn random() -> Outcome<Self> {
        random().map(Self)
    }

    pub(super) fn expose_secret(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for AdminKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// A card whose PIV application is selected.
pub(super) struct Piv<'c, C: Element> {
    card: &'c mut C,
}

impl<'c, C: Element> Piv<'c, C> {
    pub(super) fn select(card: &'c mut C) -> Outcome<Self> {
        let mut piv = Self { card };
        piv.send("SELECT", [0x00, 0xA4, 0x04, 0x00], INSTANCE)?;
        Ok(piv)
    }

    /// Proves to hold the administration key.
    pub(super) fn administrate(&mut self, key: &AdminKey) -> Outcome {
        let header = [0x00, 0x87, AES_256, ADMIN];
        let asked = self.send("GENERAL AUTHENTICATE", header, &[0x7C, 2, 0x81, 0])?;
        let challenge = asked.strip_prefix(&[0x7C, 18, 0x81, 16]).and_then(|data| data.try_into().ok());
        let mut block: [u8; BLOCK] =
            challenge.ok_or_else(|| Problem::No("GENERAL AUTHENTICATE: no challenge came".into()))?;
        AesKey::new(key.expose_secret()).map_err(Problem::machine)?.encrypt_block(&mut block);
        self.send("GENERAL AUTHENTICATE", header, &[&[0x7C, 18, 0x82, 16][..], &block].concat())?;
        Ok(())
    }

    /// Has the card make a pair and gives the public key, 04 x y.
    pub(super) fn generate(&mut self, slot: Slot) -> Outcome<[u8; 65]> {
        let header = [0x00, 0x47, 0x00, slot.reference()];
        let answer = self.send("GENERATE ASYMMETRIC KEY PAIR", header, &[0xAC, 3, 0x80, 1, ECC_P256])?;
        let point = answer.strip_prefix(&[0x7F, 0x49, 67, 0x86, 65]).and_then(|point| point.try_into().ok());
        point.ok_or_else(|| Problem::No("GENERATE ASYMMETRIC KEY PAIR: no public key came".into()))
    }

    /// Writes an object: tag 53 and its value.
    pub(super) fn put(&mut self, tag: [u8; 3], object: &[u8]) -> Outcome {
        let data = [&[0x5C, 3][..], &tag, object].concat();
        let mut pieces = data.chunks(PIECE).peekable();
        while let Some(piece) = pieces.next() {
            let class = if pieces.peek().is_some() { 0x10 } else { 0x00 };
            self.send("PUT DATA", [class, 0xDB, 0x3F, 0xFF], piece)?;
        }
        Ok(())
    }

    fn send(&mut self, what: &str, header: [u8; 4], data: &[u8]) -> Outcome<Vec<u8>> {
        let length = u8::try_from(data.len()).map_err(Problem::machine)?;
        answered(what, self.card.exchange(&[&header[..], &[length], data, &[0]].concat()))
    }
}
