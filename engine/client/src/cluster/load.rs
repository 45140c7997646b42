//! Finding the cluster from one of its nodes (`clusterManagerLoadInfoFromNode`).

use super::node::Node;
use super::nodes_text::Line;
use super::{Failed, Level, Manager};
use crate::number::leading_int;
use crate::platform::Platform;
use crate::reply::Reply;

/// The number after `name:` in a text such as INFO's; 0 when it is not there.
pub(crate) fn field(text: &str, name: &str) -> i64 {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map_or(0, leading_int)
}

impl<P: Platform> Manager<'_, P> {
    /// Asks the named node for all others, connects to those that can be reached, and counts
    /// replicas.
    pub(crate) async fn load_from(&mut self, mut node: Node<P::Conn>) -> Result<(), Failed> {
        if node.link.is_none() {
            self.connect(&mut node).await?;
        }
        self.demand_cluster_mode(&mut node).await?;
        let Some(friends) = self.load(&mut node).await? else { return Err(Failed) };
        self.nodes.clear();
        self.nodes.push(node);
        for line in friends {
            let mut friend = Node::new(line.host.clone(), line.port, line.bus_port);
            friend.learn(&line);
            if self.reach(&mut friend, &line).await {
                self.nodes.push(friend);
            } else if !friend.is_replica() {
                self.unreachable_masters += 1;
            }
        }
        self.count_replicas();
        Ok(())
    }

    async fn reach(&self, friend: &mut Node<P::Conn>, line: &Line) -> bool {
        if friend.host.is_empty() || friend.port == 0 || self.connect(friend).await.is_err() {
            return false;
        }
        if !matches!(self.load(friend).await, Ok(Some(_))) {
            self.log(
                Level::Error,
                &format!("[ERR] Unable to load info for node {}\n", friend.address()),
            );
            return false;
        }
        !line.has("noaddr") && !line.has("disconnected") && !line.has("fail")
    }

    /// Lets a node say what it knows of itself; the lines about the others.
    pub(crate) async fn load(&self, node: &mut Node<P::Conn>) -> Result<Option<Vec<Line>>, Failed> {
        let text = match node.call(&["CLUSTER", "NODES"]).await {
            Some(Reply::Error(text)) => {
                self.replied_with_error(&node.address(), &String::from_utf8_lossy(&text));
                return Err(Failed);
            }
            Some(reply) => reply.to_text().unwrap_or_default(),
            None => return Err(Failed),
        };
        let mut others = Vec::new();
        let mut found = false;
        for line in Line::parse_all(&text) {
            if line.is_myself() {
                node.learn(&line);
                found = true;
            } else {
                others.push(line);
            }
        }
        if !found && others.is_empty() {
            self.err("Error: invalid CLUSTER NODES reply\n");
            return Ok(None);
        }
        Ok(Some(others))
    }

    /// Says so when a node does not run in cluster mode.
    pub(crate) async fn demand_cluster_mode(&self, node: &mut Node<P::Conn>) -> Result<(), Failed> {
        let problem = match node.call(&["INFO"]).await {
            Some(Reply::Error(text)) => String::from_utf8_lossy(&text).into_owned(),
            Some(reply) if field(&reply.to_text().unwrap_or_default(), "cluster_enabled") == 1 => {
                return Ok(());
            }
            _ => "is not configured as a cluster node.".into(),
        };
        self.log(Level::Error, &format!("[ERR] Node {} {problem}\n", node.address()));
        Err(Failed)
    }

    /// Says so when a node has keys or knows others.
    pub(crate) async fn demand_empty(&self, node: &mut Node<P::Conn>) -> Result<(), Failed> {
        let problem = match node.call(&["INFO"]).await {
            Some(Reply::Error(text)) => Some(String::from_utf8_lossy(&text).into_owned()),
            Some(reply) if !reply.to_text().unwrap_or_default().contains("db0:") => {
                match node.call(&["CLUSTER", "INFO"]).await {
                    Some(Reply::Error(text)) => Some(String::from_utf8_lossy(&text).into_owned()),
                    Some(reply) => {
                        let text = reply.to_text().unwrap_or_default();
                        if field(&text, "cluster_known_nodes") == 1 {
                            return Ok(());
                        }
                        None
                    }
                    None => None,
                }
            }
            _ => None,
        };
        let problem = problem.unwrap_or_else(|| {
            "is not empty. Either the node already knows other nodes (check with CLUSTER NODES) \
             or contains some key in database 0."
                .into()
        });
        self.log(Level::Error, &format!("[ERR] Node {} {problem}\n", node.address()));
        Err(Failed)
    }

    fn count_replicas(&mut self) {
        for i in 0..self.nodes.len() {
            let Some(master) = self.nodes[i].replicate.clone() else { continue };
            if let Some(at) = self.by_name(&master) {
                self.nodes[at].replicas += 1;
                continue;
            }
            let address = self.nodes[i].address();
            self.log(
                Level::Warning,
                &format!(
                    "*** WARNING: {address} claims to be slave of unknown node ID {master}.\n"
                ),
            );
        }
    }
}
