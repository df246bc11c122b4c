//! The private operation of RSA, guarded.
//!
//! - **Blinded** (Kocher, 1996): the input is multiplied by a random number's power first and the result by its inverse last,
//!   so that what can be observed of the exponentiation belongs to a number that nobody knows.
//! - **Exponents varied** (Coron, 1999): with the primes known, each exponent is taken plus a random multiple of p - 1.
//! - **Checked** (Boneh, DeMillo, Lipton, 1997): one wrong half of the Chinese remainder theorem's two gives a factor of the
//!   modulus away. So what comes out is raised to the public exponent again, modulo each prime, and leaves only when that gives the input.
//!
//! A key of this form has no public exponent with it, but dp has an inverse modulo p - 1 and dq one modulo q - 1, and both are
//! that exponent, which is shorter than either prime in every key in use. Where they differ an exponent is damaged, and nothing is computed. Of a plain key neither is known: its blinding takes a second exponentiation, and nothing is checked.
//!
//! Numbers that depend on the key are wiped. What the arithmetic's own library keeps while it works is not, and neither are the
//! parameters it makes of a prime.

use crypto_bigint::{BoxedUint, ConcatenatingMul, CtEq, RandomMod, Resize};
use rand_core::Rng;
use zeroize::Zeroizing;

use super::generate::{inverse, less_one};
use super::{RsaCrt, RsaError};
use crate::crypto::curve::Secret;
use crate::crypto::integer::{Modulus, bytes, number};
use crate::crypto::random::Random;

/// Bytes of the multiple of p - 1 that is added to an exponent.
const MULTIPLE: usize = 8;

/// A number of the modulus' length and below it.
pub(super) fn below(modulus: &Modulus, input: &[u8]) -> Result<BoxedUint, RsaError> {
    let number = number(input);
    let fits = input.len() == modulus.length() && number < *modulus.number();
    if fits { Ok(number) } else { Err(RsaError::Input) }
}

/// A number that has an inverse, and that. Of one modulo a product of primes not one in 2^100 has none.
fn mask(modulus: &Modulus, random: &mut Random) -> Option<[Zeroizing<BoxedUint>; 2]> {
    let factor = Zeroizing::new(BoxedUint::random_mod_vartime(random, modulus.non_zero()));
    let inverse = Zeroizing::new(modulus.inverse(&factor)?);
    Some([factor, inverse])
}

/// input ^ d mod n: (input · r) ^ d · (1 / r) ^ d.
pub(super) fn plain(
    modulus: &[u8],
    exponent: &[u8],
    input: &[u8],
    random: &mut Random,
) -> Result<Secret, RsaError> {
    let modulus = Modulus::new(modulus).ok_or(RsaError::Key)?;
    let input = below(&modulus, input)?;
    let exponent = Zeroizing::new(number(exponent));
    let [factor, inverse] = mask(&modulus, random).ok_or(RsaError::Key)?;
    let blinded = Zeroizing::new(modulus.power(&modulus.multiply(&input, &factor), &exponent));
    let undone = Zeroizing::new(modulus.power(&inverse, &exponent));
    let result = Zeroizing::new(modulus.multiply(&blinded, &undone));
    Ok(Secret::new(bytes(&result, modulus.length())))
}

/// One prime and what belongs to it.
struct Half {
    prime: Modulus,
    /// p - 1.
    order: Zeroizing<BoxedUint>,
    exponent: Zeroizing<BoxedUint>,
    /// What undoes the exponent, in as many bits as it has.
    public: BoxedUint,
}

impl Half {
    fn new(prime: &[u8], exponent: &[u8]) -> Option<Self> {
        let prime = Modulus::new(prime)?;
        let order = Zeroizing::new(less_one(prime.number()));
        let exponent = Zeroizing::new(number(exponent));
        let public = inverse(&exponent, &order)?;
        let bits = public.bits_vartime().max(1);
        Some(Self { prime, order, exponent, public: public.resize(bits) })
    }

    /// input ^ d mod p: (input · r ^ e) ^ (d + k (p - 1)) / r.
    fn power(&self, input: &BoxedUint, random: &mut Random) -> Option<Zeroizing<BoxedUint>> {
        let [factor, inverse] = mask(&self.prime, random)?;
        let hidden = Zeroizing::new(self.prime.power(&factor, &self.public));
        let blinded = Zeroizing::new(self.prime.multiply(input, &hidden));
        let powered = Zeroizing::new(self.prime.power(&blinded, &self.varied(random)));
        Some(Zeroizing::new(self.prime.multiply(&powered, &inverse)))
    }

    /// Another exponent that does the same.
    fn varied(&self, random: &mut Random) -> Zeroizing<BoxedUint> {
        let mut multiple = Zeroizing::new([0; MULTIPLE]);
        random.fill_bytes(&mut *multiple);
        let multiple = Zeroizing::new(number(&*multiple));
        let added = Zeroizing::new(self.order.concatenating_mul(&*multiple));
        let bits = added.bits_precision().max(self.exponent.bits_precision()) + 1;
        let exponent = Zeroizing::new((&*self.exponent).resize(bits));
        Zeroizing::new(exponent.wrapping_add((&*added).resize(bits)))
    }

    /// Whether the operation's result gives its input again.
    fn undoes(&self, result: &BoxedUint, input: &BoxedUint) -> bool {
        let again = Zeroizing::new(self.prime.power(result, &self.public));
        let wanted = Zeroizing::new(self.prime.reduce(input));
        again.ct_eq(&wanted).to_bool()
    }
}

/// input ^ d mod n, with Garner's recombination (RFC 8017, 5.1.2): m = m2 + q (inverse (m1 - m2) mod p).
pub(super) fn crt(key: &RsaCrt, input: &[u8], random: &mut Random) -> Result<Secret, RsaError> {
    let whole = Modulus::of(key.modulus()).ok_or(RsaError::Key)?;
    let input = below(&whole, input)?;
    let p = Half::new(&key.p, &key.dp).ok_or(RsaError::Key)?;
    let q = Half::new(&key.q, &key.dq).ok_or(RsaError::Key)?;
    if p.public != q.public {
        return Err(RsaError::Key);
    }
    let first = p.power(&input, random).ok_or(RsaError::Key)?;
    let second = q.power(&input, random).ok_or(RsaError::Key)?;
    let result = recombined(key, &p.prime, &q.prime, &first, &second, &whole);
    // Both are checked, whichever is wrong.
    let right = p.undoes(&result, &input) & q.undoes(&result, &input);
    if right { Ok(Secret::new(bytes(&result, whole.length()))) } else { Err(RsaError::Fault) }
}

fn recombined(
    key: &RsaCrt,
    p: &Modulus,
    q: &Modulus,
    first: &BoxedUint,
    second: &BoxedUint,
    whole: &Modulus,
) -> Zeroizing<BoxedUint> {
    let inverse = Zeroizing::new(number(&key.inverse));
    let difference = Zeroizing::new(p.subtract(first, second));
    let factor = Zeroizing::new(p.multiply(&difference, &inverse));
    let product = Zeroizing::new(factor.concatenating_mul(q.number()));
    Zeroizing::new(whole.add(second, &product))
}

#[cfg(test)]
mod tests {
    use super::super::{RsaPrivate, generate};
    use super::*;
    use chacha20::rand_core::SeedableRng;

    fn pair(random: &mut Random) -> super::super::RsaPair {
        generate(1_024, &[1, 0, 1], random).unwrap()
    }

    #[test]
    fn a_faulty_half_never_leaves() {
        let mut random = Random::from_seed([3; 32]);
        let pair = pair(&mut random);
        let input = [&[0][..], &[0x42; 127]].concat();
        let right = crt(&pair.crt, &input, &mut random).unwrap();
        assert_eq!(pair.public.apply(&right).unwrap(), input);
        // A bit that flipped in memory: in a prime, in an exponent, in the coefficient.
        for flipped in 0..5 {
            let mut faulty = pair.crt.clone();
            let part = match flipped {
                0 => &mut faulty.p,
                1 => &mut faulty.q,
                2 => &mut faulty.dp,
                3 => &mut faulty.dq,
                _ => &mut faulty.inverse,
            };
            part[20] ^= 4;
            let result = crt(&faulty, &input, &mut random);
            // With another prime the modulus is another one: what comes out, if anything, is no power modulo the key's.
            if flipped > 1 {
                assert!(result.is_err(), "{flipped}");
            } else {
                assert_ne!(result.ok(), Some(right.clone()), "{flipped}");
            }
        }
    }

    #[test]
    fn a_wrong_half_is_noticed() {
        let mut random = Random::from_seed([5; 32]);
        let key = pair(&mut random).crt;
        let (p, q) = (Half::new(&key.p, &key.dp).unwrap(), Half::new(&key.q, &key.dq).unwrap());
        let whole = Modulus::of(key.modulus()).unwrap();
        let input = number(&[0x42; 127]);
        let first = p.power(&input, &mut random).unwrap();
        let second = q.power(&input, &mut random).unwrap();
        let wrong = Zeroizing::new(p.prime.add(&first, &number(&[1])));
        let good = recombined(&key, &p.prime, &q.prime, &first, &second, &whole);
        let bad = recombined(&key, &p.prime, &q.prime, &wrong, &second, &whole);
        assert!(p.undoes(&good, &input) && q.undoes(&good, &input));
        // The half of q is right, which is what would give q away.
        assert!(!p.undoes(&bad, &input) && q.undoes(&bad, &input));
    }

    #[test]
    fn blinding_changes_all_but_the_result() {
        let mut random = Random::from_seed([7; 32]);
        let pair = pair(&mut random);
        let half = Half::new(&pair.crt.p, &pair.crt.dp).unwrap();
        assert_ne!(half.varied(&mut random), half.varied(&mut random));
        let input = [&[0][..], &[0x17; 127]].concat();
        let plain =
            RsaPrivate::Plain { modulus: pair.public.modulus.clone(), exponent: pair.exponent.clone() };
        let private = RsaPrivate::Crt(pair.crt.clone());
        let result = plain.apply(&input, &mut random).unwrap();
        for _ in 0..3 {
            assert_eq!(plain.apply(&input, &mut random).unwrap(), result);
            assert_eq!(private.apply(&input, &mut random).unwrap(), result);
        }
    }
}
