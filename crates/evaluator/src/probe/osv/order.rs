//! In which order the versions of an ecosystem stand.

use std::cmp::Ordering;

/// A way to order versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Semantic Versioning 2.0, clause 11; a `v` before it is taken off, as Go writes it.
    SemVer,
    /// dpkg's, deb-version(7).
    Debian,
}

impl Order {
    /// Of an ecosystem, without the release after a colon; none if it is not known here.
    #[must_use]
    pub fn of(ecosystem: &str) -> Option<Self> {
        match ecosystem.split(':').next().unwrap_or_default() {
            "crates.io" | "npm" | "Go" | "Hex" | "Pub" | "SwiftURL" => Some(Order::SemVer),
            "Debian" | "Ubuntu" => Some(Order::Debian),
            _ => None,
        }
    }
}

/// Compares two versions; none if one is malformed.
#[must_use]
pub fn compare(order: Order, one: &str, other: &str) -> Option<Ordering> {
    match order {
        Order::SemVer => Some(SemVer::parse(one)?.cmp(&SemVer::parse(other)?)),
        Order::Debian => Some(debian(one, other)),
    }
}

/// A semantic version without its build metadata.
#[derive(PartialEq, Eq)]
struct SemVer<'a> {
    numbers: [u64; 3],
    pre: Vec<&'a str>,
}

impl<'a> SemVer<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text).split('+').next()?;
        let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
        let mut numbers = [0; 3];
        let mut parts = core.split('.');
        for (index, number) in numbers.iter_mut().enumerate() {
            match parts.next() {
                Some(part) if part.bytes().all(|byte| byte.is_ascii_digit()) => {
                    *number = part.parse().ok()?;
                }
                // `1` and `1.2` occur in records.
                None if index > 0 => {}
                Some(_) | None => return None,
            }
        }
        let pre: Vec<&str> = pre.map(|pre| pre.split('.').collect()).unwrap_or_default();
        (parts.next().is_none() && pre.iter().all(|part| !part.is_empty())).then_some(Self { numbers, pre })
    }
}

impl Ord for SemVer<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let pairs = self.pre.iter().zip(&other.pre).map(|(one, other)| identifiers(one, other));
                let first = pairs.into_iter().find(|order| *order != Ordering::Equal);
                first.unwrap_or_else(|| self.pre.len().cmp(&other.pre.len()))
            }
        })
    }
}

impl PartialOrd for SemVer<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Identifiers of a pre-release: numbers by value and before words, words by their characters.
fn identifiers(one: &str, other: &str) -> Ordering {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(one), is_number(other)) {
        (true, true) => numbers(one, other),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => one.cmp(other),
    }
}

/// Two numbers of any length.
fn numbers(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// `[epoch:]upstream[-revision]`.
fn debian(one: &str, other: &str) -> Ordering {
    let parts = |text: &str| -> (String, String, String) {
        let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
        (epoch.to_owned(), upstream.to_owned(), revision.to_owned())
    };
    let (one, other) = (parts(one), parts(other));
    numbers(&one.0, &other.0).then_with(|| runs(&one.1, &other.1)).then_with(|| runs(&one.2, &other.2))
}

/// Runs of other characters and of digits in turn. A tilde is before the end, the end before letters, letters before all else.
fn runs(mut one: &str, mut other: &str) -> Ordering {
    let rank = |c: Option<char>| match c {
        Some('~') => -1,
        None => 0,
        Some(c) if c.is_ascii_alphabetic() => i64::from(u32::from(c)),
        Some(c) => i64::from(u32::from(c)) + 0x11_0000,
    };
    while !(one.is_empty() && other.is_empty()) {
        let (words, rest) = split(one, |c| !c.is_ascii_digit());
        let (other_words, other_rest) = split(other, |c| !c.is_ascii_digit());
        let (mut left, mut right) = (words.chars(), other_words.chars());
        loop {
            let (a, b) = (left.next(), right.next());
            match rank(a).cmp(&rank(b)) {
                Ordering::Equal if a.is_none() && b.is_none() => break,
                Ordering::Equal => {}
                different => return different,
            }
        }
        let (digits, rest) = split(rest, |c| c.is_ascii_digit());
        let (other_digits, other_rest) = split(other_rest, |c| c.is_ascii_digit());
        match numbers(digits, other_digits) {
            Ordering::Equal => {}
            different => return different,
        }
        (one, other) = (rest, other_rest);
    }
    Ordering::Equal
}

/// The characters at the beginning that are of a kind, and the rest.
fn split(text: &str, is_of: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !is_of(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::{Order, compare};
    use std::cmp::Ordering;

    #[test]
    fn versions_stand_in_the_order_of_their_ecosystem() {
        let semantic = [
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "v1.0.1",
            "1.2.0",
            "1.10.0",
            "2",
        ];
        // The order of deb-version(7), with the tilde before the end.
        let debian = ["1.0~~", "1.0~rc1-1", "1.0-1", "1.0-1+b1", "1.0a-1", "1.2-1", "1.10-1", "1:0.1"];
        for (order, list) in [(Order::SemVer, &semantic[..]), (Order::Debian, &debian[..])] {
            for (i, one) in list.iter().enumerate() {
                for (j, other) in list.iter().enumerate() {
                    assert_eq!(compare(order, one, other), Some(i.cmp(&j)), "{one} {other}");
                }
            }
        }
        assert_eq!(compare(Order::SemVer, "1.0.0+one", "1.0.0+two"), Some(Ordering::Equal));
        for malformed in ["", "1.x", "1.2.3.4", "1.0.0-", "1..0", "99999999999999999999.0.0"] {
            assert_eq!(compare(Order::SemVer, malformed, "1.0.0"), None, "{malformed}");
        }
    }
}
