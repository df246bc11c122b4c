//! Every hard limit of the machine, each with its reason or clause.

/// Bytes of persistent object bodies on one card.
pub const PERSISTENT_BYTES: u32 = 1 << 20;
/// Bytes of CLEAR_ON_RESET object bodies.
pub const CLEAR_ON_RESET_BYTES: u32 = 64 << 10;
/// Bytes of CLEAR_ON_DESELECT object bodies.
pub const CLEAR_ON_DESELECT_BYTES: u32 = 64 << 10;
/// Bytes of bodies, in use or not, at which the heap moves them together: more than all memories hold.
pub const ARENA_BYTES: usize = 4 << 20;
/// Objects on one card: a reference is one stack word (JCVM 3.1), and 0 is null.
pub const OBJECTS: usize = 0xFFFF;
/// Elements of one array: `newarray` takes a short count (JCVM 7.5, `newarray`).
pub const ARRAY_ELEMENTS: u16 = 0x7FFF;
/// Bytes of old contents that one transaction of an applet may hold, what `JCSystem.getMaxCommitCapacity` says.
pub const COMMIT_CAPACITY: u32 = 8 << 10;
/// What each separate change in a transaction costs besides its bytes.
pub const COMMIT_OVERHEAD: u32 = 4;
/// Transactions open at once: the runtime environment's around `install`, and the applet's within (JCRE 7.4: an
/// applet cannot nest its own).
pub const TRANSACTION_LEVELS: usize = 2;
/// Bytes of one blob: the longest CAP file that a card keeps.
pub const BLOB_BYTES: usize = 1 << 20;
/// Array views alive at once on one card: they end with the command that made them.
pub const VIEWS: usize = 256;
/// Words of the stack of one card.
pub const STACK_WORDS: usize = 8 << 10;
/// Words of one method, local variables and operand stack: a register of an instruction is a byte, and one more names
/// where a call without arguments begins. JCVM 6.10.2 allows 255 of each; real methods have fewer than 100.
pub const WINDOW_WORDS: u16 = 255;
/// Depths of the operand stack at which one block of code is translated: more than one only for subroutines.
pub const BLOCK_COPIES: usize = 8;
/// Frames on the stack of one card.
pub const FRAMES: usize = 256;
/// How often natives may call back into applets within each other.
pub const NATIVE_NESTING: u8 = 8;
/// Packages on one card: a context is a package's slot and one byte, 0 is the platform (JCRE 6.1.2).
pub const PACKAGES: usize = 0xFF;
/// Packages that one package imports (JCVM 6.7, `import_component`).
pub const IMPORTS: usize = 0x80;
/// Instructions that one call from the runtime environment may run, unless it says otherwise.
pub const INSTRUCTIONS: u64 = 200_000_000;
/// Interfaces that one class implements, inherited ones included.
pub const INTERFACES: usize = 0xFF;
/// Stretches of references among an instance's fields, at most one for each class of its hierarchy.
pub const REFERENCE_RANGES: usize = 0xFF;
/// What finding the handler of an exception costs of the budget, in instructions.
pub const UNWINDING: u64 = 50;
