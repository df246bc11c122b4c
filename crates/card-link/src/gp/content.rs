//! Card content: load files, instances and keys (clauses 11.2, 11.5, 11.6, 11.8).

use card_image::Aid;
use card_image::cap::CapFile;
use card_runtime::crypto::{AesKey, BLOCK};
use card_runtime::tlv::{self, Tag};

use super::session::{GpError, Session, aid_object, field};
use crate::element::Element;
use crate::keys::CardKeys;

/// Bytes of load file in one LOAD: with padding and MAC they fit a short command.
const LOAD_BLOCK: usize = 239;
/// The key type AES in PUT KEY (11.1.8).
const AES: u8 = 0x88;

impl<E: Element + ?Sized> Session<'_, E> {
    /// Loads a package from its load file (the components of the CAP file in load order, without the `C4` tag). When it
    /// fails the card keeps nothing of it.
    ///
    /// # Errors
    /// [`GpError::Refused`] when the card finds the file wrong, knows the package already, or lacks what it imports.
    pub fn load(&mut self, package: &Aid, load_file: &[u8]) -> Result<(), GpError> {
        const FOR_LOAD: &str = "INSTALL [for load]";
        let mut data = Vec::new();
        field(&mut data, FOR_LOAD, "a package AID", package.as_bytes())?;
        // Our own security domain; no hash, no parameters, no token.
        data.extend_from_slice(&[0, 0, 0, 0]);
        self.command(FOR_LOAD, [0xE6, 0x02, 0x00], &data)?;

        let mut file = Vec::new();
        tlv::put(&mut file, Tag(0xC4), load_file);
        let blocks = file.chunks(LOAD_BLOCK);
        let last = blocks.len() - 1;
        for (number, block) in blocks.enumerate() {
            // The block number has one byte and wraps (11.6.2.2).
            let [.., counted] = number.to_be_bytes();
            let p1 = if number == last { 0x80 } else { 0x00 };
            self.command("LOAD", [0xE8, p1, counted], block)?;
        }
        Ok(())
    }

    /// Loads a package from its CAP file.
    ///
    /// # Errors
    /// [`GpError::Cap`] when the file cannot be written as a load file; others as [`Session::load`].
    pub fn load_cap(&mut self, cap: &CapFile) -> Result<(), GpError> {
        self.load(&cap.header.package.aid, &cap.to_load_file()?)
    }

    /// Makes an instance of an applet and makes it selectable. `parameters` is what the applet finds in its install
    /// data as application data (the field `C9`).
    ///
    /// # Errors
    /// [`GpError::Refused`] with what the applet's `install` threw, or what the card found wrong.
    pub fn install(
        &mut self,
        package: &Aid,
        applet: &Aid,
        instance: &Aid,
        parameters: &[u8],
    ) -> Result<(), GpError> {
        const FOR_INSTALL: &str = "INSTALL [for install and make selectable]";
        let mut application = Vec::new();
        tlv::put(&mut application, Tag(0xC9), parameters);
        let mut data = Vec::new();
        field(&mut data, FOR_INSTALL, "a package AID", package.as_bytes())?;
        field(&mut data, FOR_INSTALL, "an applet AID", applet.as_bytes())?;
        field(&mut data, FOR_INSTALL, "an instance AID", instance.as_bytes())?;
        field(&mut data, FOR_INSTALL, "privileges", &[0x00])?;
        field(&mut data, FOR_INSTALL, "install parameters", &application)?;
        data.push(0);
        if data.len() > LOAD_BLOCK {
            let what = "install parameters";
            return Err(GpError::TooLong { what, length: parameters.len(), command: FOR_INSTALL });
        }
        self.command(FOR_INSTALL, [0xE6, 0x0C, 0x00], &data).map(|_| ())
    }

    /// Deletes an instance, or a package with `Related::Instances` of it.
    ///
    /// # Errors
    /// [`GpError::Refused`] when there is no such AID, or something still refers to what should go.
    pub fn delete(&mut self, aid: &Aid, related: Related) -> Result<(), GpError> {
        let p2 = match related {
            Related::Nothing => 0x00,
            Related::Instances => 0x80,
        };
        self.command("DELETE", [0xE4, 0x00, p2], &aid_object(aid)).map(|_| ())
    }

    /// Adds a key version to the security domain, or replaces the one with `replaced`'s number.
    ///
    /// # Errors
    /// [`GpError::Refused`], or [`GpError::Malformed`] when the card's check values are not those of the keys.
    pub fn put_keys(&mut self, keys: &CardKeys, replaced: Option<u8>) -> Result<(), GpError> {
        let mut data = vec![keys.version()];
        let mut checks = vec![keys.version()];
        for key in keys.expose_secret().expose_secret() {
            let mut covered = key.to_vec();
            covered.resize(key.len().next_multiple_of(BLOCK), 0);
            self.channel().encrypt_sensitive(&mut covered)?;
            let mut check = [0x01; BLOCK];
            AesKey::new(key)?.encrypt_block(&mut check);
            let length = |bytes: usize| u8::try_from(bytes).unwrap_or(u8::MAX);
            data.extend_from_slice(&[AES, length(covered.len() + 1), length(key.len())]);
            data.extend_from_slice(&covered);
            data.push(3);
            data.extend(check.iter().take(3));
            checks.extend(check.iter().take(3));
        }
        let answer = self.command("PUT KEY", [0xD8, replaced.unwrap_or(0), 0x81], &data)?;
        if answer.data == checks { Ok(()) } else { Err(GpError::Malformed("PUT KEY")) }
    }
}

/// What goes with a deleted package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Related {
    /// Nothing else; a package with instances is refused.
    Nothing,
    /// Its instances.
    Instances,
}
