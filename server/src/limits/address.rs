//! The address of a client: that of the connection, or the one that a trusted proxy names.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

/// Most proxies between a client and us whose addresses are read.
const MAX_HOPS: usize = 32;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    /// The client of a request that came over no connection.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self(IpAddr::V6(Ipv6Addr::LOCALHOST))
    }

    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.0
    }

    /// The network that counts as one client: a whole /64 of IPv6 addresses, which is what one household has.
    #[must_use]
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 => v4,
        }
    }
}

/// The address that [`set_client_address`] has found; without that layer, the peer's.
impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>().copied();
        Ok(known.unwrap_or_else(|| peer_of(&parts.extensions)))
    }
}

/// Proxies whose word on the client's address counts.
#[derive(Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    /// Whether it was logged that somebody else names addresses.
    is_reported: AtomicBool,
}

impl TrustedProxies {
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self { networks, is_reported: AtomicBool::new(false) }
    }

    /// Whether an address is one of theirs.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The client behind a peer: the last address of the chain that no trusted proxy has. Whatever stands before it was
    /// written by the client itself. An entry that is no address ends the chain at the proxy that has written it.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            self.report_stranger(client, headers);
            return ClientAddress(client);
        }
        for named in forwarded_addresses(headers).into_iter().rev().take(MAX_HOPS) {
            let Some(address) = named else { break };
            client = address;
            if !self.trusts(client) {
                break;
            }
        }
        ClientAddress(client)
    }

    /// Logs once that somebody who is not trusted names client addresses: most likely a proxy that was forgotten, behind
    /// which all customers are one.
    fn report_stranger(&self, peer: IpAddr, headers: &HeaderMap) {
        let is_named = headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(header::FORWARDED);
        if is_named && !self.is_reported.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                %peer,
                "names a client's address, and is no trusted proxy: if it is yours, add it to KOLONKA_TRUSTED_PROXIES, or \
                 its customers share one limit"
            );
        }
    }
}

/// Finds the client's address and keeps it with the request.
pub async fn set_client_address(
    State(proxies): State<Arc<TrustedProxies>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = peer_of(request.extensions());
    let client = proxies.client(peer.ip(), request.headers());
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// The other end of the connection. A request that came over none, as tests make them, is from this machine.
fn peer_of(extensions: &axum::http::Extensions) -> ClientAddress {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    peer.map_or_else(ClientAddress::of_this_machine, ClientAddress::new)
}

/// The addresses of the chain, the client's first; `None` for an entry that is none. Of the two headers the older one
/// counts, which every proxy writes; a proxy that writes `Forwarded` has to remove it.
fn forwarded_addresses(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    // Each by itself: what a client writes before it must not hide what a proxy has added.
    let entries = |name: HeaderName| {
        let values = headers.get_all(name).into_iter().map(HeaderValue::as_bytes);
        let parts = values.flat_map(|value| value.split(|byte| *byte == b','));
        parts.map(|part| std::str::from_utf8(part).unwrap_or_default().trim()).collect::<Vec<_>>()
    };
    if headers.contains_key(X_FORWARDED_FOR) {
        return entries(X_FORWARDED_FOR).into_iter().map(parse_address).collect();
    }
    entries(header::FORWARDED).into_iter().map(|entry| parse_address(forwarded_for(entry)?)).collect()
}

/// The value of `for` in one element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &str) -> Option<&str> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, value)| value);
    values.next().map(|value| value.trim_matches('"'))
}

/// An address with or without a port, an IPv6 one also in brackets.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(address, _)| address);
    let address = bracketed.unwrap_or(text).parse::<IpAddr>();
    let address = address.or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let networks =
            proxies.split(' ').filter(|text| !text.is_empty()).map(|text| text.parse().expect("a network"));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        TrustedProxies::new(networks.collect())
            .client(peer.parse().expect("an address"), &map)
            .ip()
            .to_string()
    }

    #[test]
    fn only_a_trusted_proxy_names_the_client_and_only_the_last_address_that_is_no_proxy_counts() {
        let one = [("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client("", "198.51.100.1", &one), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8", "198.51.100.1", &one), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &one), "203.0.113.7");
        let forged = [("x-forwarded-for", "1.2.3.4, 203.0.113.7, 10.0.0.9")];
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &forged), "203.0.113.7");
        let twice = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &twice), "203.0.113.7");
        let no_address = [("x-forwarded-for", "203.0.113.7, unknown")];
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &no_address), "10.0.0.1", "never what a client writes");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn every_spelling_of_an_address_is_read() {
        for (header, value, address) in [
            ("x-forwarded-for", "203.0.113.7:4711", "203.0.113.7"),
            ("x-forwarded-for", "[2001:db8::1]:4711", "2001:db8::1"),
            ("x-forwarded-for", "::ffff:203.0.113.7", "203.0.113.7"),
            ("forwarded", "for=203.0.113.7;proto=https, for=10.0.0.3", "203.0.113.7"),
            ("forwarded", "proto=https; For=\"[2001:db8::1]:4711\"", "2001:db8::1"),
        ] {
            assert_eq!(client("10.0.0.0/8 ::1/128", "::1", &[(header, value)]), address, "{header}: {value}");
        }
        assert_eq!(
            client("10.0.0.0/8", "::ffff:10.0.0.1", &[("x-forwarded-for", "203.0.113.7")]),
            "203.0.113.7"
        );
        let both = [("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &both), "203.0.113.7");
    }

    #[test]
    fn a_household_is_one_client() {
        let network =
            |text: &str| ClientAddress::new(text.parse().expect("an address")).network().to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
    }
}
