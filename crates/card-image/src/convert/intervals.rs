//! Intervals of ints: every value that Java could have in a place lies between two bounds, both included.

use super::java::Arithmetic;

/// The least and the greatest value.
pub(super) type Interval = (i64, i64);

pub(super) const INT: Interval = (i32::MIN as i64, i32::MAX as i64);
pub(super) const SHORT: Interval = (i16::MIN as i64, i16::MAX as i64);
pub(super) const BYTE: Interval = (i8::MIN as i64, i8::MAX as i64);
/// Bounds that a widened interval may have.
const BOUNDS: [i64; 8] = [INT.0, SHORT.0, BYTE.0, 0, 1, BYTE.1, SHORT.1, INT.1];

/// The smallest interval with round bounds that holds this one.
pub(super) fn widen((low, high): Interval) -> Interval {
    let low = BOUNDS.into_iter().rev().find(|bound| *bound <= low).unwrap_or(INT.0);
    (low, BOUNDS.into_iter().find(|bound| *bound >= high).unwrap_or(INT.1))
}

/// An interval that left `int` may hold anything after Java has wrapped it.
pub(super) fn wrap(low: i64, high: i64) -> Interval {
    if low < INT.0 || high > INT.1 { INT } else { (low, high) }
}

/// The interval of an operation's result; exact where that is easy, never too small.
pub(super) fn arithmetic(kind: Arithmetic, left: Interval, right: Interval) -> Interval {
    let corners = |op: fn(i64, i64) -> i64| {
        let all = [op(left.0, right.0), op(left.0, right.1), op(left.1, right.0), op(left.1, right.1)];
        wrap(all.into_iter().min().unwrap_or(INT.0), all.into_iter().max().unwrap_or(INT.1))
    };
    match kind {
        Arithmetic::Add => wrap(left.0 + right.0, left.1 + right.1),
        Arithmetic::Sub => wrap(left.0 - right.1, left.1 - right.0),
        Arithmetic::Mul => corners(|a, b| a * b),
        Arithmetic::Div if right.0 > 0 => corners(|a, b| a / b),
        Arithmetic::Div => {
            let most = left.0.abs().max(left.1.abs());
            wrap(-most, if right.1 < -1 { most / 2 } else { most })
        }
        Arithmetic::Rem => {
            let most = (right.0.abs().max(right.1.abs()) - 1).max(0);
            (left.0.clamp(-most, 0), left.1.clamp(0, most))
        }
        Arithmetic::Shl if right.0 == right.1 && (0..32).contains(&right.0) => {
            wrap(left.0 << right.0, left.1 << right.0)
        }
        Arithmetic::Shl => INT,
        Arithmetic::Shr if right.0 >= 0 && right.1 < 32 => corners(|a, b| a >> b),
        Arithmetic::Shr => (left.0.min(0), left.1.max(0)),
        Arithmetic::Ushr if left.0 >= 0 && right.0 >= 0 && right.1 < 32 => corners(|a, b| a >> b),
        Arithmetic::Ushr if left.0 >= 0 => (0, left.1),
        Arithmetic::Ushr if right.0 == right.1 && (1..32).contains(&right.0) => (0, 0xFFFF_FFFF >> right.0),
        Arithmetic::Ushr => INT,
        Arithmetic::And => match (left.0 >= 0, right.0 >= 0) {
            (true, true) => (0, left.1.min(right.1)),
            (true, false) => (0, left.1),
            (false, true) => (0, right.1),
            (false, false) => bits(left, right),
        },
        Arithmetic::Or | Arithmetic::Xor => bits(left, right),
    }
}

/// The smallest power of two's interval that holds both operands holds their bits' combination.
fn bits(left: Interval, right: Interval) -> Interval {
    let (low, high) = (left.0.min(right.0), left.1.max(right.1));
    let most = (1..=31).map(|width| 1_i64 << width).find(|power| high < *power && -low <= *power);
    let most = most.unwrap_or(1 << 31);
    (if low < 0 { -most } else { 0 }, most - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Java's own result of each operation on ints.
    fn java(kind: Arithmetic, a: i32, b: i32) -> Option<i32> {
        Some(match kind {
            Arithmetic::Add => a.wrapping_add(b),
            Arithmetic::Sub => a.wrapping_sub(b),
            Arithmetic::Mul => a.wrapping_mul(b),
            Arithmetic::Div => return (b != 0).then(|| a.wrapping_div(b)),
            Arithmetic::Rem => return (b != 0).then(|| a.wrapping_rem(b)),
            Arithmetic::Shl => a.wrapping_shl(b as u32),
            Arithmetic::Shr => a.wrapping_shr(b as u32),
            Arithmetic::Ushr => (a as u32).wrapping_shr(b as u32) as i32,
            Arithmetic::And => a & b,
            Arithmetic::Or => a | b,
            Arithmetic::Xor => a ^ b,
        })
    }

    #[test]
    fn an_interval_always_holds_what_java_computes() {
        use Arithmetic::{Add, And, Div, Mul, Or, Rem, Shl, Shr, Sub, Ushr, Xor};
        let corners = [
            i32::MIN,
            -40_000,
            -32_769,
            -32_768,
            -129,
            -3,
            -1,
            0,
            1,
            2,
            15,
            31,
            32,
            255,
            32_767,
            65_535,
            i32::MAX,
        ];
        for kind in [Add, Sub, Mul, Div, Rem, Shl, Shr, Ushr, And, Or, Xor] {
            for window in corners.windows(2).chain(corners.windows(4)) {
                for other in corners.windows(1).chain(corners.windows(3)) {
                    let left = (i64::from(window[0]), i64::from(window[window.len() - 1]));
                    let right = (i64::from(other[0]), i64::from(other[other.len() - 1]));
                    let (low, high) = arithmetic(kind, left, right);
                    for (a, b) in window.iter().flat_map(|a| other.iter().map(move |b| (*a, *b))) {
                        let Some(result) = java(kind, a, b).map(i64::from) else { continue };
                        assert!(
                            low <= result && result <= high,
                            "{kind:?} {a} {b} = {result} not in {low}..{high}"
                        );
                    }
                }
            }
        }
    }
}
