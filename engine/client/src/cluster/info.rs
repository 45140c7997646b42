//! `--cluster info`: keys and slots of every master (`clusterManagerShowClusterInfo`).

use super::node::Node;
use super::{Failed, Level, Manager};
use crate::platform::Platform;
use crate::reply::Reply;

impl<P: Platform> Manager<'_, P> {
    pub(crate) async fn info_command(&mut self) -> Result<(), Failed> {
        self.load_named().await?;
        self.show_info().await;
        Ok(())
    }

    /// Loads the cluster of the node that the arguments name.
    pub(crate) async fn load_named(&mut self) -> Result<(), Failed> {
        let (host, port) = self.named_node(&self.options.cluster.args)?;
        self.load_from(Node::new(host, port, 0)).await
    }

    /// Prints one line a master, and the sum.
    pub(crate) async fn show_info(&mut self) {
        let (mut masters, mut keys) = (0_u64, 0_i64);
        for i in 0..self.nodes.len() {
            if self.nodes[i].is_replica() {
                continue;
            }
            let name = self.nodes[i].name.clone();
            let replicas = self
                .nodes
                .iter()
                .filter(|n| n.is_replica() && n.replicate.as_deref() == Some(name.as_str()))
                .count();
            let node = &mut self.nodes[i];
            let address = node.address();
            let reply = node.call(&["DBSIZE"]).await;
            let Some(Reply::Int(size)) = reply else {
                let error = reply.and_then(|r| r.as_error()).unwrap_or_default();
                self.replied_with_error(&address, &error);
                return;
            };
            let short = name.get(..8).unwrap_or(&name);
            let slots = self.nodes[i].slots.len();
            self.out(&format!(
                "{address} ({short}...) -> {size} keys | {slots} slots | {replicas} slaves.\n"
            ));
            masters += 1;
            keys = keys.saturating_add(size);
        }
        self.log(Level::Ok, &format!("[OK] {keys} keys in {masters} masters.\n"));
        self.out(&format!("{:.2} keys per slot on average.\n", keys as f32 / 16384.0));
    }
}
