//! Keys and data of a domain: PUT KEY, DELETE of keys, STORE DATA, personalization (clauses 11.8, 11.2, 11.11).

use card_image::Aid;
use card_runtime::scp::KeyKind;
use card_runtime::tlv::{self, Tag};
use zeroize::Zeroizing;

use super::error::GpError;
use super::session::Session;
use crate::element::Element;
use crate::keys::CardKeys;

/// Key types of PUT KEY (table 11-16).
const TRIPLE_DES: u8 = 0x80;
const AES: u8 = 0x88;

/// How STORE DATA's data are laid out (P1 bits 5-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataForm {
    /// As whoever gets them likes it.
    Unspecified,
    /// Data groupings: identifier, length, value.
    Groupings,
    /// BER-TLV data objects.
    Objects,
}

impl<E: Element + ?Sized> Session<'_, E> {
    /// Adds a key version to the security domain, or replaces the one with `replaced`'s number.
    ///
    /// # Errors
    /// [`GpError::Refused`], or [`GpError::Malformed`] when the card's check values are not those of the keys.
    pub fn put_keys(&mut self, keys: &CardKeys, replaced: Option<u8>) -> Result<(), GpError> {
        const COMMAND: &str = "PUT KEY";
        let mut data = Zeroizing::new(vec![keys.version()]);
        let mut checks = vec![keys.version()];
        let secret = keys.expose_secret();
        for key in secret.expose_secret() {
            let check = secret.kind().check_value(key).ok_or(GpError::Malformed(COMMAND))?;
            let mut covered = key.to_vec();
            covered.resize(key.len().next_multiple_of(self.channel().sensitive_block()), 0);
            self.channel().encrypt_sensitive(&mut covered)?;
            let length = |bytes: usize| u8::try_from(bytes).unwrap_or(u8::MAX);
            match secret.kind() {
                KeyKind::TripleDes => data.extend_from_slice(&[TRIPLE_DES, length(covered.len())]),
                KeyKind::Aes => {
                    data.extend_from_slice(&[AES, length(covered.len() + 1), length(key.len())]);
                }
            }
            data.extend_from_slice(&covered);
            data.push(3);
            data.extend_from_slice(&check);
            checks.extend_from_slice(&check);
        }
        let answer = self.command(COMMAND, [0xD8, replaced.unwrap_or(0), 0x81], &data)?;
        if answer.data == checks { Ok(()) } else { Err(GpError::Malformed(COMMAND)) }
    }

    /// Deletes all keys of a version.
    ///
    /// # Errors
    /// [`GpError::Refused`] when there is none, or it is the last that opens sessions.
    pub fn delete_keys(&mut self, version: u8) -> Result<(), GpError> {
        let mut data = Vec::new();
        tlv::put(&mut data, Tag(0xD2), &[version]);
        self.command("DELETE [key]", [0xE4, 0x00, 0x00], &data).map(|_| ())
    }

    /// Says that the data which follow are for an applet or a domain associated with this one.
    ///
    /// # Errors
    /// [`GpError::Refused`] when it takes none.
    pub fn personalize(&mut self, what: &Aid) -> Result<(), GpError> {
        self.third_field("INSTALL [for personalization]", 0x20, &[], what, &[])
    }

    /// Stores data in the domain, or in what [`Session::personalize`] named, in as many blocks as it takes.
    ///
    /// # Errors
    /// [`GpError::Refused`].
    pub fn store_data(&mut self, form: DataForm, data: &[u8]) -> Result<(), GpError> {
        let form = match form {
            DataForm::Unspecified => 0x00,
            DataForm::Groupings => 0x08,
            DataForm::Objects => 0x10,
        };
        let blocks = data.chunks(self.room()).map(Some);
        let blocks: Vec<_> = if data.is_empty() { vec![None] } else { blocks.collect() };
        let last = blocks.len() - 1;
        for (number, block) in blocks.into_iter().enumerate() {
            let [.., counted] = number.to_be_bytes();
            let end = if number == last { 0x80 } else { 0x00 };
            self.command("STORE DATA", [0xE2, form | end, counted], block.unwrap_or_default())?;
        }
        Ok(())
    }
}
