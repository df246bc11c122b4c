//! The part of the stack that the running method may use: its local variables, then its operands.
//!
//! An index outside of it is a fault, so no code, verified or not, sees another frame's words.

use crate::package::code::Counts;
use crate::stop::{Fault, Stop};
use crate::value::{Ref, int_of, words_of};

/// A method's words, and how many of them are in use.
#[derive(Debug)]
pub(super) struct Window<'a> {
    words: &'a mut [i16],
    sp: usize,
}

const OUTSIDE: Stop = Stop::Fault(Fault::OutsideFrame);

impl<'a> Window<'a> {
    #[inline(always)]
    pub(super) fn new(words: &'a mut [i16], sp: usize) -> Window<'a> {
        Window { words, sp }
    }

    #[inline(always)]
    pub(super) fn sp(&self) -> usize {
        self.sp
    }

    #[inline(always)]
    pub(super) fn push(&mut self, word: i16) -> Result<(), Stop> {
        match self.words.get_mut(self.sp) {
            Some(top) => *top = word,
            None => return Err(OUTSIDE),
        }
        self.sp += 1;
        Ok(())
    }

    #[inline(always)]
    pub(super) fn pop(&mut self) -> Result<i16, Stop> {
        let below = self.sp.wrapping_sub(1);
        match self.words.get(below) {
            Some(top) => {
                self.sp = below;
                Ok(*top)
            }
            None => Err(OUTSIDE),
        }
    }

    #[inline(always)]
    pub(super) fn pop_ref(&mut self) -> Result<Ref, Stop> {
        self.pop().map(Ref::from_word)
    }

    /// The topmost word.
    #[inline(always)]
    pub(super) fn top(&self) -> Result<i16, Stop> {
        self.words.get(self.sp.wrapping_sub(1)).copied().ok_or(OUTSIDE)
    }

    /// `dup2`
    #[inline(always)]
    pub(super) fn dup2(&mut self) -> Result<(), Stop> {
        let below = self.words.get(self.sp.wrapping_sub(2)).copied().ok_or(OUTSIDE)?;
        let top = self.top()?;
        self.push(below)?;
        self.push(top)
    }

    /// The receiver of a call that takes so many words of arguments: the lowest of them.
    #[inline(always)]
    pub(super) fn receiver(&self, words: u8) -> Result<Ref, Stop> {
        match self.sp.checked_sub(usize::from(words)).and_then(|at| self.words.get(at..self.sp)) {
            Some([receiver, ..]) => Ok(Ref::from_word(*receiver)),
            Some([]) | None => Err(OUTSIDE),
        }
    }

    #[inline(always)]
    pub(super) fn push_int(&mut self, int: i32) -> Result<(), Stop> {
        let (high, low) = words_of(int);
        self.push(high)?;
        self.push(low)
    }

    #[inline(always)]
    pub(super) fn pop_int(&mut self) -> Result<i32, Stop> {
        let low = self.pop()?;
        Ok(int_of(self.pop()?, low))
    }

    #[inline(always)]
    pub(super) fn local(&self, index: u8) -> Result<i16, Stop> {
        self.words.get(usize::from(index)).copied().ok_or(OUTSIDE)
    }

    #[inline(always)]
    pub(super) fn set_local(&mut self, index: u8, word: i16) -> Result<(), Stop> {
        match self.words.get_mut(usize::from(index)) {
            Some(local) => *local = word,
            None => return Err(OUTSIDE),
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn local_int(&self, index: u8) -> Result<i32, Stop> {
        let index = usize::from(index);
        match self.words.get(index..index + 2) {
            Some([high, low]) => Ok(int_of(*high, *low)),
            Some(_) | None => Err(OUTSIDE),
        }
    }

    #[inline(always)]
    pub(super) fn set_local_int(&mut self, index: u8, int: i32) -> Result<(), Stop> {
        let index = usize::from(index);
        let (high, low) = words_of(int);
        match self.words.get_mut(index..index + 2) {
            Some(words) => words.copy_from_slice(&[high, low]),
            None => return Err(OUTSIDE),
        }
        Ok(())
    }

    /// Replaces the top by a function of it.
    #[inline(always)]
    pub(super) fn unary(&mut self, of: impl Fn(i16) -> i16) -> Result<(), Stop> {
        match self.words.get_mut(self.sp.wrapping_sub(1)) {
            Some(top) => *top = of(*top),
            None => return Err(OUTSIDE),
        }
        Ok(())
    }

    /// Replaces the two topmost words by a function of them.
    #[inline(always)]
    pub(super) fn binary(&mut self, of: impl Fn(i16, i16) -> i16) -> Result<(), Stop> {
        let right = self.pop()?;
        self.unary(|left| of(left, right))
    }

    /// Replaces the two topmost ints by a function of them.
    #[inline(always)]
    pub(super) fn binary_int(&mut self, of: impl Fn(i32, i32) -> i32) -> Result<(), Stop> {
        let right = self.pop_int()?;
        let left = self.pop_int()?;
        self.push_int(of(left, right))
    }

    #[inline(always)]
    pub(super) fn dup_x(&mut self, counts: Counts) -> Result<(), Stop> {
        self.sp = dup_x(self.words, self.sp, counts)?;
        Ok(())
    }

    #[inline(always)]
    pub(super) fn swap_x(&mut self, counts: Counts) -> Result<(), Stop> {
        swap_x(self.words, self.sp, counts)
    }
}

/// `dup_x` (JCVM 7.5.19): copies the top `m` words to below the top `n` words; `n` 0 copies them onto the top. Gives
/// how many words are then in use.
fn dup_x(words: &mut [i16], sp: usize, Counts { m, n }: Counts) -> Result<usize, Stop> {
    let (m, n) = (usize::from(m), usize::from(n));
    if n != 0 && n < m {
        return Err(OUTSIDE);
    }
    let moved = if n == 0 { m } else { n };
    let start = sp.checked_sub(moved).ok_or(OUTSIDE)?;
    let region = words.get_mut(start..sp + m).ok_or(OUTSIDE)?;
    region.copy_within(..moved, m);
    // the top m words, which are now at the end, once more at the beginning
    let end = region.len();
    region.copy_within(end - m.., 0);
    Ok(sp + m)
}

/// `swap_x` (JCVM 7.5.111): exchanges the top `m` words with the `n` words below them.
fn swap_x(words: &mut [i16], sp: usize, Counts { m, n }: Counts) -> Result<(), Stop> {
    let (m, n) = (usize::from(m), usize::from(n));
    let start = sp.checked_sub(m + n).ok_or(OUTSIDE)?;
    words.get_mut(start..sp).ok_or(OUTSIDE)?.rotate_right(m);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn run(words: &[i16], op: impl Fn(&mut Window<'_>) -> Result<(), Stop>) -> Result<Vec<i16>, Stop> {
        let mut all = words.to_vec();
        all.resize(words.len() + 4, 0);
        let mut window = Window::new(&mut all, words.len());
        op(&mut window)?;
        let sp = window.sp();
        Ok(all[..sp].to_vec())
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
            assert_eq!(run(before, |window| window.dup_x(Counts { m, n })).unwrap(), after, "{m} {n}");
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
            assert_eq!(run(before, |window| window.swap_x(Counts { m, n })).unwrap(), after, "{m} {n}");
        }
    }

    #[test]
    fn words_outside_the_frame_can_not_be_reached() {
        assert_eq!(run(&[1], |window| window.swap_x(Counts { m: 1, n: 1 })), Err(OUTSIDE));
        assert_eq!(run(&[1], |window| window.dup_x(Counts { m: 1, n: 2 })), Err(OUTSIDE));
        let mut words = [7];
        let mut window = Window::new(&mut words, 1);
        assert_eq!(window.push(1), Err(OUTSIDE));
        assert_eq!(window.pop(), Ok(7));
        assert_eq!(window.pop(), Err(OUTSIDE));
        assert_eq!(window.local(1), Err(OUTSIDE));
    }
}
