//! Making RSA keys (FIPS 186-5, A.1.3), and completing those that an applet set in part.

use crypto_bigint::{BoxedUint, ConcatenatingMul, Gcd, NonZero, Resize};
use crypto_primes::hazmat::{SetBits, SmallFactorsSieveFactory};
use crypto_primes::{Flavor, is_prime, sieve_and_find};

use super::{RsaCrt, RsaError, RsaPair, RsaPublic};
use crate::crypto::curve::Secret;
use crate::crypto::integer::{Modulus, bytes, number};
use crate::crypto::random::Random;

/// Shortest modulus, in bits (`KeyBuilder.LENGTH_RSA_512`).
const BITS_MIN: u32 = 512;

pub(super) fn generate(bits: u32, exponent: &[u8], random: &mut Random) -> Result<RsaPair, RsaError> {
    let exponent = number(exponent);
    let exponent_bits = exponent.bits_vartime();
    let odd = exponent.bit_vartime(0);
    if bits < BITS_MIN || !bits.is_multiple_of(16) || !odd || exponent_bits < 2 || exponent_bits > bits / 2 {
        return Err(RsaError::Key);
    }
    loop {
        let p = prime(bits / 2, &exponent, random)?;
        let q = prime(bits / 2, &exponent, random)?;
        if let Some(pair) = assemble(&p, &q, &exponent, bits) {
            return Ok(pair);
        }
    }
}

/// A prime with both top bits set, so that two of them make a modulus of full length, and p - 1 prime to e.
fn prime(bits: u32, exponent: &BoxedUint, random: &mut Random) -> Result<BoxedUint, RsaError> {
    let suits = |candidate: &BoxedUint| {
        is_prime(Flavor::Any, candidate) && inverse(exponent, &less_one(candidate)).is_some()
    };
    loop {
        let factory =
            SmallFactorsSieveFactory::new(Flavor::Any, bits, SetBits::TwoMsb).map_err(|_| RsaError::Key)?;
        let found = sieve_and_find(random, factory, |_, candidate| suits(candidate));
        if let Ok(Some(prime)) = found {
            return Ok(prime);
        }
    }
}

/// 1 / number mod an even modulus.
pub(super) fn inverse(number: &BoxedUint, modulus: &BoxedUint) -> Option<BoxedUint> {
    let modulus = Option::<NonZero<BoxedUint>>::from(NonZero::new(modulus.clone()))?;
    let number = number.rem(&modulus).resize(modulus.bits_precision());
    Option::from(number.invert_mod(&modulus))
}

pub(super) fn less_one(number: &BoxedUint) -> BoxedUint {
    number.wrapping_sub(BoxedUint::one_with_precision(number.bits_precision()))
}

fn assemble(p: &BoxedUint, q: &BoxedUint, exponent: &BoxedUint, bits: u32) -> Option<RsaPair> {
    if bits < BITS_MIN || !bits.is_multiple_of(16) {
        return None;
    }
    // Equal or close primes have no place in a modulus (FIPS 186-5, A.1.3, step 5.4).
    let far = bits / 2 - 100;
    let apart = if p > q { p.wrapping_sub(q) } else { q.wrapping_sub(p) };
    let modulus = p.concatenating_mul(q);
    if apart.bits_vartime() <= far || modulus.bits_vartime() != bits {
        return None;
    }
    // With φ(n) instead of the least common multiple, d is another of the exponents that undo e.
    let exponent_of_all = inverse(exponent, &less_one(p).concatenating_mul(less_one(q)))?;
    let reduced = |prime: &BoxedUint| {
        let less = Option::<NonZero<BoxedUint>>::from(NonZero::new(less_one(prime)))?;
        Some(exponent_of_all.rem(&less))
    };
    let half = (bits / 16) as usize;
    let secret = |number: &BoxedUint, length| Secret::new(bytes(number, length));
    Some(RsaPair {
        public: RsaPublic {
            modulus: bytes(&modulus, half * 2),
            exponent: bytes(exponent, exponent.bits_vartime().div_ceil(8) as usize),
        },
        exponent: secret(&exponent_of_all, half * 2),
        crt: RsaCrt {
            dp: secret(&reduced(p)?, half),
            dq: secret(&reduced(q)?, half),
            inverse: secret(&Modulus::of(p.clone())?.inverse(q)?, half),
            p: secret(p, half),
            q: secret(q, half),
        },
    })
}

/// e is the inverse of dp modulo p - 1, as long as it is shorter than p, which every e in use is.
pub(super) fn complete(crt: &RsaCrt) -> Result<RsaPair, RsaError> {
    let (p, q) = (number(&crt.p), number(&crt.q));
    let exponent = inverse(&number(&crt.dp), &less_one(&p)).ok_or(RsaError::Key)?;
    let bits = p.concatenating_mul(&q).bits_vartime();
    let length = exponent.bits_vartime().max(1);
    let exponent = exponent.resize(length);
    let pair = assemble(&p, &q, &exponent, bits).ok_or(RsaError::Key)?;
    let agrees = |a: &Secret, b: &Secret| number(a) == number(b);
    let whole = agrees(&pair.crt.dp, &crt.dp)
        && agrees(&pair.crt.dq, &crt.dq)
        && agrees(&pair.crt.inverse, &crt.inverse);
    if whole { Ok(pair) } else { Err(RsaError::Key) }
}

/// The public exponents in use.
const USUAL_EXPONENTS: [u32; 5] = [65_537, 3, 17, 5, 257];

/// p and q from n and d (SP 800-56B, C.1), with the first of the usual public exponents that fits.
pub(super) fn taken_apart(modulus: &[u8], exponent: &[u8]) -> Result<RsaPair, RsaError> {
    let modulus = Modulus::new(modulus).ok_or(RsaError::Key)?;
    let bits = modulus.number().bits_vartime();
    let secret = number(exponent);
    for usual in USUAL_EXPONENTS {
        let public = number(&usual.to_be_bytes());
        let public = public.resize(usual.ilog2() + 1);
        let Some((p, q)) = factors(&modulus, &less_one(&secret.concatenating_mul(&public))) else { continue };
        if let Some(pair) = assemble(&p, &q, &public, bits) {
            return Ok(pair);
        }
    }
    Err(RsaError::Key)
}

/// The factors of a modulus, from a multiple of what all exponents repeat after. An odd one is none.
fn factors(modulus: &Modulus, multiple: &BoxedUint) -> Option<(BoxedUint, BoxedUint)> {
    let halvings = multiple.trailing_zeros_vartime();
    if halvings == 0 {
        return None;
    }
    let odd = multiple.shr_vartime(halvings)?;
    let one = number(&[1]).resize(modulus.number().bits_precision());
    let last = less_one(modulus.number());
    for base in [2, 3, 5, 7, 11, 13, 17, 19_u8] {
        let mut root = modulus.power(&number(&[base]), &odd);
        for _ in 0..halvings {
            let square = modulus.multiply(&root, &root);
            if square == one && root != one && root != last {
                let p = less_one(&root).gcd_vartime(modulus.number());
                let divisor = Option::<NonZero<BoxedUint>>::from(NonZero::new(p.clone()))?;
                let (q, _) = modulus.number().div_rem_vartime(&divisor);
                let half = modulus.number().bits_vartime().div_ceil(2);
                return Some((p.resize(half), q.resize(half)));
            }
            if square == one {
                break;
            }
            root = square;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{RsaPrivate, RsaScheme};
    use super::*;
    use crate::crypto::HashAlgorithm;
    use chacha20::rand_core::SeedableRng;

    #[test]
    fn keys_made_here_undo_each_other_in_both_forms() {
        let mut random = Random::from_seed([7; 32]);
        for (bits, exponent) in
            [(512, &[3][..]), (736, &[1, 0, 1]), (1024, &[0, 1, 0, 1]), (1984, &[1, 0, 1])]
        {
            let pair = generate(bits, exponent, &mut random).unwrap();
            assert_eq!(pair.public.bits(), bits as usize);
            let plain =
                RsaPrivate::Plain { modulus: pair.public.modulus.clone(), exponent: pair.exponent.clone() };
            let crt = RsaPrivate::Crt(pair.crt.clone());
            let mut input = alloc::vec![0x11; bits as usize / 8];
            input[0] = 0;
            let there = pair.public.apply(&input).unwrap();
            assert_eq!(*plain.apply(&there, &mut random).unwrap(), input);
            assert_eq!(*crt.apply(&there, &mut random).unwrap(), input);
            let completed = pair.crt.pair().unwrap();
            assert_eq!(completed.public, pair.public);
            let found = plain.pair().unwrap();
            assert_eq!(found.public.modulus, pair.public.modulus);
            let digest = [9; 20];
            for scheme in [
                RsaScheme::Pkcs1(HashAlgorithm::Sha1),
                RsaScheme::Rfc2409(HashAlgorithm::Sha1),
                RsaScheme::Pss { hash: HashAlgorithm::Sha1, mask: HashAlgorithm::Sha1, salt: 20 },
            ] {
                let mut signature = crt.sign(scheme, &digest, &mut random).unwrap();
                assert!(pair.public.verify(scheme, &digest, &signature), "{scheme:?}");
                signature[5] ^= 1;
                assert!(!pair.public.verify(scheme, &digest, &signature), "{scheme:?}");
            }
        }
    }

    #[test]
    fn no_key_is_made_of_bad_parameters() {
        let mut random = Random::from_seed([7; 32]);
        for (bits, exponent) in [(510, &[3][..]), (512, &[2]), (512, &[1]), (512, &[]), (513, &[3])] {
            assert_eq!(generate(bits, exponent, &mut random).err(), Some(RsaError::Key));
        }
    }
}
