//! AES where the output is as long as the input: counter mode, cipher feedback, and XTS, whose unit is at least a block.

use alloc::vec::Vec;

use super::work::Rest;
use crate::crypto::{AesKey, BLOCK, Counter, CounterWidth, Direction, Feedback, Xts};
use crate::natives::keys::Crypto;

/// Counter mode or cipher feedback: all that comes in comes out.
pub(crate) struct Stream {
    key: AesKey,
    state: State,
    begun: bool,
}

enum State {
    Counter(Counter),
    Feedback(Feedback),
}

impl Stream {
    pub(super) fn counter(key: AesKey) -> Self {
        Self { key, state: State::Counter(Counter::new([0; BLOCK], CounterWidth::WHOLE)), begun: false }
    }

    pub(super) fn feedback(key: AesKey) -> Self {
        Self { key, state: State::Feedback(Feedback::new([0; BLOCK])), begun: false }
    }

    pub(super) fn begin(&mut self, vector: [u8; BLOCK]) -> Result<(), Crypto> {
        match &mut self.state {
            State::Counter(counter) => *counter = Counter::new(vector, CounterWidth::WHOLE),
            State::Feedback(feedback) => *feedback = Feedback::new(vector),
        }
        self.begun = false;
        Ok(())
    }

    pub(super) fn update(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), Crypto> {
        self.begun |= !data.is_empty();
        match &mut self.state {
            State::Counter(counter) => counter.apply(&self.key, data),
            State::Feedback(feedback) => feedback.apply(&self.key, direction, data),
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), Crypto> {
        self.update(direction, data)?;
        if !self.begun {
            return Err(Crypto::IllegalUse);
        }
        self.begin([0; BLOCK])
    }
}

/// A data unit of XTS: its last whole block waits, because bytes after it change it.
pub(crate) struct Unit {
    xts: Xts,
    rest: Rest,
}

impl Unit {
    pub(super) fn new(key: &[u8]) -> Result<Self, Crypto> {
        let xts = Xts::new(key).map_err(|_| Crypto::UninitializedKey)?;
        Ok(Self { xts, rest: Rest::default() })
    }

    pub(super) fn begin(&mut self, tweak: [u8; BLOCK]) -> Result<(), Crypto> {
        self.xts.begin(tweak);
        self.rest.clear();
        Ok(())
    }

    pub(super) fn held(&mut self, data: &mut Vec<u8>) {
        self.rest.take(data);
    }

    pub(super) fn update(&mut self, direction: Direction, data: &mut Vec<u8>) -> Result<(), Crypto> {
        self.rest.keep(data, before_the_end(data));
        self.xts.apply(direction, data).map_err(|_| Crypto::IllegalUse)
    }

    pub(super) fn finish(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), Crypto> {
        let (before, end) = data.split_at_mut(before_the_end(data));
        self.xts.apply(direction, before).map_err(|_| Crypto::IllegalUse)?;
        self.xts.finish(direction, end).map_err(|_| Crypto::IllegalUse)?;
        self.begin([0; BLOCK])
    }
}

/// Where the last whole block begins.
fn before_the_end(data: &[u8]) -> usize {
    data.len().saturating_sub(BLOCK) / BLOCK * BLOCK
}
