//! All that the card asks of the world around it.

use crate::crypto::Engine;

/// What a host lends the card: randomness, lasting memory, a clock and elliptic-curve arithmetic.
///
/// The card holds no other way out. Everything persistent goes through [`Env::persist`], in order, as an opaque stream
/// of records; feeding the stream (or any prefix that `persist` took) to [`crate::Card::restore`] gives the card back.
pub trait Env {
    /// Fills `out` with bytes fit for keys. The host must stop the card rather than return weak bytes.
    fn random(&mut self, out: &mut [u8]);

    /// Takes the next piece of the journal. When it returns, the bytes survive the end of the process; a host may promise
    /// more. The card answers no command before the changes it reports were taken.
    ///
    /// # Errors
    /// When the bytes could not be kept. The card then falls silent until it is opened again from what was kept.
    fn persist(&mut self, records: &[u8]) -> Result<(), PersistError>;

    /// Microseconds of a clock that never goes back. Only for measuring; no rule of the card depends on it.
    fn now_us(&mut self) -> u64;

    /// Who does the elliptic-curve arithmetic; [`crate::crypto::SoftEngine`] is always there.
    fn engine(&mut self) -> &mut dyn Engine;

    /// Hears why the card refused something, in words: a status word says little to who develops an applet. A real card
    /// would say nothing, and so does this one unless the host listens.
    fn report(&mut self, what: &dyn core::fmt::Display) {
        let _ = what;
    }
}

/// The journal's sink failed; the host knows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the card's journal could not be kept")]
pub struct PersistError;
