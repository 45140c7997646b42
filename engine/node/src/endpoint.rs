//! How clients are told where a node is: `clusterNodePreferredEndpoint` in cluster.c.

use crate::cluster::Peer;
use crate::config::{Config, EndpointType};

/// The host part for redirects, `CLUSTER SLOTS` and `CLUSTER SHARDS`; `None` means "the host you
/// are connected to" and is printed as nil there and as nothing in redirects.
pub(crate) fn preferred(config: &Config, peer: &Peer) -> Option<String> {
    match config.cluster_preferred_endpoint_type {
        EndpointType::Ip => Some(peer.ip_text()),
        EndpointType::Hostname if peer.hostname.is_empty() => Some("?".to_owned()),
        EndpointType::Hostname => Some(peer.hostname.clone()),
        EndpointType::UnknownEndpoint => None,
    }
}
