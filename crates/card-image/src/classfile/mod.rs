//! Java class files (JVMS chapter 4), as far as the converter and the stub generator need them.
//!
//! A [`ClassFile`] has its names resolved: only bytecode still speaks in constant pool indexes, so the
//! pool stays beside it. What is not understood (annotations, stack maps) is kept as bytes and written
//! back. Reading checks structure and indexes, not the meaning of code: the converter does that.
//!
//! Layout: magic `CAFEBABE`, minor, major, constant pool, access flags, this, super, interfaces,
//! fields, methods, attributes; all integers big-endian.

mod pool;
mod read;
mod write;

pub use pool::{ConstantPool, Entry, MemberRef};
pub use write::TooLarge;

/// Access and property flags of classes and members (JVMS tables 4.1-B, 4.5-A and 4.6-A).
pub mod access {
    /// Visible everywhere.
    pub const PUBLIC: u16 = 0x0001;
    /// Visible in its class only.
    pub const PRIVATE: u16 = 0x0002;
    /// Visible in its package and in subclasses.
    pub const PROTECTED: u16 = 0x0004;
    /// Belongs to the class, not to an instance.
    pub const STATIC: u16 = 0x0008;
    /// Neither overridden, extended nor assigned again.
    pub const FINAL: u16 = 0x0010;
    /// On classes: `invokespecial` treats superclass methods specially; always set by compilers.
    pub const SUPER: u16 = 0x0020;
    /// On methods: holds a monitor.
    pub const SYNCHRONIZED: u16 = 0x0020;
    /// On methods: made by the compiler to bridge generic or covariant signatures.
    pub const BRIDGE: u16 = 0x0040;
    /// On fields: its accesses are not cached.
    pub const VOLATILE: u16 = 0x0040;
    /// On methods: takes a variable number of arguments.
    pub const VARARGS: u16 = 0x0080;
    /// On fields: not serialised.
    pub const TRANSIENT: u16 = 0x0080;
    /// On methods: implemented outside Java.
    pub const NATIVE: u16 = 0x0100;
    /// An interface.
    pub const INTERFACE: u16 = 0x0200;
    /// Has no body, or may have methods without.
    pub const ABSTRACT: u16 = 0x0400;
    /// Strict floating point.
    pub const STRICT: u16 = 0x0800;
    /// Made by the compiler.
    pub const SYNTHETIC: u16 = 0x1000;
    /// An annotation type.
    pub const ANNOTATION: u16 = 0x2000;
    /// An enumeration or one of its constants.
    pub const ENUM: u16 = 0x4000;
}

/// A class or interface as its file holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassFile {
    /// Format version: minor, major. Major 52 is Java 8.
    pub version: (u16, u16),
    /// The constants that bytecode refers to.
    pub pool: ConstantPool,
    /// Bits of [`access`].
    pub access: u16,
    /// Binary name with slashes, `javacard/framework/Applet`.
    pub name: String,
    /// Binary name of the superclass; none for `java/lang/Object` alone.
    pub superclass: Option<String>,
    /// Binary names of the interfaces implemented, or extended by an interface.
    pub interfaces: Vec<String>,
    /// In the file's order.
    pub fields: Vec<Field>,
    /// In the file's order.
    pub methods: Vec<Method>,
    /// The source file's name without folders.
    pub source_file: Option<String>,
    /// Classes nested in this one or referred to by it.
    pub inner_classes: Vec<InnerClass>,
    /// Attributes that are kept but not understood.
    pub other: Vec<RawAttribute>,
}

/// A field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Bits of [`access`].
    pub access: u16,
    /// Its simple name.
    pub name: String,
    /// Its type descriptor, `[B`.
    pub descriptor: String,
    /// The compile-time constant.
    pub constant: Option<Constant>,
    /// Attributes that are kept but not understood.
    pub other: Vec<RawAttribute>,
}

/// The value of a constant field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// boolean, byte, char, short or int.
    Int(i32),
    /// long.
    Long(i64),
    /// float, as its bits.
    Float(u32),
    /// double, as its bits.
    Double(u64),
    /// String.
    Text(String),
}

/// A method, constructor or initialiser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Method {
    /// Bits of [`access`].
    pub access: u16,
    /// Its simple name, `<init>` or `<clinit>`.
    pub name: String,
    /// Its descriptor, `([BSB)V`.
    pub descriptor: String,
    /// The body; none for abstract and native methods.
    pub code: Option<Code>,
    /// The checked exceptions it declares, as binary names.
    pub exceptions: Vec<String>,
    /// Attributes that are kept but not understood.
    pub other: Vec<RawAttribute>,
}

/// A method's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// Deepest operand stack in Java words.
    pub max_stack: u16,
    /// Local variables in Java words, arguments included.
    pub max_locals: u16,
    /// Java bytecode.
    pub bytes: Vec<u8>,
    /// In the order in which they are searched.
    pub handlers: Vec<Handler>,
    /// Bytecode offset to source line, in the file's order.
    pub lines: Vec<LineNumber>,
    /// Names of local variables; present when compiled with `-g`.
    pub variables: Vec<LocalVariable>,
    /// Attributes that are kept but not understood.
    pub other: Vec<RawAttribute>,
}

/// An entry of a body's exception table: offsets into its bytecode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// First protected offset.
    pub start: u16,
    /// Offset after the last protected one.
    pub end: u16,
    /// Where it continues.
    pub target: u16,
    /// The class caught; none catches everything.
    pub catch: Option<String>,
}

/// From this bytecode offset on, the code comes from this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineNumber {
    /// Bytecode offset.
    pub offset: u16,
    /// Source line, counted from 1.
    pub line: u16,
}

/// The name and type of a local variable while it is in scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalVariable {
    /// First bytecode offset at which it holds a value.
    pub start: u16,
    /// Length of that range in bytes.
    pub length: u16,
    /// Its name.
    pub name: String,
    /// Its type descriptor.
    pub descriptor: String,
    /// Its slot.
    pub slot: u16,
}

/// An entry of the InnerClasses attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InnerClass {
    /// Binary name of the nested class.
    pub inner: String,
    /// Binary name of the class around it; none for local and anonymous classes.
    pub outer: Option<String>,
    /// Its simple name; none for anonymous classes.
    pub name: Option<String>,
    /// Flags as its source declared them, bits of [`access`].
    pub access: u16,
}

/// An attribute that is kept as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAttribute {
    /// Its name, `StackMapTable`.
    pub name: String,
    /// Its content without name and length.
    pub data: Vec<u8>,
}

/// What is wrong with a class file, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("class file, byte {offset}: {kind}")]
pub struct ClassFileError {
    /// Offset from the file's start.
    pub offset: usize,
    /// What was met there.
    pub kind: ErrorKind,
}

/// The kinds of [`ClassFileError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The file ends where this many more bytes were needed.
    #[error("ends, {0} more bytes needed")]
    Truncated(usize),
    /// Bytes follow after the last attribute.
    #[error("{0} bytes follow the end")]
    Trailing(usize),
    /// Not a class file at all.
    #[error("magic number {0:08x} instead of cafebabe")]
    Magic(u32),
    /// Newer than Java 17, or older than Java 1.1.
    #[error("class file version {0}.{1} is not supported")]
    Version(u16, u16),
    /// JVMS table 4.4-B names no such tag.
    #[error("constant pool tag {0}")]
    PoolTag(u8),
    /// The index is outside the pool or of an entry of another kind.
    #[error("constant {index} is not {wanted}")]
    Constant {
        /// Index into the pool.
        index: u16,
        /// What was needed there.
        wanted: &'static str,
    },
    /// Not the modified UTF-8 of JVMS 4.4.7.
    #[error("text is not modified UTF-8")]
    Text,
    /// An attribute's length does not fit its content.
    #[error("attribute {name} has {extra} bytes after its content")]
    AttributeLength {
        /// The attribute's name.
        name: String,
        /// Bytes left over.
        extra: usize,
    },
    /// An offset into bytecode is outside it.
    #[error("bytecode offset {0} is outside the method's code")]
    CodeOffset(u32),
}
