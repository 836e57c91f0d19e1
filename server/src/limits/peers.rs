//! Connections open at once by where they come from, so that one machine leaves room for others.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{ClientAddress, TrustedProxies, tally::Tally};

/// One peer holds at most one part in so many of all connections.
const PEER_SHARE_DIVISOR: usize = 2;

/// Counts open connections. Cheap to clone.
#[derive(Clone)]
pub struct Peers {
    /// They bring the connections of many.
    proxies: Arc<TrustedProxies>,
    max_of_peer: usize,
    open: Arc<Mutex<Tally<IpAddr>>>,
}

/// An open connection; none any more when it is dropped.
pub struct PeerSlot {
    peers: Peers,
    peer: Option<IpAddr>,
}

impl Peers {
    /// `max` is the number of all connections that are accepted at once.
    #[must_use]
    pub fn new(proxies: Arc<TrustedProxies>, max: usize) -> Self {
        Self { proxies, max_of_peer: (max / PEER_SHARE_DIVISOR).max(1), open: Arc::default() }
    }

    /// Counts a connection; `None`: its peer has as many as it may have.
    #[must_use]
    pub fn admit(&self, peer: SocketAddr) -> Option<PeerSlot> {
        let client = ClientAddress::new(peer.ip());
        if self.proxies.trusts(client.ip()) {
            return Some(PeerSlot { peers: self.clone(), peer: None });
        }
        let peer = client.network();
        let mut open = self.open();
        if open.of(&peer) >= self.max_of_peer {
            return None;
        }
        open.add(peer);
        Some(PeerSlot { peers: self.clone(), peer: Some(peer) })
    }

    fn open(&self) -> MutexGuard<'_, Tally<IpAddr>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PeerSlot {
    fn drop(&mut self) {
        if let Some(peer) = &self.peer {
            self.peers.open().remove(peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_no_proxy_leaves_half_of_all_connections_to_others() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
        let peers = Peers::new(Arc::new(proxies), 6);
        let from = |address: &str| peers.admit(address.parse().expect("an address"));
        let held: Vec<_> = (0..3).map(|port| from(&format!("203.0.113.7:{port}"))).collect();
        assert!(held.iter().all(Option::is_some) && from("203.0.113.7:9").is_none());
        assert!(from("203.0.113.8:1").is_some());
        let proxied: Vec<_> = (0..9).map(|port| from(&format!("10.1.2.3:{port}"))).collect();
        assert!(proxied.iter().all(Option::is_some));
        drop((held, proxied));
        assert!(from("203.0.113.7:9").is_some());
        assert!(peers.open().is_empty());
    }
}
