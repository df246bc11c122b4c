//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts the connections of one listener. Cloning it is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    total: usize,
    per_address: usize,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's place; dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct Place {
    address: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// There is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Crowded {
    /// For anybody.
    #[error("{0} connections are open already")]
    All(usize),
    /// For this address.
    #[error("{0} connections are open already from this address")]
    Address(usize),
}

impl Places {
    /// So many in all, so many for one address.
    pub(crate) fn new(total: usize, per_address: usize) -> Self {
        Self { total, per_address, taken: Arc::default() }
    }

    /// How many are taken.
    pub(crate) fn open(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// How many there are.
    pub(crate) fn most(&self) -> usize {
        self.total
    }

    /// A place for one more connection from `address`.
    pub(crate) fn take(&self, address: IpAddr) -> Result<Place, Crowded> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= self.total {
            return Err(Crowded::All(self.total));
        }
        let from_there = taken.entry(address).or_default();
        if *from_there >= self.per_address {
            return Err(Crowded::Address(self.per_address));
        }
        *from_there += 1;
        Ok(Place { address, taken: self.taken.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_given_back() {
        let places = Places::new(3, 2);
        let (one, two) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = places.take(one);
        let _second = places.take(one);
        assert_eq!(places.take(one).unwrap_err(), Crowded::Address(2));
        let _third = places.take(two);
        assert_eq!(places.take(two).unwrap_err(), Crowded::All(3));
        drop(first);
        assert!(places.take(one).is_ok());
    }
}
