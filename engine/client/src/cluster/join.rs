//! Waiting until all nodes tell the same story (`clusterManagerWaitForClusterJoin`,
//! `clusterManagerIsConfigConsistent`, `clusterManagerGetLinkStatus`).

use std::collections::BTreeMap;

use super::nodes_text::{Line, signature};
use super::{Level, Manager, split_address};
use crate::platform::Platform;

/// Seconds before the first look for nodes that cannot reach each other.
const PATIENCE: usize = 20;

impl<P: Platform> Manager<'_, P> {
    /// Prints a dot a second until all nodes agree.
    pub(crate) async fn wait_for_join(&mut self) {
        self.out("Waiting for the cluster to join\n");
        let patience = PATIENCE + (self.nodes.len() as f32 * 0.15) as usize;
        let mut waited = 0;
        while !self.is_consistent().await {
            self.out(".");
            self.platform.sleep(1000).await;
            waited += 1;
            if waited > patience {
                self.report_links().await;
                waited = 0;
            }
        }
        self.out("\n");
    }

    /// Whether all nodes name the same owners for the same slots.
    pub(crate) async fn is_consistent(&mut self) -> bool {
        if self.nodes.len() <= 1 {
            return !self.nodes.is_empty();
        }
        let mut first: Option<String> = None;
        for node in &mut self.nodes {
            let text = node.call(&["CLUSTER", "NODES"]).await.and_then(|r| r.to_text());
            let Some(story) = text.as_deref().and_then(signature) else { return false };
            match &first {
                None => first = Some(story),
                Some(first) if *first != story => return false,
                Some(_) => {}
            }
        }
        true
    }

    /// Says which nodes others cannot reach.
    async fn report_links(&mut self) {
        let status = self.unreachable().await;
        if status.is_empty() {
            return;
        }
        self.out("\n");
        self.log(Level::Error, &format!("Warning: {} node(s) may be unreachable\n", status.len()));
        for (address, from) in status {
            let text = match split_address(&address).filter(|(_, _, bus)| *bus != 0) {
                Some((host, _, bus)) => {
                    format!(" - The port {bus} of node {host} may be unreachable from:\n")
                }
                None => format!(" - Node {address} may be unreachable from:\n"),
            };
            self.log(Level::Error, &text);
            for witness in from {
                self.log(Level::Error, &format!("   {witness}\n"));
            }
            self.log(
                Level::Error,
                "Cluster bus ports must be reachable by every node.\nRemember that cluster bus \
                 ports are different from standard instance ports.\n",
            );
        }
    }

    /// Addresses with broken or unfinished bus links, and who says so.
    async fn unreachable(&mut self) -> BTreeMap<String, Vec<String>> {
        let mut status: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for node in &mut self.nodes {
            let witness = node.address();
            let reply = node.call(&["CLUSTER", "NODES"]).await;
            let text = reply.and_then(|r| r.to_text()).unwrap_or_default();
            for line in Line::parse_all(&text).filter(|l| !l.is_myself()) {
                if !line.connected || line.has("handshake") {
                    status.entry(line.address).or_default().push(witness.clone());
                }
            }
        }
        status
    }
}
