//! The operand stack while a method is translated: not what its words are, but where they come from.

use alloc::vec::Vec;

use super::Translation;
use crate::package::code::{Op, Reg, Rr};
use crate::package::link::LinkError;
use crate::value::{int_of, words_of};

/// Where a word of the operand stack is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// In its own place.
    Own,
    /// In another register: a local variable, or the place of a word below it, which is its own.
    In(Reg),
    /// Nowhere: it is this constant.
    Const(i16),
}

/// An operand of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operand {
    Reg(Reg),
    Const(i16),
}

/// The words of the operand stack.
#[derive(Debug)]
pub(super) struct Operands {
    locals: u16,
    limit: u16,
    words: Vec<Word>,
}

impl Operands {
    pub(super) fn new(locals: u16, limit: u16) -> Operands {
        Operands { locals, limit, words: Vec::new() }
    }

    pub(super) fn locals(&self) -> u16 {
        self.locals
    }

    pub(super) fn limit(&self) -> u16 {
        self.limit
    }

    pub(super) fn depth(&self) -> u16 {
        self.words.len() as u16
    }

    /// Begins a block, where all words are in their places.
    pub(super) fn reset(&mut self, depth: u16) {
        self.words.clear();
        self.words.resize(usize::from(depth), Word::Own);
    }

    /// The place of the word at a position.
    fn place(&self, position: usize) -> Reg {
        // the window has been checked to be small enough
        Reg((usize::from(self.locals) + position) as u8)
    }

    /// Whether the topmost word is in its place.
    pub(super) fn ends_with_own(&self) -> bool {
        self.words.last() == Some(&Word::Own)
    }

    /// The register above the topmost word.
    pub(super) fn top(&self) -> Reg {
        self.place(self.words.len())
    }
}

impl Translation<'_, '_> {
    pub(super) fn push(&mut self, word: Word) -> Result<Reg, LinkError> {
        if self.operands.depth() >= self.operands.limit {
            return Err(self.unbalanced());
        }
        let place = self.operands.top();
        self.operands.words.push(word);
        Ok(place)
    }

    /// The place of a result, which becomes the topmost word.
    pub(super) fn push_result(&mut self) -> Result<Reg, LinkError> {
        self.push(Word::Own)
    }

    /// The place of an int, which becomes the two topmost words.
    pub(super) fn push_int(&mut self) -> Result<Reg, LinkError> {
        let place = self.push(Word::Own)?;
        self.push(Word::Own)?;
        Ok(place)
    }

    /// The topmost word and its place.
    pub(super) fn pop(&mut self) -> Result<(Reg, Word), LinkError> {
        let word = self.operands.words.pop().ok_or_else(|| self.unbalanced())?;
        Ok((self.operands.top(), word))
    }

    pub(super) fn pop_operand(&mut self) -> Result<Operand, LinkError> {
        Ok(match self.pop()? {
            (place, Word::Own) => Operand::Reg(place),
            (_, Word::In(register)) => Operand::Reg(register),
            (_, Word::Const(value)) => Operand::Const(value),
        })
    }

    /// The register of the topmost word, a constant being written to its place.
    pub(super) fn pop_reg(&mut self) -> Result<Reg, LinkError> {
        let (place, word) = self.pop()?;
        Ok(match word {
            Word::Own => place,
            Word::In(register) => register,
            Word::Const(_) => {
                self.write(place, word);
                place
            }
        })
    }

    /// The register of the int of the two topmost words.
    pub(super) fn pop_int(&mut self) -> Result<Reg, LinkError> {
        let (low_place, low) = self.pop()?;
        let (place, high) = self.pop()?;
        match (high, low) {
            (Word::In(high), Word::In(low)) if high.next() == low => return Ok(high),
            (Word::Const(high), Word::Const(low)) => {
                self.emit(Op::SetInt { to: place, value: int_of(high, low) });
            }
            _ => {
                self.write(place, high);
                self.write(low_place, low);
            }
        }
        Ok(place)
    }

    /// The register of the topmost word, which stays.
    pub(super) fn top_reg(&mut self) -> Result<Reg, LinkError> {
        let (place, word) = self.pop()?;
        let kept = match word {
            Word::Own | Word::In(_) => word,
            Word::Const(_) => {
                self.write(place, word);
                Word::Own
            }
        };
        self.push(kept)?;
        Ok(if let Word::In(register) = kept { register } else { place })
    }

    pub(super) fn push_int_const(&mut self, value: i32) -> Result<(), LinkError> {
        let (high, low) = words_of(value);
        self.push(Word::Const(high))?;
        self.push(Word::Const(low)).map(drop)
    }

    /// `dup`, `dup2`: the topmost words once more.
    pub(super) fn dup(&mut self, count: usize) -> Result<(), LinkError> {
        let first = self.operands.words.len().checked_sub(count).ok_or_else(|| self.unbalanced())?;
        for position in first..first + count {
            let word = match self.operands.words.get(position) {
                Some(Word::Own) | None => Word::In(self.operands.place(position)),
                Some(word) => *word,
            };
            self.push(word)?;
        }
        Ok(())
    }

    /// Writes a word to its place.
    fn write(&mut self, place: Reg, word: Word) {
        match word {
            Word::Own => {}
            Word::In(from) => self.emit(Op::Move(Rr { to: place, from })),
            Word::Const(value) => self.emit(Op::Set { to: place, value }),
        }
    }

    /// Writes all words from a position on to their places.
    pub(super) fn write_from(&mut self, first: usize) {
        for position in first..self.operands.words.len() {
            let place = self.operands.place(position);
            if let Some(word) = self.operands.words.get_mut(position) {
                let word = core::mem::replace(word, Word::Own);
                self.write(place, word);
            }
        }
    }

    pub(super) fn write_all(&mut self) {
        self.write_from(0);
    }

    /// Writes the topmost words to their places, and gives the register of the lowest of them.
    pub(super) fn write_top(&mut self, count: usize) -> Result<Reg, LinkError> {
        let first = self.operands.words.len().checked_sub(count).ok_or_else(|| self.unbalanced())?;
        self.write_from(first);
        Ok(self.operands.place(first))
    }

    /// Takes words off that are in their places.
    pub(super) fn drop_top(&mut self, count: usize) {
        let depth = self.operands.words.len().saturating_sub(count);
        self.operands.words.truncate(depth);
    }

    /// Before a local variable changes: whatever stands for it is written to its place.
    pub(super) fn before_change(&mut self, local: Reg) {
        for position in 0..self.operands.words.len() {
            if self.operands.words.get(position) == Some(&Word::In(local)) {
                let place = self.operands.place(position);
                self.write(place, Word::In(local));
                if let Some(word) = self.operands.words.get_mut(position) {
                    *word = Word::Own;
                }
            }
        }
    }

    /// `sstore`, `astore`
    pub(super) fn store(&mut self, local: Reg) -> Result<(), LinkError> {
        let (place, word) = self.pop()?;
        self.before_change(local);
        match word {
            Word::Own if self.out.redirect(place, 1, local) => {}
            Word::Own => self.emit(Op::Move(Rr { to: local, from: place })),
            Word::In(register) if register == local => {}
            Word::In(_) | Word::Const(_) => self.write(local, word),
        }
        Ok(())
    }

    /// `istore`
    pub(super) fn store_int(&mut self, local: Reg) -> Result<(), LinkError> {
        let before = self.operands.words.len().checked_sub(2);
        let own = before.and_then(|first| self.operands.words.get(first..)) == Some(&[Word::Own, Word::Own]);
        let from = self.pop_int()?;
        let fused = own && !self.stands_for(local) && self.out.redirect(from, 2, local);
        if !fused {
            self.before_change(local);
            self.before_change(local.next());
            if from != local {
                self.emit(Op::MoveInt(Rr { to: local, from }));
            }
        }
        Ok(())
    }

    /// Whether a word stands for the int in a local variable.
    fn stands_for(&self, local: Reg) -> bool {
        self.operands.words.iter().any(|word| *word == Word::In(local) || *word == Word::In(local.next()))
    }
}
