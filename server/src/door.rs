//! How many connections may be open, in all and from one network.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use prometheus_client::metrics::counter::Counter;

use crate::networks::{Network, Proxies};

/// Lets connections in.
pub(crate) struct Door {
    most: usize,
    most_of_a_network: usize,
    proxies: Proxies,
    inside: Mutex<Inside>,
    /// How many were not let in.
    pub(crate) refused: Counter,
}

#[derive(Default)]
struct Inside {
    all: usize,
    by_network: HashMap<Network, usize>,
}

/// The right to be connected, until it is dropped.
pub(crate) struct Place {
    door: Arc<Door>,
    network: Network,
}

impl Door {
    /// Lets `most` in, of one network `most_of_a_network`. All that come through one of `proxies`
    /// would be of one network, so that only the first bound holds for them.
    pub(crate) fn new(most: usize, most_of_a_network: usize, proxies: Proxies) -> Arc<Self> {
        let (inside, refused) = (Mutex::default(), Counter::default());
        Arc::new(Self { most, most_of_a_network, proxies, inside, refused })
    }

    /// Lets a connection in, if there is room.
    pub(crate) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let network = Network::containing(peer);
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let of_network = inside.by_network.get(&network).copied().unwrap_or(0);
        let crowded = of_network >= self.most_of_a_network && !self.proxies.contain(peer);
        if inside.all >= self.most || crowded {
            self.refused.inc();
            return None;
        }
        inside.all += 1;
        inside.by_network.insert(network, of_network + 1);
        Some(Place { door: Arc::clone(self), network })
    }

    /// How many are inside.
    pub(crate) fn inside(&self) -> usize {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.door.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.all -= 1;
        if let Some(count) = inside.by_network.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                inside.by_network.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Door;

    #[test]
    fn who_leaves_makes_room() {
        let door = Door::new(3, 2, "10.0.0.1".parse().unwrap());
        let enter = |address: &str| door.enter(address.parse().unwrap());
        let first = enter("203.0.113.1");
        let second = enter("203.0.113.1");
        assert!(first.is_some() && second.is_some());
        assert!(enter("203.0.113.1").is_none(), "the network has its two");
        drop(first);
        let third = enter("203.0.113.1");
        let fourth = enter("2001:db8::1");
        assert!(third.is_some() && fourth.is_some());
        assert!(enter("203.0.113.2").is_none(), "the house is full");
        drop((second, third, fourth));
        let through_the_proxy = [(); 3].map(|()| enter("10.0.0.1"));
        assert!(through_the_proxy.iter().all(Option::is_some));
        assert_eq!(door.inside(), 3);
        drop(through_the_proxy);
        assert_eq!(door.inside(), 0);
        assert!(door.inside.lock().unwrap().by_network.is_empty(), "nothing stays behind");
    }
}
