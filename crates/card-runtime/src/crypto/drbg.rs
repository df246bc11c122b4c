//! HMAC_DRBG with SHA-256 (SP 800-90A Rev. 1, 10.1.2): a generator whose state is a key and a value of 32 bytes each.
//!
//! Its strength is 256 bits. Whoever learns the state cannot tell what was generated before it, because each request ends
//! with a new key. The caller brings the entropy, and counts on [`Drbg::is_due`] to know when more of it is wanted.

use zeroize::Zeroizing;

use super::{HashAlgorithm, Mac};
use crate::limits::DRBG_REQUESTS;

/// Bytes of the digest.
const LENGTH: usize = 32;
/// Bytes that a generator is seeded with: entropy of the full strength, and a nonce of half of it (SP 800-90A, 8.6.7).
pub const SEED: usize = LENGTH + LENGTH / 2;

/// A seeded generator.
#[derive(Clone)]
pub struct Drbg {
    key: Zeroizing<[u8; LENGTH]>,
    value: Zeroizing<[u8; LENGTH]>,
    /// Requests since it was seeded.
    requests: u32,
}

impl Drbg {
    /// A generator from entropy with a nonce, and a string that tells it from others.
    #[must_use]
    pub fn new(seed: &[u8; SEED], personalization: &[u8]) -> Self {
        let mut drbg =
            Self { key: Zeroizing::new([0; LENGTH]), value: Zeroizing::new([1; LENGTH]), requests: 0 };
        drbg.update(&[seed, personalization]);
        drbg
    }

    /// Takes fresh entropy in, and what else may be of use.
    pub fn reseed(&mut self, entropy: &[u8; LENGTH], additional: &[u8]) {
        self.update(&[entropy, additional]);
        self.requests = 0;
    }

    /// Whether it has served so many requests that it should be seeded again.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.requests >= DRBG_REQUESTS
    }

    /// Fills `out`, of at most 65,536 bytes (SP 800-90A, table 2).
    pub fn generate(&mut self, out: &mut [u8], additional: &[u8]) {
        if !additional.is_empty() {
            self.update(&[additional]);
        }
        for block in out.chunks_mut(LENGTH) {
            self.value = self.mac(&[]);
            block.iter_mut().zip(self.value.iter()).for_each(|(to, from)| *to = *from);
        }
        self.update(&[additional]);
        self.requests = self.requests.saturating_add(1);
    }

    /// HMAC_DRBG_Update: with no data at all, one round.
    fn update(&mut self, data: &[&[u8]]) {
        for round in [0, 1] {
            let parts: Zeroizing<alloc::vec::Vec<u8>> = Zeroizing::new(data.concat());
            self.key = self.mac(&[&[round], &parts]);
            self.value = self.mac(&[]);
            if parts.is_empty() {
                break;
            }
        }
    }

    /// The HMAC of the value and what follows it.
    fn mac(&self, rest: &[&[u8]]) -> Zeroizing<[u8; LENGTH]> {
        let mut mac = Mac::hmac(HashAlgorithm::Sha256, &*self.key);
        mac.update(&*self.value);
        rest.iter().for_each(|part| mac.update(part));
        let mut out = Zeroizing::new([0; LENGTH]);
        // An HMAC never fails, and SHA-256 has this length.
        if let Ok(digest) = mac.finish() {
            out.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn hex(digits: &str) -> Vec<u8> {
        if digits == "-" { Vec::new() } else { hex::decode(digits).unwrap() }
    }

    #[test]
    fn nists_samples_come_out() {
        let text = include_str!("../../../../testdata/drbg/hmac_drbg_sha256.txt");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines.len(), 9);
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let part = |index: usize| hex(words[index]);
            let mut drbg = Drbg::new(&part(1).try_into().unwrap(), &part(2));
            let mut out = [0; 128];
            for (request, reseed) in [(0, words[0] != "none"), (1, words[0] == "each")] {
                if reseed {
                    drbg.reseed(&part(3 + 2 * request).try_into().unwrap(), &part(4 + 2 * request));
                }
                drbg.generate(&mut out, &part(7 + request));
            }
            assert_eq!(out.to_vec(), part(9), "{line}");
        }
    }

    #[test]
    fn a_generator_says_when_it_wants_entropy() {
        let mut drbg = Drbg::new(&[5; SEED], &[]);
        for _ in 0..DRBG_REQUESTS {
            assert!(!drbg.is_due());
            drbg.generate(&mut [0; 1], &[]);
        }
        assert!(drbg.is_due());
        drbg.reseed(&[6; LENGTH], &[]);
        assert!(!drbg.is_due());
    }
}
