//! How clients are told where a node is: `clusterNodePreferredEndpoint` in cluster.c.

use crate::cluster::ClusterNode;
use crate::config::{Config, EndpointType};

/// The host part for redirects, `CLUSTER SLOTS` and `CLUSTER SHARDS`; `None` means "the host you
/// are connected to" and is printed as nil there and as nothing in redirects.
pub(crate) fn preferred(config: &Config, node: &ClusterNode) -> Option<String> {
    match config.cluster_preferred_endpoint_type {
        EndpointType::Ip => Some(node.ip.to_string()),
        EndpointType::Hostname => Some(node.rare().hostname.as_deref().unwrap_or("?").to_owned()),
        EndpointType::UnknownEndpoint => None,
    }
}
