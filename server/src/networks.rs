//! Where a request comes from: the client's address, and the network that limits count by.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use poem::Request;

use crate::{jose, secrets::MacKey};

/// A client's network: its IPv4 address, or the first 64 bits of its IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

/// The proxies whose word on a client's address counts.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<Block>);

/// A block of addresses, in CIDR notation (RFC 4632, RFC 4291).
#[derive(Debug, Clone, Copy)]
struct Block {
    first: IpAddr,
    bits: u32,
}

impl Network {
    /// The network of the client that sent a request, maybe through `proxies`.
    pub(crate) fn of(request: &Request, proxies: &Proxies) -> Self {
        let peer = request.remote_addr().as_socket_addr().map(SocketAddr::ip);
        let peer = peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        let values = request.headers().get_all("x-forwarded-for").iter();
        let forwarded: Vec<&str> =
            values.flat_map(|value| value.to_str().unwrap_or_default().split(',')).collect();
        Self::containing(proxies.client(peer, &forwarded))
    }

    /// The network that an address is of.
    pub(crate) fn containing(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            address => address,
        })
    }

    /// A name for the network that says nothing without the key.
    pub(crate) fn tag(self, key: &MacKey) -> String {
        jose::encode(&key.tag("network", &self.0.to_string()))
    }
}

impl Proxies {
    /// Whether an address is one of theirs.
    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|block| block.contains(address))
    }

    /// Follows `X-Forwarded-For` from its end, as long as those who wrote it are trusted.
    fn client(&self, peer: IpAddr, forwarded: &[&str]) -> IpAddr {
        let mut client = peer.to_canonical();
        for entry in forwarded.iter().rev() {
            if !self.contain(client) {
                break;
            }
            match address(entry.trim()) {
                Some(before) => client = before,
                None => break,
            }
        }
        client
    }
}

fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

impl FromStr for Proxies {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let blocks = text.split(',').map(str::trim).filter(|block| !block.is_empty());
        Ok(Self(blocks.map(str::parse).collect::<Result<_, _>>()?))
    }
}

impl FromStr for Block {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "must be addresses or blocks such as 10.0.0.0/8, separated by commas";
        let (first, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let first: IpAddr = first.parse().map_err(|_| wrong)?;
        let width = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.parse().map_err(|_| wrong))?;
        if bits <= width { Ok(Self { first, bits }) } else { Err(wrong) }
    }
}

impl Block {
    fn contains(self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let differing = first.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= self.bits
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let differing = first.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, Proxies};

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let proxies: Proxies = proxies.parse().unwrap();
        proxies.client(peer.parse().unwrap(), forwarded).to_string()
    }

    #[test]
    fn nobody_is_believed_who_is_not_a_trusted_proxy() {
        assert_eq!(client("", "203.0.113.1", &["198.51.100.7"]), "203.0.113.1");
        assert_eq!(client("10.0.0.0/8", "203.0.113.1", &["198.51.100.7"]), "203.0.113.1");
        assert_eq!(client("10.0.0.0/8", "::ffff:10.1.1.1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn the_last_address_before_the_trusted_proxies_is_the_client() {
        let proxies = "10.0.0.0/8, 2001:db8::1";
        let forwarded = ["1.1.1.1", "198.51.100.7", " 10.2.3.4"];
        assert_eq!(client(proxies, "2001:db8::1", &forwarded), "198.51.100.7");
        assert_eq!(client(proxies, "10.0.0.1", &["[2001:db8:9::7]:443"]), "2001:db8:9::7");
        assert_eq!(client(proxies, "10.0.0.1", &["198.51.100.7:80"]), "198.51.100.7");
        assert_eq!(client(proxies, "10.0.0.1", &["1.1.1.1", "unknown"]), "10.0.0.1");
        assert_eq!(client(proxies, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_network_is_one_address_or_the_first_half_of_a_long_one() {
        let network = |address: &str| Network::containing(address.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1:2:3"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("203.0.113.1"), network("203.0.113.2"));
        assert_eq!(network("::ffff:203.0.113.1"), network("203.0.113.1"));
    }

    #[test]
    fn what_is_no_block_of_addresses_is_refused() {
        for text in ["here", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "/8", "10.0.0"] {
            assert!(text.parse::<Proxies>().is_err(), "{text}");
        }
    }
}
