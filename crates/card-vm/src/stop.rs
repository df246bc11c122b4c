//! Why code stops: an exception, which code may catch, or a fault, which ends the call.
//!
//! The two are apart because only the first is an answer. A fault means that the code is wrong in a way that no
//! verified code can be, or that it ran out of what the card grants it; nothing on the card may catch it.

use card_image::api::ClassId;
use thiserror::Error;

use crate::value::Ref;

/// Why a call did not return.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// An exception of the platform is to be thrown. The machine turns it into the runtime environment's own
    /// preallocated object of this class, a temporary entry point (JCRE 6.2.2), whose reason is set.
    Throw(Exception),
    /// This object has been thrown.
    Thrown(Ref),
    /// The machine gives up.
    Fault(Fault),
}

/// An exception of the platform: its class and its reason code (0 for classes without one).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exception {
    /// The exception's class.
    pub class: ClassId,
    /// What `getReason` is to say.
    pub reason: i16,
}

impl Stop {
    /// An exception of the platform without a reason code.
    #[must_use]
    pub fn throw(class: ClassId) -> Stop {
        Stop::Throw(Exception { class, reason: 0 })
    }

    /// An exception of the platform with a reason code.
    #[must_use]
    pub fn throw_reason(class: ClassId, reason: i16) -> Stop {
        Stop::Throw(Exception { class, reason })
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

/// What no verified code does, and the limits no code may pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Fault {
    /// The budget of instructions is spent.
    #[error("the instruction budget is spent")]
    BudgetExhausted,
    /// A call would need more stack words or frames than the card has.
    #[error("the stack is full")]
    StackOverflow,
    /// Code used words below or above its own frame.
    #[error("code left its stack frame")]
    OutsideFrame,
    /// Code ran off its end, or jumped into the middle of an instruction.
    #[error("code ran to where no instruction is")]
    NoInstruction,
    /// An object is not of the kind that an instruction or a native method takes it for.
    #[error("object {0:?} is not of the kind that was expected")]
    WrongKind(Ref),
    /// A reference names no object.
    #[error("object {0:?} does not exist")]
    NoObject(Ref),
    /// A field lies outside the object.
    #[error("object {object:?} has no word {word}")]
    NoField {
        /// The object.
        object: Ref,
        /// The index of the word.
        word: u16,
    },
    /// A method, class or package that is referred to does not exist.
    #[error("a method, class or package is missing at run time")]
    Unlinked,
    /// An abstract method was reached.
    #[error("an abstract method was called")]
    AbstractMethod,
    /// Natives called back into applets, and those called natives, too often.
    #[error("calls between natives and applets are nested too deeply")]
    NestedTooDeeply,
    /// A native method asked for something the runtime environment must never do.
    #[error("a native method broke a rule of the machine")]
    Native,
}

/// A place in a package's code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeLocation {
    /// The package's slot.
    pub package: u8,
    /// The method's index in the package.
    pub method: u16,
    /// The bytecode's offset in the method.
    pub bytecode: u16,
}
