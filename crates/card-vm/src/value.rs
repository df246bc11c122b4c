//! What a stack word, a reference and an owner are.
//!
//! The machine's stack consists of 16-bit words, as the specification's does (JCVM 3.1): a `short`, a reference
//! and a return address take one word, an `int` takes two, the high one below the low one. The word counts of
//! `dup_x` and `swap_x`, the local variables' indexes and the sizes in a CAP file's class component therefore
//! mean here exactly what they mean there.

use core::fmt;

/// A handle of an object: an index into the heap's object table; 0 is `null`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Ref(pub u16);

impl Ref {
    /// No object.
    pub const NULL: Ref = Ref(0);

    /// Whether this is no object.
    #[inline]
    #[must_use]
    pub fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The reference a stack word or a field holds.
    #[inline]
    #[must_use]
    pub fn from_word(word: i16) -> Ref {
        Ref(word.cast_unsigned())
    }

    /// The stack word that holds this reference.
    #[inline]
    #[must_use]
    pub fn to_word(self) -> i16 {
        self.0.cast_signed()
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

/// A group context: one for each package with applets, equal to the package's slot; the runtime environment's
/// own is [`Context::JCRE`], which is privileged (JCRE 6.1.2, 6.1.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Context(pub u8);

impl Context {
    /// The runtime environment's context.
    pub const JCRE: Context = Context(0);
}

/// A set of group contexts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Contexts([u64; 4]);

impl Contexts {
    /// None.
    pub const NONE: Contexts = Contexts([0; 4]);

    /// Adds a context.
    pub fn insert(&mut self, context: Context) {
        if let Some(word) = self.0.get_mut(usize::from(context.0 / 64)) {
            *word |= 1 << (context.0 % 64);
        }
    }

    /// Whether a context is one of them.
    #[must_use]
    pub fn contains(&self, context: Context) -> bool {
        self.0.get(usize::from(context.0 / 64)).is_some_and(|word| word >> (context.0 % 64) & 1 == 1)
    }
}

/// An applet instance, numbered by the runtime environment; [`AppletId::NONE`] is the runtime environment itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AppletId(pub u8);

impl AppletId {
    /// No applet: the runtime environment.
    pub const NONE: AppletId = AppletId(0);
}

/// Who owns an object, or in whose name code runs: a context and the applet instance within it (JCRE 6.1.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Owner {
    /// The group context, which alone decides the firewall's answer.
    pub context: Context,
    /// The instance within the context, which decides what `getAID` says and what dies with the applet.
    pub applet: AppletId,
}

impl Owner {
    /// The runtime environment.
    pub const JCRE: Owner = Owner { context: Context::JCRE, applet: AppletId::NONE };
}

/// What a native method gives back. `boolean` and `byte` travel as a short, as they do on the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// Nothing.
    Void,
    /// A boolean, byte or short.
    Short(i16),
    /// An int.
    Int(i32),
    /// An object or null.
    Ref(Ref),
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Short(i16::from(value))
    }
}

impl From<i16> for Value {
    fn from(value: i16) -> Value {
        Value::Short(value)
    }
}

impl From<Ref> for Value {
    fn from(value: Ref) -> Value {
        Value::Ref(value)
    }
}

/// The argument words of a native call, the receiver first. Reading past the end gives 0: the linker has checked
/// that the caller pushes as many as the member's descriptor asks for.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    words: [i16; Args::MAX],
    len: u8,
}

impl Args {
    /// More words than any method of the platform takes.
    pub const MAX: usize = 16;

    /// Takes the words of a call; those after the sixteenth are dropped.
    #[inline]
    #[must_use]
    pub fn new(from: &[i16]) -> Args {
        let mut words = [0; Args::MAX];
        let len = from.len().min(Args::MAX);
        for (to, from) in words.iter_mut().zip(from) {
            *to = *from;
        }
        Args { words, len: len as u8 }
    }

    /// The words of a call of an instance method; those after the sixteenth are dropped.
    #[inline]
    #[must_use]
    pub fn of_call(receiver: Ref, from: &[i16]) -> Args {
        let mut words = [0; Args::MAX];
        let len = (from.len() + 1).min(Args::MAX);
        let given = core::iter::once(receiver.to_word()).chain(from.iter().copied());
        for (to, from) in words.iter_mut().zip(given) {
            *to = from;
        }
        Args { words, len: len as u8 }
    }

    /// The words themselves.
    #[must_use]
    pub fn words(&self) -> &[i16] {
        self.words.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// The short (or byte, or boolean) in the word at `index`.
    #[inline]
    #[must_use]
    pub fn short(&self, index: usize) -> i16 {
        self.words.get(index).copied().unwrap_or(0)
    }

    /// The reference in the word at `index`; 0 is the receiver of an instance method.
    #[inline]
    #[must_use]
    pub fn reference(&self, index: usize) -> Ref {
        Ref::from_word(self.short(index))
    }

    /// The int in the two words from `index`.
    #[inline]
    #[must_use]
    pub fn int(&self, index: usize) -> i32 {
        int_of(self.short(index), self.short(index + 1))
    }
}

/// The int of a high and a low word.
#[inline]
#[must_use]
pub fn int_of(high: i16, low: i16) -> i32 {
    (i32::from(high) << 16) | i32::from(low.cast_unsigned())
}

/// The high and the low word of an int.
#[inline]
#[must_use]
pub fn words_of(int: i32) -> (i16, i16) {
    ((int >> 16) as i16, int as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_contexts_holds_what_was_put_into_it() {
        let put = [0, 1, 63, 64, 128, 255];
        let mut set = Contexts::NONE;
        for context in put {
            set.insert(Context(context));
        }
        for context in 0..=u8::MAX {
            assert_eq!(set.contains(Context(context)), put.contains(&context), "{context}");
            assert!(!Contexts::NONE.contains(Context(context)));
        }
    }
}
