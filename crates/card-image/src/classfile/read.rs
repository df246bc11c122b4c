//! From bytes to a [`ClassFile`]. Bytes may be hostile: every length is checked against what is there
//! before anything is allocated for it, and nothing nests deeper than attributes in code in a method.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::{
    ClassFile, ClassFileError, Code, Constant, ConstantPool, Entry, ErrorKind, Field, Handler, InnerClass,
    LineNumber, LocalVariable, Method, RawAttribute,
};

/// The newest class file version that is read, Java 17.
const NEWEST_MAJOR: u16 = 61;
/// The oldest, Java 1.1.
const OLDEST_MAJOR: u16 = 45;

type Result<T> = core::result::Result<T, ClassFileError>;

impl ClassFile {
    /// Reads one class file.
    ///
    /// # Errors
    /// The first violation of JVMS chapter 4 that matters here, with its offset.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader { bytes, at: 0, base: 0 };
        let magic = input.u32()?;
        if magic != 0xCAFE_BABE {
            return Err(ClassFileError { offset: 0, kind: ErrorKind::Magic(magic) });
        }
        let (minor, major) = (input.u16()?, input.u16()?);
        if !(OLDEST_MAJOR..=NEWEST_MAJOR).contains(&major) {
            return Err(ClassFileError { offset: 4, kind: ErrorKind::Version(major, minor) });
        }
        let pool = input.pool()?;
        let access = input.u16()?;
        let name = input.class(&pool)?;
        let superclass = input.optional_class(&pool)?;
        let interfaces = input.list(|input| input.class(&pool))?;
        let fields = input.list(|input| input.field(&pool))?;
        let methods = input.list(|input| input.method(&pool))?;
        let mut class = ClassFile {
            version: (minor, major),
            access,
            name,
            superclass,
            interfaces,
            fields,
            methods,
            ..ClassFile::default()
        };
        input.attributes(&pool, |name, body| match name {
            "SourceFile" => body.utf8(&pool).map(|file| class.source_file = Some(file)),
            "InnerClasses" => body.list(|body| body.inner_class(&pool)).map(|all| class.inner_classes = all),
            _ => body.rest(name).map(|raw| class.other.push(raw)),
        })?;
        class.pool = pool;
        match bytes.len() - input.at {
            0 => Ok(class),
            extra => Err(input.error(ErrorKind::Trailing(extra))),
        }
    }
}

/// A position in the bytes; `base` is where they start in the file, for offsets in errors.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, kind: ErrorKind) -> ClassFileError {
        ClassFileError { offset: self.base + self.at, kind }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let left = self.bytes.get(self.at..).unwrap_or_default();
        let taken = left
            .get(..length)
            .ok_or_else(|| self.error(ErrorKind::Truncated(length.saturating_sub(left.len()))))?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.u16()?;
        (0..count).map(|_| item(self)).collect()
    }

    fn pool(&mut self) -> Result<ConstantPool> {
        let count = usize::from(self.u16()?);
        let mut pool = ConstantPool::new();
        while pool.entries().len() < count {
            let entry = self.pool_entry()?;
            pool.push(entry);
        }
        Ok(pool)
    }

    fn pool_entry(&mut self) -> Result<Entry> {
        let tag = self.u8()?;
        Ok(match tag {
            1 => {
                let length = usize::from(self.u16()?);
                let text = decode_modified_utf8(self.take(length)?);
                Entry::Utf8(text.ok_or_else(|| self.error(ErrorKind::Text))?)
            }
            3 => Entry::Integer(self.array().map(i32::from_be_bytes)?),
            4 => Entry::Float(self.u32()?),
            5 => Entry::Long(self.array().map(i64::from_be_bytes)?),
            6 => Entry::Double(self.array().map(u64::from_be_bytes)?),
            7 => Entry::Class(self.u16()?),
            8 => Entry::String(self.u16()?),
            9 => Entry::Field(self.u16()?, self.u16()?),
            10 => Entry::Method(self.u16()?, self.u16()?),
            11 => Entry::InterfaceMethod(self.u16()?, self.u16()?),
            12 => Entry::NameAndType(self.u16()?, self.u16()?),
            15 => Entry::MethodHandle(self.u8()?, self.u16()?),
            16 => Entry::MethodType(self.u16()?),
            17 => Entry::Dynamic(self.u16()?, self.u16()?),
            18 => Entry::InvokeDynamic(self.u16()?, self.u16()?),
            19 => Entry::Module(self.u16()?),
            20 => Entry::Package(self.u16()?),
            _ => return Err(self.error(ErrorKind::PoolTag(tag))),
        })
    }

    fn utf8(&mut self, pool: &ConstantPool) -> Result<String> {
        let index = self.u16()?;
        pool.utf8(index).map(str::to_owned).map_err(|kind| self.error(kind))
    }

    fn class(&mut self, pool: &ConstantPool) -> Result<String> {
        let index = self.u16()?;
        pool.class(index).map(str::to_owned).map_err(|kind| self.error(kind))
    }

    fn optional_class(&mut self, pool: &ConstantPool) -> Result<Option<String>> {
        match self.u16()? {
            0 => Ok(None),
            index => pool.class(index).map(|name| Some(name.to_owned())).map_err(|kind| self.error(kind)),
        }
    }

    fn optional_utf8(&mut self, pool: &ConstantPool) -> Result<Option<String>> {
        match self.u16()? {
            0 => Ok(None),
            index => pool.utf8(index).map(|name| Some(name.to_owned())).map_err(|kind| self.error(kind)),
        }
    }

    /// Hands each attribute's name and content to `each`, which must take all of the content.
    fn attributes(
        &mut self,
        pool: &ConstantPool,
        mut each: impl FnMut(&str, &mut Reader<'a>) -> Result<()>,
    ) -> Result<()> {
        for _ in 0..self.u16()? {
            let name = self.utf8(pool)?;
            let length = self.u32()? as usize;
            let base = self.base + self.at;
            let mut body = Reader { bytes: self.take(length)?, at: 0, base };
            each(&name, &mut body)?;
            let extra = length - body.at;
            if extra > 0 {
                return Err(body.error(ErrorKind::AttributeLength { name, extra }));
            }
        }
        Ok(())
    }

    fn rest(&mut self, name: &str) -> Result<RawAttribute> {
        let data = self.take(self.bytes.len() - self.at)?.to_vec();
        Ok(RawAttribute { name: name.to_owned(), data })
    }

    fn field(&mut self, pool: &ConstantPool) -> Result<Field> {
        let (access, name, descriptor) = (self.u16()?, self.utf8(pool)?, self.utf8(pool)?);
        let mut field = Field { access, name, descriptor, ..Field::default() };
        self.attributes(pool, |name, body| match name {
            "ConstantValue" => body.constant(pool).map(|value| field.constant = Some(value)),
            _ => body.rest(name).map(|raw| field.other.push(raw)),
        })?;
        Ok(field)
    }

    fn constant(&mut self, pool: &ConstantPool) -> Result<Constant> {
        let index = self.u16()?;
        match pool.get(index) {
            Some(Entry::Integer(value)) => Ok(Constant::Int(*value)),
            Some(Entry::Long(value)) => Ok(Constant::Long(*value)),
            Some(Entry::Float(bits)) => Ok(Constant::Float(*bits)),
            Some(Entry::Double(bits)) => Ok(Constant::Double(*bits)),
            Some(Entry::String(text)) => {
                pool.utf8(*text).map(|text| Constant::Text(text.to_owned())).map_err(|kind| self.error(kind))
            }
            _ => Err(self.error(ErrorKind::Constant { index, wanted: "a constant value" })),
        }
    }

    fn method(&mut self, pool: &ConstantPool) -> Result<Method> {
        let (access, name, descriptor) = (self.u16()?, self.utf8(pool)?, self.utf8(pool)?);
        let mut method = Method { access, name, descriptor, ..Method::default() };
        self.attributes(pool, |name, body| match name {
            "Code" => body.code(pool).map(|code| method.code = Some(code)),
            "Exceptions" => body.list(|body| body.class(pool)).map(|all| method.exceptions = all),
            _ => body.rest(name).map(|raw| method.other.push(raw)),
        })?;
        Ok(method)
    }

    fn code(&mut self, pool: &ConstantPool) -> Result<Code> {
        let (max_stack, max_locals) = (self.u16()?, self.u16()?);
        let length = self.u32()? as usize;
        let bytes = self.take(length)?.to_vec();
        let handlers = self.list(|input| input.handler(pool, length))?;
        let mut code = Code { max_stack, max_locals, bytes, handlers, ..Code::default() };
        self.attributes(pool, |name, body| match name {
            "LineNumberTable" => body.list(|body| body.line(length)).map(|all| code.lines.extend(all)),
            "LocalVariableTable" => {
                body.list(|body| body.variable(pool, length)).map(|all| code.variables.extend(all))
            }
            _ => body.rest(name).map(|raw| code.other.push(raw)),
        })?;
        Ok(code)
    }

    /// A bytecode offset of at most `end`.
    fn code_offset(&mut self, end: usize) -> Result<u16> {
        let offset = self.u16()?;
        if usize::from(offset) > end {
            return Err(self.error(ErrorKind::CodeOffset(offset.into())));
        }
        Ok(offset)
    }

    fn handler(&mut self, pool: &ConstantPool, length: usize) -> Result<Handler> {
        let last = length.saturating_sub(1);
        Ok(Handler {
            start: self.code_offset(last)?,
            end: self.code_offset(length)?,
            target: self.code_offset(last)?,
            catch: self.optional_class(pool)?,
        })
    }

    fn line(&mut self, length: usize) -> Result<LineNumber> {
        Ok(LineNumber { offset: self.code_offset(length.saturating_sub(1))?, line: self.u16()? })
    }

    fn variable(&mut self, pool: &ConstantPool, length: usize) -> Result<LocalVariable> {
        let (start, scope) = (self.code_offset(length)?, self.u16()?);
        if usize::from(start) + usize::from(scope) > length {
            return Err(self.error(ErrorKind::CodeOffset(u32::from(start) + u32::from(scope))));
        }
        let (name, descriptor) = (self.utf8(pool)?, self.utf8(pool)?);
        Ok(LocalVariable { start, length: scope, name, descriptor, slot: self.u16()? })
    }

    fn inner_class(&mut self, pool: &ConstantPool) -> Result<InnerClass> {
        Ok(InnerClass {
            inner: self.class(pool)?,
            outer: self.optional_class(pool)?,
            name: self.optional_utf8(pool)?,
            access: self.u16()?,
        })
    }
}

/// JVMS 4.4.7: one to three bytes a UTF-16 unit, zero in two bytes, supplementary characters as two
/// surrogates of three bytes. Lone surrogates, which Java allows, are refused: no name needs them.
fn decode_modified_utf8(bytes: &[u8]) -> Option<String> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    let next = |rest: &mut dyn Iterator<Item = u8>| {
        rest.next().filter(|byte| byte & 0xC0 == 0x80).map(|byte| u16::from(byte & 0x3F))
    };
    while let Some(first) = rest.next() {
        units.push(match first {
            0x01..=0x7F => u16::from(first),
            0xC0..=0xDF => u16::from(first & 0x1F) << 6 | next(&mut rest)?,
            0xE0..=0xEF => u16::from(first & 0x0F) << 12 | next(&mut rest)? << 6 | next(&mut rest)?,
            _ => return None,
        });
    }
    String::from_utf16(&units).ok()
}
