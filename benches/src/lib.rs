//! What a card is measured with: the benchmark applet, and the work it is given.
//!
//! [`measure`] takes any [`Element`](card_link::Element) with the applet on it (a card in memory, in a file, over TCP, in a
//! reader) and gives one [`Row`] for each kind of work. The program of the same name sets such rows beside OpenSSL, a JVM
//! and pcscd, measured in the same minutes, and prints the table of `docs/performance.md`.
//!
//! [`measure_operation`] does the same for one operation of a second applet, which has the cryptography of Java Card 3.1.
//!
//! - Work is done in slices of which the fastest counts: what other processes took of the others is not the card's.
//! - Results are checked: the loops give the same values on a JVM.

mod applet;
mod operation;
mod work;

pub use applet::{BASE, BenchApplet, BenchError, CRYPTO, install, provisioned, select};
pub use operation::{Operation, measure_operation};
pub use work::{Kind, Row, measure, result};
