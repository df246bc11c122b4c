//! From text to bytecode: the inverse of an instruction's `Display`.
//!
//! One instruction a line, or several between `/`. A line `NAME:` is a label. Branch targets are labels or offsets
//! in the method; constant pool entries are `#n`; a switch is `KEY:TARGET... default:TARGET`, a table switch has
//! `from LOW` before it. What follows `;` is a comment.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Layout, Opcode};

/// Bytecode and the offsets of its labels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assembled {
    /// The bytecode.
    pub bytes: Vec<u8>,
    /// Where each label stands, in bytes from the first opcode.
    pub labels: BTreeMap<String, u16>,
}

/// Why text is no bytecode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{statement:?}: {reason}")]
pub struct AssembleError {
    /// The instruction.
    pub statement: String,
    /// What is wrong with it.
    pub reason: AssembleErrorReason,
}

/// What is wrong with an instruction's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssembleErrorReason {
    /// No opcode has this name.
    #[error("unknown mnemonic")]
    Mnemonic,
    /// An operand is missing.
    #[error("an operand is missing")]
    Missing,
    /// An operand is left over.
    #[error("an operand is left over")]
    LeftOver,
    /// An operand is not a number, or too large for its place.
    #[error("an operand does not fit")]
    Operand,
    /// No label has this name.
    #[error("unknown label")]
    Label,
    /// A branch is longer than its operand can say.
    #[error("the branch is too long")]
    Branch,
}

use AssembleErrorReason as Reason;

/// Assembles a method's bytecode.
pub fn assemble(text: &str) -> Result<Assembled, AssembleError> {
    let lines = text.lines().map(|line| line.split_once(';').map_or(line, |(code, _)| code));
    let statements: Vec<&str> =
        lines.flat_map(|line| line.split('/')).map(str::trim).filter(|part| !part.is_empty()).collect();
    // lengths do not depend on targets: the first pass finds the labels, the second the distances
    let mut labels = BTreeMap::new();
    for pass in [Pass::Labels, Pass::Bytes] {
        let mut bytes = Vec::new();
        for statement in &statements {
            if let Some(label) = statement.strip_suffix(':') {
                labels.insert(label.to_string(), bytes.len() as u16);
                continue;
            }
            let mut line =
                Line { words: statement.split_whitespace(), start: bytes.len(), labels: &labels, pass };
            line.instruction(&mut bytes)
                .map_err(|reason| AssembleError { statement: statement.to_string(), reason })?;
        }
        if pass == Pass::Bytes {
            return Ok(Assembled { bytes, labels });
        }
    }
    Ok(Assembled::default())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    Labels,
    Bytes,
}

struct Line<'t, I> {
    words: I,
    /// Where the opcode stands.
    start: usize,
    labels: &'t BTreeMap<String, u16>,
    pass: Pass,
}

impl<'t, I: Iterator<Item = &'t str>> Line<'t, I> {
    fn instruction(&mut self, out: &mut Vec<u8>) -> Result<(), Reason> {
        let opcode = Opcode::from_mnemonic(self.word()?).ok_or(Reason::Mnemonic)?;
        out.push(opcode.byte());
        match opcode.layout() {
            Layout::None => {}
            Layout::Local | Layout::ArrayType => out.push(self.unsigned_byte()?),
            Layout::Byte => out.extend(self.narrow::<i8>()?.to_be_bytes()),
            Layout::Short => out.extend(self.narrow::<i16>()?.to_be_bytes()),
            Layout::Int => out.extend(self.narrow::<i32>()?.to_be_bytes()),
            Layout::Branch => {
                let target = self.word()?;
                let distance = i8::try_from(self.distance(target)?).map_err(|_| Reason::Branch)?;
                out.extend(distance.to_be_bytes());
            }
            Layout::BranchWide => {
                let target = self.word()?;
                out.extend(self.distance(target)?.to_be_bytes());
            }
            Layout::PoolByte => out.push(u8::try_from(self.pool()?).map_err(|_| Reason::Operand)?),
            Layout::Pool => out.extend(self.pool()?.to_be_bytes()),
            Layout::LocalByte => {
                out.push(self.unsigned_byte()?);
                out.extend(self.narrow::<i8>()?.to_be_bytes());
            }
            Layout::LocalShort => {
                out.push(self.unsigned_byte()?);
                out.extend(self.narrow::<i16>()?.to_be_bytes());
            }
            Layout::Counts => {
                let (m, n) = (self.unsigned_byte()?, self.unsigned_byte()?);
                if m > 15 || n > 15 {
                    return Err(Reason::Operand);
                }
                out.push(m << 4 | n);
            }
            Layout::Interface => {
                out.push(self.unsigned_byte()?);
                out.extend(self.pool()?.to_be_bytes());
                out.push(self.unsigned_byte()?);
            }
            Layout::TypedPool => {
                out.push(self.unsigned_byte()?);
                out.extend(self.pool()?.to_be_bytes());
            }
            layout @ (Layout::TableSwitchShort | Layout::TableSwitchInt) => self.table(layout, out)?,
            layout @ (Layout::LookupSwitchShort | Layout::LookupSwitchInt) => self.lookup(layout, out)?,
        }
        if self.words.next().is_some() { Err(Reason::LeftOver) } else { Ok(()) }
    }

    fn word(&mut self) -> Result<&'t str, Reason> {
        self.words.next().ok_or(Reason::Missing)
    }

    fn narrow<T: TryFrom<i64>>(&mut self) -> Result<T, Reason> {
        let value: i64 = self.word()?.parse().map_err(|_| Reason::Operand)?;
        T::try_from(value).map_err(|_| Reason::Operand)
    }

    fn unsigned_byte(&mut self) -> Result<u8, Reason> {
        self.narrow()
    }

    fn pool(&mut self) -> Result<u16, Reason> {
        let index = self.word()?.strip_prefix('#').ok_or(Reason::Operand)?;
        index.parse().map_err(|_| Reason::Operand)
    }

    fn distance(&self, target: &str) -> Result<i16, Reason> {
        let place = match (self.labels.get(target), target.parse::<i64>()) {
            (Some(place), _) => i64::from(*place),
            (None, Ok(place)) => place,
            (None, Err(_)) if self.pass == Pass::Labels => return Ok(0),
            (None, Err(_)) => return Err(Reason::Label),
        };
        match (i16::try_from(place - self.start as i64), self.pass) {
            (Ok(distance), _) => Ok(distance),
            (Err(_), Pass::Labels) => Ok(0),
            (Err(_), Pass::Bytes) => Err(Reason::Branch),
        }
    }

    /// The keys of a switch with their distances, and the default's.
    fn cases(&mut self) -> Result<(Vec<(i32, i16)>, i16), Reason> {
        let mut cases = Vec::new();
        loop {
            let (key, target) = self.word()?.split_once(':').ok_or(Reason::Operand)?;
            let distance = self.distance(target)?;
            if key == "default" {
                return Ok((cases, distance));
            }
            cases.push((key.parse().map_err(|_| Reason::Operand)?, distance));
        }
    }

    fn table(&mut self, layout: Layout, out: &mut Vec<u8>) -> Result<(), Reason> {
        if self.word()? != "from" {
            return Err(Reason::Operand);
        }
        let low: i32 = self.narrow()?;
        let (cases, default) = self.cases()?;
        let high = i64::from(low) + cases.len() as i64 - 1;
        let high = i32::try_from(high).map_err(|_| Reason::Operand)?;
        out.extend(default.to_be_bytes());
        write_key(layout, low, out)?;
        write_key(layout, high, out)?;
        out.extend(cases.iter().flat_map(|(_, distance)| distance.to_be_bytes()));
        Ok(())
    }

    fn lookup(&mut self, layout: Layout, out: &mut Vec<u8>) -> Result<(), Reason> {
        let (cases, default) = self.cases()?;
        out.extend(default.to_be_bytes());
        out.extend(u16::try_from(cases.len()).map_err(|_| Reason::Operand)?.to_be_bytes());
        for (key, distance) in cases {
            write_key(layout, key, out)?;
            out.extend(distance.to_be_bytes());
        }
        Ok(())
    }
}

fn write_key(layout: Layout, key: i32, out: &mut Vec<u8>) -> Result<(), Reason> {
    if matches!(layout, Layout::TableSwitchShort | Layout::LookupSwitchShort) {
        out.extend(i16::try_from(key).map_err(|_| Reason::Operand)?.to_be_bytes());
    } else {
        out.extend(key.to_be_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::instructions;
    use super::*;
    use proptest::prelude::*;

    fn listing(bytes: &[u8]) -> Option<String> {
        let lines: Result<Vec<String>, _> = instructions(bytes)
            .map(|instruction| instruction.map(|instruction| instruction.to_string()))
            .collect();
        Some(lines.ok()?.join("\n"))
    }

    #[test]
    fn labels_and_offsets_name_the_same_targets() {
        let by_label = assemble("top: / sconst_0 / ifeq end / goto top / end: / return").unwrap();
        let by_offset = assemble("sconst_0\nifeq 5 ; forward\ngoto 0\nreturn").unwrap();
        assert_eq!(by_label.bytes, by_offset.bytes);
        assert_eq!(by_label.bytes, [0x03, 0x60, 4, 0x70, 0xFD, 0x7A]);
        assert_eq!(by_label.labels["end"], 5);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let cases = [
            ("dance", Reason::Mnemonic),
            ("bspush", Reason::Missing),
            ("nop 1", Reason::LeftOver),
            ("bspush 128", Reason::Operand),
            ("goto nowhere", Reason::Label),
            ("goto 200", Reason::Branch),
            ("getfield_a_this #256", Reason::Operand),
            ("stableswitch from 32767 32767:0 32768:0 default:0", Reason::Operand),
        ];
        for (text, reason) in cases {
            assert_eq!(assemble(text).unwrap_err().reason, reason, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_listing_assembles_to_the_bytes_it_lists(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            // as many whole instructions as there are
            let mut end = 0;
            for instruction in instructions(&bytes).map_while(Result::ok) {
                end = usize::from(instruction.offset) + usize::from(instruction.length);
            }
            let code = &bytes[..end];
            let text = listing(code).unwrap();
            match assemble(&text) {
                Ok(assembled) => prop_assert_eq!(&assembled.bytes, code),
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }
}
