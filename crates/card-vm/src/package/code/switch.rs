//! The switches of a package.

use super::Target;

/// A switch: where to go for a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Switch {
    /// Keys from `low` on, each with its target.
    Table {
        /// The first key.
        low: i32,
        /// A target for each key.
        targets: alloc::boxed::Box<[Target]>,
        /// The target of all other keys.
        default: Target,
    },
    /// Pairs of key and target, ascending.
    Lookup {
        /// The pairs.
        pairs: alloc::boxed::Box<[(i32, Target)]>,
        /// The target of all other keys.
        default: Target,
    },
}

impl Switch {
    /// Sets where it goes: for the keys in their order, and last for all others.
    pub(crate) fn set_targets(&mut self, to: &[Target]) {
        let (default, to) = match to.split_last() {
            Some((default, to)) => (*default, to),
            None => return,
        };
        match self {
            Switch::Table { targets, default: other, .. } => {
                targets.iter_mut().zip(to).for_each(|(target, to)| *target = *to);
                *other = default;
            }
            Switch::Lookup { pairs, default: other } => {
                pairs.iter_mut().zip(to).for_each(|(pair, to)| pair.1 = *to);
                *other = default;
            }
        }
    }

    /// Where control goes for a key.
    pub(crate) fn target(&self, key: i32) -> Target {
        match self {
            Switch::Table { low, targets, default } => {
                let index = i64::from(key) - i64::from(*low);
                let target = usize::try_from(index).ok().and_then(|index| targets.get(index));
                target.copied().unwrap_or(*default)
            }
            Switch::Lookup { pairs, default } => match pairs.binary_search_by_key(&key, |pair| pair.0) {
                Ok(index) => pairs.get(index).map_or(*default, |pair| pair.1),
                Err(_) => *default,
            },
        }
    }
}
