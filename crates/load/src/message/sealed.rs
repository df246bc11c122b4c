//! A device's batches, sealed with a key in memory.

use std::collections::VecDeque;

use bytes::Bytes;
use gateway::store::now;
use seal::{
    Batch, Code, Decimal, DeviceId, Flags, Micros, Reading, Seal, SealedBatch, Sealer as _, SoftwareSealer,
    Unit,
};

use super::{Key, Message, MessageError};

/// MDC_PULS_OXIM_PULS_RATE, in beats a minute: what every reading of a batch is.
const PULSE_RATE: Code = Code(149_530);

/// The batches of one device, each with as many readings as were asked for.
#[derive(Debug)]
pub struct SealedMessages {
    device: DeviceId,
    sealer: SoftwareSealer,
    readings: u32,
    unit: Unit,
    /// Sealed, and not given out yet; after a run that ended early, what was not answered stands before it.
    ahead: VecDeque<Message>,
}

impl SealedMessages {
    /// Batches of `device` by `sealer`, which goes on where its chain ends. `first` are batches that were sealed and never answered.
    pub(crate) fn new(
        device: DeviceId,
        sealer: SoftwareSealer,
        readings: u32,
        unit: Unit,
        first: VecDeque<Message>,
    ) -> Self {
        Self { device, sealer, readings, unit, ahead: first }
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &DeviceId {
        &self.device
    }

    /// Seals so many batches now, so that it does not slow the run down. Their time is this moment's.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn seal_ahead(&mut self, count: usize) -> Result<(), MessageError> {
        while self.ahead.len() < count {
            let message = self.seal()?;
            self.ahead.push_back(message);
        }
        Ok(())
    }

    pub(super) fn make(&mut self) -> Result<Message, MessageError> {
        match self.ahead.pop_front() {
            Some(message) => Ok(message),
            None => self.seal(),
        }
    }

    pub(super) fn keep(&mut self, unanswered: impl IntoIterator<Item = Message>) {
        let mut unanswered: VecDeque<Message> = unanswered.into_iter().collect();
        unanswered.append(&mut self.ahead);
        self.ahead = unanswered;
    }

    /// Where its chain ends, and what of it was never answered.
    pub(crate) fn into_parts(mut self) -> (DeviceId, Option<Seal>, VecDeque<Message>) {
        let last = self.sealer.last_seal().ok().flatten().and_then(|bytes| Seal::parse(&bytes).ok());
        (self.device, last, self.ahead)
    }

    fn seal(&mut self) -> Result<Message, MessageError> {
        let counter = self.sealer.counter().0 + 1;
        // No two batches are alike, or the sealer would give the same seal again.
        let time = Micros(now().0.saturating_add(counter.cast_signed() % 1_000));
        let reading = |place: u32| Reading::Value {
            code: PULSE_RATE,
            unit: self.unit,
            dt_us: i64::from(place),
            value: Decimal { mantissa: 60 + i64::from(place % 60), exponent: 0 },
            flags: Flags::NONE,
        };
        let readings = (0..self.readings).map(reading).collect();
        let batch = Batch { device: self.device.clone(), time, readings }.encode();
        let seal = self.sealer.seal(&seal::sha256(&batch))?;
        let bytes = Bytes::from(SealedBatch::join(&seal, &batch)?.into_bytes());
        let key = Key::Sealed { device: self.device.clone(), counter };
        Ok(Message { key, bytes, readings: self.readings })
    }
}
