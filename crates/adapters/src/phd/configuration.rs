//! A configuration report: which objects an agent has, and how a fixed report of each is laid out (7.4, A.11.4).
//!
//! ```text
//! report = id (2) count (2) length (2) { class (2) handle (2) attributes }
//! map    = count (2) length (2) { attribute (2) length (2) }
//! ```

use seal::Code;

use super::attributes as id;
use crate::{Cursor, Problem, Refusal, limits};

/// What an agent reports by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Configuration {
    pub(super) id: u16,
    pub(super) objects: Vec<Object>,
}

/// One object: something that is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) handle: u16,
    /// What it is: partition and term.
    pub(super) code: Code,
    /// Its unit, a term of the dimensions.
    pub(super) unit: Option<u16>,
    /// The terms of a compound's numbers, of the same partition.
    pub(super) parts: Vec<u16>,
    /// The partition of enumerated values, where it says one.
    pub(super) words: Option<u16>,
    /// Attributes of a fixed report, with the length of each.
    pub(super) map: Vec<(u16, u16)>,
}

impl Object {
    /// A term of its own partition.
    pub(super) fn term(&self, term: u16) -> Code {
        Code(self.code.0 & 0xFFFF_0000 | u32::from(term))
    }
}

impl Configuration {
    /// Reads the information of a configuration report.
    pub(super) fn read(mut from: Cursor<'_>) -> Result<Self, Refusal> {
        if from.left() > limits::CONFIGURATION {
            let problem = Problem::Limit { what: "bytes of a configuration", most: limits::CONFIGURATION };
            return Err(Refusal::at(from.at(), problem));
        }
        let id = from.u16()?;
        let count = from.u16()?;
        let length = from.u16()?;
        let mut list = from.part(length.into())?;
        from.end()?;
        let mut objects = Vec::new();
        for _ in 0..count {
            objects.push(Object::read(&mut list)?);
        }
        list.end()?;
        Ok(Self { id, objects })
    }

    pub(super) fn object(&self, handle: u16) -> Option<&Object> {
        self.objects.iter().find(|object| object.handle == handle)
    }
}

impl Object {
    fn read(list: &mut Cursor<'_>) -> Result<Self, Refusal> {
        let at = list.at();
        let _class = list.u16()?;
        let handle = list.u16()?;
        let (mut code, mut unit, mut parts, mut words, mut map) = (None, None, Vec::new(), None, Vec::new());
        for (attribute, mut value) in attributes(list)? {
            match attribute {
                id::TYPE => code = Some(Code(u32::from(value.u16()?) << 16 | u32::from(value.u16()?))),
                id::UNIT => unit = Some(value.u16()?),
                id::PHYSIO_LIST => {
                    let (count, _) = (value.u16()?, value.u16()?);
                    for _ in 0..count {
                        parts.push(value.u16()?);
                    }
                }
                id::ENUM_PARTITION => words = Some(value.u16()?),
                id::VALUE_MAP => {
                    let (count, _) = (value.u16()?, value.u16()?);
                    for _ in 0..count {
                        map.push((value.u16()?, value.u16()?));
                    }
                }
                // What else an object has (accuracy, specification, labels) changes no reading.
                _ => continue,
            }
            value.end()?;
        }
        let missing = || {
            Refusal::at(
                at,
                Problem::Unknown { what: "type of the object with handle", found: handle.to_string() },
            )
        };
        Ok(Self { handle, code: code.ok_or_else(missing)?, unit, parts, words, map })
    }
}

/// A list of attributes: count, length, then of each its id, length and value.
pub(super) fn attributes<'a>(from: &mut Cursor<'a>) -> Result<Vec<(u16, Cursor<'a>)>, Refusal> {
    let count = from.u16()?;
    let length = from.u16()?;
    let mut list = from.part(length.into())?;
    let mut found = Vec::new();
    for _ in 0..count {
        let attribute = list.u16()?;
        let length = list.u16()?;
        found.push((attribute, list.part(length.into())?));
    }
    list.end()?;
    Ok(found)
}
