//! Where another server is, as it was told: an address, or a name that the driver looks up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// With a name, only the port counts.
    pub(crate) address: SocketAddr,
    pub(crate) name: Option<String>,
}

impl Place {
    /// A host as `REPLICAOF`, `FAILOVER TO` and `MIGRATE` name it.
    pub(crate) fn new(host: &str, port: u16) -> Self {
        if host.eq_ignore_ascii_case("localhost") {
            return SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into();
        }
        match host.parse::<IpAddr>() {
            Ok(ip) => SocketAddr::new(ip, port).into(),
            Err(_) => {
                let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
                Self { address, name: Some(host.to_owned()) }
            }
        }
    }
}

impl From<SocketAddr> for Place {
    fn from(address: SocketAddr) -> Self {
        Self { address, name: None }
    }
}
