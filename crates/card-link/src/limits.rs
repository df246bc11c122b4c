//! Hard limits of the ways to an element.

use std::time::Duration;

/// The longest command APDU: header, extended Lc, 65,535 bytes, extended Le (ISO/IEC 7816-4, 5.2).
pub const COMMAND_MAX: usize = 4 + 3 + 65_535 + 2;
/// The longest answer: 65,536 bytes and the status word.
pub const ANSWER_MAX: usize = 65_536 + 2;
/// The longest message of a TCP card: the longest APDU of either direction.
pub const MESSAGE_MAX: usize = if COMMAND_MAX > ANSWER_MAX { COMMAND_MAX } else { ANSWER_MAX };
/// How long a TCP card may take to accept a connection.
pub(crate) const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How long a TCP card may take for an answer: applets that generate keys are slow, a dead host must be noticed.
pub(crate) const ANSWER_WAIT: Duration = Duration::from_secs(60);
/// Between two attempts to reach a virtual reader that is not there.
pub(crate) const RECONNECT_PAUSE: Duration = Duration::from_millis(100);
/// How often a virtual reader may ask for the answer to reset without powering the card up: pcscd asks twice when it starts.
pub(crate) const UNPOWERED_POLLS: u32 = 2;
/// How long a card is out of the virtual reader to be missed: two of pcscd's polls and some.
pub(crate) const REMOVED_PAUSE: Duration = Duration::from_millis(1_000);
/// How long a client of a TCP card may say nothing before the card is free for another.
pub(crate) const CLIENT_IDLE: Duration = Duration::from_secs(600);
/// How long a new client waits for the one before it to be gone.
pub(crate) const HANDOVER_WAIT: Duration = Duration::from_millis(500);
/// How many clients wait at once; more are refused at once.
pub(crate) const WAITING_MAX: usize = 16;
/// The longest answer to reset (ISO/IEC 7816-3, 8.2.1).
#[cfg(feature = "pcsc")]
pub(crate) const ATR_MAX: usize = 33;
/// The longest information field of a T=1' block (GlobalPlatform APDU Transport over SPI/I2C, the block format).
pub const T1_INFORMATION_MAX: u16 = 0x0FF9;
/// How often a block is asked for or sent again before the counting starts anew, and that before the card is given up
/// (ISO/IEC 7816-3, 11.6.3.2, rule 7.4).
pub(crate) const T1_TRIES: u8 = 3;
/// How often a command is begun anew.
pub(crate) const T1_RESTARTS: u8 = 2;
/// How many blocks that answer nothing are let pass before they count as an error.
pub(crate) const T1_STRAYS: u8 = 4;
/// How long a host waits for a block until the card's parameters say so.
pub(crate) const T1_WAIT: Duration = Duration::from_millis(1_000);
/// How long a line must be quiet for what follows to be the start of a block.
pub(crate) const T1_QUIET: Duration = Duration::from_millis(5);
/// How many supervisory blocks a card may put into one exchange: with the usual waiting time, five minutes of work.
pub(crate) const T1_SUPERVISORY_MAX: u16 = 1_000;
