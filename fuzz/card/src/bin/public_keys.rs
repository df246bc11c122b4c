//! What an applet can set and be sent: parameters of curves and groups, RSA keys in parts, encodings inside RSA's numbers.
//! Whatever comes, there is an answer, and none that a signature over something else would get.
//!
//! The first byte picks the operation; the rest is cut into pieces, each behind a byte of length.
#![no_main]

use card_runtime::crypto::curve::{Curve, Domain};
use card_runtime::crypto::finite_field::FieldGroup;
use card_runtime::crypto::rsa::iso9796::{RecoveryFormat, RecoveryScheme, Trailer};
use card_runtime::crypto::rsa::pss::Hashes;
use card_runtime::crypto::rsa::{RsaCrt, RsaPrivate, RsaPublic, RsaScheme, oaep, pkcs1};
use card_runtime::crypto::{HashAlgorithm, Random};
use libfuzzer_sys::fuzz_target;
use rand_core::SeedableRng;

fuzz_target!(|data: &[u8]| {
    let Some((pick, mut rest)) = data.split_first() else { return };
    let mut piece = || {
        let (length, after) = rest.split_first().unwrap_or((&0, &[]));
        let (piece, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        piece.to_vec()
    };
    let hash = HashAlgorithm::ALL[usize::from(pick >> 3) % HashAlgorithm::ALL.len()];
    match pick % 6 {
        0 => {
            let curve =
                Curve::new(Domain { field: piece(), a: piece(), b: piece(), base: piece(), order: piece() });
            let (secret, point, digest) = (piece(), piece(), piece());
            let _ = curve.public(&secret);
            let _ = curve.agree(&secret, &point);
            let _ = curve.multiply_base_and_add(&secret, &point);
            let _ = curve.verify(&point, &digest, &piece());
        }
        1 => {
            let group = FieldGroup { p: piece(), q: piece(), g: piece() };
            let (secret, public, digest) = (piece(), piece(), piece());
            let _ = group.agree(&secret, &public);
            let _ = group.verify(&public, &digest, &piece());
        }
        2 => {
            let key = RsaPublic { modulus: piece(), exponent: piece() };
            let digest = vec![7; hash.length()];
            let _ = key.verify(RsaScheme::Pss { hash, mask: hash, salt: hash.length() }, &digest, &piece());
        }
        3 => {
            let parts = [(); 5].map(|()| piece().into());
            let [p, q, dp, dq, inverse] = parts;
            let key = RsaPrivate::Crt(RsaCrt { p, q, dp, dq, inverse });
            let _ = key.apply(&piece(), &mut Random::from_seed([7; 32]));
            let _ = key.pair();
            let _ = RsaPrivate::Plain { modulus: piece(), exponent: piece().into() }.pair();
        }
        4 => {
            let encoded = piece();
            let _ = pkcs1::unpad(&encoded);
            let _ = pkcs1::unpad_private(&encoded);
            let _ = oaep::unpad(Hashes { hash, mask: hash }, &[], &encoded);
        }
        _ => {
            let encoded = piece();
            for scheme in [RecoveryScheme::One, RecoveryScheme::Two, RecoveryScheme::Three] {
                for trailer in [Trailer::Implicit, Trailer::Explicit] {
                    let format = RecoveryFormat { hash, scheme, trailer };
                    if let Ok(opened) = format.open(&encoded) {
                        assert!(opened.message.len() < encoded.len());
                        let _ = format.accepts(&opened, &vec![0; hash.length()]);
                    }
                }
            }
        }
    }
});
