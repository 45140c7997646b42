//! `--cluster backup`: an RDB file of each master and what the cluster looked like
//! (`clusterManagerCommandBackup`).

use super::node::{Node, OpenSlot, ranges_text};
use super::{Failed, Level, Manager};
use crate::platform::{Conn, Platform};

impl<P: Platform> Manager<'_, P> {
    pub(crate) async fn backup(&mut self) -> Result<(), Failed> {
        let args = self.options.cluster.args.clone();
        let [address, folder] = args.as_slice() else { return Err(Failed) };
        let (host, port) = self.named_node(std::slice::from_ref(address))?;
        self.load_from(Node::new(host, port, 0)).await?;
        let sound = self.check(false).await?;
        let findings = if sound { 0 } else { self.errors.len() };
        let path = if folder.ends_with('/') { folder.clone() } else { format!("{folder}/") };
        let mut described = Vec::new();
        for at in 0..self.nodes.len() {
            described.push(as_json(&self.nodes[at], findings));
            if self.nodes[at].replicate.is_none() {
                self.save_keys(at, &path).await?;
            }
        }
        let file = format!("{path}nodes.json");
        self.log(Level::Info, &format!("Saving cluster configuration to: {file}\n"));
        let text = format!("[\n{}\n]", described.join(",\n"));
        if self.platform.write_file(&file, text.as_bytes()).is_err() {
            self.log(Level::Error, &format!("Could not save nodes to: {file}\n"));
            self.log(Level::Ok, "[ERR] Failed to back cluster!\n");
            return Err(Failed);
        }
        if !sound {
            self.log(
                Level::Warning,
                "*** Cluster seems to have some problems, please be aware of it if you're going \
                 to restore this backup.\n",
            );
        }
        self.log(Level::Ok, &format!("[OK] Backup created into: {folder}\n"));
        Ok(())
    }

    /// Has a master send its keys as to a replica, and keeps them (`getRDB`).
    async fn save_keys(&mut self, at: usize, folder: &str) -> Result<(), Failed> {
        let node = &mut self.nodes[at];
        let address = node.address();
        let file = format!("{folder}redis-node-{}-{}-{}.rdb", node.host, node.port, node.name);
        // What follows the payload is a replica's business: the connection is of no more use.
        let link = node.link.take();
        self.log(Level::Info, &format!(">>> Node {address} -> Saving RDB...\n"));
        let Some(mut link) = link else { return Err(Failed) };
        let len = match link.sync().await {
            Ok(Ok(len)) => len,
            Ok(Err(refusal)) => {
                self.err(&format!("SYNC with master failed: {refusal}\n"));
                return Err(Failed);
            }
            Err(_) => {
                self.err("Error reading bulk length while SYNCing\n");
                return Err(Failed);
            }
        };
        self.err(&format!("SYNC sent to master, writing {len} bytes to '{file}'\n"));
        if let Err(why) = self.platform.write_file(&file, b"") {
            self.err(&format!("Error opening '{file}': {why}\n"));
            return Err(Failed);
        }
        let Ok(payload) = link.payload(len).await else {
            self.err("I/O Error reading RDB payload from socket\n");
            return Err(Failed);
        };
        if let Err(why) = self.platform.write_file(&file, &payload) {
            self.err(&format!("Error writing data to file: {why}\n"));
            return Err(Failed);
        }
        self.err("Transfer finished with success.\n");
        Ok(())
    }
}

/// `clusterManagerNodeGetJSON`.
fn as_json<C: Conn>(node: &Node<C>, findings: usize) -> String {
    let master = node.replicate.as_ref().map_or("null".to_owned(), |id| format!("\"{id}\""));
    let mut text = format!(
        "  {{\n    \"name\": \"{}\",\n    \"host\": \"{}\",\n    \"port\": {},\n    \
         \"replicate\": {master},\n    \"slots\": [{}],\n    \"slots_count\": {},\n    \
         \"flags\": \"{}\",\n    \"current_epoch\": {}",
        node.name,
        node.host,
        node.port,
        ranges_text(&node.slots).replace('-', ","),
        node.slots.len(),
        node.flags_text(),
        node.epoch
    );
    if findings > 0 {
        text.push_str(&format!(",\n    \"cluster_errors\": {findings}"));
    }
    for (word, slots) in [("migrating", &node.migrating), ("importing", &node.importing)] {
        let pair = |open: &OpenSlot| format!("\"{}\": \"{}\"", open.slot, open.peer);
        let pairs: Vec<String> = slots.iter().map(pair).collect();
        if !pairs.is_empty() {
            text.push_str(&format!(",\n    \"{word}\": {{{}}}", pairs.join(",")));
        }
    }
    text + "\n  }"
}
