//! The curves that have a crate of their own: P-256, P-384, P-521, secp256k1. Signatures are deterministic (RFC 6979).

use alloc::vec::Vec;

use super::{Curve, CurveError, NamedCurve, Secret};

/// Turns `on!(curve, library, length => expression)` into the expression with the curve's crate as `library` and the bytes
/// of its field, or `None` for any other curve.
macro_rules! on {
    ($curve:expr, $library:ident, $length:ident => $body:expr) => {
        match $curve {
            Curve::Named(NamedCurve::Secp256r1) => {
                use p256 as $library;
                const $length: usize = 32;
                Some($body)
            }
            Curve::Named(NamedCurve::Secp384r1) => {
                use p384 as $library;
                const $length: usize = 48;
                Some($body)
            }
            Curve::Named(NamedCurve::Secp521r1) => {
                use p521 as $library;
                const $length: usize = 66;
                Some($body)
            }
            Curve::Named(NamedCurve::Secp256k1) => {
                use k256 as $library;
                const $length: usize = 32;
                Some($body)
            }
            Curve::Named(_) | Curve::Other(_) => None,
        }
    };
}

pub(super) fn public(curve: &Curve, secret: &[u8]) -> Option<Result<Vec<u8>, CurveError>> {
    on!(curve, library, LENGTH => {
        use library::elliptic_curve::sec1::ToSec1Point;
        let key = library::SecretKey::from_slice(&*padded::<LENGTH>(secret)).map_err(|_| CurveError::Secret);
        key.map(|key| key.public_key().to_sec1_point(false).as_bytes().to_vec())
    })
}

pub(super) fn sign(curve: &Curve, secret: &[u8], digest: &[u8]) -> Option<Result<Vec<u8>, CurveError>> {
    on!(curve, library, LENGTH => {
        use library::ecdsa::signature::hazmat::PrehashSigner;
        let key = library::ecdsa::SigningKey::from_slice(&*padded::<LENGTH>(secret));
        let signed = key.and_then(|key| key.sign_prehash(&message::<LENGTH>(digest)));
        signed.map_err(|_| CurveError::Secret).map(|signature: library::ecdsa::Signature| {
            signature.to_bytes().to_vec()
        })
    })
}

pub(super) fn verify(curve: &Curve, public: &[u8], digest: &[u8], signature: &[u8]) -> Option<bool> {
    on!(curve, library, LENGTH => {
        use library::ecdsa::signature::hazmat::PrehashVerifier;
        let key = library::ecdsa::VerifyingKey::from_sec1_bytes(public);
        let signature = library::ecdsa::Signature::from_slice(signature);
        match (key, signature) {
            (Ok(key), Ok(signature)) => {
                // The API takes both forms of a signature; a crate may insist on the one with the smaller s.
                key.verify_prehash(&message::<LENGTH>(digest), &signature.normalize_s()).is_ok()
            }
            (Err(_), _) | (_, Err(_)) => false,
        }
    })
}

pub(super) fn agree(curve: &Curve, secret: &[u8], public: &[u8]) -> Option<Result<Secret, CurveError>> {
    on!(curve, library, LENGTH => {
        let secret = library::SecretKey::from_slice(&*padded::<LENGTH>(secret)).map_err(|_| CurveError::Secret);
        let public = library::PublicKey::from_sec1_bytes(public).map_err(|_| CurveError::Point);
        secret.and_then(|secret| {
            let shared = secret.diffie_hellman(&public?);
            Ok(Secret::new(shared.raw_secret_bytes().to_vec()))
        })
    })
}

/// A number of at most `N` bytes, filled with zeros in front. A longer one becomes zero, which is no key.
fn padded<const N: usize>(number: &[u8]) -> zeroize::Zeroizing<[u8; N]> {
    let number = super::trimmed(number);
    let mut all = zeroize::Zeroizing::new([0; N]);
    if let Some(start) = N.checked_sub(number.len()) {
        all.iter_mut().skip(start).zip(number).for_each(|(to, from)| *to = *from);
    }
    all
}

/// What ECDSA signs of a digest: its leftmost bytes, or all of a shorter one as a number.
fn message<const N: usize>(digest: &[u8]) -> [u8; N] {
    let mut all = [0; N];
    let start = N.saturating_sub(digest.len());
    all.iter_mut().skip(start).zip(digest).for_each(|(to, from)| *to = *from);
    all
}
