//! `--cluster create` (`clusterManagerCommandCreate`).

use super::affinity::{self, Placed};
use super::node::Node;
use super::{Failed, Level, Manager, plan, split_address};
use crate::platform::Platform;
use crate::reply::Reply;

impl<P: Platform> Manager<'_, P> {
    pub(crate) async fn create(&mut self) -> Result<(), Failed> {
        self.reach_all().await?;
        let replicas = self.options.cluster.replicas;
        let count = self.nodes.len();
        let masters = plan::master_count(count, replicas);
        if masters < 3 {
            self.log(
                Level::Error,
                &format!(
                    "*** ERROR: Invalid configuration for cluster creation.\n\
                     *** Redis Cluster requires at least 3 master nodes.\n\
                     *** This is not possible with {count} nodes and {replicas} replicas per node."
                ),
            );
            let needed = replicas.saturating_add(1).saturating_mul(3);
            self.log(Level::Error, &format!("\n*** At least {needed} nodes are required.\n"));
            return Err(Failed);
        }
        self.log(
            Level::Info,
            &format!(">>> Performing hash slots allocation on {count} nodes...\n"),
        );
        self.allocate(usize::try_from(replicas).unwrap_or(0), masters);
        self.spread();
        self.show_nodes();
        if !self.confirm("Can I set the above configuration?").await {
            return Ok(());
        }
        self.configure().await
    }

    /// Connects to every node of the command line; all must be empty nodes in cluster mode.
    async fn reach_all(&mut self) -> Result<(), Failed> {
        for address in self.options.cluster.args.clone() {
            let Some((host, port, _)) = split_address(&address) else {
                self.err(&format!("Invalid address format: {address}\n"));
                return Err(Failed);
            };
            let mut node = Node::new(host, port, 0);
            self.connect(&mut node).await?;
            self.demand_cluster_mode(&mut node).await?;
            if self.load(&mut node).await?.is_none() {
                return Err(Failed);
            }
            self.demand_empty(&mut node).await?;
            self.nodes.push(node);
        }
        Ok(())
    }

    /// Gives slots to masters and masters to replicas, on paper.
    fn allocate(&mut self, replicas: usize, masters: usize) {
        let hosts: Vec<&str> = self.nodes.iter().map(|n| n.host.as_str()).collect();
        let plan = plan::plan(&hosts, replicas, masters);
        for (i, (master, slots)) in plan.masters.iter().enumerate() {
            if let Some((first, last)) = slots.ranges().next() {
                self.out(&format!("Master[{i}] -> Slots {first} - {last}\n"));
            }
            self.nodes[*master].slots = slots.clone();
            self.nodes[*master].dirty = true;
        }
        for (i, (replica, master)) in plan.replicas.iter().enumerate() {
            if i == plan.first_pairs {
                self.out("Adding extra replicas...\n");
            }
            let (from, to) = (self.nodes[*replica].address(), self.nodes[*master].address());
            self.out(&format!("Adding replica {from} to {to}\n"));
            self.nodes[*replica].replicate = Some(self.nodes[*master].name.clone());
            self.nodes[*replica].dirty = true;
        }
    }

    /// Improves anti-affinity, and says how well that went.
    fn spread(&mut self) {
        let mut placed: Vec<Placed> = self
            .nodes
            .iter()
            .map(|n| Placed {
                id: n.name.clone(),
                host: n.host.clone(),
                master: n.replicate.clone(),
            })
            .collect();
        if affinity::score(&placed).0 == 0 {
            return;
        }
        self.log(Level::Info, ">>> Trying to optimize slaves allocation for anti-affinity\n");
        let score = affinity::optimize(&mut placed, || self.platform.random());
        for (node, placed) in self.nodes.iter_mut().zip(placed) {
            node.replicate = placed.master;
        }
        match score {
            0 => self.log(Level::Ok, "[OK] Perfect anti-affinity obtained!\n"),
            10_000.. => self.log(
                Level::Warning,
                "[WARNING] Some slaves are in the same host as their master\n",
            ),
            _ => self.log(
                Level::Warning,
                "[WARNING] Some slaves of the same master are in the same host\n",
            ),
        }
    }

    /// Tells the nodes.
    async fn configure(&mut self) -> Result<(), Failed> {
        for i in 0..self.nodes.len() {
            self.flush(i).await;
        }
        self.log(Level::Info, ">>> Nodes configuration updated\n");
        self.log(Level::Info, ">>> Assign a different config epoch to each node\n");
        for (i, node) in self.nodes.iter_mut().enumerate() {
            let epoch = (i + 1).to_string();
            node.call(&["cluster", "set-config-epoch", &epoch]).await;
        }
        self.log(Level::Info, ">>> Sending CLUSTER MEET messages to join the cluster\n");
        self.meet().await?;
        // Otherwise all would agree at once: that they know nobody.
        self.platform.sleep(1000).await;
        self.wait_for_join().await;
        for i in 0..self.nodes.len() {
            self.flush(i).await;
        }
        let first = self.nodes.remove(0);
        self.load_from(first).await?;
        let _ = self.check(false).await;
        Ok(())
    }

    /// Introduces the first node to all others.
    async fn meet(&mut self) -> Result<(), Failed> {
        let command = self.meet_command().await?;
        for at in 1..self.nodes.len() {
            match self.nodes[at].call(&command).await {
                Some(Reply::Error(text)) => {
                    let address = self.nodes[at].address();
                    self.replied_with_error(&address, &String::from_utf8_lossy(&text));
                    return Err(Failed);
                }
                Some(_) => {}
                None => {
                    self.err("Failed to send CLUSTER MEET command.\n");
                    return Err(Failed);
                }
            }
        }
        Ok(())
    }

    /// `CLUSTER MEET` with the address of the first node; the bus port only when it is unusual.
    pub(crate) async fn meet_command(&self) -> Result<Vec<String>, Failed> {
        let Some(first) = self.nodes.first() else { return Err(Failed) };
        let Some(host) = self.platform.resolve(&first.host).await else {
            self.err(&format!("Invalid IP address or hostname specified: {}\n", first.host));
            return Err(Failed);
        };
        let mut command = vec!["CLUSTER".into(), "MEET".into(), host, first.port.to_string()];
        if first.bus_port != first.port.wrapping_add(10000) {
            command.push(first.bus_port.to_string());
        }
        Ok(command)
    }

    /// Tells a node its slots or its master, if that is still to be done. A replica that does not
    /// know its master yet stays dirty: its turn comes after the join. A master's refusal is not
    /// looked at, as in the real program: the check at the end finds the hole.
    async fn flush(&mut self, i: usize) {
        let node = &mut self.nodes[i];
        if !node.dirty {
            return;
        }
        if let Some(master) = node.replicate.clone() {
            let reply = node.call(&["CLUSTER", "REPLICATE", &master]).await;
            node.dirty = reply.is_none_or(|r| matches!(r, Reply::Error(_)));
            return;
        }
        let mut command = vec!["CLUSTER".to_owned(), "ADDSLOTS".into()];
        command.extend(node.slots.iter().map(|slot| slot.to_string()));
        node.call(&command).await;
        node.dirty = false;
    }
}
