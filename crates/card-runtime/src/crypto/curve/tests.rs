use alloc::vec;
use alloc::vec::Vec;

use chacha20::rand_core::{Rng, SeedableRng};

use super::*;

const OF_THEIR_OWN: [NamedCurve; 4] =
    [NamedCurve::Secp256r1, NamedCurve::Secp384r1, NamedCurve::Secp521r1, NamedCurve::Secp256k1];

#[test]
fn every_named_curve_is_found_by_its_parameters() {
    for name in NamedCurve::ALL {
        assert_eq!(Curve::new(name.domain()), Curve::Named(*name));
        let mut padded = name.domain();
        padded.field.insert(0, 0);
        padded.order.insert(0, 0);
        assert_eq!(Curve::new(padded), Curve::Named(*name));
        let mut other = name.domain();
        other.b[0] ^= 1;
        assert_eq!(Curve::new(other.clone()), Curve::Other(other));
    }
}

#[test]
fn the_arithmetic_of_any_curve_agrees_with_the_crates() {
    let mut random = Random::from_seed([1; 32]);
    for name in OF_THEIR_OWN {
        let named = Curve::Named(name);
        let other = Curve::Other(name.domain());
        for round in 0..3 {
            let secret = named.draw(&mut random).unwrap();
            let public = named.public(&secret).unwrap();
            assert_eq!(public, other.public(&secret).unwrap(), "{name:?}");
            let digest = vec![round + 0x80; 20 + 14 * usize::from(round)];
            for (signer, verifier) in [(&named, &other), (&other, &named), (&other, &other)] {
                let signature = signer.sign(&secret, &digest, &mut random).unwrap();
                assert!(verifier.verify(&public, &digest, &signature), "{name:?}");
                assert!(!verifier.verify(&public, &[1; 32], &signature), "{name:?}");
            }
            let there = other.draw(&mut random).unwrap();
            let theirs = other.public(&there).unwrap();
            let shared = named.agree(&secret, &theirs).unwrap();
            assert_eq!(shared, other.agree(&there, &public).unwrap(), "{name:?}");
        }
    }
}

#[test]
fn the_edges_of_a_group() {
    let mut random = Random::from_seed([2; 32]);
    for name in NamedCurve::ALL {
        let curve = Curve::Named(*name);
        let domain = name.domain();
        assert_eq!(curve.public(&[1]).unwrap(), domain.base, "{name:?}: 1 · G");
        assert_eq!(curve.public(&domain.order), Err(CurveError::Secret));
        assert_eq!(curve.public(&[0]), Err(CurveError::Secret));
        let mut last = domain.order.clone();
        *last.last_mut().unwrap() -= 1;
        let minus = curve.public(&last).unwrap();
        assert_eq!(minus[1..=curve.field_length()], domain.base[1..=curve.field_length()], "-G has G's x");
        assert_eq!(
            curve.multiply_base_and_add(&last, &domain.base),
            Err(CurveError::Point),
            "-G + G is the point at infinity"
        );
        assert_eq!(
            curve.multiply_base_and_add(&[1], &domain.base).unwrap().to_vec(),
            curve.public(&[2]).unwrap()
        );
        let secret = curve.draw(&mut random).unwrap();
        let signature = curve.sign(&secret, &[7; 64], &mut random).unwrap();
        assert_eq!(signature.len(), 2 * curve.order_length());
        assert!(curve.verify(&curve.public(&secret).unwrap(), &[7; 64], &signature), "{name:?}");
    }
}

/// Parameters of noise, and a good curve's with bytes changed: an answer, whatever it is, and soon.
#[test]
fn no_parameters_stop_the_card() {
    let mut random = Random::from_seed([3; 32]);
    let mut bytes = |length: usize| -> Vec<u8> {
        let mut bytes = vec![0; length];
        random.fill_bytes(&mut bytes);
        bytes
    };
    let mut nonces = Random::from_seed([4; 32]);
    for round in 0..400 {
        let mut domain = match round % 2 {
            0 => NamedCurve::Secp192r1.domain(),
            _ => {
                let mut base = vec![4];
                base.extend(bytes(32));
                Domain { field: bytes(16), a: bytes(16), b: bytes(16), base, order: bytes(16) }
            }
        };
        let choice = bytes(3);
        let part = match choice[0] % 5 {
            0 => &mut domain.field,
            1 => &mut domain.a,
            2 => &mut domain.b,
            3 => &mut domain.base,
            _ => &mut domain.order,
        };
        match choice[1] % 4 {
            0 => part.truncate(usize::from(choice[2]) % 25),
            1 => part.extend([choice[2]; 60]),
            _ => {
                let place = usize::from(choice[2]) % part.len();
                part[place] ^= 1 << (choice[1] % 8);
            }
        }
        let base = domain.base.clone();
        let curve = Curve::new(domain);
        let _ = curve.public(&[5]);
        let _ = curve.multiply(&[5], &base);
        let _ = curve.draw(&mut nonces);
        if let Ok(signature) = curve.sign(&[5], &[9; 20], &mut nonces) {
            let _ = curve.verify(&base, &[9; 20], &signature);
        }
    }
}
