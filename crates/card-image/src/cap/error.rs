//! What can be wrong with the bytes of a CAP file, with the place.

use crate::aid::AidError;
use crate::bytes::{Short, TooMany};

use super::ComponentTag;

/// Why bytes are no CAP file. `offset` counts from the start of the component's info.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{component} component, offset {offset}: {reason}")]
pub struct CapError {
    /// The component.
    pub component: ComponentTag,
    /// Bytes from the start of its info (what follows tag and size).
    pub offset: usize,
    /// What is wrong there.
    pub reason: CapErrorReason,
}

/// What is wrong at a place of a component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CapErrorReason {
    /// The component ends inside an item.
    #[error("{needed} bytes are needed and {left} are left")]
    Truncated {
        /// Bytes the item has.
        needed: usize,
        /// Bytes there are.
        left: usize,
    },
    /// Bytes follow the last item.
    #[error("{0} bytes are left over")]
    TrailingBytes(usize),
    /// The magic number is not 0xDECAFFED.
    #[error("the magic number is {0:#010x}, not 0xdecaffed")]
    Magic(u32),
    /// The CAP format is none of 2.1, 2.2 and 2.3.
    #[error("CAP format {major}.{minor} is not supported")]
    Format {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// The extended form, which came with format 2.3, in an older file.
    #[error("the extended form is set in a file of a format before 2.3")]
    Extended,
    /// An AID of a wrong length.
    #[error(transparent)]
    Aid(#[from] AidError),
    /// A value that the format does not allow there.
    #[error("{item} is {value:#x}")]
    Value {
        /// The specification's name of the item.
        item: &'static str,
        /// What it is.
        value: u32,
    },
    /// A count that does not fit the format.
    #[error("there are {count} items, at most {limit} are possible")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many the format can hold.
        limit: usize,
    },
}

impl From<Short> for CapErrorReason {
    fn from(short: Short) -> Self {
        Self::Truncated { needed: short.needed, left: short.left }
    }
}

impl From<TooMany> for CapErrorReason {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany { count: too_many.count, limit: too_many.limit }
    }
}
