//! A method's Java Card code while it is being made: instructions that still name labels and pool entries.
//!
//! Which of several forms an instruction takes (`sload_0` or `sload 0`, `ifeq` or `ifeq_w`) is decided in
//! [`super::assemble`], when distances and indexes are known.

use super::pool::EntryId;
use super::types::Letter;
use crate::opcode::Opcode;

/// A place in a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Label(pub(super) usize);

/// 16 or 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Short,
    Int,
}

/// What a local variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Ref,
    Value(Width),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Get,
    Put,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Label(Label),
    /// An instruction without operands whose effect does not depend on anything.
    Plain(Opcode),
    Push(Width, i32),
    Local(Access, Slot, u8),
    Increment(Width, u8, i16),
    /// A jump by the opcode of its short form.
    Branch(Opcode, Label),
    Switch {
        width: Width,
        cases: Vec<(i32, Label)>,
        default: Label,
        table: bool,
    },
    Static(Access, Letter, EntryId),
    /// `this`: the object is the method's own and is not on the stack.
    Field {
        access: Access,
        letter: Letter,
        field: EntryId,
        this: bool,
    },
    /// `pops` and `pushes` are words.
    Invoke {
        opcode: Opcode,
        method: EntryId,
        pops: u16,
        pushes: u16,
    },
    InvokeInterface {
        class: EntryId,
        token: u8,
        pops: u16,
        pushes: u16,
    },
    New(EntryId),
    NewArray(u8),
    NewObjectArray(EntryId),
    /// `checkcast` or `instanceof` with the kind of array, if it is one, and the class, if there is one.
    Cast {
        opcode: Opcode,
        kind: u8,
        class: Option<EntryId>,
    },
    /// `dup` of one word, `dup2` of two, `dup_x` otherwise: words copied, words from the top to the place.
    Duplicate {
        words: u8,
        below: u8,
    },
    /// `swap_x`: words of the top and of what is under it.
    Swap {
        top: u8,
        under: u8,
    },
    /// `pop` and `pop2` for this many words.
    Pop(u8),
}

/// An exception handler with labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Handler {
    pub(super) start: Label,
    pub(super) end: Label,
    pub(super) target: Label,
    pub(super) catch: Option<EntryId>,
}

/// The code of one method.
#[derive(Clone, Debug, Default)]
pub(super) struct MethodCode {
    pub(super) items: Vec<Item>,
    pub(super) handlers: Vec<Handler>,
    /// Words of the arguments, the object included.
    pub(super) arguments: u16,
    /// Words of the other local variables.
    pub(super) locals: u16,
    pub(super) uses_int: bool,
    /// By ascending offset in the class file: the item at which the code of the instruction there begins.
    pub(super) starts: Vec<(u16, usize)>,
    /// By Java's slots: where their 16-bit values and their 32-bit values are.
    pub(super) slots: Vec<(Option<u8>, Option<u8>)>,
}

impl Item {
    /// Words taken from the stack and put on it.
    pub(super) fn effect(&self) -> (u16, u16) {
        let words = |width: &Width| match width {
            Width::Short => 1,
            Width::Int => 2,
        };
        let slot = |slot: &Slot| match slot {
            Slot::Ref => 1,
            Slot::Value(width) => words(width),
        };
        match self {
            Item::Label(_) | Item::Increment(..) => (0, 0),
            Item::Plain(opcode) | Item::Branch(opcode, _) => plain_effect(*opcode),
            Item::Push(width, _) => (0, words(width)),
            Item::Local(Access::Get, kind, _) => (0, slot(kind)),
            Item::Local(Access::Put, kind, _) => (slot(kind), 0),
            Item::Switch { width, .. } => (words(width), 0),
            Item::Static(Access::Get, letter, _) => (0, letter.words()),
            Item::Static(Access::Put, letter, _) => (letter.words(), 0),
            Item::Field { access: Access::Get, letter, this, .. } => (u16::from(!this), letter.words()),
            Item::Field { access: Access::Put, letter, this, .. } => (u16::from(!this) + letter.words(), 0),
            Item::Invoke { pops, pushes, .. } | Item::InvokeInterface { pops, pushes, .. } => {
                (*pops, *pushes)
            }
            Item::New(_) => (0, 1),
            Item::NewArray(_) | Item::NewObjectArray(_) | Item::Cast { .. } => (1, 1),
            Item::Duplicate { words, below } => {
                let looked_at = u16::from(*words.max(below));
                (looked_at, looked_at + u16::from(*words))
            }
            Item::Swap { top, under } => (u16::from(top + under), u16::from(top + under)),
            Item::Pop(words) => (u16::from(*words), 0),
        }
    }

    pub(super) fn falls_through(&self) -> bool {
        match self {
            Item::Switch { .. } => false,
            Item::Branch(opcode, _) => *opcode != Opcode::Goto,
            Item::Plain(opcode) => !matches!(
                opcode,
                Opcode::Areturn | Opcode::Sreturn | Opcode::Ireturn | Opcode::Return | Opcode::Athrow
            ),
            _ => true,
        }
    }

    pub(super) fn targets(&self) -> Vec<Label> {
        match self {
            Item::Branch(_, to) => vec![*to],
            Item::Switch { cases, default, .. } => {
                cases.iter().map(|(_, to)| *to).chain([*default]).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn plain_effect(opcode: Opcode) -> (u16, u16) {
    match opcode.effect() {
        crate::opcode::Effect::Fixed { pops, pushes } => {
            let words =
                |slots: &[crate::opcode::Slot]| slots.iter().map(|slot| u16::from(slot.words())).sum();
            (words(pops), words(pushes))
        }
        crate::opcode::Effect::Dynamic => (0, 0),
    }
}
