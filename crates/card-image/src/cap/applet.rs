//! Component 3, Applet (JCVM 6.6): which applets the package has and where their `install` methods are.
//!
//! `u1 count`, then each: `u1 length | AID | [extended: u1 block] | u2 install_method_offset`.

use alloc::vec::Vec;

use super::codec::{Cursor, finish, write_aid, write_method_offset};
use super::{CapError, CapFormat, ComponentTag, MethodOffset};
use crate::aid::Aid;
use crate::bytes::Writer;

/// The Applet component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppletComponent {
    /// The applets.
    pub applets: Vec<AppletEntry>,
}

/// One applet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppletEntry {
    /// Its AID.
    pub aid: Aid,
    /// Its `install(byte[], short, byte)`.
    pub install: MethodOffset,
}

impl AppletComponent {
    pub(super) fn parse(mut cursor: Cursor<'_>, format: CapFormat) -> Result<Self, CapError> {
        let count = cursor.u8()?;
        let applets = cursor.list(count.into(), |cursor| {
            Ok(AppletEntry { aid: cursor.aid()?, install: cursor.method_offset(format)? })
        })?;
        cursor.finish()?;
        Ok(Self { applets })
    }

    pub(super) fn encode(&self, format: CapFormat) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        writer.count_u8(self.applets.len());
        for applet in &self.applets {
            write_aid(&mut writer, &applet.aid);
            write_method_offset(&mut writer, applet.install, format);
        }
        finish(ComponentTag::Applet, writer)
    }
}
