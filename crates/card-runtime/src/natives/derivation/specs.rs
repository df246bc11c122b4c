//! The parameters of derivations: interfaces that applets implement, whose methods are called back in the applet's own name.
//!
//! An algorithm takes exactly its own kind of parameters; another is ILLEGAL_VALUE. A byte array that a method gives must be
//! one that the applet may read. Null stands for no bytes where the derivation can do without (salt, shared info, label
//! and context, input data), and is ILLEGAL_VALUE for a secret; a key without material is UNINITIALIZED_KEY.
//!
//! What the public documentation leaves open is read so: a digest may be named by its `MessageDigest.ALG_*` or by the
//! `Signature.ALG_HMAC_*` of its HMAC, which are different numbers; a counter's length is in bits, and 1 to 4 are bytes.

use card_image::api::{ClassId, MemberId};
use card_vm::heap::Access;
use card_vm::{Ref, Stop, Value};

use super::getters::*;
use crate::crypto::{CounterBytes, Derivation, HashAlgorithm, Prf, Secret};
use crate::natives::call::Call;
use crate::natives::digest::hash_of;
use crate::natives::keys::{Crypto, Family};
use crate::natives::names;
use crate::natives::policy;
use crate::policy::Uses;

/// `DerivationFunction.ALG_*`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Counter = 1,
    DoublePipeline = 2,
    Feedback = 3,
    Tls11 = 4,
    Tls12 = 5,
    Ieee1363 = 6,
    IcaoMrtd = 7,
    AnsiX963 = 8,
    Hkdf = 9,
    ExpandLabel = 10,
}

impl Algorithm {
    const ALL: [Self; 10] = [
        Self::Counter,
        Self::DoublePipeline,
        Self::Feedback,
        Self::Tls11,
        Self::Tls12,
        Self::Ieee1363,
        Self::IcaoMrtd,
        Self::AnsiX963,
        Self::Hkdf,
        Self::ExpandLabel,
    ];

    pub(super) fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| *algorithm as i16 == number)
    }

    /// What it uses whatever its parameters are; what these name is asked for when they are read.
    pub(super) fn uses(self) -> Uses {
        match self {
            Self::Tls11 => policy::digests([HashAlgorithm::Md5, HashAlgorithm::Sha1]),
            Self::Tls12 => policy::digests([HashAlgorithm::Sha256]),
            Self::Counter
            | Self::DoublePipeline
            | Self::Feedback
            | Self::Ieee1363
            | Self::IcaoMrtd
            | Self::AnsiX963
            | Self::Hkdf
            | Self::ExpandLabel => Uses::default(),
        }
    }

    /// The interface of its parameters.
    fn interface(self) -> ClassId {
        match self {
            Self::Counter => names::KDF_COUNTER_MODE_SPEC,
            Self::DoublePipeline => names::KDF_DOUBLE_PIPELINE_SPEC,
            Self::Feedback => names::KDF_FEEDBACK_MODE_SPEC,
            Self::Tls11 | Self::Tls12 => names::TLS_PRF_SPEC,
            Self::Ieee1363 => names::KDF_IEEE_1363_SPEC,
            Self::IcaoMrtd => names::KDF_ICAO_MRTD_SPEC,
            Self::AnsiX963 => names::KDF_ANSI_X963_SPEC,
            Self::Hkdf => names::KDF_HMAC_SPEC,
            Self::ExpandLabel => names::TLS_EXPAND_LABEL_SPEC,
        }
    }
}

/// An applet's parameters while `init` reads them.
struct Spec<'c, 'a, 'w> {
    call: &'c mut Call<'a, 'w>,
    object: Ref,
}

/// Reads parameters and begins the derivation.
pub(super) fn derivation(
    call: &mut Call<'_, '_>,
    algorithm: Algorithm,
    object: Ref,
) -> Result<Derivation, Stop> {
    call.vm.caller().header(object, Access::InterfaceCall)?;
    if !call.vm.is_instance(object, algorithm.interface()) {
        return Err(Crypto::IllegalValue.into());
    }
    let spec = Spec { call, object };
    match algorithm {
        Algorithm::Counter => spec.counter(),
        Algorithm::DoublePipeline => spec.double_pipeline(),
        Algorithm::Feedback => spec.feedback(),
        Algorithm::Tls11 => spec.tls().map(|(secret, seed)| Derivation::tls11(&secret, &seed)),
        Algorithm::Tls12 => spec.tls().map(|(secret, seed)| Derivation::tls12(&secret, &seed)),
        Algorithm::Ieee1363 => spec.ieee_1363(),
        Algorithm::IcaoMrtd => spec.icao_mrtd(),
        Algorithm::AnsiX963 => spec.ansi_x963(),
        Algorithm::Hkdf => spec.hkdf(),
        Algorithm::ExpandLabel => spec.expand_label(),
    }
}

impl Spec<'_, '_, '_> {
    fn ask(&mut self, getter: MemberId) -> Result<Value, Stop> {
        let owner = self.call.vm.active();
        self.call.vm.call_virtual_as(self.call.os, owner, getter, self.object, &[])
    }

    fn short(&mut self, getter: MemberId) -> Result<i16, Stop> {
        match self.ask(getter)? {
            Value::Short(value) => Ok(value),
            Value::Void | Value::Int(_) | Value::Ref(_) => Err(Crypto::IllegalValue.into()),
        }
    }

    fn reference(&mut self, getter: MemberId) -> Result<Ref, Stop> {
        match self.ask(getter)? {
            Value::Ref(object) => Ok(object),
            Value::Void | Value::Int(_) | Value::Short(_) => Err(Crypto::IllegalValue.into()),
        }
    }

    /// All bytes of an array that the applet may read; none of null.
    fn array(&mut self, getter: MemberId) -> Result<Option<Secret>, Stop> {
        let array = self.reference(getter)?;
        if array.is_null() {
            return Ok(None);
        }
        let door = self.call.vm.caller();
        let length = i16::try_from(door.length(array)?).unwrap_or(i16::MAX);
        Ok(Some(Secret::new(door.bytes(array, 0, length)?.to_vec())))
    }

    /// Bytes that may be missing.
    fn optional(&mut self, getter: MemberId) -> Result<Secret, Stop> {
        Ok(self.array(getter)?.unwrap_or_default())
    }

    /// Bytes that must be there, though there may be none of them.
    fn bytes(&mut self, getter: MemberId) -> Result<Secret, Stop> {
        self.array(getter)?.ok_or_else(|| Crypto::IllegalValue.into())
    }

    /// The material of a secret key.
    fn key(&mut self, getter: MemberId) -> Result<Secret, Stop> {
        let key = self.reference(getter)?;
        if key.is_null() {
            return Err(Crypto::IllegalValue.into());
        }
        let secret = matches!(
            self.call.key_family(key)?,
            Family::Aes | Family::Des | Family::Seed | Family::Sm4 | Family::Hmac | Family::Generic
        );
        if !secret {
            return Err(Crypto::IllegalValue.into());
        }
        self.call.require_initialized(key)?;
        Ok(Secret::new(self.call.material(key)?.to_vec()))
    }

    fn hash(&mut self, getter: MemberId) -> Result<HashAlgorithm, Stop> {
        let number = self.short(getter)?;
        self.allowed(hash_of(number).ok_or(Crypto::IllegalValue)?)
    }

    /// A digest that the card's policy allows.
    fn allowed(&mut self, hash: HashAlgorithm) -> Result<HashAlgorithm, Stop> {
        self.call.permit(&policy::digests([hash])).map(|_| hash)
    }

    /// A digest that is used as HMAC.
    fn hmac(&mut self, getter: MemberId) -> Result<HashAlgorithm, Stop> {
        let number = self.short(getter)?;
        self.allowed(hash_of(number).or_else(|| hmac_of(number)).ok_or(Crypto::IllegalValue)?)
    }

    fn prf(&mut self, getter: MemberId) -> Result<Prf, Stop> {
        match self.short(getter)? {
            CMAC => Ok(Prf::Cmac),
            number => self.allowed(hmac_of(number).ok_or(Crypto::IllegalValue)?).map(Prf::Hmac),
        }
    }

    /// At least one byte.
    fn length(&mut self, getter: MemberId) -> Result<usize, Stop> {
        let length = usize::try_from(self.short(getter)?).ok().filter(|length| *length > 0);
        length.ok_or_else(|| Crypto::IllegalValue.into())
    }

    fn width(&mut self, getter: MemberId) -> Result<CounterBytes, Stop> {
        Ok(match self.short(getter)? {
            bytes @ 1..=4 => CounterBytes::of_bits(8 * bytes)?,
            bits => CounterBytes::of_bits(bits)?,
        })
    }

    /// A counter that may be left out.
    fn optional_width(&mut self, getter: MemberId) -> Result<CounterBytes, Stop> {
        if self.short(getter)? == 0 { Ok(CounterBytes::NONE) } else { self.width(getter) }
    }

    fn counter(mut self) -> Result<Derivation, Stop> {
        let (prf, secret) = (self.prf(COUNTER_ALGORITHM)?, self.key(COUNTER_SECRET)?);
        let (before, after) = (self.optional(COUNTER_BEFORE)?, self.optional(COUNTER_AFTER)?);
        let (width, length) = (self.width(COUNTER_WIDTH)?, self.length(COUNTER_OUTPUT)?);
        Ok(Derivation::counter(prf, width, &secret, [&before, &after], length)?)
    }

    fn double_pipeline(mut self) -> Result<Derivation, Stop> {
        let (prf, secret) = (self.prf(PIPELINE_ALGORITHM)?, self.key(PIPELINE_SECRET)?);
        let input = self.optional(PIPELINE_INPUT)?;
        let (width, length) = (self.optional_width(PIPELINE_WIDTH)?, self.length(PIPELINE_OUTPUT)?);
        Ok(Derivation::pipeline(prf, width, &secret, &input, length)?)
    }

    fn feedback(mut self) -> Result<Derivation, Stop> {
        let (prf, secret) = (self.prf(FEEDBACK_ALGORITHM)?, self.key(FEEDBACK_SECRET)?);
        let (vector, input) = (self.optional(FEEDBACK_IV)?, self.optional(FEEDBACK_INPUT)?);
        let (width, length) = (self.optional_width(FEEDBACK_WIDTH)?, self.length(FEEDBACK_OUTPUT)?);
        Ok(Derivation::feedback(prf, width, &secret, [&vector, &input], length)?)
    }

    /// The secret and the seed, which begins with the label.
    fn tls(mut self) -> Result<(Secret, Secret), Stop> {
        Ok((self.key(TLS_SECRET)?, self.bytes(TLS_SEED)?))
    }

    fn ieee_1363(mut self) -> Result<Derivation, Stop> {
        let (hash, secret) = (self.hash(IEEE_ALGORITHM)?, self.bytes(IEEE_SECRET)?);
        Ok(Derivation::once(hash, &secret, &self.optional(IEEE_PARAMETERS)?))
    }

    /// The counter, 32 bits long, tells the keys of one secret apart (ICAO 9303-11, 9.7.1).
    fn icao_mrtd(mut self) -> Result<Derivation, Stop> {
        let (hash, secret) = (self.hash(ICAO_ALGORITHM)?, self.bytes(ICAO_SECRET)?);
        let counter = self.bytes(ICAO_COUNTER)?;
        if counter.len() != 4 {
            return Err(Crypto::IllegalValue.into());
        }
        Ok(Derivation::once(hash, &secret, &counter))
    }

    fn ansi_x963(mut self) -> Result<Derivation, Stop> {
        let (hash, secret) = (self.hash(X963_ALGORITHM)?, self.bytes(X963_SECRET)?);
        let (info, length) = (self.optional(X963_INFO)?, self.length(X963_OUTPUT)?);
        Ok(Derivation::x963(hash, &secret, &info, length))
    }

    fn hkdf(mut self) -> Result<Derivation, Stop> {
        let (hash, secret) = (self.hmac(HKDF_ALGORITHM)?, self.bytes(HKDF_SECRET)?);
        let (salt, info) = (self.optional(HKDF_SALT)?, self.optional(HKDF_INFO)?);
        Ok(Derivation::hkdf(hash, &secret, &salt, &info, self.length(HKDF_OUTPUT)?)?)
    }

    fn expand_label(mut self) -> Result<Derivation, Stop> {
        let (hash, secret) = (self.hmac(LABEL_ALGORITHM)?, self.bytes(LABEL_SECRET)?);
        let prefix: &[u8] = match self.short(LABEL_PREFIX)? {
            1 => b"tls13 ",
            2 => b"dtls13",
            _ => return Err(Crypto::IllegalValue.into()),
        };
        let (label, context) = (self.bytes(LABEL_LABEL)?, self.optional(LABEL_CONTEXT)?);
        let length = self.length(LABEL_OUTPUT)?;
        Ok(Derivation::expand_label(hash, &secret, (prefix, &label), &context, length)?)
    }
}

/// `Signature.ALG_AES_CMAC_128`, with keys of any length that AES has.
const CMAC: i16 = 49;

/// The digest of a `Signature.ALG_HMAC_*`.
fn hmac_of(algorithm: i16) -> Option<HashAlgorithm> {
    Some(match algorithm {
        24 => HashAlgorithm::Sha1,
        25 => HashAlgorithm::Sha256,
        26 => HashAlgorithm::Sha384,
        27 => HashAlgorithm::Sha512,
        28 => HashAlgorithm::Md5,
        29 => HashAlgorithm::Ripemd160,
        _ => return None,
    })
}
