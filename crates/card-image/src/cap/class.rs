//! Component 6, Class (JCVM 6.9): what the card must know of interfaces and classes to run them.
//!
//! ```text
//! [2.2: u2 length | signature pool] interface_info... class_info...
//! interface_info = flags 4 bits, count 4 bits | u2 superinterface...  [remote: u1 length | name]
//! class_info     = flags 4 bits, count 4 bits | u2 superclass | u1 declared_instance_size
//!                | u1 first_reference_token | u1 reference_count | u1 public base, count | u1 package base, count
//!                | method public... | method package... | interface: u2 | u1 count | u1 token...
//!                [remote: remote_interface_info] [2.3: u1 mapping... (base and count of them) | u1 inheritable]
//! method         = [extended: u1 block] u2 offset
//! ```
//! A class is referred to by the offset at which its entry begins, so [`ClassComponent::with_offsets`] counts them.

use alloc::vec::Vec;

use super::codec::{Cursor, finish, write_method_offset};
use super::limits::MAX_INTERFACES;
use super::{CapError, CapFormat, ClassOffset, ClassRef, ComponentTag, MethodOffset};
use crate::bytes::Writer;

const INTERFACE: u8 = 0x8;
const SHAREABLE: u8 = 0x4;
const REMOTE: u8 = 0x2;

/// The Class component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassComponent {
    /// Types of the remote methods, raw, since format 2.2.
    pub signature_pool: Vec<u8>,
    /// Interfaces and classes, in the order of the file.
    pub entries: Vec<ClassEntry>,
}

/// An interface or a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClassEntry {
    /// An interface.
    Interface(InterfaceInfo),
    /// A class.
    Class(ClassInfo),
}

/// An interface (JCVM 6.9.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InterfaceInfo {
    /// It is, or extends, `javacard.framework.Shareable`.
    pub shareable: bool,
    /// All interfaces it extends, directly or not.
    pub superinterfaces: Vec<ClassRef>,
    /// The name of a remote interface, raw.
    pub remote_name: Option<Vec<u8>>,
}

/// A class (JCVM 6.9.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassInfo {
    /// It implements a shareable interface.
    pub shareable: bool,
    /// What it extends; `None` only for `java.lang.Object`.
    pub superclass: Option<ClassRef>,
    /// Words of the instance fields that it declares itself; an int has two.
    pub declared_instance_size: u8,
    /// The token of the first of its own fields that holds a reference; 0xFF when there is none.
    pub first_reference_token: u8,
    /// How many of its own fields hold references; their tokens follow one another.
    pub reference_count: u8,
    /// The virtual method token of the first entry of `public_methods`.
    pub public_method_table_base: u8,
    /// Public and protected virtual methods by token; 0xFFFF: the superclass's (JCVM 6.9.2.4).
    pub public_methods: Vec<MethodOffset>,
    /// As the public base, for package-visible methods, without the token's high bit.
    pub package_method_table_base: u8,
    /// Package-visible virtual methods by token without its high bit.
    pub package_methods: Vec<MethodOffset>,
    /// All interfaces it implements, directly or not.
    pub interfaces: Vec<ImplementedInterface>,
    /// What remote clients may call, raw but for its frame, since format 2.2.
    pub remote: Option<RemoteInterfaces>,
    /// The mapping of virtual method tokens, since format 2.3.
    pub token_mapping: Option<TokenMapping>,
}

/// Which method of a class stands for which of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImplementedInterface {
    /// The interface.
    pub interface: ClassRef,
    /// The virtual method token in the class for each interface method token.
    pub methods: Vec<u8>,
}

/// Remote methods of a class (JCVM 6.9.2.6).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteInterfaces {
    /// The methods.
    pub methods: Vec<RemoteMethod>,
    /// What is mixed into the hashes so that they differ.
    pub hash_modifier: Vec<u8>,
    /// The class's name, raw.
    pub class_name: Vec<u8>,
    /// The remote interfaces.
    pub interfaces: Vec<ClassRef>,
}

/// One remote method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteMethod {
    /// Two bytes of the SHA-1 of name and signature.
    pub hash: u16,
    /// Its type in the signature pool.
    pub signature_offset: u16,
    /// Its virtual method token.
    pub token: u8,
}

/// How virtual method tokens of format 2.3 relate to those of older files (JCVM 6.9.2.7).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenMapping {
    /// For each public and protected virtual method token, inherited ones included, the token that the method has in
    /// the superclass; 0xFF for a method that the class introduces.
    pub tokens: Vec<u8>,
    /// How many public and protected virtual methods a subclass in a file of format 2.2 or older inherits.
    pub inheritable: u8,
}

impl ClassEntry {
    /// How many bytes it takes in a file of `format`.
    pub fn size(&self, format: CapFormat) -> usize {
        match self {
            Self::Interface(interface) => {
                let name = interface.remote_name.as_ref().map_or(0, |name| 1 + name.len());
                1 + 2 * interface.superinterfaces.len() + name
            }
            Self::Class(class) => class.size(format),
        }
    }

    /// Whether objects of it may be shared across the firewall.
    pub fn is_shareable(&self) -> bool {
        match self {
            Self::Interface(interface) => interface.shareable,
            Self::Class(class) => class.shareable,
        }
    }
}

impl ClassInfo {
    fn size(&self, format: CapFormat) -> usize {
        let place = if format.is_extended() { 3 } else { 2 };
        let tables = place * (self.public_methods.len() + self.package_methods.len());
        let interfaces: usize = self.interfaces.iter().map(|interface| 3 + interface.methods.len()).sum();
        let remote = self.remote.as_ref().map_or(0, |remote| {
            4 + 5 * remote.methods.len()
                + remote.hash_modifier.len()
                + remote.class_name.len()
                + 2 * remote.interfaces.len()
        });
        let mapping = if format >= CapFormat::V2_3 { self.public_tokens() + 1 } else { 0 };
        10 + tables + interfaces + remote + mapping
    }

    /// How many public and protected virtual method tokens the class knows: those up to the end of its table.
    pub fn public_tokens(&self) -> usize {
        usize::from(self.public_method_table_base) + self.public_methods.len()
    }

    /// Where a public or protected virtual method's code is; `None` when the class does not define it.
    pub fn public_method(&self, token: u8) -> Option<MethodOffset> {
        method_of(&self.public_methods, self.public_method_table_base, token)
    }

    /// As [`Self::public_method`], for a package-visible method's token without its high bit.
    pub fn package_method(&self, token: u8) -> Option<MethodOffset> {
        method_of(&self.package_methods, self.package_method_table_base, token)
    }
}

fn method_of(table: &[MethodOffset], base: u8, token: u8) -> Option<MethodOffset> {
    let offset = *table.get(usize::from(token.checked_sub(base)?))?;
    (!offset.is_inherited()).then_some(offset)
}

impl ClassComponent {
    /// Stands in a method table for a method that an imported superclass defines.
    pub const INHERITED: MethodOffset = MethodOffset::compact(0xFFFF);

    /// The entries, each with the offset by which it is referred to.
    pub fn with_offsets(&self, format: CapFormat) -> impl Iterator<Item = (ClassOffset, &ClassEntry)> {
        let first = if format >= CapFormat::V2_2 { 2 + self.signature_pool.len() } else { 0 };
        self.entries.iter().scan(first, move |next, entry| {
            let offset = u16::try_from(*next).ok()?;
            *next += entry.size(format);
            Some((ClassOffset(offset), entry))
        })
    }

    /// The entry that begins at `offset`.
    pub fn at(&self, offset: ClassOffset, format: CapFormat) -> Option<&ClassEntry> {
        self.with_offsets(format).find(|(place, _)| *place == offset).map(|(_, entry)| entry)
    }

    pub(super) fn parse(mut cursor: Cursor<'_>, format: CapFormat) -> Result<Self, CapError> {
        let signature_pool = if format >= CapFormat::V2_2 {
            let length = cursor.u16()?;
            cursor.take(length.into())?.to_vec()
        } else {
            Vec::new()
        };
        let mut entries = Vec::new();
        while !cursor.is_empty() {
            entries.push(read_entry(&mut cursor, format)?);
        }
        Ok(Self { signature_pool, entries })
    }

    pub(super) fn encode(&self, format: CapFormat) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        if format >= CapFormat::V2_2 {
            writer.count_u16(self.signature_pool.len());
            writer.bytes(&self.signature_pool);
        }
        for entry in &self.entries {
            match entry {
                ClassEntry::Interface(interface) => write_interface(&mut writer, interface),
                ClassEntry::Class(class) => write_class(&mut writer, class, format),
            }
        }
        finish(ComponentTag::Class, writer)
    }
}

fn read_entry(cursor: &mut Cursor<'_>, format: CapFormat) -> Result<ClassEntry, CapError> {
    let bits = cursor.u8()?;
    let (flags, count) = (bits >> 4, usize::from(bits & 0x0F));
    if flags & INTERFACE != 0 {
        let superinterfaces = cursor.list(count, Cursor::class_ref)?;
        let remote_name = if flags & REMOTE != 0 { Some(read_bytes(cursor)?) } else { None };
        let shareable = flags & SHAREABLE != 0;
        Ok(ClassEntry::Interface(InterfaceInfo { shareable, superinterfaces, remote_name }))
    } else {
        read_class(cursor, flags, count, format).map(ClassEntry::Class)
    }
}

fn read_class(
    cursor: &mut Cursor<'_>,
    flags: u8,
    interface_count: usize,
    format: CapFormat,
) -> Result<ClassInfo, CapError> {
    let superclass = ClassRef::from_raw(cursor.u16()?);
    let declared_instance_size = cursor.u8()?;
    let (first_reference_token, reference_count) = (cursor.u8()?, cursor.u8()?);
    let (public_method_table_base, public_count) = (cursor.u8()?, cursor.u8()?);
    let (package_method_table_base, package_count) = (cursor.u8()?, cursor.u8()?);
    let method = |cursor: &mut Cursor<'_>| cursor.method_offset(format);
    let public_tokens = usize::from(public_method_table_base) + usize::from(public_count);
    Ok(ClassInfo {
        shareable: flags & SHAREABLE != 0,
        superclass,
        declared_instance_size,
        first_reference_token,
        reference_count,
        public_method_table_base,
        public_methods: cursor.list(public_count.into(), method)?,
        package_method_table_base,
        package_methods: cursor.list(package_count.into(), method)?,
        interfaces: cursor.list(interface_count, |cursor| {
            Ok(ImplementedInterface { interface: cursor.class_ref()?, methods: read_bytes(cursor)? })
        })?,
        remote: if flags & REMOTE != 0 { Some(read_remote(cursor)?) } else { None },
        token_mapping: if format >= CapFormat::V2_3 {
            let tokens = cursor.take(public_tokens)?.to_vec();
            Some(TokenMapping { tokens, inheritable: cursor.u8()? })
        } else {
            None
        },
    })
}

fn read_bytes(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, CapError> {
    let length = cursor.u8()?;
    Ok(cursor.take(length.into())?.to_vec())
}

fn read_remote(cursor: &mut Cursor<'_>) -> Result<RemoteInterfaces, CapError> {
    let count = cursor.u8()?;
    let methods = cursor.list(count.into(), |cursor| {
        Ok(RemoteMethod { hash: cursor.u16()?, signature_offset: cursor.u16()?, token: cursor.u8()? })
    })?;
    let (hash_modifier, class_name) = (read_bytes(cursor)?, read_bytes(cursor)?);
    let count = cursor.u8()?;
    Ok(RemoteInterfaces {
        methods,
        hash_modifier,
        class_name,
        interfaces: cursor.list(count.into(), Cursor::class_ref)?,
    })
}

fn flag_bits(bits: u8, shareable: bool, remote: bool) -> u8 {
    let shareable = if shareable { SHAREABLE } else { 0 };
    let remote = if remote { REMOTE } else { 0 };
    (bits | shareable | remote) << 4
}

fn write_interface(writer: &mut Writer, interface: &InterfaceInfo) {
    let count = writer.count_within(interface.superinterfaces.len(), MAX_INTERFACES);
    writer.u8(flag_bits(INTERFACE, interface.shareable, interface.remote_name.is_some()) | count);
    for superinterface in &interface.superinterfaces {
        writer.u16(superinterface.to_raw());
    }
    if let Some(name) = &interface.remote_name {
        write_bytes(writer, name);
    }
}

fn write_bytes(writer: &mut Writer, bytes: &[u8]) {
    writer.count_u8(bytes.len());
    writer.bytes(bytes);
}

fn write_class(writer: &mut Writer, class: &ClassInfo, format: CapFormat) {
    let count = writer.count_within(class.interfaces.len(), MAX_INTERFACES);
    writer.u8(flag_bits(0, class.shareable, class.remote.is_some()) | count);
    writer.u16(class.superclass.map_or(0xFFFF, ClassRef::to_raw));
    writer.u8(class.declared_instance_size);
    writer.u8(class.first_reference_token);
    writer.u8(class.reference_count);
    writer.u8(class.public_method_table_base);
    writer.count_u8(class.public_methods.len());
    writer.u8(class.package_method_table_base);
    writer.count_u8(class.package_methods.len());
    for method in class.public_methods.iter().chain(&class.package_methods) {
        write_method_offset(writer, *method, format);
    }
    for implemented in &class.interfaces {
        writer.u16(implemented.interface.to_raw());
        write_bytes(writer, &implemented.methods);
    }
    if let Some(remote) = &class.remote {
        write_remote(writer, remote);
    }
    if format >= CapFormat::V2_3 {
        let mapping = class.token_mapping.as_ref();
        for index in 0..class.public_tokens() {
            let token = mapping.and_then(|mapping| mapping.tokens.get(index));
            writer.u8(token.copied().unwrap_or_default());
        }
        writer.u8(mapping.map_or(0, |mapping| mapping.inheritable));
    }
}

fn write_remote(writer: &mut Writer, remote: &RemoteInterfaces) {
    writer.count_u8(remote.methods.len());
    for method in &remote.methods {
        writer.u16(method.hash);
        writer.u16(method.signature_offset);
        writer.u8(method.token);
    }
    write_bytes(writer, &remote.hash_modifier);
    write_bytes(writer, &remote.class_name);
    writer.count_u8(remote.interfaces.len());
    for interface in &remote.interfaces {
        writer.u16(interface.to_raw());
    }
}
