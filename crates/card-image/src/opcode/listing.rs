//! An instruction as text, one line, the way the specification writes it.

use core::fmt;

use super::{Instruction, Operands, SwitchKind};

impl fmt::Display for Instruction<'_> {
    /// Mnemonic and operands; branch targets as offsets in the method, constant pool entries as `#n`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.opcode.mnemonic())?;
        let target = |distance: i16| i32::from(self.offset) + i32::from(distance);
        match self.operands {
            Operands::None => Ok(()),
            Operands::Local(local) => write!(f, " {local}"),
            Operands::Constant(value) => write!(f, " {value}"),
            Operands::Branch(distance) => write!(f, " {}", target(distance)),
            Operands::Pool(index) => write!(f, " {index}"),
            Operands::Increment { local, by } => write!(f, " {local} {by}"),
            Operands::Counts { m, n } => write!(f, " {m} {n}"),
            Operands::Interface { words, class, token } => write!(f, " {words} {class} {token}"),
            Operands::ArrayType(kind) => write!(f, " {kind}"),
            Operands::Typed { kind, class } => write!(f, " {kind} {class}"),
            Operands::Switch(switch) => {
                if switch.kind() == SwitchKind::Table {
                    write!(f, " from {}", switch.low())?;
                }
                for (key, distance) in switch.entries() {
                    write!(f, " {key}:{}", target(distance))?;
                }
                write!(f, " default:{}", target(switch.default()))
            }
        }
    }
}
