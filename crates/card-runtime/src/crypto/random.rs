//! Random numbers for the arithmetic: ChaCha20 streams, seeded from the environment.

pub use chacha20::ChaCha20Rng as Random;
use chacha20::rand_core::SeedableRng;
use zeroize::Zeroizing;

/// Operations that one seed serves.
const OPERATIONS: u16 = 256;

/// A stream that is seeded anew every so many operations, for the system's own numbers cost more than a signature.
#[derive(Default)]
pub(crate) struct Stream {
    stream: Option<Random>,
    left: u16,
}

impl Stream {
    /// The stream for one more operation; `seed` fills a seed when one is due.
    pub(crate) fn next(&mut self, seed: impl FnOnce(&mut [u8])) -> &mut Random {
        if self.left == 0 {
            self.stream = None;
            self.left = OPERATIONS;
        }
        self.left -= 1;
        self.stream.get_or_insert_with(|| {
            let mut bytes = Zeroizing::new([0; 32]);
            seed(&mut *bytes);
            Random::from_seed(*bytes)
        })
    }
}
