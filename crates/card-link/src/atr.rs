//! The answer to reset, taken apart (ISO/IEC 7816-3, 8.2).
//!
//! ```text
//! TS T0 [TA1 TB1 TC1 TD1] [TA2 TB2 TC2 TD2] ... historical[K] [TCK]
//! T0     high half: which of TA1 to TD1 follow; low half: K
//! TDi    high half: which of the next follow; low half: a protocol
//! TCK    there when any protocol but T=0 is offered: all bytes from T0 to TCK give zero when added without carry
//! ```

/// An answer to reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atr {
    /// TS: 3B direct, 3F inverse convention.
    pub convention: u8,
    /// The protocols offered, in order, each once: 0 for T=0, 1 for T=1; 15 stands for global interface bytes.
    pub protocols: Vec<u8>,
    /// Interface bytes with their names, as `TA1`.
    pub interface: Vec<(String, u8)>,
    /// Historical bytes.
    pub historical: Vec<u8>,
}

/// Why bytes are no answer to reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AtrError {
    /// TS is neither 3B nor 3F.
    #[error("an answer to reset begins with 3B or 3F, not {0:02X}")]
    Convention(u8),
    /// It ends in the middle.
    #[error("the answer to reset ends after {0} bytes, in the middle")]
    Short(usize),
    /// Bytes are left over.
    #[error("the answer to reset has {0} bytes too many")]
    Long(usize),
    /// The check byte is wrong.
    #[error("the check byte of the answer to reset should be {right:02X}, not {found:02X}")]
    Check {
        /// TCK.
        found: u8,
        /// What it should be.
        right: u8,
    },
}

impl Atr {
    /// Parses an answer to reset.
    ///
    /// # Errors
    /// [`AtrError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AtrError> {
        let mut rest = bytes.iter().copied();
        let mut next = || rest.next().ok_or(AtrError::Short(bytes.len()));
        let convention = next()?;
        if !matches!(convention, 0x3B | 0x3F) {
            return Err(AtrError::Convention(convention));
        }
        let format = next()?;
        let (mut follow, mut protocols, mut interface) = (format >> 4, Vec::new(), Vec::new());
        let mut index = 1;
        while follow != 0 {
            let present = |bit: u8| follow & bit != 0;
            for (bit, letter) in [(1, 'A'), (2, 'B'), (4, 'C')] {
                if present(bit) {
                    interface.push((format!("T{letter}{index}"), next()?));
                }
            }
            if !present(8) {
                break;
            }
            let description = next()?;
            interface.push((format!("TD{index}"), description));
            let protocol = description & 0x0F;
            if !protocols.contains(&protocol) {
                protocols.push(protocol);
            }
            follow = description >> 4;
            index += 1;
        }
        let historical = (0..format & 0x0F).map(|_| next()).collect::<Result<Vec<u8>, _>>()?;
        if protocols.is_empty() {
            protocols.push(0);
        }
        if protocols != [0] {
            let found = next()?;
            let covered = bytes.len() - rest.len() - 1;
            let right = bytes.iter().take(covered).skip(1).fold(0, |sum, byte| sum ^ byte);
            if found != right {
                return Err(AtrError::Check { found, right });
            }
        }
        match rest.len() {
            0 => Ok(Self { convention, protocols, interface, historical }),
            left => Err(AtrError::Long(left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(hex: &str) -> Result<Atr, AtrError> {
        Atr::parse(&hex::decode(hex).unwrap())
    }

    #[test]
    fn answers_of_known_cards_are_understood() {
        // YubiKey, an Infineon JCOP and a contactless card as a reader shows it, from the list of the pcsc-tools project.
        for (atr, protocols, historical) in [
            ("3B00", &[0][..], ""),
            ("3BFD1300008131FE158073C021C057597562694B657940", &[1], "8073C021C057597562694B6579"),
            ("3B8F8001804F0CA000000306030001000000006A", &[0, 1], "804F0CA00000030603000100000000"),
        ] {
            let parsed = parse(atr).unwrap_or_else(|error| panic!("{atr}: {error}"));
            assert_eq!(parsed.protocols, protocols, "{atr}");
            assert_eq!(hex::encode_upper(&parsed.historical), historical, "{atr}");
        }
    }

    #[test]
    fn what_is_none_is_refused_with_the_reason() {
        assert_eq!(parse("3C00"), Err(AtrError::Convention(0x3C)));
        assert_eq!(parse("3B"), Err(AtrError::Short(1)));
        assert_eq!(parse("3B0000"), Err(AtrError::Long(1)));
        assert_eq!(parse("3B8001"), Err(AtrError::Short(3)));
        assert_eq!(parse("3B800180"), Err(AtrError::Check { found: 0x80, right: 0x81 }));
        assert!(parse("3B800181").is_ok());
    }

    #[test]
    fn our_own_says_what_it_should() {
        use card_runtime::Protocol;
        for (protocol, offered) in
            [(Protocol::T0, &[0][..]), (Protocol::T1, &[1]), (Protocol::ContactlessA, &[0, 1])]
        {
            let atr = Atr::parse(protocol.atr()).unwrap();
            assert_eq!(atr.protocols, offered);
            assert!(atr.historical.windows(7).any(|bytes| bytes == b"MEDSEAL"));
        }
    }
}
