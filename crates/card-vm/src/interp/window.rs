//! The words of the running method: its local variables, then the places of its operand stack.
//!
//! A window is always 256 words of the card's stack, so that a register, which is a byte, never leaves it and needs no
//! check. That a method names none but its own words is the linker's doing
//! ([`translate`](crate::package)): no code, verified or not, sees another frame's.

use crate::package::code::{Counts, Reg};
use crate::value::{Ref, int_of, words_of};

/// Words of a window.
pub(super) const WORDS: usize = 256;

/// A method's words.
#[derive(Debug)]
pub(super) struct Window<'a>(&'a mut [i16; WORDS]);

impl<'a> Window<'a> {
    /// The window that begins at a word of the stack; `None` if the stack ends before it does.
    #[inline(always)]
    pub(super) fn at(stack: &'a mut [i16], base: u32) -> Option<Window<'a>> {
        stack.get_mut(base as usize..)?.first_chunk_mut().map(Window)
    }

    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "a byte is an index of 256 words")]
    pub(super) fn get(&self, register: Reg) -> i16 {
        self.0[usize::from(register.0)]
    }

    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "a byte is an index of 256 words")]
    pub(super) fn set(&mut self, register: Reg, word: i16) {
        self.0[usize::from(register.0)] = word;
    }

    #[inline(always)]
    pub(super) fn object(&self, register: Reg) -> Ref {
        Ref::from_word(self.get(register))
    }

    #[inline(always)]
    pub(super) fn set_object(&mut self, register: Reg, object: Ref) {
        self.set(register, object.to_word());
    }

    #[inline(always)]
    pub(super) fn int(&self, register: Reg) -> i32 {
        int_of(self.get(register), self.get(register.next()))
    }

    #[inline(always)]
    pub(super) fn set_int(&mut self, register: Reg, int: i32) {
        let (high, low) = words_of(int);
        self.set(register, high);
        self.set(register.next(), low);
    }

    /// Makes the words from `from` to before `to` zero, at the beginning of a method.
    #[inline(always)]
    pub(super) fn clear(&mut self, from: u8, to: u8) {
        for word in from..to {
            self.set(Reg(word), 0);
        }
    }

    /// `dup_x` (JCVM 7.5.19): copies the top `m` words to below the top `n` words; `n` 0 copies them onto the top.
    pub(super) fn dup_x(&mut self, top: Reg, Counts { m, n }: Counts) {
        let moved = if n == 0 { m } else { n };
        let Some(region) = self.region(top, moved, m) else { return };
        region.copy_within(..usize::from(moved), m.into());
        // the top m words, which are now at the end, once more at the beginning
        let end = region.len();
        region.copy_within(end - usize::from(m).., 0);
    }

    /// `swap_x` (JCVM 7.5.111): exchanges the top `m` words with the `n` words below them.
    pub(super) fn swap_x(&mut self, top: Reg, Counts { m, n }: Counts) {
        if let Some(region) = self.region(top, m.saturating_add(n), 0) {
            region.rotate_right(m.into());
        }
    }

    /// So many words below a register, and so many from it on. The linker has seen that they are there.
    fn region(&mut self, top: Reg, below: u8, above: u8) -> Option<&mut [i16]> {
        let start = usize::from(top.0).checked_sub(below.into())?;
        self.0.get_mut(start..usize::from(top.0) + usize::from(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[i16], after: usize, op: impl Fn(&mut Window<'_>, Reg)) -> std::vec::Vec<i16> {
        let mut all = [0; WORDS];
        all[..words.len()].copy_from_slice(words);
        let mut window = Window::at(&mut all, 0).unwrap();
        op(&mut window, Reg(words.len() as u8));
        all[..after].to_vec()
    }

    #[test]
    fn dup_x_copies_the_top_words_below_others() {
        let cases: [(&[i16], u8, u8, &[i16]); 5] = [
            (&[1, 2, 3], 1, 0, &[1, 2, 3, 3]),
            (&[1, 2, 3], 2, 0, &[1, 2, 3, 2, 3]),
            (&[1, 2, 3], 1, 2, &[1, 3, 2, 3]),
            (&[1, 2, 3], 2, 3, &[2, 3, 1, 2, 3]),
            (&[1, 2, 3, 4], 2, 4, &[3, 4, 1, 2, 3, 4]),
        ];
        for (before, m, n, after) in cases {
            let got = run(before, after.len(), |window, top| window.dup_x(top, Counts { m, n }));
            assert_eq!(got, after, "{m} {n}");
        }
    }

    #[test]
    fn swap_x_exchanges_the_top_words_with_those_below() {
        let cases: [(&[i16], u8, u8, &[i16]); 4] = [
            (&[1, 2, 3], 1, 1, &[1, 3, 2]),
            (&[1, 2, 3], 1, 2, &[3, 1, 2]),
            (&[1, 2, 3], 2, 1, &[2, 3, 1]),
            (&[1, 2, 3, 4], 2, 2, &[3, 4, 1, 2]),
        ];
        for (before, m, n, after) in cases {
            let got = run(before, after.len(), |window, top| window.swap_x(top, Counts { m, n }));
            assert_eq!(got, after, "{m} {n}");
        }
    }
}
