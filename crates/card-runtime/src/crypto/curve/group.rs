//! The group of points of any curve over a prime field, constant time in its secrets.
//!
//! Projective coordinates and complete formulas for every a (Renes, Costello, Batina, 2016/1060, algorithms 1 and 3): no
//! point needs a branch. A scalar is taken four bits at a time, with the multiple looked up by reading the whole table.
//! Field elements are Montgomery forms of `crypto-bigint`, in 4, 6 or 9 words of 64 bits, whatever fits field and order.

use alloc::vec::Vec;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{CtAssign, CtEq, NonZero, Odd, RandomMod, U256, U384, U576, Uint};
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use super::{CurveError, FIELD_BITS_MAX, FIELD_BITS_MIN, Random, Secret, View, trimmed};

/// Nonces that are tried for a signature. On a curve not one in 2^100 fails; on what is none, all may.
const NONCES: usize = 8;

/// Turns `sized!(view, group => expression)` into the expression with a `Group` of the fewest limbs that fit.
macro_rules! sized {
    ($view:expr, $group:ident => $body:expr) => {
        match $view.bits() {
            0..=256 => {
                let $group = Group::<{ U256::LIMBS }>::new($view)?;
                $body
            }
            257..=384 => {
                let $group = Group::<{ U384::LIMBS }>::new($view)?;
                $body
            }
            _ => {
                let $group = Group::<{ U576::LIMBS }>::new($view)?;
                $body
            }
        }
    };
}

pub(super) fn public(view: &View<'_>, secret: &[u8]) -> Result<Vec<u8>, CurveError> {
    sized!(view, group => {
        let secret = group.secret(secret)?;
        group.encode(&group.times(&group.base, &secret))
    })
}

pub(super) fn multiply(view: &View<'_>, scalar: &[u8], point: &[u8]) -> Result<Vec<u8>, CurveError> {
    sized!(view, group => {
        let scalar = group.secret(scalar)?;
        let point = group.decode(point)?;
        group.encode(&group.times(&point, &scalar))
    })
}

pub(super) fn multiply_base_and_add(
    view: &View<'_>,
    scalar: &[u8],
    point: &[u8],
) -> Result<Vec<u8>, CurveError> {
    sized!(view, group => {
        let scalar = group.secret(scalar)?;
        let point = group.decode(point)?;
        group.encode(&group.add(&group.times(&group.base, &scalar), &point))
    })
}

pub(super) fn draw(view: &View<'_>, random: &mut Random) -> Result<Secret, CurveError> {
    sized!(view, group => Ok(Secret::new(group.scalar_bytes(&group.nonce(random)))))
}

pub(super) fn sign(
    view: &View<'_>,
    secret: &[u8],
    digest: &[u8],
    random: &mut Random,
) -> Result<Vec<u8>, CurveError> {
    sized!(view, group => {
        let secret = group.secret(secret)?;
        let signed = (0..NONCES).find_map(|_| group.sign(&secret, digest, &group.nonce(random)));
        signed.ok_or(CurveError::Parameters)
    })
}

pub(super) fn verify(view: &View<'_>, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let check = || -> Result<bool, CurveError> {
        sized!(view, group => Ok(group.verify(public, digest, signature).is_some()))
    };
    check().unwrap_or(false)
}

impl View<'_> {
    /// Bits of the longer of field and order: an order may be one bit longer than its field.
    fn bits(&self) -> usize {
        trimmed(self.field).len().max(trimmed(self.order).len()) * 8
    }
}

/// A field element.
type Fe<const L: usize> = FixedMontyForm<L>;

/// A point in projective coordinates; at infinity, z is zero.
#[derive(Clone, Copy)]
struct Point<const L: usize> {
    x: Fe<L>,
    y: Fe<L>,
    z: Fe<L>,
}

impl<const L: usize> Zeroize for Point<L> {
    fn zeroize(&mut self) {
        let Self { x, y, z } = self;
        [x, y, z].into_iter().for_each(Zeroize::zeroize);
    }
}

/// A curve ready for work.
struct Group<const L: usize> {
    field: FixedMontyParams<L>,
    field_length: usize,
    a: Fe<L>,
    b: Fe<L>,
    b3: Fe<L>,
    order: NonZero<Uint<L>>,
    scalars: FixedMontyParams<L>,
    order_length: usize,
    order_bits: u32,
    base: Point<L>,
}

/// Takes at most as many bytes as the number has; the rest is zeros in front.
fn number<const L: usize>(bytes: &[u8]) -> Option<Uint<L>> {
    let bytes = trimmed(bytes);
    let bits = Uint::<L>::BITS;
    (bytes.len() * 8 <= bits as usize).then(|| Uint::from_be_slice_truncated(bytes, bits))
}

fn bytes_of<const L: usize>(number: &Uint<L>, length: usize) -> Vec<u8> {
    let all = number.to_be_bytes();
    let all = all.as_slice();
    all.get(all.len().saturating_sub(length)..).unwrap_or_default().to_vec()
}

impl<const L: usize> Group<L> {
    fn new(view: &View<'_>) -> Result<Self, CurveError> {
        let odd = |bytes| number::<L>(bytes).and_then(|n| Option::<Odd<Uint<L>>>::from(n.to_odd()));
        let prime = odd(view.field).ok_or(CurveError::Parameters)?;
        let order = odd(view.order).ok_or(CurveError::Parameters)?;
        let bits = prime.as_ref().bits_vartime();
        let order_bits = order.as_ref().bits_vartime();
        if !(FIELD_BITS_MIN..=FIELD_BITS_MAX).contains(&bits) || order_bits < 2 || order_bits > bits + 1 {
            return Err(CurveError::Parameters);
        }
        let field = FixedMontyParams::new_vartime(prime);
        let element = |bytes: &[u8]| -> Result<Fe<L>, CurveError> {
            let number = number::<L>(bytes).filter(|number| number < prime.as_ref());
            Ok(Fe::new(&number.ok_or(CurveError::Parameters)?, &field))
        };
        let (a, b) = (element(view.a)?, element(view.b)?);
        let mut group = Self {
            field,
            field_length: bits.div_ceil(8) as usize,
            a,
            b,
            b3: b.double() + b,
            order: *order.as_nz_ref(),
            scalars: FixedMontyParams::new_vartime(order),
            order_length: order_bits.div_ceil(8) as usize,
            order_bits,
            base: Point { x: a, y: a, z: a },
        };
        group.base = group.decode(view.base).map_err(|_| CurveError::Parameters)?;
        Ok(group)
    }

    fn infinity(&self) -> Point<L> {
        Point { x: Fe::zero(&self.field), y: Fe::one(&self.field), z: Fe::zero(&self.field) }
    }

    /// A point from 04 x y, if the curve has it.
    fn decode(&self, bytes: &[u8]) -> Result<Point<L>, CurveError> {
        let (&4, coordinates) = bytes.split_first().ok_or(CurveError::Point)? else {
            return Err(CurveError::Point);
        };
        let (x, y) = coordinates.split_at_checked(self.field_length).ok_or(CurveError::Point)?;
        if y.len() != self.field_length {
            return Err(CurveError::Point);
        }
        let element = |bytes: &[u8]| {
            let number = number::<L>(bytes).filter(|number| number < self.field.modulus().as_ref());
            number.map(|number| Fe::new(&number, &self.field)).ok_or(CurveError::Point)
        };
        let (x, y) = (element(x)?, element(y)?);
        if y.square() == (x.square() + self.a) * x + self.b {
            Ok(Point { x, y, z: Fe::one(&self.field) })
        } else {
            Err(CurveError::Point)
        }
    }

    fn encode(&self, point: &Point<L>) -> Result<Vec<u8>, CurveError> {
        let (x, y) = self.affine(point).ok_or(CurveError::Point)?;
        let mut bytes = Vec::with_capacity(1 + 2 * self.field_length);
        bytes.push(4);
        bytes.extend_from_slice(&bytes_of(&x, self.field_length));
        bytes.extend_from_slice(&bytes_of(&y, self.field_length));
        Ok(bytes)
    }

    fn affine(&self, point: &Point<L>) -> Option<(Uint<L>, Uint<L>)> {
        let inverse = Option::<Fe<L>>::from(point.z.invert())?;
        Some(((point.x * inverse).retrieve(), (point.y * inverse).retrieve()))
    }

    /// Algorithm 1 of the paper.
    fn add(&self, p: &Point<L>, q: &Point<L>) -> Point<L> {
        let (xx, yy, zz) = (p.x * q.x, p.y * q.y, p.z * q.z);
        let xy = (p.x + p.y) * (q.x + q.y) - (xx + yy);
        let xz = (p.x + p.z) * (q.x + q.z) - (xx + zz);
        let yz = (p.y + p.z) * (q.y + q.z) - (yy + zz);
        let t = self.b3 * zz + self.a * xz;
        let (minus, plus) = (yy - t, yy + t);
        let azz = self.a * zz;
        let u = xx.double() + xx + azz;
        let v = self.b3 * xz + self.a * (xx - azz);
        Point { x: xy * minus - yz * v, y: minus * plus + u * v, z: yz * plus + xy * u }
    }

    /// Algorithm 3.
    fn double(&self, p: &Point<L>) -> Point<L> {
        let (xx, yy, zz) = (p.x.square(), p.y.square(), p.z.square());
        let xy = (p.x * p.y).double();
        let xz = (p.x * p.z).double();
        let yz = (p.y * p.z).double();
        let t = self.b3 * zz + self.a * xz;
        let (minus, plus) = (yy - t, yy + t);
        let azz = self.a * zz;
        let u = xx.double() + xx + azz;
        let v = self.b3 * xz + self.a * (xx - azz);
        Point { x: xy * minus - yz * v, y: minus * plus + u * v, z: (yz * yy).double().double() }
    }

    /// scalar · point, in the same steps for every scalar of the group.
    fn times(&self, point: &Point<L>, scalar: &Uint<L>) -> Zeroizing<Point<L>> {
        self.sum_of([(point, scalar)])
    }

    /// The sum of scalar · point of each term, which share their doublings. It is wiped when dropped: of a nonce, it is as
    /// secret as that until its x coordinate is given out.
    fn sum_of<const N: usize>(&self, terms: [(&Point<L>, &Uint<L>); N]) -> Zeroizing<Point<L>> {
        let tables = terms.map(|(point, scalar)| (self.multiples(point), scalar));
        let mut sum = Zeroizing::new(self.infinity());
        for window in (0..self.order_bits.div_ceil(4)).rev() {
            for _ in 0..4 {
                *sum = self.double(&sum);
            }
            for (multiples, scalar) in &tables {
                let word = scalar.wrapping_shr_vartime(window * 4).as_words().first().copied();
                let chosen = Zeroizing::new(self.chosen(multiples, word.unwrap_or(0) & 15));
                *sum = self.add(&sum, &chosen);
            }
        }
        sum
    }

    /// A point taken 0 to 15 times.
    fn multiples(&self, point: &Point<L>) -> [Point<L>; 16] {
        let mut multiples = [self.infinity(); 16];
        let mut last = self.infinity();
        for multiple in multiples.iter_mut().skip(1) {
            last = self.add(&last, point);
            *multiple = last;
        }
        multiples
    }

    /// One of the multiples, found by reading all.
    fn chosen(&self, multiples: &[Point<L>; 16], digit: crypto_bigint::Word) -> Point<L> {
        let mut chosen = self.infinity();
        for (index, multiple) in (0..).zip(multiples) {
            let here = digit.ct_eq(&index);
            chosen.x.as_montgomery_mut().ct_assign(multiple.x.as_montgomery(), here);
            chosen.y.as_montgomery_mut().ct_assign(multiple.y.as_montgomery(), here);
            chosen.z.as_montgomery_mut().ct_assign(multiple.z.as_montgomery(), here);
        }
        chosen
    }

    /// A private key: between 1 and the order.
    fn secret(&self, bytes: &[u8]) -> Result<Zeroizing<Uint<L>>, CurveError> {
        let number = Zeroizing::new(number::<L>(bytes).ok_or(CurveError::Secret)?);
        let fits = number.is_nonzero().to_bool() && *number < *self.order.as_ref();
        if fits { Ok(number) } else { Err(CurveError::Secret) }
    }

    fn nonce(&self, random: &mut (impl CryptoRng + ?Sized)) -> Zeroizing<Uint<L>> {
        loop {
            let number = Zeroizing::new(Uint::random_mod_vartime(random, &self.order));
            if number.is_nonzero().to_bool() {
                return number;
            }
        }
    }

    fn scalar_bytes(&self, scalar: &Uint<L>) -> Vec<u8> {
        bytes_of(scalar, self.order_length)
    }

    fn scalar(&self, number: &Uint<L>) -> Fe<L> {
        Fe::new(&number.rem(&self.order), &self.scalars)
    }

    /// The leftmost bits of a digest as a number, as many as the order has (FIPS 186-5, 6.4.1).
    fn message(&self, digest: &[u8]) -> Fe<L> {
        let kept = digest.get(..self.order_length.min(digest.len())).unwrap_or_default();
        let number = number::<L>(kept).unwrap_or(Uint::ZERO);
        let surplus = (kept.len() as u32 * 8).saturating_sub(self.order_bits);
        self.scalar(&number.wrapping_shr_vartime(surplus))
    }

    /// ECDSA with a nonce (FIPS 186-5, 6.4.1); `None` for one nonce in 2^n, which makes a half zero.
    fn sign(&self, secret: &Uint<L>, digest: &[u8], nonce: &Uint<L>) -> Option<Vec<u8>> {
        let (x, _) = self.affine(&self.times(&self.base, nonce))?;
        let r = self.scalar(&x);
        let nonce = Zeroizing::new(self.scalar(nonce));
        let inverse = Zeroizing::new(Option::<Fe<L>>::from(nonce.invert())?);
        let hidden = Zeroizing::new(r * self.scalar(secret));
        let s = *inverse * (self.message(digest) + *hidden);
        let sound = r.retrieve().is_nonzero().to_bool() && s.retrieve().is_nonzero().to_bool();
        let mut signature = self.scalar_bytes(&r.retrieve());
        signature.extend_from_slice(&self.scalar_bytes(&s.retrieve()));
        sound.then_some(signature)
    }

    /// `Some` when the signature is right (FIPS 186-5, 6.4.2).
    fn verify(&self, public: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
        let (r, s) = signature.split_at_checked(self.order_length)?;
        if s.len() != self.order_length {
            return None;
        }
        let (r, s) = (self.secret(r).ok()?, self.secret(s).ok()?);
        let public = self.decode(public).ok()?;
        let inverse = Option::<Fe<L>>::from(self.scalar(&s).invert())?;
        let u = (self.message(digest) * inverse).retrieve();
        let v = (self.scalar(&r) * inverse).retrieve();
        let sum = self.sum_of([(&self.base, &u), (&public, &v)]);
        let (x, _) = self.affine(&sum)?;
        (self.scalar(&x).retrieve() == *r).then_some(())
    }
}
