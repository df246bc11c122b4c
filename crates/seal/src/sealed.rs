//! A sealed batch as it is carried and stored ("Seal" in `docs/formats.md`).
//!
//! ```text
//! sealed    = [ seal: bstr, batch: bstr ]
//! seal      = 18([ protected: bstr, {}, payload: bstr .size 32, signature: bstr .size 64 ])
//! protected = { 1: -7, 4: kid, 258: -16, -65537: counter, -65538: previous }     78 bytes
//! ```
//!
//! Every field of a seal has a fixed width and place (the element needs no CBOR encoder for it), so a seal is
//! always 183 bytes and reading it is comparing the fixed ones and taking the others. It is an ordinary
//! `COSE_Sign1` (RFC 9052) over a hash envelope (RFC 9995) all the same, and the tests read it as one.

use aws_lc_rs::digest::{SHA256, digest};

use crate::cbor::{self, BatchError, Problem, Reader, major};
use crate::ids::{Counter, KeyId, SealHash};
use crate::limits;

/// Bytes of the protected header.
const PROTECTED_BYTES: usize = 78;
/// Bytes that are signed.
const SIGNED_BYTES: usize = 127;

/// Tag 18, array of four, byte string of 78.
const SEAL_HEAD: &[u8] = &[0xd2, 0x84, 0x58, 78];
/// Map of five; algorithm ES256; the key id's label and a byte string of 16.
const KID_HEAD: &[u8] = &[0xa5, 0x01, 0x26, 0x04, 0x50];
/// Label 258 (hash algorithm of the preimage) SHA-256; label -65537 and an unsigned integer of 8 bytes.
const COUNTER_HEAD: &[u8] = &[0x19, 0x01, 0x02, 0x2f, 0x3a, 0, 1, 0, 0, 0x1b];
/// Label -65538 and a byte string of 32.
const PREVIOUS_HEAD: &[u8] = &[0x3a, 0, 1, 0, 1, 0x58, 32];
/// No unprotected headers; byte string of 32.
const PAYLOAD_HEAD: &[u8] = &[0xa0, 0x58, 32];
/// Byte string of 64.
const SIGNATURE_HEAD: &[u8] = &[0x58, 64];
/// Array of four, the context string, byte string of 78 (RFC 9052 section 4.4).
const SIGNED_HEAD: &[u8] = b"\x84\x6aSignature1\x58\x4e";
/// No external data; byte string of 32.
const SIGNED_PAYLOAD_HEAD: &[u8] = &[0x40, 0x58, 32];

/// What a seal says. Nothing of it is proven until a key has verified it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// The key it says it was made with.
    pub kid: KeyId,
    /// Its place in the element's chain.
    pub counter: Counter,
    /// Hash of the seal before it, zeros for the first.
    pub previous: SealHash,
    /// SHA-256 of the batch's bytes.
    pub payload_hash: [u8; 32],
}

impl Claims {
    /// The protected header's bytes.
    #[must_use]
    pub fn protected(&self) -> Vec<u8> {
        let counter = self.counter.0.to_be_bytes();
        [KID_HEAD, &self.kid.0, COUNTER_HEAD, &counter, PREVIOUS_HEAD, &self.previous.0].concat()
    }

    /// The bytes that are signed: the `Sig_structure` of RFC 9052 section 4.4.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        [SIGNED_HEAD, &self.protected(), SIGNED_PAYLOAD_HEAD, &self.payload_hash].concat()
    }

    /// The tagged `COSE_Sign1` with this signature, `r || s`.
    #[must_use]
    pub fn seal(&self, signature: &[u8; 64]) -> Vec<u8> {
        let protected = self.protected();
        [SEAL_HEAD, &protected, PAYLOAD_HEAD, &self.payload_hash, SIGNATURE_HEAD, signature].concat()
    }
}

/// A seal by itself, as an element gives it: a claim like [`SealedBatch`], without the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    claims: Claims,
    signature: [u8; 64],
}

impl Seal {
    /// The seal that these bytes are, all of them.
    ///
    /// # Errors
    /// [`BatchError`] with the offset of the first byte that differs from the format.
    pub fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        let mut from = Reader::new(bytes);
        from.expect(SEAL_HEAD)?;
        from.expect(KID_HEAD)?;
        let kid = KeyId(*from.take()?);
        from.expect(COUNTER_HEAD)?;
        let counter = Counter(u64::from_be_bytes(*from.take()?));
        from.expect(PREVIOUS_HEAD)?;
        let previous = SealHash(*from.take()?);
        from.expect(PAYLOAD_HEAD)?;
        let payload_hash = *from.take()?;
        from.expect(SIGNATURE_HEAD)?;
        let signature = *from.take()?;
        from.end()?;
        Ok(Self { claims: Claims { kid, counter, previous, payload_hash }, signature })
    }

    /// What it says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Its signature, `r || s`.
    #[must_use]
    pub fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// The bytes it was parsed from.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.claims.seal(&self.signature)
    }

    /// What the next seal of the chain carries as `previous`.
    #[must_use]
    pub fn hash(&self) -> SealHash {
        SealHash(sha256(&self.to_bytes()))
    }
}

/// A claim: bytes in the form of a sealed batch. Holding one proves the form of the seal and nothing else:
/// not who made it, not that seal and batch belong together, not even that the batch can be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBatch {
    bytes: Vec<u8>,
    seal: Seal,
    batch_start: usize,
}

impl SealedBatch {
    /// Length of the sealed batch at the beginning of these bytes, by its heads alone: for taking a sequence apart
    /// (RFC 8742). Whether it is one is [`SealedBatch::parse`]'s to say.
    ///
    /// # Errors
    /// [`BatchError`] when no array of two byte strings of possible lengths stands there.
    pub fn length_of_first(bytes: &[u8]) -> Result<usize, BatchError> {
        let mut from = Reader::new(bytes);
        from.array_of(2)?;
        from.bytes(limits::SEAL_BYTES)?;
        from.bytes(limits::BATCH_BYTES)?;
        Ok(from.offset())
    }

    /// The sealed batch that these bytes are, all of them.
    ///
    /// # Errors
    /// [`BatchError`] with the offset of the first item that is not what the format or a limit asks for.
    pub fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        if bytes.len() > limits::SEALED_BYTES {
            return Err(BatchError { offset: limits::SEALED_BYTES, problem: Problem::Limit });
        }
        let mut from = Reader::new(bytes);
        from.array_of(2)?;
        let seal = from.bytes(limits::SEAL_BYTES)?;
        let seal_start = from.offset() - seal.len();
        let seal = Seal::parse(seal)
            .map_err(|error| BatchError { offset: seal_start + error.offset, problem: error.problem })?;
        let batch = from.bytes(limits::BATCH_BYTES)?;
        let batch_start = from.offset() - batch.len();
        from.end()?;
        Ok(Self { bytes: bytes.to_vec(), seal, batch_start })
    }

    /// A seal and the bytes of its batch put together for the way.
    ///
    /// # Errors
    /// [`BatchError`] as for `parse`, when the seal's bytes are none or the batch is too long.
    pub fn join(seal: &[u8], batch: &[u8]) -> Result<Self, BatchError> {
        let mut to = Vec::with_capacity(seal.len() + batch.len() + 8);
        cbor::put_head(&mut to, major::ARRAY, 2);
        cbor::put_bytes(&mut to, seal);
        cbor::put_bytes(&mut to, batch);
        Self::parse(&to)
    }

    /// What the seal says, unproven.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        self.seal.claims()
    }

    /// The seal, unproven.
    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The batch's bytes, unproven.
    #[must_use]
    pub fn batch_bytes(&self) -> &[u8] {
        self.bytes.get(self.batch_start..).unwrap_or_default()
    }

    /// The bytes as received.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A copy of the bytes as received.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The bytes as received, without copying them.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// SHA-256 of `bytes`: what a seal's payload is of a batch.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

const _: () = assert!(
    SEAL_HEAD.len() + PROTECTED_BYTES + PAYLOAD_HEAD.len() + 32 + SIGNATURE_HEAD.len() + 64
        == limits::SEAL_BYTES
        && KID_HEAD.len() + 16 + COUNTER_HEAD.len() + 8 + PREVIOUS_HEAD.len() + 32 == PROTECTED_BYTES
        && SIGNED_HEAD.len() + PROTECTED_BYTES + SIGNED_PAYLOAD_HEAD.len() + 32 == SIGNED_BYTES
);
