//! Making a device of an element: the applet is installed, makes its keys, and gets the maker's certificates.
//!
//! Each step looks at what is done already, so that one which was interrupted is simply begun again.

use card_link::gp::{GpError, Session};
use card_link::{Aid, CardKeys, Level};
use seal::token::TokenSecret;
use seal::{DeviceId, Purpose, key_id};
use zeroize::Zeroizing;

use super::applet::{APPLET_AID, Applet, PACKAGE_AID};
use super::{Element, ElementError, Key};
use crate::maker::{MakerCa, MakerError};

/// Digits of a PIN made here.
const PIN_DIGITS: usize = 12;

/// Why an element could not be made a device's.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The card's management failed.
    #[error(transparent)]
    Card(#[from] GpError),
    /// The applet refused.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// A certificate could not be made.
    #[error(transparent)]
    Maker(#[from] MakerError),
    /// There is no randomness for PIN or secret.
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
    /// The applet refused the secret with this status word.
    #[error("PUT SECRET was answered with {0:04X}")]
    Secret(u16),
}

/// The PIN that an element's administration needs; wiped when dropped.
#[derive(Clone)]
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// Twelve random digits.
    ///
    /// # Errors
    /// [`ProvisionError::Random`]
    pub fn random() -> Result<Self, ProvisionError> {
        let mut digits = Zeroizing::new(Vec::with_capacity(PIN_DIGITS));
        while digits.len() < PIN_DIGITS {
            let mut byte = [0];
            getrandom::fill(&mut byte).map_err(ProvisionError::Random)?;
            // Bytes from 250 would make the digits 0 to 5 likelier than the others.
            digits.extend(byte.into_iter().filter(|byte| *byte < 250).map(|byte| b'0' + byte % 10));
        }
        Ok(Self(digits))
    }

    /// This PIN, if it has 6 to 16 bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        (6..=16).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// Its bytes.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin")
    }
}

/// What the makers of a device hand to those who enrol it.
#[derive(Debug)]
pub struct Provisioned {
    /// The seal key's certificate, DER.
    pub seal_certificate: Vec<u8>,
    /// The TLS key's certificate, DER.
    pub tls_certificate: Vec<u8>,
    /// The token key's point.
    pub token_key: [u8; 65],
    /// The secret that the element shares with the token service.
    pub token_secret: TokenSecret,
}

/// Loads the applet's package onto a card and installs the applet with this PIN.
///
/// # Errors
/// [`ProvisionError::Card`] when the keys are not the card's, or the card refuses the package.
pub fn install<E: card_link::Element>(
    link: &mut E,
    keys: &CardKeys,
    load_file: &[u8],
    pin: &Pin,
) -> Result<(), ProvisionError> {
    let (package, applet) = (aid(PACKAGE_AID)?, aid(APPLET_AID)?);
    let mut session = Session::open(link, keys)?;
    session.load(&package, load_file)?;
    session.install(&package, &applet, &applet, pin.expose_secret())?;
    Ok(())
}

fn aid(bytes: &[u8]) -> Result<Aid, ProvisionError> {
    Ok(Aid::new(bytes).map_err(GpError::from)?)
}

/// Has the applet make its keys, certifies them as `device`'s, and gives it the secret for tokens.
///
/// # Errors
/// [`ProvisionError`]; it can be done again then.
pub fn provision<E: card_link::Element + Send>(
    applet: &mut Applet<E>,
    keys: &CardKeys,
    pin: &Pin,
    maker: &MakerCa,
    device: &DeviceId,
) -> Result<Provisioned, ProvisionError> {
    applet.verify_pin(pin.expose_secret())?;
    let seal_certificate = certified(applet, Key::Seal, maker, device, Purpose::Seal)?;
    let tls_certificate = certified(applet, Key::Tls, maker, device, Purpose::TlsClient)?;
    let token_key = made(applet, Key::Token)?;
    let token_secret = put_secret(applet, keys, &token_key)?;
    Ok(Provisioned { seal_certificate, tls_certificate, token_key, token_secret })
}

/// The pair's point; the pair is made if it was not.
fn made<E: card_link::Element + Send>(applet: &mut Applet<E>, key: Key) -> Result<[u8; 65], ProvisionError> {
    let there = applet.status()?.has(key);
    Ok(if there { applet.public_key(key)? } else { applet.generate_key(key)? })
}

fn certified<E: card_link::Element + Send>(
    applet: &mut Applet<E>,
    key: Key,
    maker: &MakerCa,
    device: &DeviceId,
    purpose: Purpose,
) -> Result<Vec<u8>, ProvisionError> {
    let point = made(applet, key)?;
    if applet.status()?.ready {
        return Ok(applet.certificate(key)?);
    }
    let certificate = maker.certify(device, purpose, &point)?;
    applet.put_certificate(key, &certificate)?;
    Ok(certificate)
}

/// Puts a fresh secret through a secure channel; it carries the id of the element's token key.
fn put_secret<E: card_link::Element + Send>(
    applet: &mut Applet<E>,
    keys: &CardKeys,
    token_key: &[u8; 65],
) -> Result<TokenSecret, ProvisionError> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret).map_err(ProvisionError::Random)?;
    let command = Zeroizing::new([&[0x80, 0x12, Key::TokenSecret as u8, 0, 32][..], &*secret].concat());
    // The answer is a status word alone, which the applet sends unprotected.
    let mut session = Session::authenticate(applet.link(), keys, Level::C_DECRYPTION)?;
    let answer = session.transmit(&command)?;
    if answer.status != card_link::StatusWord::OK {
        return Err(ProvisionError::Secret(answer.status.0));
    }
    Ok(TokenSecret::new(key_id(token_key), secret))
}
