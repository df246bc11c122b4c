//! From a [`ClassFile`] to bytes. Names are interned into the class's own pool, behind what bytecode
//! refers to already, so a file that was read and is written again keeps its indexes.

use super::{
    ClassFile, Code, Constant, ConstantPool, Entry, Field, Handler, InnerClass, LocalVariable, Method,
    RawAttribute,
};

/// The class needs more than JVMS 4 can count: 65,535 constants, members or bytes of code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("class {class}: {what} do not fit the class file format")]
pub struct TooLarge {
    /// Binary name of the class.
    pub class: String,
    /// What is too many or too long.
    pub what: &'static str,
}

type Result<T> = core::result::Result<T, &'static str>;

impl ClassFile {
    /// The class file's bytes.
    ///
    /// # Errors
    /// Something exceeds what the format can count.
    pub fn to_bytes(&self) -> core::result::Result<Vec<u8>, TooLarge> {
        self.write().map_err(|what| TooLarge { class: self.name.clone(), what })
    }

    fn write(&self) -> Result<Vec<u8>> {
        let mut out = Writer { pool: self.pool.clone(), bytes: Vec::new() };
        out.u16(self.access);
        out.class(&self.name)?;
        out.optional_class(self.superclass.as_deref())?;
        out.list(&self.interfaces, |out, name| out.class(name))?;
        out.list(&self.fields, Writer::field)?;
        out.list(&self.methods, Writer::method)?;
        let known = usize::from(self.source_file.is_some()) + usize::from(!self.inner_classes.is_empty());
        out.count(known + self.other.len())?;
        if let Some(file) = &self.source_file {
            out.attribute("SourceFile", |out| out.utf8(file))?;
        }
        if !self.inner_classes.is_empty() {
            out.attribute("InnerClasses", |out| out.list(&self.inner_classes, Writer::inner_class))?;
        }
        out.raw(&self.other)?;

        let body = std::mem::take(&mut out.bytes);
        out.bytes.extend(0xCAFE_BABE_u32.to_be_bytes());
        out.u16(self.version.0);
        out.u16(self.version.1);
        out.constant_pool()?;
        out.bytes.extend(body);
        Ok(out.bytes)
    }
}

struct Writer {
    pool: ConstantPool,
    bytes: Vec<u8>,
}

impl Writer {
    fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_be_bytes());
    }

    fn count(&mut self, count: usize) -> Result<()> {
        self.u16(u16::try_from(count).map_err(|_| "members")?);
        Ok(())
    }

    fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T) -> Result<()>) -> Result<()> {
        self.count(items.len())?;
        items.iter().try_for_each(|one| item(self, one))
    }

    fn utf8(&mut self, text: &str) -> Result<()> {
        let index = self.pool.intern_utf8(text).ok_or("constants")?;
        self.u16(index);
        Ok(())
    }

    fn class(&mut self, name: &str) -> Result<()> {
        let index = self.pool.intern_class(name).ok_or("constants")?;
        self.u16(index);
        Ok(())
    }

    fn optional_class(&mut self, name: Option<&str>) -> Result<()> {
        match name {
            Some(name) => self.class(name),
            None => {
                self.u16(0);
                Ok(())
            }
        }
    }

    fn attribute(&mut self, name: &str, body: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.utf8(name)?;
        let at = self.bytes.len();
        self.bytes.extend([0; 4]);
        body(self)?;
        let length = u32::try_from(self.bytes.len() - at - 4).map_err(|_| "attributes")?;
        self.bytes[at..at + 4].copy_from_slice(&length.to_be_bytes());
        Ok(())
    }

    fn raw(&mut self, attributes: &[RawAttribute]) -> Result<()> {
        for raw in attributes {
            self.attribute(&raw.name, |out| {
                out.bytes.extend(&raw.data);
                Ok(())
            })?;
        }
        Ok(())
    }

    fn field(&mut self, field: &Field) -> Result<()> {
        self.u16(field.access);
        self.utf8(&field.name)?;
        self.utf8(&field.descriptor)?;
        self.count(usize::from(field.constant.is_some()) + field.other.len())?;
        if let Some(value) = &field.constant {
            self.attribute("ConstantValue", |out| out.constant(value))?;
        }
        self.raw(&field.other)
    }

    fn constant(&mut self, value: &Constant) -> Result<()> {
        let entry = match value {
            Constant::Int(value) => Entry::Integer(*value),
            Constant::Long(value) => Entry::Long(*value),
            Constant::Float(bits) => Entry::Float(*bits),
            Constant::Double(bits) => Entry::Double(*bits),
            Constant::Text(text) => Entry::String(self.pool.intern_utf8(text).ok_or("constants")?),
        };
        let index = self.pool.intern(entry).ok_or("constants")?;
        self.u16(index);
        Ok(())
    }

    fn method(&mut self, method: &Method) -> Result<()> {
        self.u16(method.access);
        self.utf8(&method.name)?;
        self.utf8(&method.descriptor)?;
        let known = usize::from(method.code.is_some()) + usize::from(!method.exceptions.is_empty());
        self.count(known + method.other.len())?;
        if let Some(code) = &method.code {
            self.attribute("Code", |out| out.code(code))?;
        }
        if !method.exceptions.is_empty() {
            self.attribute("Exceptions", |out| out.list(&method.exceptions, |out, name| out.class(name)))?;
        }
        self.raw(&method.other)
    }

    fn code(&mut self, code: &Code) -> Result<()> {
        self.u16(code.max_stack);
        self.u16(code.max_locals);
        let length = u16::try_from(code.bytes.len()).map_err(|_| "bytes of code")?;
        self.bytes.extend(u32::from(length).to_be_bytes());
        self.bytes.extend(&code.bytes);
        self.list(&code.handlers, Writer::handler)?;
        let known = usize::from(!code.lines.is_empty()) + usize::from(!code.variables.is_empty());
        self.count(known + code.other.len())?;
        if !code.lines.is_empty() {
            self.attribute("LineNumberTable", |out| {
                out.list(&code.lines, |out, line| {
                    out.u16(line.offset);
                    out.u16(line.line);
                    Ok(())
                })
            })?;
        }
        if !code.variables.is_empty() {
            self.attribute("LocalVariableTable", |out| out.list(&code.variables, Writer::variable))?;
        }
        self.raw(&code.other)
    }

    fn handler(&mut self, handler: &Handler) -> Result<()> {
        self.u16(handler.start);
        self.u16(handler.end);
        self.u16(handler.target);
        self.optional_class(handler.catch.as_deref())
    }

    fn variable(&mut self, variable: &LocalVariable) -> Result<()> {
        self.u16(variable.start);
        self.u16(variable.length);
        self.utf8(&variable.name)?;
        self.utf8(&variable.descriptor)?;
        self.u16(variable.slot);
        Ok(())
    }

    fn inner_class(&mut self, inner: &InnerClass) -> Result<()> {
        self.class(&inner.inner)?;
        self.optional_class(inner.outer.as_deref())?;
        match &inner.name {
            Some(name) => self.utf8(name)?,
            None => self.u16(0),
        }
        self.u16(inner.access);
        Ok(())
    }

    fn constant_pool(&mut self) -> Result<()> {
        let entries = std::mem::take(&mut self.pool);
        self.count(entries.entries().len().max(1))?;
        entries.entries().iter().try_for_each(|entry| self.pool_entry(entry))
    }

    fn pool_entry(&mut self, entry: &Entry) -> Result<()> {
        match entry {
            Entry::Unused => {}
            Entry::Utf8(text) => {
                let bytes = encode_modified_utf8(text);
                self.bytes.push(1);
                self.u16(u16::try_from(bytes.len()).map_err(|_| "texts")?);
                self.bytes.extend(bytes);
            }
            Entry::Integer(value) => self.tagged(3, &value.to_be_bytes()),
            Entry::Float(bits) => self.tagged(4, &bits.to_be_bytes()),
            Entry::Long(value) => self.tagged(5, &value.to_be_bytes()),
            Entry::Double(bits) => self.tagged(6, &bits.to_be_bytes()),
            Entry::Class(name) => self.tagged(7, &name.to_be_bytes()),
            Entry::String(text) => self.tagged(8, &text.to_be_bytes()),
            Entry::Field(class, member) => self.pair(9, *class, *member),
            Entry::Method(class, member) => self.pair(10, *class, *member),
            Entry::InterfaceMethod(class, member) => self.pair(11, *class, *member),
            Entry::NameAndType(name, descriptor) => self.pair(12, *name, *descriptor),
            Entry::MethodHandle(kind, reference) => {
                self.tagged(15, &[*kind]);
                self.u16(*reference);
            }
            Entry::MethodType(descriptor) => self.tagged(16, &descriptor.to_be_bytes()),
            Entry::Dynamic(bootstrap, member) => self.pair(17, *bootstrap, *member),
            Entry::InvokeDynamic(bootstrap, member) => self.pair(18, *bootstrap, *member),
            Entry::Module(name) => self.tagged(19, &name.to_be_bytes()),
            Entry::Package(name) => self.tagged(20, &name.to_be_bytes()),
        }
        Ok(())
    }

    fn tagged(&mut self, tag: u8, body: &[u8]) {
        self.bytes.push(tag);
        self.bytes.extend(body);
    }

    fn pair(&mut self, tag: u8, first: u16, second: u16) {
        self.bytes.push(tag);
        self.u16(first);
        self.u16(second);
    }
}

/// The inverse of reading, JVMS 4.4.7.
fn encode_modified_utf8(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match unit {
            0x01..=0x7F => bytes.push(unit as u8),
            0 | 0x80..=0x7FF => bytes.extend([0xC0 | (unit >> 6) as u8, 0x80 | (unit & 0x3F) as u8]),
            0x800.. => bytes.extend([
                0xE0 | (unit >> 12) as u8,
                0x80 | (unit >> 6 & 0x3F) as u8,
                0x80 | (unit & 0x3F) as u8,
            ]),
        }
    }
    bytes
}
