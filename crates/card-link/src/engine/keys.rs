//! RSA keys between the card's parts and aws-lc's.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPairComponents, KeySize};
use aws_lc_rs::signature::{ParsedPublicKey, RsaKeyPair, RsaParameters, RsaPublicKeyComponents};
use card_runtime::crypto::Secret;
use card_runtime::crypto::rsa::{RsaCrt, RsaPair, RsaPrivate, RsaPublic};

/// The public exponent of the keys that aws-lc makes.
const EXPONENT: [u8; 3] = [1, 0, 1];

fn trimmed(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    number.get(start..).unwrap_or_default()
}

/// A private key in aws-lc's form, if it is long enough and a whole one: what is missing is computed.
pub(super) fn private(key: &RsaPrivate) -> Option<RsaKeyPair> {
    let pair = key.pair().ok()?;
    let RsaPair { public, exponent, crt } = &pair;
    let components = KeyPairComponents {
        public_key: RsaPublicKeyComponents { n: trimmed(&public.modulus), e: trimmed(&public.exponent) },
        d: &exponent[..],
        p: &crt.p[..],
        q: &crt.q[..],
        dP: &crt.dp[..],
        dQ: &crt.dq[..],
        qInv: &crt.inverse[..],
    };
    RsaKeyPair::from_components(&components).ok()
}

/// A public key in aws-lc's form.
pub(super) fn public(key: &RsaPublic, parameters: &'static RsaParameters) -> Option<ParsedPublicKey> {
    let components = RsaPublicKeyComponents { n: trimmed(&key.modulus), e: trimmed(&key.exponent) };
    (key.bits() >= 2_048).then_some(())?;
    components.to_parsed_public_key(parameters).ok()
}

/// Makes a key of a length that aws-lc makes keys of.
pub(super) fn generate(bits: u32, exponent: &[u8]) -> Option<RsaPair> {
    let size = match bits {
        2_048 => KeySize::Rsa2048,
        3_072 => KeySize::Rsa3072,
        4_096 => KeySize::Rsa4096,
        _ => return None,
    };
    if trimmed(exponent) != EXPONENT {
        return None;
    }
    let pair = RsaKeyPair::generate(size).ok()?;
    let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    parts(der.as_ref(), bits as usize / 8)
}

/// The content of a DER element with a tag, and what follows.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    if *found == tag { rest.split_at_checked(length) } else { None }
}

/// The numbers of a PKCS #8 key (RFC 5958, RFC 8017 A.1.2), each in the length that the card keeps it in.
fn parts(der: &[u8], length: usize) -> Option<RsaPair> {
    let (info, _) = element(der, 0x30)?;
    let (_, rest) = element(info, 0x02)?;
    let (_, rest) = element(rest, 0x30)?;
    let (octets, _) = element(rest, 0x04)?;
    let (mut rest, _) = element(octets, 0x30)?;
    let mut numbers = Vec::with_capacity(9);
    while let Some((number, after)) = element(rest, 0x02) {
        numbers.push(trimmed(number));
        rest = after;
    }
    let &[_, n, e, d, p, q, dp, dq, inverse] = numbers.as_slice() else { return None };
    let sized = |number: &[u8], length: usize| {
        let mut all = Secret::new(vec![0; length.saturating_sub(number.len())]);
        all.extend_from_slice(number);
        all
    };
    let half = length / 2;
    Some(RsaPair {
        public: RsaPublic { modulus: n.to_vec(), exponent: e.to_vec() },
        exponent: sized(d, length),
        crt: RsaCrt {
            p: sized(p, half),
            q: sized(q, half),
            dp: sized(dp, half),
            dq: sized(dq, half),
            inverse: sized(inverse, half),
        },
    })
}
