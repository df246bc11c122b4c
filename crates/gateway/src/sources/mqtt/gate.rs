//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::events::Fault;

/// Counts connections.
pub(super) struct Gate {
    total: usize,
    per_address: usize,
    inside: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's place; dropping it frees the place.
pub(super) struct Pass {
    address: IpAddr,
    inside: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Gate {
    pub(super) fn new(total: usize, per_address: usize) -> Self {
        Self { total, per_address, inside: Arc::default() }
    }

    /// A place for one more connection from `address`.
    pub(super) fn enter(&self, address: IpAddr) -> Result<Pass, Fault> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.values().sum::<usize>() >= self.total {
            return Err(Fault::Connections(self.total));
        }
        let from_there = inside.entry(address).or_default();
        if *from_there >= self.per_address {
            return Err(Fault::ConnectionsFromAddress(self.per_address));
        }
        *from_there += 1;
        Ok(Pass { address, inside: self.inside.clone() })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inside.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_given_back() {
        let gate = Gate::new(3, 2);
        let (one, two) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = gate.enter(one);
        let _second = gate.enter(one);
        assert!(matches!(gate.enter(one), Err(Fault::ConnectionsFromAddress(2))));
        let _third = gate.enter(two);
        assert!(matches!(gate.enter(two), Err(Fault::Connections(3))));
        drop(first);
        assert!(gate.enter(one).is_ok());
    }
}
