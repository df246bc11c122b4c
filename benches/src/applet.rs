//! The benchmark applet on a card.

use card_image::cap::{CapFile, CapJarError};
use card_link::gp::{GpError, Session};
use card_link::{Aid, CardKeys, Element, InProcess, LinkError, StatusWord};

/// AID of the package.
pub const PACKAGE: [u8; 8] = *b"\xF0MEDBENC";
/// AID of the applet, and of the instance that is measured.
pub const APPLET: [u8; 9] = *b"\xF0MEDBENC\x01";

const CAP: &[u8] = include_bytes!("../applet/bench.cap");

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

/// Puts the applet on a card.
///
/// # Errors
/// [`BenchError::Content`].
pub fn install<E: Element + ?Sized>(card: &mut E, keys: &CardKeys) -> Result<(), BenchError> {
    let (package, applet) = (aid(&PACKAGE)?, aid(&APPLET)?);
    Session::open(card, keys)?.load_cap(&CapFile::from_jar(CAP)?)?;
    Ok(Session::open(card, keys)?.install(&package, &applet, &applet, &[])?)
}

/// A new card in memory that has the applet, and its keys.
///
/// # Errors
/// [`BenchError::Content`]; [`BenchError::Link`].
pub fn provisioned() -> Result<(InProcess, CardKeys), BenchError> {
    let keys = CardKeys::random().map_err(|_| LinkError::Malformed(0))?;
    let mut card = InProcess::create(keys.card_options())?;
    install(&mut card, &keys)?;
    Ok((card, keys))
}

/// The constants are AIDs; were they not, the card would have said so of the package.
fn aid(bytes: &[u8]) -> Result<Aid, BenchError> {
    Aid::new(bytes).map_err(|_| BenchError::NoApplet(StatusWord(0x6A82)))
}
