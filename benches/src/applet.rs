//! The benchmark applet on a card.

use card_image::cap::{CapFile, CapJarError};
use card_link::gp::{GpError, Session};
use card_link::{Aid, CardKeys, Element, InProcess, LinkError, StatusWord};

/// An applet that a card is measured with.
#[derive(Clone, Copy, Debug)]
pub struct BenchApplet {
    /// AID of its package.
    pub package: [u8; 8],
    /// AID of the applet, and of the instance that is measured.
    pub applet: [u8; 9],
    cap: &'static [u8],
}

/// Loops, transactions and the cryptography of Java Card 3.0.5, for cards of any maker.
pub const BASE: BenchApplet = BenchApplet {
    package: *b"\xF0MEDBENC",
    applet: *b"\xF0MEDBENC\x01",
    cap: include_bytes!("../applet/bench.cap"),
};
/// Cryptography alone, of Java Card 3.1.
pub const CRYPTO: BenchApplet = BenchApplet {
    package: *b"\xF0MEDBEND",
    applet: *b"\xF0MEDBEND\x01",
    cap: include_bytes!("../crypto/crypto.cap"),
};

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The card was not reached.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The applet was not put on the card.
    #[error(transparent)]
    Content(#[from] GpError),
    /// The applet's own CAP file is none, which a test rules out.
    #[error("the benchmark applet: {0}")]
    Cap(#[from] CapJarError),
    /// There is no such applet on the card.
    #[error(
        "the card has no benchmark applet (SELECT says {0}); put benches/applet/bench.cap on it with card load and card install"
    )]
    NoApplet(StatusWord),
    /// The applet did not do its work.
    #[error("{work}: the card says {status}")]
    Refused {
        /// What it was to do.
        work: &'static str,
        /// What it answered.
        status: StatusWord,
    },
}

/// Puts an applet on a card.
///
/// # Errors
/// [`BenchError::Content`].
pub fn install<E: Element + ?Sized>(
    card: &mut E,
    keys: &CardKeys,
    what: &BenchApplet,
) -> Result<(), BenchError> {
    let (package, applet) = (aid(&what.package)?, aid(&what.applet)?);
    Session::open(card, keys)?.load_cap(&CapFile::from_jar(what.cap)?)?;
    Ok(Session::open(card, keys)?.install(&package, &applet, &applet, &[])?)
}

/// A new card in memory that has the applet, and its keys.
///
/// # Errors
/// [`BenchError::Content`]; [`BenchError::Link`].
pub fn provisioned(what: &BenchApplet) -> Result<(InProcess, CardKeys), BenchError> {
    let keys = CardKeys::random().map_err(|_| LinkError::Malformed(0))?;
    let mut card = InProcess::create(keys.card_options())?;
    install(&mut card, &keys, what)?;
    Ok((card, keys))
}

/// Selects an applet.
///
/// # Errors
/// [`BenchError::NoApplet`]; [`BenchError::Link`].
pub fn select<E: Element + ?Sized>(card: &mut E, what: &BenchApplet) -> Result<(), BenchError> {
    let command = [&[0x00, 0xA4, 0x04, 0x00, 0x09][..], &what.applet].concat();
    match card.exchange(&command)?.status {
        StatusWord::OK => Ok(()),
        status => Err(BenchError::NoApplet(status)),
    }
}

/// The constants are AIDs; were they not, the card would have said so of the package.
fn aid(bytes: &[u8]) -> Result<Aid, BenchError> {
    Aid::new(bytes).map_err(|_| BenchError::NoApplet(StatusWord(0x6A82)))
}
