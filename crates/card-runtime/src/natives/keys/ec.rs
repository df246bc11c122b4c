//! `ECKey`, `ECPrivateKey`, `ECPublicKey`: any curve over a prime field, set parameter by parameter.
//!
//! The parameters are the key's domain. Once all are set the curve is looked up among the standards' curves, and its number
//! is kept beside them, because a curve known by name is many times faster. Whether other parameters are a curve at all is
//! found out at the first use. Binary fields do not exist here: `setFieldF2M` says so.

use card_vm::{Args, Ref, Stop, Value};

use super::{Crypto, Family, NAME, Named, Part};
use crate::crypto::Secret;
use crate::crypto::curve::{Curve, Domain, NamedCurve};
use crate::natives::call::Call;
use crate::natives::table::{Row, row};

const EC: &[&str] =
    &["javacard/security/ECKey", "javacard/security/ECPrivateKey", "javacard/security/ECPublicKey"];
const PRIVATE: &[&str] = &["javacard/security/ECPrivateKey"];
const PUBLIC: &[&str] = &["javacard/security/ECPublicKey"];

const FIELD: Part = Part::Domain(0);
const A: Part = Part::Domain(1);
const B: Part = Part::Domain(2);
const BASE: Part = Part::Domain(3);
const ORDER: Part = Part::Domain(4);
const COFACTOR: Part = Part::Domain(5);
/// The number of the curve in [`NamedCurve::ALL`], or [`OTHER`].
const CURVE: Part = Part::Domain(6);
const OTHER: [u8; 2] = [0xFF, 0xFF];
/// s or w.
const OWN: Part = Part::Material(0);
/// The mark of an uncompressed point (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;

pub(super) const ROWS: &[Row] = &[
    row(EC, "setFieldFP", "([BSS)V", set_field),
    row(EC, "setFieldF2M", "(S)V", no_binary_field),
    row(EC, "setFieldF2M", "(SSS)V", no_binary_field),
    row(EC, "setA", "([BSS)V", |call, args| set_coefficient(call, args, A)),
    row(EC, "setB", "([BSS)V", |call, args| set_coefficient(call, args, B)),
    row(EC, "setG", "([BSS)V", set_base),
    row(EC, "setR", "([BSS)V", set_order),
    row(EC, "setK", "(S)V", set_cofactor),
    row(EC, "getField", "([BS)S", |call, args| call.give_part(args, FIELD)),
    row(EC, "getA", "([BS)S", |call, args| call.give_part(args, A)),
    row(EC, "getB", "([BS)S", |call, args| call.give_part(args, B)),
    row(EC, "getG", "([BS)S", |call, args| call.give_part(args, BASE)),
    row(EC, "getR", "([BS)S", |call, args| call.give_part(args, ORDER)),
    row(EC, "getK", "()S", cofactor),
    row(EC, "copyDomainParametersFrom", "(Ljavacard/security/ECKey;)V", copy_domain),
    row(PRIVATE, "setS", "([BSS)V", set_secret),
    row(PRIVATE, "getS", "([BS)S", |call, args| call.give_part(args, OWN)),
    row(PUBLIC, "setW", "([BSS)V", set_public),
    row(PUBLIC, "getW", "([BS)S", |call, args| call.give_part(args, OWN)),
];

impl Family {
    pub(super) fn is_of_curve(self) -> bool {
        matches!(self, Self::EcPublic | Self::EcPrivate | Self::EcParameters)
    }

    /// Whether keys of both kinds have parameters of the same kind.
    pub(super) fn shares_domain_with(self, other: Self) -> bool {
        use Family::{DhParameters, DhPrivate, DhPublic, DsaParameters, DsaPrivate, DsaPublic};
        let same = |group: [Self; 3]| group.contains(&self) && group.contains(&other);
        self.is_of_curve() && other.is_of_curve()
            || same([DsaPublic, DsaPrivate, DsaParameters])
            || same([DhPublic, DhPrivate, DhParameters])
    }
}

impl Call<'_, '_> {
    /// The curve of a key on a curve in Weierstrass form, by parameters or by name, that the caller may use.
    pub(in crate::natives) fn curve(&mut self, key: Ref) -> Result<Curve, Stop> {
        let family = self.key_family(key)?;
        if matches!(family, Family::XecPublic | Family::XecPrivate) {
            return match Named::of(self.word(key, NAME)?) {
                Some(Named::Weierstrass(curve)) => Ok(Curve::Named(curve)),
                Some(Named::Edwards(_) | Named::Montgomery(_)) | None => Err(Crypto::IllegalValue.into()),
            };
        }
        if !family.is_of_curve() {
            return Err(Crypto::IllegalValue.into());
        }
        let number: [u8; 2] =
            self.part(key, CURVE)?.try_into().map_err(|_| Stop::from(Crypto::UninitializedKey))?;
        match NamedCurve::ALL.get(usize::from(u16::from_be_bytes(number))) {
            Some(curve) => Ok(Curve::Named(*curve)),
            None => Ok(Curve::new(self.domain(key)?)),
        }
    }

    fn domain(&mut self, key: Ref) -> Result<Domain, Stop> {
        Ok(Domain {
            field: self.part_of(key, FIELD)?.to_vec(),
            a: self.part_of(key, A)?.to_vec(),
            b: self.part_of(key, B)?.to_vec(),
            base: self.part_of(key, BASE)?.to_vec(),
            order: self.part_of(key, ORDER)?.to_vec(),
        })
    }

    /// The private key of an `ECPrivateKey` or `XECPrivateKey`.
    pub(in crate::natives) fn ec_secret(&mut self, key: Ref) -> Result<Secret, Stop> {
        if matches!(self.key_family(key)?, Family::EcPrivate | Family::XecPrivate) {
            self.part_of(key, OWN)
        } else {
            Err(Crypto::IllegalValue.into())
        }
    }

    /// The point of an `ECPublicKey` or `XECPublicKey`.
    pub(in crate::natives) fn ec_public(&mut self, key: Ref) -> Result<Secret, Stop> {
        if matches!(self.key_family(key)?, Family::EcPublic | Family::XecPublic) {
            self.part_of(key, OWN)
        } else {
            Err(Crypto::IllegalValue.into())
        }
    }

    /// Gives a key of a pair the parameters that stand for its length, unless it has its own. Some of them are not enough.
    pub(in crate::natives) fn complete_curve(&mut self, key: Ref) -> Result<(), Stop> {
        let set = [FIELD, A, B, BASE, ORDER];
        let mut count = 0;
        for part in set {
            count += usize::from(!self.part(key, part)?.is_empty());
        }
        match count {
            5 => Ok(()),
            0 => {
                let bits = u16::try_from(self.key_bits(key)?).unwrap_or(0);
                let curve = NamedCurve::default_of(bits).ok_or(Crypto::UninitializedKey)?;
                self.set_named_curve(key, curve)
            }
            _ => Err(Crypto::UninitializedKey.into()),
        }
    }

    /// Gives a key the parameters of a standard's curve.
    pub(in crate::natives) fn set_named_curve(&mut self, key: Ref, curve: NamedCurve) -> Result<(), Stop> {
        self.set_domain(key, &curve.domain())?;
        self.set_part(key, COFACTOR, &[0, 1])
    }

    fn set_domain(&mut self, key: Ref, domain: &Domain) -> Result<(), Stop> {
        let length = usize::try_from(self.key_bits(key)?).unwrap_or(0).div_ceil(8);
        for (part, bytes) in [(FIELD, &domain.field), (A, &domain.a), (B, &domain.b)] {
            self.set_part(key, part, &filled(bytes, length))?;
        }
        self.set_part(key, BASE, &domain.base)?;
        self.set_part(key, ORDER, &domain.order)?;
        self.recognise(key)
    }

    /// Looks the curve up when all its parameters are set, and forgets it when they are not.
    fn recognise(&mut self, key: Ref) -> Result<(), Stop> {
        if !self.are_set(key, FIELD, 5)? {
            return self.set_part(key, CURVE, &[]);
        }
        let number = match Curve::new(self.domain(key)?) {
            Curve::Named(curve) => NamedCurve::ALL.iter().position(|known| *known == curve),
            Curve::Other(_) => None,
        };
        let number = number.and_then(|number| u16::try_from(number).ok()).map_or(OTHER, u16::to_be_bytes);
        self.set_part(key, CURVE, &number)
    }
}

/// A number with zeros in front, so that it has the field's length.
fn filled(number: &[u8], length: usize) -> Secret {
    let mut all = Secret::new(alloc::vec![0; length.saturating_sub(number.len())]);
    all.extend_from_slice(number);
    all
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    number.get(start..).unwrap_or_default()
}

fn field_length(call: &mut Call<'_, '_>, key: Ref) -> Result<usize, Stop> {
    Ok(usize::try_from(call.key_bits(key)?).unwrap_or(0).div_ceil(8))
}

fn no_binary_field(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Err(Crypto::NoSuchAlgorithm.into())
}

/// An odd number of exactly the key's bits.
fn set_field(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (key, given) = (args.reference(0), call.given(args)?);
    let number = without_zeros(&given);
    let bits = number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize);
    let odd = number.last().is_some_and(|last| last & 1 == 1);
    if !odd || Ok(bits) != usize::try_from(call.key_bits(key)?) {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_part(key, FIELD, number)?;
    call.recognise(key)?;
    Ok(Value::Void)
}

fn set_coefficient(call: &mut Call<'_, '_>, args: &Args, part: Part) -> Result<Value, Stop> {
    let (key, given) = (args.reference(0), call.given(args)?);
    let length = field_length(call, key)?;
    let number = without_zeros(&given);
    if given.is_empty() || number.len() > length {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_part(key, part, &filled(number, length))?;
    call.recognise(key)?;
    Ok(Value::Void)
}

/// A point in uncompressed form, both coordinates as long as the field.
fn point(call: &mut Call<'_, '_>, args: &Args) -> Result<Secret, Stop> {
    let given = call.given(args)?;
    let length = 1 + 2 * field_length(call, args.reference(0))?;
    if given.len() == length && given.first() == Some(&UNCOMPRESSED) {
        Ok(given)
    } else {
        Err(Crypto::IllegalValue.into())
    }
}

fn set_base(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let base = point(call, args)?;
    call.set_part(args.reference(0), BASE, &base)?;
    call.recognise(args.reference(0))?;
    Ok(Value::Void)
}

fn set_order(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (key, given) = (args.reference(0), call.given(args)?);
    let number = without_zeros(&given);
    if number.last().is_none_or(|last| last & 1 == 0) {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_number(key, ORDER, number)?;
    call.recognise(key)?;
    Ok(Value::Void)
}

fn set_cofactor(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.short(1) < 1 {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_part(args.reference(0), COFACTOR, &args.short(1).to_be_bytes())?;
    Ok(Value::Void)
}

fn cofactor(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = call.part_of(args.reference(0), COFACTOR)?;
    let bytes = bytes.first_chunk::<2>().ok_or(Crypto::UninitializedKey)?;
    Ok(Value::Short(i16::from_be_bytes(*bytes)))
}

/// Takes all parameters of a key of the same length; they must be set.
fn copy_domain(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (key, from) = (args.reference(0), args.reference(1));
    if !call.key_family(from)?.is_of_curve() {
        return Err(Crypto::IllegalValue.into());
    }
    let domain = call.domain(from)?;
    if call.key_bits(from)? != call.key_bits(key)? {
        return Err(Crypto::IllegalValue.into());
    }
    let cofactor = call.part(from, COFACTOR)?.to_vec();
    call.set_domain(key, &domain)?;
    call.set_part(key, COFACTOR, &cofactor)?;
    Ok(Value::Void)
}

/// Takes a private key: not zero, and below the order where that is known.
fn set_secret(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (key, given) = (args.reference(0), call.given(args)?);
    let order = call.part(key, ORDER)?.to_vec();
    let length = field_length(call, key)?.max(order.len());
    let number = without_zeros(&given);
    let number = Secret::new(filled(number, length).to_vec());
    let zero = number.iter().all(|byte| *byte == 0);
    if zero || number.len() > length || !order.is_empty() && *number >= *filled(&order, length) {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_part(key, OWN, &number)?;
    Ok(Value::Void)
}

/// Takes a public key. Whether it lies on the curve is checked at each use.
fn set_public(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let point = point(call, args)?;
    call.set_part(args.reference(0), OWN, &point)?;
    Ok(Value::Void)
}
