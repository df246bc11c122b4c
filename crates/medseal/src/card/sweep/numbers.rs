//! The numbers of the applet's factories and operations (`applets/sweep`), and what derivations are asked with.

use super::keys::Family;

/// Factories, by the applet's numbers (`applets/sweep`).
pub(crate) mod factory {
    pub(crate) const DIGEST: u8 = 0x00;
    pub(crate) const INITIALIZED_DIGEST: u8 = 0x01;
    pub(crate) const SIGNATURE: u8 = 0x02;
    pub(crate) const SIGNATURE_OF_PARTS: u8 = 0x03;
    pub(crate) const CIPHER: u8 = 0x04;
    pub(crate) const CIPHER_OF_PARTS: u8 = 0x05;
    pub(crate) const AGREEMENT: u8 = 0x06;
    pub(crate) const RANDOM: u8 = 0x07;
    pub(crate) const CHECKSUM: u8 = 0x08;
    pub(crate) const KEY: u8 = 0x09;
    pub(crate) const KEY_IN_MEMORY: u8 = 0x0A;
    pub(crate) const PAIR: u8 = 0x0B;
    pub(crate) const NAMED: u8 = 0x20;
    pub(crate) const NAMED_KEY: u8 = 0x21;
    pub(crate) const DERIVATION: u8 = 0x22;
    pub(crate) const CERTIFICATE: u8 = 0x23;
    pub(crate) const BIOMETRY: u8 = 0x24;
    pub(crate) const BIOMETRY_1_TO_N: u8 = 0x25;
    pub(crate) const DIGEST_ONCE: u8 = 0x30;
    pub(crate) const RANDOM_ONCE: u8 = 0x34;
}

/// Operations, by the applet's numbers.
pub(crate) mod operation {
    pub(crate) const DIGEST: u8 = 0x00;
    pub(crate) const SIGN: u8 = 0x01;
    pub(crate) const VERIFY: u8 = 0x02;
    pub(crate) const ENCRYPT: u8 = 0x03;
    pub(crate) const DECRYPT: u8 = 0x04;
    pub(crate) const SEAL: u8 = 0x05;
    pub(crate) const AGREE: u8 = 0x06;
    pub(crate) const RANDOM: u8 = 0x07;
    pub(crate) const CHECK: u8 = 0x08;
    pub(crate) const DERIVE_FROM_BYTES: u8 = 0x20;
    pub(crate) const DERIVE_FROM_KEY: u8 = 0x21;
}

/// What a derivation is done with: the operation, the family of the key, and the algorithm of its parameters, here SHA-256
/// or HMAC with it.
pub(crate) fn derived(name: &str) -> (u8, Option<Family>, u8) {
    /// `MessageDigest.ALG_SHA_256` and `Signature.ALG_HMAC_SHA_256`.
    const SHA_256: u8 = 4;
    const HMAC_SHA_256: u8 = 25;
    match name {
        "ALG_KDF_COUNTER_MODE" | "ALG_KDF_DPI_MODE" | "ALG_KDF_FEEDBACK_MODE" => {
            (operation::DERIVE_FROM_KEY, Some(Family::Hmac), HMAC_SHA_256)
        }
        "ALG_PRF_TLS11" | "ALG_PRF_TLS12" => (operation::DERIVE_FROM_KEY, Some(Family::Generic), SHA_256),
        _ => (operation::DERIVE_FROM_BYTES, None, SHA_256),
    }
}
