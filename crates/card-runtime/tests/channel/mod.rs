//! What both secure channels promise, whatever their keys.

use card_runtime::apdu::Command;
use card_runtime::scp::{Channel, ChannelError, Level};

/// Changes each bit of a protected command in turn: each time the card's end refuses it. Unchanged it is taken, but once.
/// `pair` gives the host's end and the card's of a new session.
pub(crate) fn notices_every_changed_bit(levels: &[Level], pair: impl Fn(Level) -> [Channel; 2]) {
    for level in levels {
        let [mut host, _] = pair(*level);
        let plain = [0x80, 0xE2, 0x01, 0x02, 0x03, 0xAA, 0xBB, 0xCC];
        let wrapped = host.wrap_command(&Command::parse(&plain).unwrap()).unwrap();
        for bit in 0..wrapped.len() * 8 {
            // The channel number and the kind of secure messaging in the class byte are not covered (GlobalPlatform Card
            // Specification 2.3.1, E.4.4; Amendment D 1.1.2, 6.2.4).
            if bit < 4 || bit == 5 || bit == 6 {
                continue;
            }
            let mut changed = wrapped.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let [_, mut card] = pair(*level);
            let Ok(command) = Command::parse(&changed) else { continue };
            assert!(card.unwrap_command(&command).is_err(), "{level:?} bit {bit}");
        }
        let [_, mut card] = pair(*level);
        assert!(card.unwrap_command(&Command::parse(&wrapped).unwrap()).is_ok());
        let again = card.unwrap_command(&Command::parse(&wrapped).unwrap());
        assert_eq!(again, Err(ChannelError::Mac), "a replay");
    }
}
