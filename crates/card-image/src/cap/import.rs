//! Component 4, Import (JCVM 6.7): the packages that this one uses. A package token is an index into the list.
//!
//! `u1 count`, then each: `u1 minor | u1 major | u1 length | AID`.

use alloc::vec::Vec;

use super::codec::{Cursor, finish};
use super::{CapError, ComponentTag, PackageInfo, PackageToken};
use crate::bytes::Writer;

/// The Import component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Import {
    /// The packages, in the order of their tokens.
    pub packages: Vec<PackageInfo>,
}

impl Import {
    /// The package of a token.
    pub fn get(&self, token: PackageToken) -> Option<&PackageInfo> {
        self.packages.get(usize::from(token.0))
    }

    pub(super) fn parse(mut cursor: Cursor<'_>) -> Result<Self, CapError> {
        let count = cursor.u8()?;
        let packages = cursor.list(count.into(), PackageInfo::read)?;
        cursor.finish()?;
        Ok(Self { packages })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        writer.count_u8(self.packages.len());
        for package in &self.packages {
            package.write(&mut writer);
        }
        finish(ComponentTag::Import, writer)
    }
}
