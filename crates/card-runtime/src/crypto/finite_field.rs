//! DSA (FIPS 186-4, 4) and Diffie-Hellman (RFC 2631, SP 800-56A) in a subgroup of the integers modulo a prime.

use alloc::vec::Vec;

use crypto_bigint::{BoxedUint, RandomMod, Resize};
use zeroize::Zeroizing;

use super::curve::Secret;
use super::integer::{Modulus, bytes, number};
use super::random::Random;

/// Nonces that are tried for a signature. In a group not one in 2^100 fails; in what is none, all may.
const NONCES: usize = 8;

/// What is no group, key or signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// An even or too short prime, or a generator that is none.
    #[error("the parameters are no group")]
    Group,
    /// A public or private key outside of its range.
    #[error("the key is not one of the group")]
    Key,
}

/// The parameters of a group, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldGroup {
    /// The prime p.
    pub p: Vec<u8>,
    /// The order q of the subgroup; empty when it is not known, which Diffie-Hellman allows.
    pub q: Vec<u8>,
    /// The generator g.
    pub g: Vec<u8>,
}

/// A key pair, each part as long as its modulus.
pub struct FieldPair {
    /// x.
    pub secret: Secret,
    /// y = g ^ x.
    pub public: Vec<u8>,
}

/// A group ready for work.
struct Ready {
    p: Modulus,
    g: BoxedUint,
}

impl FieldGroup {
    fn ready(&self) -> Result<Ready, FieldError> {
        let p = Modulus::new(&self.p).ok_or(FieldError::Group)?;
        let g = number(&self.g);
        let sound = g.bits_vartime() > 1 && g < *p.number();
        if sound { Ok(Ready { p, g }) } else { Err(FieldError::Group) }
    }

    fn order(&self) -> Result<Modulus, FieldError> {
        Modulus::new(&self.q).ok_or(FieldError::Group)
    }

    /// Bytes of the prime: of public keys and of shared secrets.
    #[must_use]
    pub fn length(&self) -> usize {
        number(&self.p).bits_vartime().div_ceil(8) as usize
    }

    /// Bytes of the order: of each half of a DSA signature.
    #[must_use]
    pub fn order_length(&self) -> usize {
        number(&self.q).bits_vartime().div_ceil(8) as usize
    }

    /// Makes a key pair: x uniform between 1 and q, or, where q is not known, p - 1 (FIPS 186-4, B.1.2).
    ///
    /// # Errors
    /// [`FieldError::Group`].
    pub fn generate(&self, random: &mut Random) -> Result<FieldPair, FieldError> {
        let Ready { p, g } = self.ready()?;
        let (limit, length) = match self.q.as_slice() {
            [] => (
                p.number().wrapping_sub(BoxedUint::one_with_precision(p.number().bits_precision())),
                p.length(),
            ),
            _ => (self.order()?.number().clone(), self.order_length()),
        };
        let x = nonce(&limit, random)?;
        let public = bytes(&p.power(&g, &x), p.length());
        Ok(FieldPair { secret: Secret::new(bytes(&x, length)), public })
    }

    /// The shared secret, as long as p.
    ///
    /// # Errors
    /// [`FieldError::Key`] when the other's key is not between 1 and p - 1, or not in the subgroup where q is known.
    pub fn agree(&self, secret: &[u8], public: &[u8]) -> Result<Secret, FieldError> {
        let Ready { p, .. } = self.ready()?;
        let public = number(public);
        let last = p.number().wrapping_sub(BoxedUint::one_with_precision(p.number().bits_precision()));
        if public.bits_vartime() < 2 || public >= last {
            return Err(FieldError::Key);
        }
        if !self.q.is_empty() && p.power(&public, self.order()?.number()).bits_vartime() != 1 {
            return Err(FieldError::Key);
        }
        let secret = Zeroizing::new(number(secret));
        let shared = Zeroizing::new(p.power(&public, &secret));
        Ok(Secret::new(bytes(&shared, p.length())))
    }

    /// Signs a digest with DSA: r || s. Its leftmost bits count, as many as q has.
    ///
    /// # Errors
    /// [`FieldError::Group`], and [`FieldError::Key`] when x is not between 0 and q.
    pub fn sign(&self, secret: &[u8], digest: &[u8], random: &mut Random) -> Result<Vec<u8>, FieldError> {
        let (Ready { p, g }, q) = (self.ready()?, self.order()?);
        let x = Zeroizing::new(number(secret));
        if x.bits_vartime() == 0 || *x >= *q.number() {
            return Err(FieldError::Key);
        }
        let z = leftmost(digest, &q);
        for _ in 0..NONCES {
            let k = nonce(q.number(), random)?;
            let r = q.reduce(&p.power(&g, &k));
            let inverse = Zeroizing::new(q.inverse(&k).ok_or(FieldError::Group)?);
            let hidden = Zeroizing::new(q.multiply(&x, &r));
            let sum = Zeroizing::new(q.add(&z, &hidden));
            let s = q.multiply(&inverse, &sum);
            if r.bits_vartime() != 0 && s.bits_vartime() != 0 {
                let length = q.length();
                return Ok([bytes(&r, length), bytes(&s, length)].concat());
            }
        }
        Err(FieldError::Group)
    }

    /// Whether `signature`, r || s, is one over `digest`.
    #[must_use]
    pub fn verify(&self, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        self.checked(public, digest, signature).is_some()
    }

    fn checked(&self, public: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
        let (Ready { p, g }, q) = (self.ready().ok()?, self.order().ok()?);
        let y = number(public);
        let (r, s) = signature.split_at_checked(q.length())?;
        let in_range = |bytes: &[u8]| {
            let number = number(bytes);
            (number.bits_vartime() != 0 && number < *q.number()).then_some(number)
        };
        if y.bits_vartime() < 2 || y >= *p.number() || s.len() != q.length() {
            return None;
        }
        let (r, s) = (in_range(r)?, in_range(s)?);
        let inverse = q.inverse(&s)?;
        let u = q.multiply(&leftmost(digest, &q), &inverse);
        let v = q.multiply(&r, &inverse);
        let both = p.multiply(&p.power(&g, &u), &p.power(&y, &v));
        (q.reduce(&both) == r).then_some(())
    }
}

/// Uniform between 1 and `limit`.
fn nonce(limit: &BoxedUint, random: &mut Random) -> Result<Zeroizing<BoxedUint>, FieldError> {
    let limit = Option::from(crypto_bigint::NonZero::new(limit.clone())).ok_or(FieldError::Group)?;
    loop {
        let number = Zeroizing::new(BoxedUint::random_mod_vartime(random, &limit));
        if number.is_nonzero().to_bool() {
            return Ok(number);
        }
    }
}

fn leftmost(digest: &[u8], q: &Modulus) -> BoxedUint {
    let kept = digest.get(..q.length().min(digest.len())).unwrap_or_default();
    let surplus = (kept.len() as u32 * 8).saturating_sub(q.number().bits_vartime());
    q.reduce(&number(kept).shr(surplus).resize(q.number().bits_precision().max(kept.len() as u32 * 8)))
}
