//! The machine's own form of code: instructions of eight bytes on registers.
//!
//! A method's *window* is its words: local variables first, then the places of its operand stack, at most
//! [`limits::WINDOW_WORDS`](crate::limits::WINDOW_WORDS). The depth of the operand stack is the same each time control
//! comes to a bytecode, so every word that a bytecode takes or gives has a fixed index in the window, its register;
//! `sload_2, sload_1, sadd, sstore_2` is one instruction, [`Op::Add`] on the registers 2, 2 and 1, and no instruction
//! knows of a stack. [`translate`](super::translate) makes this form when a package is linked.
//!
//! Operands are what they mean, not where it is written: constant pool entries are resolved, distances are indexes of
//! instructions of the method. References, shorts and bytes are words to the machine and share instructions where
//! only their type tells them apart; where the type matters (a reference stored in a field is checked, a byte is cut
//! to size), they do not. What an operation on shorts means stands once, in [`Binary`] and [`Condition`], however
//! many shapes of instructions there are for it.

mod operation;
mod switch;

pub use operation::{Binary, BinaryInt, Condition, compare};
pub use switch::Switch;

/// Where something that code names is to be found: whose it is, and its index there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// Whose.
    pub origin: Origin,
    /// The index: of a class, of a method, or of the byte in the static image.
    pub index: u16,
}

/// Whose something is, as seen from a package. Each card knows in which slot it keeps an imported package, so the
/// code itself is the same on every card.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Origin {
    /// The package's own.
    Own,
    /// The platform's.
    Platform,
    /// That of the imported package with this index.
    Import(u8),
}

/// A word of the window of the running method; an int is in the register named and the next one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reg(pub u8);

impl Reg {
    /// The register after this one.
    #[must_use]
    pub fn next(self) -> Reg {
        Reg(self.0.wrapping_add(1))
    }
}

/// The index of an instruction in its method.
pub type Target = u16;

/// Three registers: where the result goes, and the operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Rrr {
    pub to: Reg,
    pub left: Reg,
    pub right: Reg,
}

/// Where the result goes, a register, and a constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Rrc {
    pub to: Reg,
    pub left: Reg,
    pub right: i16,
}

/// Where the result goes, and the operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Rr {
    pub to: Reg,
    pub from: Reg,
}

/// A jump that compares two registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct IfRegs {
    pub left: Reg,
    pub right: Reg,
    pub target: Target,
}

/// A jump that compares a register with a constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct IfConst {
    pub left: Reg,
    pub right: i16,
    pub target: Target,
}

/// A jump that adds `step` to a register and then compares it with another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StepRegs {
    pub left: Reg,
    pub step: i8,
    pub right: Reg,
    pub target: Target,
}

/// A jump that adds `step` to a register and then compares it with a constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StepConst {
    pub left: Reg,
    pub step: i8,
    pub right: i16,
    pub target: Target,
}

/// An element of an array: the array, and the index in a register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Element {
    pub array: Reg,
    pub index: Reg,
    /// Where the element goes, or comes from.
    pub value: Reg,
}

/// An element of an array with a constant index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ElementAt {
    pub array: Reg,
    /// Where the element goes, or comes from.
    pub value: Reg,
    pub index: i16,
}

/// A field of an instance, by its word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Field {
    pub object: Reg,
    /// Where its value goes, or comes from.
    pub value: Reg,
    pub word: u16,
}

/// A static field, and where its value goes or comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Static {
    pub value: Reg,
    pub place: Place,
}

/// What a method takes and gives, in words. Who calls and who is called must agree on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Shape {
    /// Words of arguments, the receiver included.
    pub arguments: u8,
    /// Words of the result.
    pub result: ResultWords,
}

/// Words of a method's result.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ResultWords {
    /// `void`
    None,
    /// A short, byte, boolean or reference.
    One,
    /// An int.
    Two,
    /// Nothing tells: the method has no code that returns.
    Unknown,
}

/// How many words `dup_x` and `swap_x` move: the counts of JCVM 7.5.19 and 7.5.111.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Words at the top that are moved or copied.
    pub m: u8,
    /// Words below that they pass.
    pub n: u8,
}

/// One instruction. The comments name the bytecodes. `Const` in a name: one operand is a constant.
///
/// The result of a call takes the place of its first argument, `at`, which is the first local variable of the callee.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "groups are commented at their first member")]
pub enum Op {
    /// Behind the last instruction of a method.
    End,
    /// `sconst_*`, `bspush`, `sspush`, `aconst_null`
    Set {
        to: Reg,
        value: i16,
    },
    /// `iconst_*`, `bipush`, `sipush`, `iipush`
    SetInt {
        to: Reg,
        value: i32,
    },
    /// `sload`, `aload`, `sstore`, `astore`, `dup` and their forms
    Move(Rr),
    /// `iload`, `istore` and their forms
    MoveInt(Rr),
    /// `dup_x`; `top` is the first register above the operands
    DupX {
        top: Reg,
        counts: Counts,
    },
    /// `swap_x`
    SwapX {
        top: Reg,
        counts: Counts,
    },
    /// `sadd` to `sxor`
    Add(Rrr),
    Sub(Rrr),
    Mul(Rrr),
    Shl(Rrr),
    Shr(Rrr),
    Ushr(Rrr),
    And(Rrr),
    Or(Rrr),
    Xor(Rrr),
    /// the same with a constant, `sinc`, `sinc_w`
    AddConst(Rrc),
    MulConst(Rrc),
    ShlConst(Rrc),
    ShrConst(Rrc),
    UshrConst(Rrc),
    AndConst(Rrc),
    OrConst(Rrc),
    XorConst(Rrc),
    /// `sdiv`
    Div(Rrr),
    /// `srem`
    Rem(Rrr),
    /// `sneg`
    Neg(Rr),
    /// `s2b`, and what is left of `i2b` when the low word is taken
    ToByte(Rr),
    /// `s2i`
    ToInt(Rr),
    /// `iadd` to `ixor`
    BinaryInt(BinaryInt, Rrr),
    /// `idiv`
    DivInt(Rrr),
    /// `irem`
    RemInt(Rrr),
    /// `ineg`
    NegInt(Rr),
    /// `iinc`, `iinc_w`
    IncInt {
        local: Reg,
        by: i16,
    },
    /// `icmp`
    CompareInt(Rrr),
    /// `aaload`
    LoadRef(Element),
    /// `baload`
    LoadByte(Element),
    LoadByteConst(ElementAt),
    /// `baload`, and then `sand` with 255
    LoadUnsigned(Element),
    LoadUnsignedConst(ElementAt),
    /// `saload`
    LoadShort(Element),
    LoadShortConst(ElementAt),
    /// `iaload`
    LoadInt(Element),
    /// `aastore`
    StoreRef(Element),
    /// `bastore`
    StoreByte(Element),
    StoreByteConst(ElementAt),
    /// `sastore`
    StoreShort(Element),
    StoreShortConst(ElementAt),
    /// `iastore`
    StoreInt(Element),
    /// `if_scmp*`, `if_acmp*`
    IfEq(IfRegs),
    IfNe(IfRegs),
    IfLt(IfRegs),
    IfGe(IfRegs),
    IfGt(IfRegs),
    IfLe(IfRegs),
    /// the same with a constant, `ifeq` to `ifle`
    IfEqConst(IfConst),
    IfNeConst(IfConst),
    IfLtConst(IfConst),
    IfGeConst(IfConst),
    IfGtConst(IfConst),
    IfLeConst(IfConst),
    /// `sinc` and then a jump of those above, as at the end of a loop
    StepEq(StepRegs),
    StepNe(StepRegs),
    StepLt(StepRegs),
    StepGe(StepRegs),
    StepGt(StepRegs),
    StepLe(StepRegs),
    StepEqConst(StepConst),
    StepNeConst(StepConst),
    StepLtConst(StepConst),
    StepGeConst(StepConst),
    StepGtConst(StepConst),
    StepLeConst(StepConst),
    /// `ifnull`
    IfNull {
        object: Reg,
        target: Target,
    },
    /// `ifnonnull`
    IfNonNull {
        object: Reg,
        target: Target,
    },
    /// `goto`, `goto_w`
    Goto(Target),
    /// `jsr`
    Jsr {
        to: Reg,
        target: Target,
    },
    /// `ret`
    Ret(Reg),
    /// `stableswitch`, `slookupswitch`; the index of the switch in the package
    Switch {
        key: Reg,
        index: u16,
    },
    /// `itableswitch`, `ilookupswitch`
    SwitchInt {
        key: Reg,
        index: u16,
    },
    /// `return`
    Return,
    /// `sreturn`
    ReturnShort(Reg),
    /// `sreturn` of a constant
    ReturnConst(i16),
    /// `areturn`
    ReturnRef(Reg),
    /// `ireturn`
    ReturnInt(Reg),
    /// `getstatic_s`, `getstatic_a`
    GetStatic(Static),
    /// `getstatic_b`
    GetStaticByte(Static),
    /// `getstatic_i`
    GetStaticInt(Static),
    /// `putstatic_s`
    PutStatic(Static),
    /// `putstatic_a`
    PutStaticRef(Static),
    /// `putstatic_b`
    PutStaticByte(Static),
    /// `putstatic_i`
    PutStaticInt(Static),
    /// `getfield_a`, `_b`, `_s` and their forms
    Get(Field),
    /// `getfield_i` and its forms
    GetInt(Field),
    /// `putfield_s` and its forms
    Put(Field),
    /// `putfield_b` and its forms
    PutByte(Field),
    /// `putfield_a` and its forms
    PutRef(Field),
    /// `putfield_i` and its forms
    PutInt(Field),
    /// `invokestatic` of bytecode of the same package
    Call {
        at: Reg,
        method: u16,
    },
    /// `invokestatic` of bytecode
    CallOther {
        at: Reg,
        method: Place,
    },
    /// Asks, before a `Call` that `invokespecial` makes, whether the receiver may be called
    CheckReceiver(Reg),
    /// `invokestatic`, `invokespecial` of a native
    CallNative {
        at: Reg,
        words: u8,
        receiver: bool,
        member: u16,
    },
    /// `invokevirtual` of a public or protected method
    CallVirtual {
        at: Reg,
        token: u8,
        shape: Shape,
    },
    /// `invokevirtual` of a package-visible method
    CallPackage {
        at: Reg,
        token: u8,
        shape: Shape,
    },
    /// `invokeinterface`; the index of the interface among the package's types
    CallInterface {
        at: Reg,
        token: u8,
        shape: Shape,
        interface: u16,
    },
    /// `new`
    New {
        to: Reg,
        class: Place,
    },
    /// `newarray`
    NewArray {
        to: Reg,
        length: Reg,
        kind: crate::heap::Kind,
    },
    /// `anewarray`
    NewRefArray {
        to: Reg,
        length: Reg,
        class: Place,
    },
    /// `arraylength`
    Length(Rr),
    /// `athrow`
    Throw(Reg),
    /// `checkcast`; the index of the type in the package
    CheckCast {
        object: Reg,
        tested: u16,
    },
    /// `instanceof`
    InstanceOf {
        to: Reg,
        object: Reg,
        tested: u16,
    },
}

const _: () = assert!(size_of::<Op>() == 8);

/// A type that code tests objects for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TestedType {
    /// A class or interface.
    Class(Place),
    /// An array of primitive values.
    Array(crate::heap::Kind),
    /// An array of references to objects of a class.
    RefArray(Place),
}
