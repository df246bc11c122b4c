//! Communication interface parameters: what a card says of itself instead of an answer to reset.
//!
//! ```text
//! parameters = version:u8 n:u8 IIN[n] PLID:u8 n:u8 PLP[n] n:u8 DLLP[n] n:u8 HB[n]     HB: historical bytes
//! PLID 01    = SPI: PLP = configuration:u8 PWT:u8 MCF:u16 PST:u8 MPOT:u8 SEGT:u16 SEAL:u16 WUT:u16
//! PLID 02    = I2C: PLP = configuration:u8 PWT:u8 MCF:u16 PST:u8 MPOT:u8 RWGT:u16
//! DLLP       = BWT:u16 (ms) IFSC:u16
//! ```

use std::time::Duration;

use crate::limits::T1_INFORMATION_MAX;

/// What the card is connected by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Physical {
    /// SPI, with its timing bytes.
    Spi(Vec<u8>),
    /// I2C, with its timing bytes.
    I2c(Vec<u8>),
    /// Another physical layer and its bytes.
    Other(u8, Vec<u8>),
}

impl Physical {
    /// How long a host should wait between two looks whether the card has something to say.
    #[must_use]
    pub fn polling(&self) -> Duration {
        let (Physical::Spi(timing) | Physical::I2c(timing) | Physical::Other(_, timing)) = self;
        // MPOT, in units of 100 microseconds.
        let units = timing.get(5).copied().unwrap_or(10).max(1);
        Duration::from_micros(100 * u64::from(units))
    }
}

/// A card's communication interface parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Of the protocol; 1.
    pub version: u8,
    /// Issuer identification number.
    pub issuer: Vec<u8>,
    /// The physical layer.
    pub physical: Physical,
    /// How long the card may take for a block without asking for more time.
    pub waiting_time: Duration,
    /// The longest information field that the card takes, 1 to [`T1_INFORMATION_MAX`].
    pub information_size: u16,
    /// Historical bytes, as in an answer to reset.
    pub historical: Vec<u8>,
}

/// Why bytes are no parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// They end too soon, or too late.
    #[error("{0} bytes are no communication interface parameters")]
    Length(usize),
    /// The data link layer's parameters make no sense.
    #[error("the data link parameters say {waiting_time} ms and {information_size} bytes")]
    DataLink {
        /// BWT.
        waiting_time: u16,
        /// IFSC.
        information_size: u16,
    },
}

impl Parameters {
    /// Parses what came with S(CIP response).
    ///
    /// # Errors
    /// [`ParametersError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ParametersError> {
        let wrong = ParametersError::Length(bytes.len());
        let (&version, rest) = bytes.split_first().ok_or(wrong)?;
        let (issuer, rest) = field(rest).ok_or(wrong)?;
        let (&layer, rest) = rest.split_first().ok_or(wrong)?;
        let (timing, rest) = field(rest).ok_or(wrong)?;
        let (link, rest) = field(rest).ok_or(wrong)?;
        let (historical, rest) = field(rest).ok_or(wrong)?;
        let (&[b0, b1, i0, i1, ..], []) = (link, rest) else { return Err(wrong) };
        let (waiting_time, information_size) = (u16::from_be_bytes([b0, b1]), u16::from_be_bytes([i0, i1]));
        if waiting_time == 0 || !(1..=T1_INFORMATION_MAX).contains(&information_size) {
            return Err(ParametersError::DataLink { waiting_time, information_size });
        }
        let timing = timing.to_vec();
        Ok(Self {
            version,
            issuer: issuer.to_vec(),
            physical: match layer {
                1 => Physical::Spi(timing),
                2 => Physical::I2c(timing),
                other => Physical::Other(other, timing),
            },
            waiting_time: Duration::from_millis(u64::from(waiting_time)),
            information_size,
            historical: historical.to_vec(),
        })
    }

    /// The bytes of an S(CIP response). Fields beyond 255 bytes are cut, and a waiting time beyond 65 s.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![self.version];
        put(&mut out, &self.issuer);
        let (layer, timing) = match &self.physical {
            Physical::Spi(timing) => (1, timing),
            Physical::I2c(timing) => (2, timing),
            Physical::Other(layer, timing) => (*layer, timing),
        };
        out.push(layer);
        put(&mut out, timing);
        let waiting_time = u16::try_from(self.waiting_time.as_millis()).unwrap_or(u16::MAX);
        put(&mut out, &[waiting_time.to_be_bytes(), self.information_size.to_be_bytes()].concat());
        put(&mut out, &self.historical);
        out
    }

    /// The parameters of a card that this program serves. Its historical bytes are those of its answer to reset.
    #[must_use]
    pub fn served(atr: &[u8]) -> Self {
        Self {
            version: 1,
            issuer: Vec::new(),
            // Wake-up 1 ms, 1 MHz, no power saving, polling each 0.1 ms, 10 us between read and write.
            physical: Physical::I2c(vec![0, 1, 0x03, 0xE8, 0, 1, 0, 10]),
            waiting_time: Duration::from_millis(300),
            information_size: T1_INFORMATION_MAX,
            historical: crate::atr::Atr::parse(atr).map(|atr| atr.historical).unwrap_or_default(),
        }
    }

    /// An answer to reset that says what the parameters say, in the form readers give to cards that have none (PC/SC part 3,
    /// 3.1.3.2.3.1).
    #[must_use]
    pub fn answer_to_reset(&self) -> Vec<u8> {
        let historical = self.historical.get(..15).unwrap_or(&self.historical);
        let count = u8::try_from(historical.len()).unwrap_or_default();
        let mut atr = vec![0x3B, 0x80 | count, 0x80, 0x01];
        atr.extend_from_slice(historical);
        atr.push(atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte));
        atr
    }
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(length))
}

fn put(out: &mut Vec<u8>, field: &[u8]) {
    let length = u8::try_from(field.len()).unwrap_or(u8::MAX);
    out.push(length);
    out.extend(field.iter().take(usize::from(length)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_back_and_a_cut_is_seen() {
        for physical in [
            Physical::I2c(vec![0, 1, 0x03, 0xE8, 0, 20, 0, 10]),
            Physical::Spi(vec![0; 12]),
            Physical::Other(7, Vec::new()),
        ] {
            let parameters = Parameters {
                version: 1,
                issuer: vec![0x42, 1, 2],
                physical,
                waiting_time: Duration::from_millis(300),
                information_size: 254,
                historical: vec![0x80, 0x31],
            };
            let bytes = parameters.encode();
            assert_eq!(Parameters::parse(&bytes), Ok(parameters));
            for cut in 0..bytes.len() {
                assert!(Parameters::parse(&bytes[..cut]).is_err());
            }
            assert!(Parameters::parse(&[&bytes[..], &[0]].concat()).is_err());
        }
        assert_eq!(Physical::I2c(vec![0, 1, 3, 0xE8, 0, 20]).polling(), Duration::from_millis(2));
    }

    #[test]
    fn parameters_that_would_stop_the_exchange_are_refused() {
        for link in [[0, 0, 0, 10], [0, 10, 0, 0], [0, 10, 0xFF, 0xFF]] {
            let bytes = [&[1, 0, 2, 0, 4][..], &link, &[0]].concat();
            assert!(matches!(Parameters::parse(&bytes), Err(ParametersError::DataLink { .. })));
        }
    }
}
