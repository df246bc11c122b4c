//! The machine's own form of code: an instruction of eight bytes for each bytecode.
//!
//! A method is translated once, when its package is linked. Operands are then what they mean, not where it is
//! written: constant pool entries are resolved, distances are indexes of instructions, the many short forms of
//! one bytecode (`sload`, `sload_0`, `aload_3`) are one instruction. References, shorts and bytes are words to the
//! machine and share instructions where only their type tells them apart; where the type matters (a reference
//! stored in a field is checked, a byte is cut to size), they do not.

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

/// The index of an instruction in its package's code.
pub type Target = u16;

/// A comparison of two shorts, or of one with zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Greater or equal.
    Ge,
    /// Greater.
    Gt,
    /// Less or equal.
    Le,
}

/// How many words `dup_x` and `swap_x` move: the counts of JCVM 7.5.19 and 7.5.111.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Words at the top that are moved or copied.
    pub m: u8,
    /// Words below that they pass.
    pub n: u8,
}

/// One instruction. The comments name the bytecodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// `nop`
    Nop,
    /// Behind the last instruction of each method.
    End,
    /// `sconst_*`, `bspush`, `sspush`, `aconst_null`
    Push(i16),
    /// `iconst_*`, `bipush`, `sipush`, `iipush`
    PushInt(i32),
    /// `sload*`, `aload*`
    Load(u8),
    /// `iload*`
    LoadInt(u8),
    /// `sstore*`, `astore*`
    Store(u8),
    /// `istore*`
    StoreInt(u8),
    /// `aaload`
    LoadRefs,
    /// `baload`
    LoadBytes,
    /// `saload`
    LoadShorts,
    /// `iaload`
    LoadInts,
    /// `aastore`
    StoreRefs,
    /// `bastore`
    StoreBytes,
    /// `sastore`
    StoreShorts,
    /// `iastore`
    StoreInts,
    /// `pop`
    Pop,
    /// `pop2`
    Pop2,
    /// `dup`
    Dup,
    /// `dup2`
    Dup2,
    /// `dup_x`
    DupX(Counts),
    /// `swap_x`
    SwapX(Counts),
    /// `sadd`
    Add,
    /// `ssub`
    Sub,
    /// `smul`
    Mul,
    /// `sdiv`
    Div,
    /// `srem`
    Rem,
    /// `sneg`
    Neg,
    /// `sshl`
    Shl,
    /// `sshr`
    Shr,
    /// `sushr`
    Ushr,
    /// `sand`
    And,
    /// `sor`
    Or,
    /// `sxor`
    Xor,
    /// `iadd`
    AddInt,
    /// `isub`
    SubInt,
    /// `imul`
    MulInt,
    /// `idiv`
    DivInt,
    /// `irem`
    RemInt,
    /// `ineg`
    NegInt,
    /// `ishl`
    ShlInt,
    /// `ishr`
    ShrInt,
    /// `iushr`
    UshrInt,
    /// `iand`
    AndInt,
    /// `ior`
    OrInt,
    /// `ixor`
    XorInt,
    /// `sinc`, `sinc_w`
    Inc(u8, i16),
    /// `iinc`, `iinc_w`
    IncInt(u8, i16),
    /// `s2b`
    ShortToByte,
    /// `s2i`
    ShortToInt,
    /// `i2b`
    IntToByte,
    /// `i2s`
    IntToShort,
    /// `icmp`
    CompareInt,
    /// `ifeq` to `ifle`
    If(Condition, Target),
    /// `ifnull`
    IfNull(Target),
    /// `ifnonnull`
    IfNonNull(Target),
    /// `if_scmp*`, `if_acmp*`
    IfCompare(Condition, Target),
    /// `goto`, `goto_w`
    Goto(Target),
    /// `jsr`
    Jsr(Target),
    /// `ret`
    Ret(u8),
    /// `stableswitch`, `slookupswitch`; the index of the switch in the package
    Switch(u16),
    /// `itableswitch`, `ilookupswitch`
    SwitchInt(u16),
    /// `return`
    Return,
    /// `sreturn`
    ReturnShort,
    /// `areturn`
    ReturnRef,
    /// `ireturn`
    ReturnInt,
    /// `getstatic_s`, `getstatic_a`
    GetStatic(Place),
    /// `getstatic_b`
    GetStaticByte(Place),
    /// `getstatic_i`
    GetStaticInt(Place),
    /// `putstatic_s`
    PutStatic(Place),
    /// `putstatic_a`
    PutStaticRef(Place),
    /// `putstatic_b`
    PutStaticByte(Place),
    /// `putstatic_i`
    PutStaticInt(Place),
    /// `getfield_a`, `_b`, `_s` and their `_w`
    Get(u16),
    /// `getfield_i`
    GetInt(u16),
    /// `getfield_a_this`, `_b_this`, `_s_this`
    GetThis(u16),
    /// `getfield_i_this`
    GetIntThis(u16),
    /// `putfield_s`
    Put(u16),
    /// `putfield_b`
    PutByte(u16),
    /// `putfield_a`
    PutRef(u16),
    /// `putfield_i`
    PutInt(u16),
    /// `putfield_s_this`
    PutThis(u16),
    /// `putfield_b_this`
    PutByteThis(u16),
    /// `putfield_a_this`
    PutRefThis(u16),
    /// `putfield_i_this`
    PutIntThis(u16),
    /// `invokestatic`
    InvokeStatic(Place),
    /// `invokespecial` of bytecode: the receiver must not be null
    InvokeSpecial(Place),
    /// `invokestatic`, `invokespecial` of a native: argument words, whether the first is a receiver, and the member
    InvokeNative {
        /// Words of arguments, the receiver included.
        words: u8,
        /// Whether there is a receiver.
        receiver: bool,
        /// The member's number.
        member: u16,
    },
    /// `invokevirtual` of a public or protected method
    InvokeVirtual {
        /// Words of arguments, the receiver included.
        words: u8,
        /// The method's token.
        token: u8,
    },
    /// `invokevirtual` of a package-visible method
    InvokePackage {
        /// Words of arguments, the receiver included.
        words: u8,
        /// The method's token without its high bit.
        token: u8,
    },
    /// `invokeinterface`
    InvokeInterface {
        /// Words of arguments, the receiver included.
        words: u8,
        /// The method's token in the interface.
        token: u8,
        /// The interface.
        interface: Place,
    },
    /// `new`
    New(Place),
    /// `newarray`
    NewArray(crate::heap::Kind),
    /// `anewarray`
    NewRefArray(Place),
    /// `arraylength`
    Length,
    /// `athrow`
    Throw,
    /// `checkcast`; the index of the type in the package
    CheckCast(u16),
    /// `instanceof`
    InstanceOf(u16),
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

/// A switch: where to go for a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Switch {
    /// Keys from `low` on, each with its target.
    Table {
        /// The first key.
        low: i32,
        /// A target for each key.
        targets: alloc::boxed::Box<[Target]>,
        /// The target of all other keys.
        default: Target,
    },
    /// Pairs of key and target, ascending.
    Lookup {
        /// The pairs.
        pairs: alloc::boxed::Box<[(i32, Target)]>,
        /// The target of all other keys.
        default: Target,
    },
}

impl Switch {
    /// Where control goes for a key.
    pub(crate) fn target(&self, key: i32) -> Target {
        match self {
            Switch::Table { low, targets, default } => {
                let index = i64::from(key) - i64::from(*low);
                let target = usize::try_from(index).ok().and_then(|index| targets.get(index));
                target.copied().unwrap_or(*default)
            }
            Switch::Lookup { pairs, default } => match pairs.binary_search_by_key(&key, |pair| pair.0) {
                Ok(index) => pairs.get(index).map_or(*default, |pair| pair.1),
                Err(_) => *default,
            },
        }
    }
}
