//! The constant pool (JVMS 4.4): entry 0 and the second slot of a long or double are [`Entry::Unused`].

use std::collections::HashMap;

use super::ErrorKind;

/// One slot of the pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Slot 0, and the slot after a long or double.
    Unused,
    /// Modified UTF-8 text.
    Utf8(String),
    /// A 32-bit constant.
    Integer(i32),
    /// A float's bits.
    Float(u32),
    /// A 64-bit constant; takes two slots.
    Long(i64),
    /// A double's bits; takes two slots.
    Double(u64),
    /// A class by the index of its name.
    Class(u16),
    /// A string constant by the index of its text.
    String(u16),
    /// A field: class, name and type.
    Field(u16, u16),
    /// A class's method: class, name and type.
    Method(u16, u16),
    /// An interface's method: class, name and type.
    InterfaceMethod(u16, u16),
    /// Name and descriptor.
    NameAndType(u16, u16),
    /// A method handle: kind and reference.
    MethodHandle(u8, u16),
    /// A method type by its descriptor.
    MethodType(u16),
    /// A dynamically computed constant.
    Dynamic(u16, u16),
    /// A dynamically computed call site.
    InvokeDynamic(u16, u16),
    /// A module.
    Module(u16),
    /// A package of a module.
    Package(u16),
}

/// A field or method that bytecode names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberRef<'a> {
    /// Binary name of the class through which it is reached, or an array's descriptor.
    pub class: &'a str,
    /// Its simple name.
    pub name: &'a str,
    /// Its descriptor.
    pub descriptor: &'a str,
    /// Reached through an interface.
    pub interface: bool,
}

/// The constants of one class.
#[derive(Clone, Debug, Default)]
pub struct ConstantPool {
    entries: Vec<Entry>,
    /// First index of each entry, so that writing finds what is there already.
    known: HashMap<Entry, u16>,
}

impl PartialEq for ConstantPool {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Eq for ConstantPool {}

impl ConstantPool {
    /// A pool without constants.
    pub fn new() -> Self {
        Self { entries: vec![Entry::Unused], known: HashMap::new() }
    }

    /// All slots, slot 0 included.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn push(&mut self, entry: Entry) {
        let wide = matches!(entry, Entry::Long(_) | Entry::Double(_));
        if let Ok(index) = u16::try_from(self.entries.len()) {
            self.known.entry(entry.clone()).or_insert(index);
        }
        self.entries.push(entry);
        if wide {
            self.entries.push(Entry::Unused);
        }
    }

    /// The slot that holds `entry`, appended when it is not there; none when all 65,535 are taken.
    pub fn intern(&mut self, entry: Entry) -> Option<u16> {
        if self.entries.is_empty() {
            self.entries.push(Entry::Unused);
        }
        if let Some(index) = self.known.get(&entry) {
            return Some(*index);
        }
        let index = u16::try_from(self.entries.len()).ok().filter(|at| *at < u16::MAX - 1)?;
        self.push(entry);
        Some(index)
    }

    /// The slot of a text.
    pub fn intern_utf8(&mut self, text: &str) -> Option<u16> {
        self.intern(Entry::Utf8(text.to_owned()))
    }

    /// The slot of a class.
    pub fn intern_class(&mut self, name: &str) -> Option<u16> {
        let name = self.intern_utf8(name)?;
        self.intern(Entry::Class(name))
    }

    /// The slot of a method.
    pub fn intern_method(&mut self, class: &str, name: &str, descriptor: &str) -> Option<u16> {
        let class = self.intern_class(class)?;
        let name = self.intern_utf8(name)?;
        let descriptor = self.intern_utf8(descriptor)?;
        let member = self.intern(Entry::NameAndType(name, descriptor))?;
        self.intern(Entry::Method(class, member))
    }

    /// The entry in a slot.
    pub fn get(&self, index: u16) -> Option<&Entry> {
        self.entries.get(usize::from(index))
    }

    /// The text in a slot.
    pub fn utf8(&self, index: u16) -> Result<&str, ErrorKind> {
        match self.get(index) {
            Some(Entry::Utf8(text)) => Ok(text),
            _ => Err(ErrorKind::Constant { index, wanted: "text" }),
        }
    }

    /// The name of the class in a slot.
    pub fn class(&self, index: u16) -> Result<&str, ErrorKind> {
        match self.get(index) {
            Some(Entry::Class(name)) => self.utf8(*name),
            _ => Err(ErrorKind::Constant { index, wanted: "a class" }),
        }
    }

    /// The field in a slot.
    pub fn field(&self, index: u16) -> Result<MemberRef<'_>, ErrorKind> {
        match self.get(index) {
            Some(Entry::Field(class, member)) => self.member(*class, *member, false),
            _ => Err(ErrorKind::Constant { index, wanted: "a field" }),
        }
    }

    /// The method in a slot, of a class or of an interface.
    pub fn method(&self, index: u16) -> Result<MemberRef<'_>, ErrorKind> {
        match self.get(index) {
            Some(Entry::Method(class, member)) => self.member(*class, *member, false),
            Some(Entry::InterfaceMethod(class, member)) => self.member(*class, *member, true),
            _ => Err(ErrorKind::Constant { index, wanted: "a method" }),
        }
    }

    fn member(&self, class: u16, member: u16, interface: bool) -> Result<MemberRef<'_>, ErrorKind> {
        match self.get(member) {
            Some(Entry::NameAndType(name, descriptor)) => Ok(MemberRef {
                class: self.class(class)?,
                name: self.utf8(*name)?,
                descriptor: self.utf8(*descriptor)?,
                interface,
            }),
            _ => Err(ErrorKind::Constant { index: member, wanted: "a name and type" }),
        }
    }
}
