//! Key derivation as streams of bytes: X9.63 and IEEE 1363 (KDF1), ICAO 9303, SP 800-108 in its three modes, HKDF (RFC 5869),
//! the label forms of TLS 1.3 and DTLS 1.3 (RFC 8446, RFC 9147), and the TLS PRFs of RFC 4346 and RFC 5246.
//!
//! All of them make one block after the other from a secret; they differ in what goes into a block. [`Derivation`] holds
//! what the next block needs and what is left of the present one, so output can be taken in pieces of any length.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{AesKey, Digest, HashAlgorithm, Mac, Secret};

/// A keyed pseudo-random function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prf {
    /// HMAC.
    Hmac(HashAlgorithm),
    /// CMAC with AES, whose key length is the secret's.
    Cmac,
}

/// Why nothing can be derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KdfError {
    /// The secret is no key of the function.
    #[error("{0} bytes are no key of the function")]
    Secret(usize),
    /// A parameter is outside of what the derivation allows.
    #[error("a parameter is outside of what the derivation allows")]
    Parameter,
    /// More was asked for than there is.
    #[error("more was asked for than the derivation gives")]
    Exhausted,
}

impl Prf {
    /// Bytes of output.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::Hmac(hash) => hash.length(),
            Self::Cmac => 16,
        }
    }

    /// The function of a key and the parts of a message.
    ///
    /// # Errors
    /// [`KdfError::Secret`] when AES has no such key.
    pub fn of(self, key: &[u8], parts: &[&[u8]]) -> Result<Digest, KdfError> {
        let wrong = KdfError::Secret(key.len());
        let mut mac = match self {
            Self::Hmac(hash) => Mac::hmac(hash, key),
            Self::Cmac => Mac::cmac(&AesKey::new(key).map_err(|_| wrong)?),
        };
        parts.iter().for_each(|part| mac.update(part));
        mac.finish().map_err(|_| wrong)
    }
}

/// The width of SP 800-108's counter, in bytes: 1 to 4, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterBytes(usize);

impl CounterBytes {
    /// No counter, which the feedback and the double-pipeline mode can do without.
    pub const NONE: Self = Self(0);

    /// A width in bits: 8, 16, 24, 32.
    ///
    /// # Errors
    /// [`KdfError::Parameter`] for another.
    pub fn of_bits(bits: i16) -> Result<Self, KdfError> {
        match bits {
            8 => Ok(Self(1)),
            16 => Ok(Self(2)),
            24 => Ok(Self(3)),
            32 => Ok(Self(4)),
            _ => Err(KdfError::Parameter),
        }
    }

    /// The number of a block, if it fits.
    fn write(self, number: u32) -> Result<Vec<u8>, KdfError> {
        let bytes = number.to_be_bytes();
        let (zeros, digits) = bytes.split_at_checked(4 - self.0).ok_or(KdfError::Parameter)?;
        let fits = self.0 == 0 || zeros.iter().all(|byte| *byte == 0);
        if fits { Ok(digits.to_vec()) } else { Err(KdfError::Exhausted) }
    }
}

/// What goes into a block.
#[derive(Clone)]
enum Form {
    /// `H(secret | number | info)`
    X963(HashAlgorithm),
    /// `H(secret | info)`, one block.
    Once(HashAlgorithm),
    /// `PRF(secret, before | number | info)`
    Counter(Prf, CounterBytes, Vec<u8>),
    /// `PRF(secret, last | number | info)`
    Feedback(Prf, CounterBytes),
    /// `A = PRF(secret, A)`, then `PRF(secret, A | number | info)`
    Pipeline(Prf, CounterBytes),
    /// `HMAC(secret, last | info | number)`
    Expand(HashAlgorithm),
    /// `A = HMAC(secret, A)`, then `HMAC(secret, A | info)`
    Tls(HashAlgorithm),
}

/// Derived bytes, one after the other.
#[derive(Clone)]
pub struct Derivation {
    form: Form,
    secret: Secret,
    info: Secret,
    /// What a block is fed from the one before it: `last`, `A`.
    chain: Secret,
    number: u32,
    ready: Secret,
    /// Bytes that may still be taken; the TLS PRFs have no end.
    left: Option<usize>,
    /// A second stream that is added to this one (TLS 1.1).
    other: Option<Box<Derivation>>,
}

impl Derivation {
    fn new(form: Form, secret: &[u8], info: &[u8], left: Option<usize>) -> Self {
        let own = |bytes: &[u8]| Secret::new(bytes.to_vec());
        let (chain, ready) = (Secret::default(), Secret::default());
        Self { form, secret: own(secret), info: own(info), chain, number: 0, ready, left, other: None }
    }

    fn chained(self, chain: &[u8]) -> Self {
        Self { chain: Secret::new(chain.to_vec()), ..self }
    }

    /// ANSI X9.63.
    #[must_use]
    pub fn x963(hash: HashAlgorithm, secret: &[u8], info: &[u8], length: usize) -> Self {
        Self::new(Form::X963(hash), secret, info, Some(length))
    }

    /// One digest over secret and parameters: IEEE 1363's KDF1, and with a counter of four bytes as parameters ICAO 9303's.
    #[must_use]
    pub fn once(hash: HashAlgorithm, secret: &[u8], parameters: &[u8]) -> Self {
        Self::new(Form::Once(hash), secret, parameters, Some(hash.length()))
    }

    /// SP 800-108, counter mode.
    ///
    /// # Errors
    /// [`KdfError`] when the function has no such key, or the counter cannot tell so many blocks apart.
    pub fn counter(
        prf: Prf,
        width: CounterBytes,
        secret: &[u8],
        around: [&[u8]; 2],
        length: usize,
    ) -> Result<Self, KdfError> {
        let [before, after] = around;
        let form = Form::Counter(prf, width, before.to_vec());
        Self::new(form, secret, after, Some(length)).checked(prf, width, length)
    }

    /// SP 800-108, feedback mode: initial vector, then input data.
    ///
    /// # Errors
    /// As [`Derivation::counter`].
    pub fn feedback(
        prf: Prf,
        width: CounterBytes,
        secret: &[u8],
        [vector, input]: [&[u8]; 2],
        length: usize,
    ) -> Result<Self, KdfError> {
        let derivation = Self::new(Form::Feedback(prf, width), secret, input, Some(length));
        derivation.chained(vector).checked(prf, width, length)
    }

    /// SP 800-108, double-pipeline mode.
    ///
    /// # Errors
    /// As [`Derivation::counter`].
    pub fn pipeline(
        prf: Prf,
        width: CounterBytes,
        secret: &[u8],
        input: &[u8],
        length: usize,
    ) -> Result<Self, KdfError> {
        let derivation = Self::new(Form::Pipeline(prf, width), secret, input, Some(length));
        derivation.chained(input).checked(prf, width, length)
    }

    /// The same derivation, if the function takes its secret and the counter can number all of its blocks.
    fn checked(self, prf: Prf, width: CounterBytes, length: usize) -> Result<Self, KdfError> {
        prf.of(&self.secret, &[])?;
        let blocks = u32::try_from(length.div_ceil(prf.length())).map_err(|_| KdfError::Parameter)?;
        width.write(blocks).map_err(|_| KdfError::Parameter)?;
        Ok(self)
    }

    /// HKDF, both steps.
    ///
    /// # Errors
    /// [`KdfError::Parameter`] for more than 255 blocks.
    pub fn hkdf(
        hash: HashAlgorithm,
        secret: &[u8],
        salt: &[u8],
        info: &[u8],
        length: usize,
    ) -> Result<Self, KdfError> {
        let key = Prf::Hmac(hash).of(salt, &[secret])?;
        Self::expand(hash, key.as_ref(), info, length)
    }

    fn expand(hash: HashAlgorithm, key: &[u8], info: &[u8], length: usize) -> Result<Self, KdfError> {
        if length > 255 * hash.length() {
            return Err(KdfError::Parameter);
        }
        Ok(Self::new(Form::Expand(hash), key, info, Some(length)))
    }

    /// HKDF-Expand-Label: `prefix` is `"tls13 "` or `"dtls13"`.
    ///
    /// # Errors
    /// [`KdfError::Parameter`] when label or context do not fit their length bytes.
    pub fn expand_label(
        hash: HashAlgorithm,
        secret: &[u8],
        (prefix, label): (&[u8], &[u8]),
        context: &[u8],
        length: usize,
    ) -> Result<Self, KdfError> {
        let short = |length: usize| u8::try_from(length).map_err(|_| KdfError::Parameter);
        let mut info = u16::try_from(length).map_err(|_| KdfError::Parameter)?.to_be_bytes().to_vec();
        info.push(short(prefix.len() + label.len())?);
        info.extend_from_slice(prefix);
        info.extend_from_slice(label);
        info.push(short(context.len())?);
        info.extend_from_slice(context);
        Self::expand(hash, secret, &info, length)
    }

    /// The PRF of TLS 1.2, label and seed together; it has no end.
    #[must_use]
    pub fn tls12(secret: &[u8], seed: &[u8]) -> Self {
        Self::new(Form::Tls(HashAlgorithm::Sha256), secret, seed, None).chained(seed)
    }

    /// The PRF of TLS 1.0 and 1.1: MD5 keyed with the first half of the secret, SHA-1 with the second; a secret of odd
    /// length shares its middle byte.
    #[must_use]
    pub fn tls11(secret: &[u8], seed: &[u8]) -> Self {
        let half = secret.len().div_ceil(2);
        let (first, second) = (secret.get(..half), secret.get(secret.len() - half..));
        let stream = |hash, secret: Option<&[u8]>| {
            Self::new(Form::Tls(hash), secret.unwrap_or_default(), seed, None).chained(seed)
        };
        let other = stream(HashAlgorithm::Sha1, second);
        Self { other: Some(other.into()), ..stream(HashAlgorithm::Md5, first) }
    }

    /// The next bytes.
    ///
    /// # Errors
    /// [`KdfError::Exhausted`] when fewer are left, nothing taken; [`KdfError::Secret`].
    pub fn take(&mut self, out: &mut [u8]) -> Result<(), KdfError> {
        let left =
            self.left.map(|left| left.checked_sub(out.len()).ok_or(KdfError::Exhausted)).transpose()?;
        let mut at = 0;
        while let Some(room) = out.get_mut(at..).filter(|room| !room.is_empty()) {
            if self.ready.is_empty() {
                self.ready = Secret::new(self.block()?.as_ref().to_vec());
            }
            let count = room.len().min(self.ready.len());
            room.iter_mut().zip(self.ready.drain(..count)).for_each(|(to, from)| *to = from);
            at += count;
        }
        if let Some(other) = &mut self.other {
            let mut added = Secret::new(alloc::vec![0; out.len()]);
            other.take(&mut added)?;
            out.iter_mut().zip(added.iter()).for_each(|(byte, other)| *byte ^= other);
        }
        self.left = left;
        Ok(())
    }

    /// How many bytes are left; `None` for a derivation without end.
    #[must_use]
    pub fn left(&self) -> Option<usize> {
        self.left
    }

    fn block(&mut self) -> Result<Digest, KdfError> {
        self.number = self.number.checked_add(1).ok_or(KdfError::Exhausted)?;
        let (number, secret, info) = (self.number, &*self.secret, &*self.info);
        let block = match &self.form {
            Form::X963(hash) => return Ok(hash.digest(&[secret, &number.to_be_bytes(), info])),
            Form::Once(hash) => return Ok(hash.digest(&[secret, info])),
            Form::Counter(prf, width, before) => {
                return prf.of(secret, &[before, &width.write(number)?, info]);
            }
            Form::Feedback(prf, width) => prf.of(secret, &[&self.chain, &width.write(number)?, info])?,
            Form::Pipeline(prf, width) => {
                let next = prf.of(secret, &[&self.chain])?;
                let block = prf.of(secret, &[next.as_ref(), &width.write(number)?, info]);
                self.chain = Secret::new(next.as_ref().to_vec());
                return block;
            }
            Form::Expand(hash) => {
                let number = u8::try_from(number).map_err(|_| KdfError::Exhausted)?;
                Prf::Hmac(*hash).of(secret, &[&self.chain, info, &[number]])?
            }
            Form::Tls(hash) => {
                let next = Prf::Hmac(*hash).of(secret, &[&self.chain])?;
                let block = Prf::Hmac(*hash).of(secret, &[next.as_ref(), info]);
                self.chain = Secret::new(next.as_ref().to_vec());
                return block;
            }
        };
        self.chain = Secret::new(block.as_ref().to_vec());
        Ok(block)
    }
}
