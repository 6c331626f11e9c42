//! Which addresses a chart source or a webhook may have: none of this machine, of its cluster or of a private network, unless that
//! is allowed. Names are resolved here, once, so that what is checked is what is connected to.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The address is not one of the open internet.
#[derive(Debug, thiserror::Error)]
#[error("its address is private")]
pub(crate) struct PrivateAddress;

/// Resolves names to open addresses only.
pub(crate) struct OpenInternet;

impl Resolve for OpenInternet {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let all: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let open: Vec<SocketAddr> = all.iter().copied().filter(|address| is_open(address.ip())).collect();
            if open.is_empty() && !all.is_empty() {
                return Err(PrivateAddress.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

/// Shared, as the client wants it.
pub(crate) fn open_internet() -> Arc<OpenInternet> {
    Arc::new(OpenInternet)
}

/// Whether the address is one of the open internet.
pub(crate) fn is_open(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_open_v4(v4),
        IpAddr::V6(v6) => is_open_v6(v6),
    }
}

fn is_open_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_open_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| is_open_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match (a, b, c, d, e, f) {
        // Addresses that stand for one of version 4.
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => v4(g, h),
        (0x2002, ..) => v4(b, c),
        // Teredo and documentation.
        (0x2001, 0 | 0xdb8, ..) => false,
        // Beyond these, only 2000::/3 is handed out.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_open_internet_are_open() {
        for closed in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::1",
            "2001:db8::1",
            "2001::1",
            "::127.0.0.1",
            "64:ff9b:1::1",
        ] {
            assert!(!is_open(closed.parse().unwrap()), "{closed}");
        }
        for open in ["8.8.8.8", "140.82.121.3", "2606:4700::1111", "::ffff:8.8.8.8", "100.128.0.1", "172.32.0.1", "2002:808:808::1"] {
            assert!(is_open(open.parse().unwrap()), "{open}");
        }
    }
}
