//! Elliptic curves over prime fields in short Weierstrass form, y² = x³ + ax + b (SEC 1, FIPS 186-5, RFC 5639).
//!
//! A curve is a name or a set of parameters. An applet sets parameters, so a set is looked up among the names first
//! ([`Curve::new`]): the standard curves have arithmetic of their own, in `named` crates or in what the host brings.
//! Every other curve goes through [`group`], which works on any prime field.
//!
//! All numbers are big-endian. Points are uncompressed, 04 x y (SEC 1, 2.3.3), each coordinate as long as the field.

mod group;
mod named;
mod standard;

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::random::Random;
pub use named::NamedCurve;

/// Bytes that are wiped when dropped: private keys, shared secrets.
pub type Secret = Zeroizing<Vec<u8>>;

/// Longest field, in bits (`KeyBuilder.LENGTH_EC_FP_521`).
pub const FIELD_BITS_MAX: u32 = 521;
/// Shortest field, in bits (`KeyBuilder.LENGTH_EC_FP_112`).
pub const FIELD_BITS_MIN: u32 = 112;

/// What is no curve, no key of it, or no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurveError {
    /// A field or an order that is too long, too short, even or zero, or parameters that are no curve.
    #[error("the parameters are no curve over a prime field of 112 to 521 bits")]
    Parameters,
    /// A private key that is zero or not below the order.
    #[error("the private key is not between 1 and the order")]
    Secret,
    /// A public key that is no point of the curve.
    #[error("the public key is no point of the curve")]
    Point,
}

/// The parameters of a curve, as numbers without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The prime p.
    pub field: Vec<u8>,
    /// The coefficient a.
    pub a: Vec<u8>,
    /// The coefficient b.
    pub b: Vec<u8>,
    /// The base point, 04 x y.
    pub base: Vec<u8>,
    /// The base point's order, a prime.
    pub order: Vec<u8>,
}

/// A curve: by name where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Curve {
    /// One of the standards' curves.
    Named(NamedCurve),
    /// Whatever an applet sets.
    Other(Domain),
}

/// Parameters, wherever they are.
#[derive(Clone, Copy)]
struct View<'a> {
    field: &'a [u8],
    a: &'a [u8],
    b: &'a [u8],
    base: &'a [u8],
    order: &'a [u8],
}

impl Curve {
    /// The curve with these parameters, whose numbers may have leading zeros.
    #[must_use]
    pub fn new(domain: Domain) -> Self {
        let Domain { field, a, b, base, order } = domain;
        let domain = Domain {
            field: trimmed(&field).to_vec(),
            a: trimmed(&a).to_vec(),
            b: trimmed(&b).to_vec(),
            base,
            order: trimmed(&order).to_vec(),
        };
        match NamedCurve::ALL.iter().find(|name| name.has(&domain)) {
            Some(name) => Self::Named(*name),
            None => Self::Other(domain),
        }
    }

    /// Bytes of a coordinate.
    #[must_use]
    pub fn field_length(&self) -> usize {
        trimmed(self.view().field).len()
    }

    /// Bytes of a private key, and of each half of a signature.
    #[must_use]
    pub fn order_length(&self) -> usize {
        trimmed(self.view().order).len()
    }

    fn view(&self) -> View<'_> {
        match self {
            Self::Named(name) => name.view(),
            Self::Other(Domain { field, a, b, base, order }) => View { field, a, b, base, order },
        }
    }

    /// The public point of a private key.
    ///
    /// # Errors
    /// [`CurveError::Parameters`] and [`CurveError::Secret`].
    pub fn public(&self, secret: &[u8]) -> Result<Vec<u8>, CurveError> {
        match standard::public(self, secret) {
            Some(point) => point,
            None => group::public(&self.view(), secret),
        }
    }

    /// Signs a digest (ECDSA): r || s. The digest's leftmost bits count, as many as the order has (FIPS 186-5, 6.4.1).
    ///
    /// # Errors
    /// [`CurveError::Parameters`] and [`CurveError::Secret`].
    pub fn sign(&self, secret: &[u8], digest: &[u8], random: &mut Random) -> Result<Vec<u8>, CurveError> {
        match standard::sign(self, secret, digest) {
            Some(signature) => signature,
            None => group::sign(&self.view(), secret, digest, random),
        }
    }

    /// Whether `signature`, r || s, is one over `digest`. A key that is no point of the curve verifies nothing.
    #[must_use]
    pub fn verify(&self, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        match standard::verify(self, public, digest, signature) {
            Some(answer) => answer,
            None => group::verify(&self.view(), public, digest, signature),
        }
    }

    /// The x coordinate of secret · public (SP 800-56A, 5.7.1.2).
    ///
    /// # Errors
    /// When either is no key of the curve.
    pub fn agree(&self, secret: &[u8], public: &[u8]) -> Result<Secret, CurveError> {
        match standard::agree(self, secret, public) {
            Some(shared) => shared,
            None => {
                let point = self.multiply(secret, public)?;
                let x = point.get(1..=self.field_length()).unwrap_or_default();
                Ok(Secret::new(x.to_vec()))
            }
        }
    }

    /// scalar · point.
    ///
    /// # Errors
    /// When either is no key of the curve, or the product is the point at infinity.
    pub fn multiply(&self, scalar: &[u8], point: &[u8]) -> Result<Secret, CurveError> {
        group::multiply(&self.view(), scalar, point).map(Secret::new)
    }

    /// scalar · base + point: what PACE maps a nonce to (ICAO 9303-11, 4.4.3.3.1).
    ///
    /// # Errors
    /// As [`Curve::multiply`].
    pub fn multiply_base_and_add(&self, scalar: &[u8], point: &[u8]) -> Result<Secret, CurveError> {
        group::multiply_base_and_add(&self.view(), scalar, point).map(Secret::new)
    }

    /// Draws a private key: uniform between 1 and the order (FIPS 186-5, A.2.2).
    ///
    /// # Errors
    /// [`CurveError::Parameters`].
    pub fn draw(&self, random: &mut Random) -> Result<Secret, CurveError> {
        group::draw(&self.view(), random)
    }
}

/// A number without leading zeros; zero is one byte.
fn trimmed(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len().saturating_sub(1));
    number.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
