//! What the converter has to say about the programmer's source.

use std::fmt;

/// One finding, at the place in the source that it is about.
///
/// They are ordered by file and line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The source file's name, when the class was compiled with `-g`.
    pub file: Option<String>,
    /// The line, counted from 1, when it is known.
    pub line: Option<u16>,
    /// Binary name of the class; empty when it is about the package.
    pub class: String,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}:{line}: {}", self.problem),
            (Some(file), None) => write!(f, "{file}: {}", self.problem),
            (None, _) if self.class.is_empty() => write!(f, "{}", self.problem),
            (None, _) => write!(f, "{}: {}", self.class.replace('/', "."), self.problem),
        }
    }
}

impl std::error::Error for Diagnostic {}

/// The kinds of [`Diagnostic`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Problem {
    /// A class file cannot be read.
    #[error("{0}")]
    ClassFile(String),
    /// Not a descriptor of JVMS 4.3.
    #[error("{0:?} is not a type descriptor")]
    Descriptor(String),
    /// JCVM 2.2.1.4: the type does not exist on a card.
    #[error("type {} is not supported", readable(.0))]
    Type(String),
    /// JCVM 2.2.1: the instruction has no equivalent.
    #[error("{0} is not supported")]
    Instruction(&'static str),
    /// JCVM 2.2.1.5: cards have no strings.
    #[error("string constants are not supported: use an array of byte constants")]
    Text,
    /// JCVM 2.2.1.3: cards have no enumerations.
    #[error("enumerations are not supported: use static final constants")]
    Enumeration,
    /// The release of the API that is converted for does not have it.
    #[error("{0} needs release 3.1 of the API or later")]
    Release(&'static str),
    /// JCVM 2.2.1.1: a modifier with no meaning on a card.
    #[error("{0} is not supported")]
    Modifier(&'static str),
    /// The value may not fit 16 bits where it matters, and the package declares no `int`.
    #[error("the intermediate value may need 32 bits: cast it to short or byte, or declare it int")]
    Intermediate,
    /// The package is converted without `int`.
    #[error("int is not to be used in this package")]
    Int,
    /// Array indexes and lengths are 16 bits wide on a card.
    #[error("an array index or length must be cast to short")]
    Index,
    /// Bytecode that no compiler makes.
    #[error("invalid bytecode at offset {0}")]
    Code(u16),
    /// JCVM 2.2.3: static fields are set when the package is loaded, by constants alone.
    #[error("a static initialiser can only set fields of its class to constants and constant arrays")]
    Initialiser,
    /// JCVM 2.2.4.6: an array belongs to the applet's context that it was made in, and a library has none.
    #[error("a library's static field can not begin with an array: only a package with applets can own one")]
    LibraryArray,
    /// Neither in the package, nor in the API of the version asked for, nor in an export file given.
    #[error("class {} is not known", .0.replace('/', "."))]
    UnknownClass(String),
    /// The class is known and has no such visible member.
    #[error("class {} has no {member}", .class.replace('/', "."))]
    UnknownMember {
        /// Binary name of the class.
        class: String,
        /// The member's name and descriptor.
        member: String,
    },
    /// None of the class files is of the package.
    #[error("no class of package {0} was given")]
    EmptyPackage(String),
    /// An applet's class is not in the package, or cannot be installed.
    #[error("applet {}: {reason}", .class.replace('/', "."))]
    Applet {
        /// Binary name of the class.
        class: String,
        /// What it lacks.
        reason: &'static str,
    },
    /// The package exceeds what a CAP file can count.
    #[error("{what}: {count}, at most {limit}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        count: usize,
        /// How much there may be.
        limit: usize,
    },
}

/// A descriptor as the source would write the type.
fn readable(descriptor: &str) -> String {
    let element = descriptor.trim_start_matches('[');
    let name = match element {
        "Z" => "boolean",
        "B" => "byte",
        "S" => "short",
        "I" => "int",
        "J" => "long",
        "C" => "char",
        "F" => "float",
        "D" => "double",
        _ => element.trim_start_matches('L').trim_end_matches(';'),
    };
    name.replace('/', ".") + &"[]".repeat(descriptor.len() - element.len())
}
