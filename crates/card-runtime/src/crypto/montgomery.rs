//! Diffie-Hellman on curve25519 and curve448 (RFC 7748).

use super::curve::{CurveError, Secret};

/// Which curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MontgomeryCurve {
    /// curve25519.
    X25519,
    /// curve448.
    X448,
}

impl MontgomeryCurve {
    /// Bytes of all its keys and secrets.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::X448 => 56,
        }
    }

    /// The public key of a private one.
    ///
    /// # Errors
    /// [`CurveError::Secret`] for a wrong length.
    pub fn public(self, secret: &[u8]) -> Result<Secret, CurveError> {
        match self {
            Self::X25519 => multiplied(self, secret, &x25519_dalek::X25519_BASEPOINT_BYTES),
            Self::X448 => multiplied(self, secret, &x448::X448_BASEPOINT_BYTES),
        }
    }

    /// The shared secret.
    ///
    /// # Errors
    /// [`CurveError::Secret`] and [`CurveError::Point`] for wrong lengths; [`CurveError::Point`] when the result is zero,
    /// which only points of low order give (RFC 7748, 6.1).
    pub fn agree(self, secret: &[u8], public: &[u8]) -> Result<Secret, CurveError> {
        let shared = multiplied(self, secret, public)?;
        let zero = shared.iter().fold(0, |all, byte| all | byte) == 0;
        if zero { Err(CurveError::Point) } else { Ok(shared) }
    }
}

fn multiplied(curve: MontgomeryCurve, secret: &[u8], point: &[u8]) -> Result<Secret, CurveError> {
    match curve {
        MontgomeryCurve::X25519 => {
            let secret = secret.try_into().map_err(|_| CurveError::Secret)?;
            let point = point.try_into().map_err(|_| CurveError::Point)?;
            Ok(Secret::new(x25519_dalek::x25519(secret, point).to_vec()))
        }
        MontgomeryCurve::X448 => {
            let secret = secret.try_into().map_err(|_| CurveError::Secret)?;
            let point = point.try_into().map_err(|_| CurveError::Point)?;
            Ok(Secret::new(x448::x448_unchecked(secret, point).to_vec()))
        }
    }
}
