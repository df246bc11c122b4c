//! Component 13, StaticResources (JCVM 6.16, since format 2.3): bytes that the package brings along.
//!
//! `u2 count`, then for each `u2 id | u4 size`, then the bytes of all.

use alloc::vec::Vec;

use super::codec::{Cursor, finish};
use super::{CapError, ComponentTag};
use crate::bytes::Writer;

/// The StaticResources component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StaticResources {
    /// The resources.
    pub resources: Vec<StaticResource>,
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticResource {
    /// Its number, unlike all others.
    pub id: u16,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl StaticResources {
    pub(super) fn parse(mut cursor: Cursor<'_>) -> Result<Self, CapError> {
        let count = cursor.u16()?;
        let directory = cursor.list(count.into(), |cursor| Ok((cursor.u16()?, cursor.u32()?)))?;
        let mut resources = Vec::new();
        for (id, size) in directory {
            resources.push(StaticResource { id, bytes: cursor.take(size as usize)?.to_vec() });
        }
        cursor.finish()?;
        Ok(Self { resources })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        writer.count_u16(self.resources.len());
        for resource in &self.resources {
            writer.u16(resource.id);
            writer.u32(resource.bytes.len() as u32);
        }
        for resource in &self.resources {
            writer.bytes(&resource.bytes);
        }
        finish(ComponentTag::StaticResources, writer)
    }
}
