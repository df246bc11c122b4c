//! Writing export files: the same bytes for the same content, constants in the order of their first use.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::read::{CONSTANT_VALUE, LIBRARY, MAGIC};
use super::{ExportFile, ExportFormat, ExportedClass, ExportedField, ExportedPackage};
use crate::bytes::{TooMany, Writer};

/// More items of a kind than the format can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are {count} items, at most {limit} are possible")]
pub struct ExportTooLarge {
    /// How many there are.
    pub count: usize,
    /// How many the format can hold.
    pub limit: usize,
}

impl From<TooMany> for ExportTooLarge {
    fn from(too_many: TooMany) -> Self {
        Self { count: too_many.count, limit: too_many.limit }
    }
}

#[derive(Default)]
struct Pool {
    items: Vec<Vec<u8>>,
    index: BTreeMap<Vec<u8>, u16>,
    overflow: Option<TooMany>,
}

impl Pool {
    fn add(&mut self, item: Writer) -> u16 {
        let item = match item.finish() {
            Ok(item) => item,
            Err(overflow) => {
                self.overflow.get_or_insert(overflow);
                return 0;
            }
        };
        if let Some(index) = self.index.get(&item) {
            return *index;
        }
        let index = self.items.len() as u16;
        self.index.insert(item.clone(), index);
        self.items.push(item);
        index
    }

    fn text(&mut self, text: &str) -> u16 {
        let mut item = Writer::default();
        item.u8(1);
        item.count_u16(text.len());
        item.bytes(text.as_bytes());
        self.add(item)
    }

    fn integer(&mut self, value: i32) -> u16 {
        let mut item = Writer::default();
        item.u8(3);
        item.bytes(&value.to_be_bytes());
        self.add(item)
    }

    fn class(&mut self, name: &str) -> u16 {
        let name = self.text(name);
        let mut item = Writer::default();
        item.u8(7);
        item.u16(name);
        self.add(item)
    }

    fn package(&mut self, package: &ExportedPackage) -> u16 {
        let name = self.text(&package.name);
        let mut item = Writer::default();
        item.u8(13);
        item.u8(if package.library { LIBRARY } else { 0 });
        item.u16(name);
        item.u8(package.info.version.minor);
        item.u8(package.info.version.major);
        item.count_u8(package.info.aid.as_bytes().len());
        item.bytes(package.info.aid.as_bytes());
        self.add(item)
    }
}

impl ExportFile {
    /// Writes the file.
    pub fn encode(&self) -> Result<Vec<u8>, ExportTooLarge> {
        let (mut pool, mut body) = (Pool::default(), Writer::default());
        body.u16(pool.package(&self.package));
        match self.format {
            ExportFormat::V2_1 | ExportFormat::V2_2 => {}
            ExportFormat::V2_3 => {
                body.count_u8(self.referenced.len());
                for package in &self.referenced {
                    body.u16(pool.package(package));
                }
            }
        }
        body.count_u8(self.classes.len());
        for class in &self.classes {
            write_class(&mut body, &mut pool, class, self.format);
        }
        let body =
            body.finish().map_err(|error| ExportTooLarge { count: error.count, limit: error.limit })?;
        let mut file = Writer::default();
        file.u32(MAGIC);
        file.u8(match self.format {
            ExportFormat::V2_1 => 1,
            ExportFormat::V2_2 => 2,
            ExportFormat::V2_3 => 3,
        });
        file.u8(2);
        file.count_u16(pool.items.len());
        for item in &pool.items {
            file.bytes(item);
        }
        file.bytes(&body);
        Ok(file.finish()?)
    }
}

fn names(body: &mut Writer, pool: &mut Pool, names: &[String]) {
    for name in names {
        body.u16(pool.class(name));
    }
}

fn write_class(body: &mut Writer, pool: &mut Pool, class: &ExportedClass, format: ExportFormat) {
    body.u8(class.token);
    body.u16(class.flags.0);
    body.u16(pool.class(&class.name));
    body.count_u16(class.superclasses.len());
    names(body, pool, &class.superclasses);
    body.count_u8(class.interfaces.len());
    names(body, pool, &class.interfaces);
    body.count_u16(class.fields.len());
    for field in &class.fields {
        write_field(body, pool, field);
    }
    body.count_u16(class.methods.len());
    for method in &class.methods {
        body.u8(method.token);
        body.u16(method.flags.0);
        body.u16(pool.text(&method.name));
        body.u16(pool.text(&method.descriptor));
    }
    match format {
        ExportFormat::V2_1 | ExportFormat::V2_2 => {}
        ExportFormat::V2_3 => body.u8(class.inheritable),
    }
}

fn write_field(body: &mut Writer, pool: &mut Pool, field: &ExportedField) {
    body.u8(field.token);
    body.u16(field.flags.0);
    body.u16(pool.text(&field.name));
    body.u16(pool.text(&field.descriptor));
    body.u16(u16::from(field.constant.is_some()));
    if let Some(value) = field.constant {
        body.u16(pool.text(CONSTANT_VALUE));
        body.u32(2);
        body.u16(pool.integer(value));
    }
}
