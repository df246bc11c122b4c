//! Cryptographic operations: prepared once, then done often.

use std::time::Duration;

use card_link::{Element, LinkError, StatusWord};

use crate::applet::BenchError;
use crate::work::{Clock, SLICES, Work, measure_work};

/// Makes what an operation needs.
const PREPARE: u8 = 0x50;
/// Does it.
const WORK: u8 = 0x52;

/// One operation of the applet [`CRYPTO`](crate::CRYPTO): its source lists kinds and variants.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// What it is.
    pub what: &'static str,
    /// P1 of the command that prepares it.
    pub kind: u8,
    /// P2 of that command.
    pub variant: u8,
    /// How often it fits into one command's budget.
    pub most: u16,
}

/// How often in a second of its own processor time a card in this process does an operation. The applet must be selected.
///
/// # Errors
/// [`BenchError::Refused`] where the card has no such algorithm; [`BenchError::Link`].
pub fn measure_operation<E: Element + ?Sized>(
    card: &mut E,
    operation: &Operation,
    time: Duration,
) -> Result<f64, BenchError> {
    let Operation { what, kind, variant, most } = *operation;
    match card.exchange(&[0x80, PREPARE, kind, variant])?.status {
        StatusWord::OK => {}
        status => return Err(BenchError::Refused { work: what, status }),
    }
    let work = Work { instruction: WORK, unit: 1, most, what, clock: Clock::Processor };
    let (rounds, seconds) = measure_work(card, &work, time / SLICES)?;
    if rounds == 0 || seconds <= 0.0 {
        Err(LinkError::Malformed(0).into())
    } else {
        Ok(rounds as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CRYPTO, provisioned, select};

    #[test]
    fn every_operation_is_done() {
        let (mut card, _keys) = provisioned(&CRYPTO).unwrap();
        select(&mut card, &CRYPTO).unwrap();
        let variants = [(0x01, 5), (0x02, 5), (0x03, 5), (0x04, 1), (0x05, 1), (0x06, 1)];
        let curves =
            variants.into_iter().flat_map(|(kind, count)| (0..count).map(move |variant| (kind, variant)));
        for (kind, variant) in curves.chain([
            (0x10, 8),
            (0x11, 8),
            (0x12, 8),
            (0x20, 1),
            (0x21, 2),
            (0x22, 3),
            (0x23, 1),
            (0x30, 0),
            (0x30, 1),
            (0x31, 1),
        ]) {
            let operation = Operation { what: "work", kind, variant, most: 2 };
            let rate = measure_operation(&mut card, &operation, Duration::from_millis(60));
            assert!(rate.is_ok_and(|rate| rate > 0.0), "{kind:02X} {variant}");
        }
        let unknown = Operation { what: "?", kind: 0x7F, variant: 0, most: 1 };
        assert!(measure_operation(&mut card, &unknown, Duration::from_millis(60)).is_err());
    }
}
